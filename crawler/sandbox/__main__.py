"""``python -m crawler.sandbox --seed 7 --port 9000``: look at the sandbox in a browser."""

from __future__ import annotations

import argparse
import threading

from crawler.sandbox.server import sandbox


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m crawler.sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--port", type=int, default=9000)
    chosen = parser.parse_args()
    with sandbox(seed=chosen.seed, port=chosen.port) as running:
        print(f"{running.url}/search?q=开房")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()

"""``python -m crawler.sandbox --seed 7 --port 9000``: look at the sandbox in a browser."""

from __future__ import annotations

import argparse
import threading

from crawler.sandbox.server import sandbox
from crawler.sandbox.shapes.mounting import FIRST_PAGES, Shape


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m crawler.sandbox", description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument(
        "--shape", type=Shape, choices=list(Shape), help="answer as a platform does"
    )
    chosen = parser.parse_args()
    shape: Shape | None = chosen.shape
    with sandbox(seed=chosen.seed, port=chosen.port, shape=shape) as running:
        print(f"{running.url}{FIRST_PAGES[shape] if shape else '/search?q=开房'}")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()

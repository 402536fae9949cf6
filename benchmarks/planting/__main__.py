"""Write planted posts and the truth: ``python -m benchmarks.planting --seed 1 --posts 10000``.

``posts.jsonl`` is read by ``anyu import``; ``truth.jsonl`` has a row a post, ``hubs.jsonl`` what
strangers share, ``gone.jsonl`` the posts that went with a ban, ``pictures/`` the pictures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path
from random import Random

from benchmarks.planting import pictures
from benchmarks.planting.posts import Planted, World


def main() -> None:
    """Draw a world and write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planting", description=__doc__)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--posts", type=int, required=True)
    parser.add_argument("--campaigns", type=int, required=True)
    parser.add_argument("--out", type=Path, default=Path("planted"), help="folder to write into")
    parser.add_argument("--no-pictures", action="store_true", help="write no picture files")
    args = parser.parse_args()
    if args.posts < 1 or args.campaigns < 0:
        parser.error("--posts must be at least 1 and --campaigns at least 0")
    write(args.out, World(seed=args.seed, posts=args.posts, campaigns=args.campaigns),
          files=not args.no_pictures)  # fmt: skip


def write(folder: Path, world: World, *, files: bool) -> None:
    """Write posts, truth, hubs, bans and, with ``files``, pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    planted = list(world.posts())
    _lines(folder / "posts.jsonl", map(_row, planted))
    _lines(folder / "truth.jsonl", map(_truth, planted))
    _lines(folder / "hubs.jsonl", ({"kind": h.kind, "value": h.value} for h in world.hubs))
    _lines(
        folder / "gone.jsonl",
        (
            {"platform": post.account.platform, "id": post.post_id, "at": post.gone_at.isoformat()}
            for post in planted
            if post.gone_at
        ),
    )
    if files:
        (folder / "pictures").mkdir(exist_ok=True)
        for post in planted:
            if post.picture is not None:
                path = folder / "pictures" / f"{post.post_id}.jpg"
                path.write_bytes(pictures.draw(post.picture, Random(post.post_id)))


def _row(post: Planted) -> dict[str, object]:
    return {
        "id": post.post_id,
        "platform": post.account.platform,
        "author_id": post.account.account_id,
        "author_name": post.account.name,
        "posted_at": post.at.isoformat(timespec="seconds"),
        "text": post.text,
        "images": [] if post.picture is None else [f"pictures/{post.post_id}.jpg"],
    }


def _truth(post: Planted) -> dict[str, object]:
    return {
        "platform": post.account.platform,
        "id": post.post_id,
        "account": post.member,
        "campaign": post.campaign,
        "role": post.role,
    }


def _lines(path: Path, rows: Iterable[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

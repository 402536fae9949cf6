"""``python -m classifier.training.tables FOLDER``: the reader's tables from their sources.

Sounds are those of pypinyin (MIT), without tones; look-alikes of contr4l/SimilarCharacter (MIT)
and parts of kfcd/chaizi (CC BY 3.0) are read from the folder of ``ANYU_CORPUS``.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

OUT = Path(__file__).parents[1] / "data"
_HEADER = "# Made by classifier.training.tables; sources and licences: NOTICE\n"


def main(folder: Path) -> None:
    """Write sounds.tsv, shapes.tsv and parts.tsv."""
    shapes = _pairs(folder / "lex_shape_similar.txt", " ")
    known = set(shapes)
    OUT.mkdir(exist_ok=True)
    _write("sounds.tsv", _sounds(known))
    _write("shapes.tsv", [f"{char}\t{like}" for char, like in shapes.items() if like])
    _write("parts.tsv", _parts(folder / "lex_chaizi_simplified.tsv", known))


def _sounds(chars: set[str]) -> list[str]:
    from pypinyin import Style, pinyin

    by_sound: dict[str, list[str]] = defaultdict(list)
    for char in sorted(chars):
        for sound in pinyin(char, style=Style.NORMAL, heteronym=True)[0]:
            by_sound[sound.replace("ü", "v")].append(char)
    return [f"{sound}\t{''.join(found)}" for sound, found in sorted(by_sound.items())]


def _parts(path: Path, known: set[str]) -> list[str]:
    rows = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        char, *ways = line.split("\t")
        for way in ways:
            parts = way.split(" ")
            if char in known and len(parts) in (2, 3) and all(len(part) == 1 for part in parts):
                rows.append(f"{char}\t{''.join(parts)}")
    return rows


def _pairs(path: Path, between: str) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").split("\n")
    pairs = (line.split(between, 1) for line in lines if line)
    return {pair[0]: pair[1].strip() if len(pair) == 2 else "" for pair in pairs}


def _write(name: str, rows: list[str]) -> None:
    (OUT / name).write_text(_HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""How fast `anyu judge` is beside transformers.pipeline with the same weights, and what it holds.

    ANYU_CORPUS=… python benchmarks/judging.py --model NAME --training runs/ONE runs/TWO

``--training`` is what `anyu train encoder` wrote, of several the mean; without it the pipeline
gets a network of the same shape with the base's weights, which costs the same. Both read JSON
lines and write JSON lines, in batches of 32 sorted by length, on the same cores. Of the pipeline
neither its start nor the loading is counted, and its texts come already neutral; of `anyu judge`
everything is counted. Rounds are interleaved. Needs the extra `train`.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from archive.errors import MissingError
from archive.settings import Settings
from classifier.corpus.reading import FOLDER
from classifier.evaluation.labelled import read_labelled
from classifier.pool import cores

SUSPICIOUS = 0.01
_BENIGN = "train_benign_general.jsonl"
_PIPELINE = Path(__file__).with_name("pipeline.py")
_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Round:
    """One run; the peak is of all its processes, pages that they share counted twice."""

    name: str
    posts: int
    seconds: float
    peak_mb: float

    @property
    def rate(self) -> float:
        """Posts a second."""
        return self.posts / self.seconds


def main() -> None:
    """Run all rounds, then the two sizes for memory, and print tables."""
    asked = _asked()
    dice = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        suspects = _write(folder / "suspects.jsonl", _suspects(asked.suspects, dice))
        firehose = _write(folder / "firehose.jsonl", _firehose(asked.firehose, dice))
        runs: dict[str, Callable[[], Round]] = {
            "pipeline, every post": lambda: _pipeline(asked, suspects, folder),
            "anyu, every post": lambda: _anyu(asked, suspects, folder, "--thorough"),
            "anyu, firehose": lambda: _anyu(asked, firehose, folder),
        }
        rounds = [
            _say(_named(name, run())) for _ in range(asked.rounds) for name, run in runs.items()
        ]
        memory = []
        for size in asked.memory:
            rows = _write(folder / "memory.jsonl", _firehose(size, dice))
            memory.append(_say(_named(f"anyu, firehose of {size}", _anyu(asked, rows, folder))))
    print(_table(rounds, memory))
    if asked.json:
        asked.json.write_text(json.dumps([asdict(row) for row in [*rounds, *memory]], indent=1))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="anyu-5", help="id or folder")
    parser.add_argument(
        "--training", type=Path, nargs="+", default=[], help="what anyu train encoder wrote"
    )
    parser.add_argument("--suspects", type=int, default=8000)
    parser.add_argument("--firehose", type=int, default=200_000)
    parser.add_argument("--memory", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def _suspects(count: int, dice: random.Random) -> Iterator[str]:
    """Give written adverts, no two alike."""
    texts = [post.text for post in read_labelled(sorted(FOLDER.glob("*.txt"))) if post.acts]
    for at, text in enumerate(_passes(texts, count, dice)):
        yield text if at < len(texts) else f"{text} {at}"


def _firehose(count: int, dice: random.Random) -> Iterator[str]:
    """Give ordinary posts with one in a hundred suspicious."""
    corpus = Settings().corpus
    if corpus is None or not (corpus / _BENIGN).is_file():
        raise MissingError(f"Set ANYU_CORPUS to the folder with {_BENIGN}.")
    with (corpus / _BENIGN).open(encoding="utf-8") as file:
        benign = [json.loads(line)["text"] for line in file]
    suspects = _suspects(count, dice)
    for text in _passes(benign, count, dice):
        yield next(suspects) if dice.random() < SUSPICIOUS else text


def _passes(texts: Sequence[str], count: int, dice: random.Random) -> Iterator[str]:
    """Give ``count`` texts in shuffled passes, so that equal ones lie far apart."""
    given = 0
    while given < count:
        some = dice.sample(texts, min(len(texts), count - given))
        yield from some
        given += len(some)


def _write(path: Path, texts: Iterable[str]) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for at, text in enumerate(texts):
            file.write(json.dumps({"id": str(at), "text": text}, ensure_ascii=False) + "\n")
    return path


def _anyu(asked: argparse.Namespace, source: Path, folder: Path, *more: str) -> Round:
    out = folder / "verdicts.jsonl"
    words = ["-m", "desk.cli", "judge", str(source), "--out", str(out), "--model", asked.model]
    start = time.perf_counter()
    peak = _run([sys.executable, *words, *more])
    return Round("", _lines(out), time.perf_counter() - start, peak)


def _pipeline(asked: argparse.Namespace, source: Path, folder: Path) -> Round:
    out = folder / "labels.jsonl"
    words = [str(_PIPELINE), str(source), str(out), "--threads", str(cores())]
    peak = _run(
        [
            sys.executable,
            *words,
            *(["--training", *map(str, asked.training)] if asked.training else []),
        ]
    )
    seconds = json.loads(out.with_suffix(".seconds").read_text(encoding="utf-8"))
    return Round("", _lines(out), seconds, peak)


def _run(words: Sequence[str]) -> float:
    """Run a command to its end; give the peak of its processes' resident sets in MB."""
    process, peak = subprocess.Popen(words), 0.0  # noqa: S603
    while process.poll() is None:
        peak = max(peak, _resident(process.pid))
        time.sleep(_SAMPLE_SECONDS)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} ended with status {process.returncode}")
    return peak


def _resident(root: int) -> float:
    """Sum the resident sets of a process and all that it started, in MB."""
    parents, sizes = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        pid = int(stat.parent.name)
        parents[pid], sizes[pid] = int(fields[1]), int(fields[21]) * 4096 / 2**20
    family = {root}
    for pid in sorted(parents):  # a child's number is above its parent's, but for a wrap-around
        if parents[pid] in family:
            family.add(pid)
    return sum(sizes.get(pid, 0.0) for pid in family)


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _named(name: str, run: Round) -> Round:
    return Round(name, run.posts, run.seconds, run.peak_mb)


def _say(run: Round) -> Round:
    print(f"{run.name}: {run.rate:.0f} posts/s, {run.peak_mb:.0f} MB", file=sys.stderr, flush=True)
    return run


def _table(rounds: Sequence[Round], memory: Sequence[Round]) -> str:
    lines = [
        f"| {cores()} cores | posts | posts/s, median | spread | times | peak MB |",
        "|---" * 6 + "|",
    ]
    names = list(dict.fromkeys(run.name for run in rounds))
    medians = {n: statistics.median(r.rate for r in rounds if r.name == n) for n in names}
    base = {names[0]: names[0], names[1]: names[0], names[2]: names[1]}
    for name in names:
        some = [run for run in rounds if run.name == name]
        rates = sorted(run.rate for run in some)
        peak = max(run.peak_mb for run in some)
        lines.append(
            f"| {name} | {some[0].posts} | {medians[name]:.0f} | {rates[0]:.0f} to {rates[-1]:.0f} "
            f"| {medians[name] / medians[base[name]]:.1f} of {base[name]} | {peak:.0f} |"
        )
    lines += [
        f"| {run.name} | {run.posts} | {run.rate:.0f} | | | {run.peak_mb:.0f} |" for run in memory
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()

"""Leave out every source in turn: one table of how the n-grams do where they took no part.

What is learned is to act or not: the seven intents would take ten times as long, and the risk is
all that is measured here. A cut-off run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from archive import codec
from archive.errors import InputError
from archive.lexicon import base
from classifier.evaluation.measures import auc, recall_at
from classifier.features import BITS, GAPS, grams, matched, pairs, signals
from classifier.training.cloaking import COPIES, cloaked
from classifier.training.counting import LEAST_PAIRS, learned, rows, weighed
from classifier.training.gate import readable
from classifier.training.sources import WRITTEN, Example, Part, read_corpus, read_written
from classifier.vocabulary import Vocabulary

RESULTS, FEATURES = "sources.jsonl", "counts.npz"
_GROUPS = 7
# one writer wrote these before the others began (docs/corpus.md)
_FIRST_WRITER = frozenset(
    [
        "bulk-medical",
        "bystanders",
        "chat-lines",
        "groups-captions",
        "other-trades",
        "price-contact",
        "sellers-plain",
        "teachers-insiders",
        "telegram-menus",
        "tieba-floors",
        "voices",
        "weibo-replies",
        "x-baits",
        "x-places",
        "x-shorts",
        "xhs-sisters",
    ]
)
Say = Callable[[int, int, str], None]
Rows = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is left out at once: a real file, a platform, or the batches of some writers."""

    kind: str
    name: str
    batches: frozenset[str] = frozenset()

    def holds(self, example: Example) -> bool:
        """Whether an example is of this source."""
        if self.kind == "file":
            return example.file == self.name and example.acts
        if self.kind == "platform":
            return example.platform == self.name
        return example.batch in self.batches


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """How a source's adverts are found by a model that learned nothing of it.

    Against the source's own negatives, and against held-back real innocent posts.
    """

    digest: str
    kind: str
    source: str
    adverts: int
    negatives: int
    own_auc: float | None
    own_recall_at: dict[str, float | None]
    auc: float
    recall_at: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class _Material:
    """All examples in the rows of one matrix, signals behind counts; the cloaked copies last."""

    examples: list[Example]
    first_copy: int
    matrix: Any
    digest: str

    def learned(self, chosen: Rows) -> tuple[Vocabulary, Vocabulary]:
        """Give the n-grams and the pairs that a model of these rows knows."""
        grammed, paired, _ = self._parts(chosen)
        return learned(grammed), learned(paired, least=LEAST_PAIRS)

    def weighed(self, chosen: Rows, known: tuple[Vocabulary, Vocabulary]) -> Any:
        """Give chosen rows as a model sees them."""
        from scipy.sparse import hstack

        *counted, beside = self._parts(chosen)
        parts = [weighed(part, one) for part, one in zip(counted, known, strict=True)]
        return hstack([*parts, beside]).tocsr()

    def _parts(self, chosen: Rows) -> tuple[Any, Any, Any]:
        """Give n-grams, pairs and signals."""
        some, one, two = self.matrix[chosen], 1 << BITS, 2 << BITS
        return some[:, :one].tocsr(), some[:, one:two].tocsr(), some[:, two:].tocsr()

    def rows(self, chosen: Callable[[int, Example], bool]) -> Rows:
        return np.array([at for at, e in enumerate(self.examples) if chosen(at, e)], dtype=np.int64)


def leave_each(corpus: Path | None, out: Path, *, say: Say = lambda *_: None) -> list[Apart]:
    """Measure every source that has adverts; results so far are kept in ``out``."""
    say(0, 1, "reading the corpus")
    examples = [e for e in [*read_corpus(corpus), *read_written()] if _has_a_part(e)]
    sources = sources_of(examples)
    digest = _digest(examples)
    done = {(apart.kind, apart.source): apart for apart in _kept(out, digest)}
    wanted = [source for source in sources if (source.kind, source.name) not in done]
    if wanted:
        _make(out)
        _begin(out, digest, list(done.values()))
        material = _material(examples, out, digest, say)
        for source in wanted:
            say(len(done), len(sources), source.name)
            done[source.kind, source.name] = apart = _measure(source, material)
            with (out / RESULTS).open("a", encoding="utf-8") as file:
                file.write(codec.encode(apart) + "\n")
    say(len(sources), len(sources), "done")
    return [done[source.kind, source.name] for source in sources]


def sources_of(examples: Sequence[Example]) -> list[Source]:
    """Give the real files with adverts, the platforms, and the writers in at most eight groups."""
    adverts = [example for example in examples if example.acts]
    files = sorted({e.file for e in adverts if e.file != WRITTEN})
    platforms = sorted({e.platform for e in adverts if e.platform})
    return [
        *(Source(kind="file", name=name) for name in files),
        *(Source(kind="platform", name=name) for name in platforms),
        *_writers([e for e in examples if e.batch and e.part is Part.TRAIN]),
    ]


def _writers(examples: Sequence[Example]) -> Iterator[Source]:
    """Put batches into groups of about one size; those of one writer stay together."""
    sizes: dict[str, int] = {}
    for example in examples:
        sizes[example.batch] = sizes.get(example.batch, 0) + 1
    if first := sizes.keys() & _FIRST_WRITER:
        yield Source(kind="writers", name="the first writer", batches=frozenset(first))
    others = sorted(sizes.keys() - _FIRST_WRITER, key=lambda name: (-sizes[name], name))
    groups: list[list[str]] = [[] for _ in range(min(_GROUPS, len(others)))]
    for name in others:
        min(groups, key=lambda group: sum(sizes[n] for n in group)).append(name)
    for group in groups:
        yield Source(kind="writers", name=" + ".join(sorted(group)), batches=frozenset(group))


def _material(examples: list[Example], out: Path, digest: str, say: Say) -> _Material:
    from scipy.sparse import csr_matrix, hstack, load_npz, save_npz

    copies = cloaked([e for e in examples if e.part is Part.TRAIN], copies=COPIES)
    path = out / f"{digest}-{FEATURES}"
    every = [*examples, *copies]
    if not path.exists():
        say(0, 1, f"reading {len(every)} texts")
        part = path.with_suffix(".part.npz")
        read = readable([example.text for example in every])
        terms = matched(read, base())
        counted = [rows(grams(read)), rows(pairs(read, terms))]
        beside = csr_matrix(signals(read, terms))
        save_npz(part, hstack([*counted, beside]).tocsr(), compressed=False)
        part.replace(path)
    return _Material(every, len(examples), load_npz(path), digest)


def _measure(source: Source, material: _Material) -> Apart:
    taught = material.rows(lambda _, e: e.part is Part.TRAIN and not source.holds(e))
    known = material.learned(taught)
    model = _fit(material.weighed(taught, known), [material.examples[at] for at in taught])

    def risks(chosen: Rows) -> Any:
        return model.decision_function(material.weighed(chosen, known))

    left = material.rows(lambda at, e: at < material.first_copy and source.holds(e))
    innocent = material.rows(lambda at, e: at < material.first_copy and e.held and e.innocent)
    risk = risks(left)
    acts = np.array([material.examples[at].acts for at in left])
    wrong = risks(innocent)
    found, own = risk[acts], risk[~acts]
    return Apart(
        digest=material.digest,
        kind=source.kind,
        source=source.name,
        adverts=len(found),
        negatives=len(own),
        own_auc=round(auc(found, own), 4) if len(own) else None,
        own_recall_at={f"{rate:g}": _rounded(recall_at(found, own, rate)) for rate in (0.05, 0.01)},
        auc=round(auc(found, wrong), 4),
        recall_at={f"{rate:g}": _rounded(recall_at(found, wrong, rate)) for rate in (0.01, 0.001)},
    )


def _fit(matrix: Any, chosen: Sequence[Example]) -> Any:
    from sklearn.linear_model import LogisticRegression

    weight = np.array([example.weight for example in chosen])
    model = LogisticRegression(C=10.0, max_iter=300, solver="liblinear", dual=True, random_state=7)
    return model.fit(matrix, [e.acts for e in chosen], sample_weight=weight)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _has_a_part(example: Example) -> bool:
    """Whether it is learned from or measured on; real posts that set thresholds do neither."""
    measured = example.acts or example.file == WRITTEN or (example.held and example.innocent)
    return example.part is Part.TRAIN or measured


def _digest(examples: Sequence[Example]) -> str:
    """Give a name to what is measured: another corpus or lexicon begins anew."""
    said = hashlib.sha256(f"{base().version} {BITS} {GAPS} {COPIES}".encode())
    for e in examples:
        said.update(
            f"{e.part}\0{e.intent}\0{e.file}\0{e.batch}\0{e.text}\0".encode(errors="replace")
        )
    return said.hexdigest()[:16]


def _kept(out: Path, digest: str) -> list[Apart]:
    path = out / RESULTS
    lines = path.read_text(encoding="utf-8").split("\n") if path.exists() else []
    whole = [line for line in lines if line.endswith("}")]  # a kill can cut the last line
    return [apart for line in whole if (apart := codec.decode(line, Apart)).digest == digest]


def _begin(out: Path, digest: str, done: Sequence[Apart]) -> None:
    """Leave only what counts: whole results, and texts read, of the corpus as it is."""
    lines = "".join(codec.encode(apart) + "\n" for apart in done)
    part = out / f"{RESULTS}.part"
    part.write_text(lines, encoding="utf-8")
    part.replace(out / RESULTS)
    for old in out.glob(f"*-{FEATURES}"):
        if not old.name.startswith(digest):
            old.unlink()


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {out} cannot be made: {error.strerror}.") from error

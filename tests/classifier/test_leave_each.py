"""Every source left out in turn: what is held back, and that a cut-off run goes on."""

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archive.errors import InputError
from archive.labels import Intent
from classifier.training import leave_each as leaving
from classifier.training.sources import WRITTEN, Example, Part, read_written
from desk.cli import app

_ADS = ["查开房", "查流水", "名下号", "机主", "全户", "定位", "私信", "当天出"]
_TALK = ["天气", "晚饭", "地铁", "猫", "电影", "周末", "下雨", "跑步"]


def _written() -> list[Example]:
    dice = random.Random(3)  # noqa: S311
    return [
        Example(
            " ".join(dice.sample(words, 4)),
            intent,
            WRITTEN,
            Part.TEST if batch == "dev-x" else Part.TRAIN,
            frozenset(),
            platform,
            batch,
        )
        for batch, platform in (("one", "weibo"), ("two", "tieba"), ("voices", "x"), ("dev-x", "x"))
        for words, intent in ((_ADS, Intent.SELL), (_TALK, Intent.BENIGN))
        for _ in range(25)
    ]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(leaving, "read_written", _written)
    folder = tmp_path / "corpus"
    folder.mkdir()
    dice = random.Random(1)  # noqa: S311
    for label, words in {"pd_sale": _ADS, "benign": _TALK}.items():
        rows = [
            {
                "text": " ".join(dice.sample(words, 4)),
                "label": label,
                "source": "t",
                "group": str(n),
            }
            for n in range(150)
        ]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"train_{label}.jsonl").write_text(lines, "utf-8")
    return folder


def test_every_source_is_measured_once_and_a_cut_off_run_goes_on(
    corpus: Path, tmp_path: Path
) -> None:
    out = tmp_path / "runs"
    first = leaving.leave_each(corpus, out)
    assert [(apart.kind, apart.source) for apart in first] == [
        ("file", "train_pd_sale"),
        *(("platform", name) for name in ("tieba", "weibo", "x")),
        ("writers", "the first writer"),
        ("writers", "one"),
        ("writers", "two"),
    ]
    by_name = {apart.source: apart for apart in first}
    assert (by_name["x"].adverts, by_name["x"].negatives) == (50, 50)
    assert (by_name["one"].adverts, by_name["train_pd_sale"].adverts) == (25, 150)
    assert all(apart.auc > 0.95 for apart in first)
    results = out / leaving.RESULTS
    lines = results.read_text("utf-8").splitlines()
    results.write_text("\n".join(lines[:4]) + "\n" + lines[4][:40], "utf-8")
    names: list[str] = []
    again = leaving.leave_each(corpus, out, say=lambda _, __, name: names.append(name))
    assert again == first
    assert names == ["reading the corpus", "the first writer", "one", "two", "done"]
    assert leaving.leave_each(corpus, out) == first


def test_nothing_of_a_source_is_learned(corpus: Path, tmp_path: Path) -> None:
    examples = _written()
    for source in leaving.sources_of(examples):
        held = [e for e in examples if source.holds(e)]
        assert any(e.acts for e in held)
        if source.kind == "platform":
            assert {e.platform for e in held} == {source.name}
        else:
            assert {e.batch for e in held} == source.batches
    assert "dev-x" not in str(leaving.sources_of(examples))


def test_the_writers_of_the_corpus_fall_into_at_most_eight_groups() -> None:
    examples = read_written()
    groups = [s for s in leaving.sources_of(examples) if s.kind == "writers"]
    assert 2 <= len(groups) <= 8
    batches = [name for group in groups for name in group.batches]
    assert len(batches) == len(set(batches))
    assert set(batches) == {e.batch for e in examples if e.part is Part.TRAIN}


def test_another_corpus_begins_anew(corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    before = leaving.leave_each(corpus, out)
    with (corpus / "train_benign.jsonl").open("a", encoding="utf-8") as file:
        file.write(
            json.dumps({"text": "多", "label": "benign", "source": "t", "group": "new a"}) + "\n"
        )
    after = leaving.leave_each(corpus, out)
    assert before[0].digest != after[0].digest
    assert len(after) == len(before)
    assert len(list(out.glob(f"*{leaving.FEATURES}"))) == 1


def test_the_command_wants_one_source_or_all_of_them() -> None:
    for words in ([], ["train_x", "--all"]):
        done = CliRunner().invoke(app, ["train", "leave-out", *words])
        assert isinstance(done.exception, InputError)
        assert "--all" in str(done.exception)

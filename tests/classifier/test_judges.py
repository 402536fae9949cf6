"""What can be measured side by side: word lists as published, a gate alone, model folders."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from archive.errors import InputError
from archive.labels import Intent
from classifier.evaluation.attacks import under_attack
from classifier.evaluation.evaluating import evaluate
from classifier.evaluation.judges import ModelJudge, WordListJudge, judge_of, read_words
from classifier.evaluation.labelled import Labelled, read_labelled
from classifier.evaluation.page import page
from desk.cli import app

POSTS = [
    Labelled(id="1", source="s", text="查開*房，查流水", intent=Intent.SELL),
    Labelled(id="2", source="s", text="专业查流水", intent=Intent.SELL),
    Labelled(id="3", source="s", title="流水线", text="今天好累", intent=Intent.BENIGN),
    Labelled(id="4", source="s", text="天气好", intent=Intent.BENIGN),
]


def test_a_word_list_hits_where_a_word_stands_in_the_folded_text(tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("\ufeff流水\tbank\n\n查開\t1\nABC,\n", "utf-8")
    assert read_words(path) == ["流水", "查开", "abc"]
    judge = WordListJudge(path)
    judged = judge.judge(POSTS)
    assert (judged.risk >= judge.threshold).tolist() == [True, True, True, False]
    assert judged.risk[0] > judged.risk[1]  # two words of the list
    found = evaluate(judge, POSTS)
    assert found.judge == "words of words.tsv"
    assert found.goods_micro_f1.value is None
    whole = next(s for s in found.slices if s.group == "all")
    assert (whole.recall.value, whole.false_positive_rate.value) == (1.0, 0.5)


@pytest.mark.parametrize("text", [b"", b"\n \n", b"\xff\xfe\x00"])
def test_a_file_that_is_no_word_list_is_told_in_a_sentence(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes(text)
    with pytest.raises(InputError, match="word list"):
        read_words(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_words(tmp_path / "none.txt")


def test_a_gate_is_measured_alone_and_a_wrong_name_is_told() -> None:
    posts = read_labelled([])[::20]
    gate, model = judge_of("gate"), judge_of("")
    assert gate.name.startswith("gate of ")
    assert isinstance(model, ModelJudge)
    assert len(gate.judge(posts).risk) == len(posts)
    for wrong in ("gate:/nowhere", "/nowhere", "nothing", "words:/nowhere"):
        with pytest.raises(InputError):
            judge_of(wrong)


def test_several_judges_are_measured_on_the_same_rows_in_one_run(tmp_path: Path) -> None:
    words, out = tmp_path / "w.txt", tmp_path / "e.html"
    words.write_text("查\n", "utf-8")
    chosen = ["--judge", f"words:{words}", "--judge", "gate", "--judge", "keywords"]
    done = CliRunner().invoke(app, ["evaluate", *chosen, "--html", str(out)])
    assert done.exit_code == 0, done.output
    for name in ("words of w.txt", "gate of", "keywords"):
        assert name in done.stdout
        assert name in out.read_text("utf-8")


@pytest.mark.parametrize("kept", [slice(0, 2), slice(2, 4)])
def test_posts_of_one_side_alone_are_measured_as_far_as_they_go(
    tmp_path: Path, kept: slice
) -> None:
    path = tmp_path / "w.txt"
    path.write_text("流水\n", "utf-8")
    judge = WordListJudge(path)
    found = evaluate(judge, POSTS[kept])
    assert found.whole.auc.value is None
    assert (found.whole.recall.value is None) == (kept.start == 2)
    assert "words of w.txt" in page([found])
    scores = list(under_attack(judge, POSTS[kept]))
    assert any(score.recall == 1.0 for score in scores) == (kept.start == 0)


def test_an_output_that_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    wrong = ["evaluate", "--judge", "keywords", "--html", str(tmp_path / "no" / "e.html")]
    done = CliRunner().invoke(app, wrong)
    assert isinstance(done.exception, InputError)
    assert "is not there" in str(done.exception)

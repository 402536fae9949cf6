"""The yardstick: its figures against another library's, and what it refuses to say."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score
from typer.testing import CliRunner

from archive.errors import InputError
from archive.labels import Intent
from classifier.evaluation.attacks import under_attack
from classifier.evaluation.evaluating import evaluate
from classifier.evaluation.floors import fallen, figures, read_floors, write_floors
from classifier.evaluation.judges import KeywordJudge, ModelJudge
from classifier.evaluation.labelled import Labelled, read_labelled
from classifier.evaluation.measures import (
    auc,
    calibration_error,
    macro_f1,
    measure,
    precision_at,
    recall_at,
)
from classifier.training.evasion import ATTACKS, CHANGES
from desk.cli import app

_risks = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(_risks, _risks)
def test_auc_is_that_of_scikit_learn(adverts: list[float], negatives: list[float]) -> None:
    truth = [1] * len(adverts) + [0] * len(negatives)
    want = roc_auc_score(truth, adverts + negatives)
    assert auc(np.array(adverts), np.array(negatives)) == pytest.approx(want)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1))
def test_macro_f1_is_that_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    true, said = zip(*pairs, strict=True)
    labels = sorted(set(true))
    want = f1_score(true, said, labels=labels, average="macro", zero_division=0)
    assert macro_f1(true, said) == pytest.approx(want)


@given(_risks, st.floats(0.01, 0.5))
def test_recall_at_a_rate_lets_no_more_negatives_through(
    negatives: list[float], rate: float
) -> None:
    found = np.array(negatives)
    if len(found) * rate < 1:
        assert recall_at(found, found, rate) is None
        return
    limit = np.quantile(found, 1 - rate, method="higher")
    assert (found > limit).mean() <= rate


def test_a_few_negatives_cannot_tell_a_low_rate() -> None:
    many, few = np.linspace(0, 0.5, 2000), np.linspace(0, 0.5, 50)
    adverts = np.array([0.1, 0.9])
    assert recall_at(adverts, many, 0.001) == 0.5
    assert recall_at(adverts, few, 0.001) is None


def test_precision_falls_with_the_prevalence() -> None:
    assert precision_at(0.9, 0.001, 0.01) == pytest.approx(0.9009, abs=1e-3)
    assert precision_at(0.9, 0.001, 0.001) == pytest.approx(0.4739, abs=1e-3)
    assert precision_at(0.0, 0.0, 0.01) is None


def test_calibration_error_of_a_calibrated_judge_is_small() -> None:
    random = np.random.default_rng(1)
    risk = random.random(20_000)
    truth = random.random(20_000) < risk
    good, bad = risk[truth], risk[~truth]
    assert calibration_error(good, bad) == pytest.approx(0, abs=0.02)
    assert calibration_error(good**4, bad**4) > 0.2


def test_an_interval_holds_the_figure_and_narrows_with_more_posts() -> None:
    random = np.random.default_rng(2)

    def width(number: int) -> float:
        adverts, negatives = random.random(number) * 1.5, random.random(number)
        found = measure(
            *("g", "n"),
            adverts=adverts,
            negatives=negatives,
            own_negatives=negatives,
            threshold=0.7,
        )
        assert found.auc.low <= found.auc.value <= found.auc.high
        assert found.recall.low <= found.recall.value <= found.recall.high
        return found.auc.high - found.auc.low

    assert width(2000) < width(100)


def test_every_figure_has_an_interval_around_it_as_drawing_again_gives_it() -> None:
    random = np.random.default_rng(4)
    adverts, negatives = random.beta(3, 2, 300), random.beta(2, 4, 500)
    true = ["sell"] * 300 + ["benign"] * 500
    said = list(random.permutation(true[:200] + true[:600]))
    found = measure(
        *("g", "n"),
        adverts=adverts,
        negatives=negatives,
        own_negatives=negatives,
        threshold=0.6,
        intents=(true, said),
    )
    figures = (found.auc, found.recall_at["0.05"], found.precision_at["0.01"], found.macro_f1)
    for figure in (*figures, found.recall, found.false_positive_rate):
        assert figure.low < figure.value < figure.high
    again = [
        (
            auc(ads, wrong),
            recall_at(ads, wrong, 0.05),
            precision_at(float((ads >= 0.6).mean()), float((wrong >= 0.6).mean()), 0.01),
            calibration_error(ads, wrong),
        )
        for _ in range(1500)
        for ads, wrong in [(random.choice(adverts, 300), random.choice(negatives, 500))]
    ]
    drawn = (*figures[:3], found.calibration_error)
    for figure, values in zip(drawn, zip(*again, strict=True), strict=True):
        low, high = np.quantile(values, [0.025, 0.975])
        width = high - low
        assert figure.low == pytest.approx(low, abs=width / 4)
        assert figure.high == pytest.approx(high, abs=width / 4)
    assert found.macro_f1.value == pytest.approx(
        f1_score(true, said, average="macro", zero_division=0)
    )
    assert recall_at(adverts, negatives, 0.05) == found.recall_at["0.05"].value


def test_a_few_posts_make_nothing_sure() -> None:
    adverts, negatives = np.full(3, 0.9), np.full(20, 0.1)
    found = measure(
        *("g", "n"), adverts=adverts, negatives=negatives, own_negatives=negatives, threshold=0.5
    )
    assert found.false_positive_rate.value == 0.0
    assert 0.08 < (found.false_positive_rate.high or 0) < 0.2
    assert (found.recall.value, found.precision_at["0.01"].value) == (1.0, 1.0)
    assert (found.recall.low or 1) < 0.7
    assert (found.precision_at["0.01"].low or 1) < 0.3


def test_sellers_are_held_against_hard_negatives() -> None:
    posts = [
        Labelled(id=str(n), source="s", text="查开房 查流水 查户籍", intent=Intent.SELL)
        for n in range(4)
    ]
    posts += [
        Labelled(id=f"h{n}", source="s", text="查流水被抓", intent=Intent.DISCUSS, hard=True)
        for n in range(20)
    ]
    posts += [
        Labelled(id=f"e{n}", source="s", text="查开房 查流水 查户籍 定位", intent=Intent.BENIGN)
        for n in range(20)
    ]
    found = evaluate(KeywordJudge(), posts)
    assert found.sell_at_hard.value == 1.0
    assert found.whole.recall_at["0.05"].value == 0.0


def test_every_slice_twin_and_error_is_told() -> None:
    posts = [
        Labelled(id="1", source="s", text="查开房 查流水 查户籍", intent=Intent.SELL, twin="2"),
        Labelled(id="2", source="s", text="今天天气好", intent=Intent.BENIGN, degree="plain"),
        Labelled(id="3", source="t", text="懂的来", intent=Intent.SELL),
        Labelled(id="4", source="t", text="警方：查开房查流水的被抓", intent=Intent.DISCUSS),
    ]
    found = evaluate(KeywordJudge(), posts)
    assert (found.twins, found.twins_in_order.value) == (1, 1.0)
    assert [call.id for call in found.missed] == ["3"]
    assert [call.id for call in found.false_alarms] == ["4"]
    assert [call.reason for call in (*found.missed, *found.false_alarms)] == [
        "hardly any text",
        "speaks about the trade, with words of goods",
    ]
    assert sum(reason.posts for reason in found.reasons) == 2
    names = {(s.group, s.name): s for s in found.slices}
    assert names["source", "s"].adverts == 1
    assert names["degree", "plain"].negatives == 1
    assert names["length", "to 20"].adverts == 2


def test_labelled_files_of_both_kinds_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    rows = [
        {"text": "查开房", "intent": "sell", "platform": "x", "goods": ["hotel_stay"]},
        {"text": "天气", "label": "benign", "source": "weibo/x"},
        {"text": "?", "label": "review", "source": "x"},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    first, second = read_labelled([path])
    assert (first.intent, second.intent) == (Intent.SELL, Intent.BENIGN)
    assert len(read_labelled([])) > 50
    path.write_text('{"text": "x", "intent": "sells"}\n', "utf-8")
    with pytest.raises(InputError, match="line 1"):
        read_labelled([path])


def test_the_command_writes_table_json_and_page(tmp_path: Path) -> None:
    out = ["--json", str(tmp_path / "e.json"), "--html", str(tmp_path / "e.html")]
    done = CliRunner().invoke(app, ["evaluate", *out])
    assert done.exit_code == 0
    assert "anyu-5" in done.stdout
    body = json.loads((tmp_path / "e.json").read_text("utf-8"))
    assert [evaluation["judge"] for evaluation in body] == ["anyu-5", "keywords"]
    page = (tmp_path / "e.html").read_text("utf-8")
    assert page.count("<svg") > 8
    assert "False alarms" in page


def test_attacks_that_folding_undoes_change_nothing() -> None:
    posts = read_labelled([])[::6]
    scores = {(s.attack, s.strength): s for s in under_attack(ModelJudge(None), posts)}
    assert len(scores) == 3 * len(CHANGES) + len(ATTACKS) - len(CHANGES)
    for name in ("traditional", "fullwidth", "zerowidth", "marks"):
        assert abs(scores[name, "heavy"].recall_change) < 0.05
    assert scores["homophone", "heavy"].recall < scores["homophone", "light"].recall + 0.1


def test_the_shipped_model_is_above_its_floors() -> None:
    found = figures(evaluate(ModelJudge(None), read_labelled([])))
    assert fallen(read_floors(), found) == []


def test_a_floor_falls_only_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "floors.json"
    write_floors({"auc": 0.9, "recall": 0.5}, path=path)
    write_floors({"auc": 0.95, "recall": 0.5}, path=path)
    with pytest.raises(InputError, match="auc"):
        write_floors({"auc": 0.8, "recall": 0.5}, path=path)
    floors = write_floors({"auc": 0.8, "recall": 0.5}, reason="fewer twins", path=path)
    assert floors.lowered == ("auc: fewer twins",)
    assert fallen(floors, {"auc": 0.7, "recall": 0.5}) == ["auc is 0.7000, its floor 0.8000"]
    assert "changed" in fallen(replace(floors, digest="x"), {"auc": 0.8, "recall": 0.5})[0]


def test_the_shipped_model_is_better_than_a_keyword_filter_on_unseen_written_posts() -> None:
    posts = read_labelled([])
    scores = [
        next(s.auc.value for s in evaluate(judge, posts).slices if s.group == "all")
        for judge in (ModelJudge(None), KeywordJudge())
    ]
    assert scores[0] > scores[1] + 0.1

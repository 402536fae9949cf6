"""A real local Ray cluster writes what the single process writes, even when an actor is killed."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from archive.errors import InputError
from archive.settings import Settings
from classifier import cluster
from classifier.evaluation.labelled import read_labelled
from classifier.judge import Choice, Judge
from classifier.models import find_model
from classifier.posts import count_rows, read_run
from classifier.stream import CHUNK, judge_stream, places
from desk.cli import app

ROWS = CHUNK  # of a run
pytest.importorskip("ray", reason="the extra ray is not installed")


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Give two Parquet files of several runs, one with a bad row, and a short JSONL file."""
    folder = tmp_path_factory.mktemp("in")
    rows = read_labelled([])
    for name, count in (("a", 5 * ROWS + 7), ("b", 2 * ROWS)):
        texts = [f"{rows[at % len(rows)].text} {name}{at // 700}" for at in range(count)]
        texts[3] = None if name == "a" else texts[3]
        ids = [f"{name}{at}" for at in range(count)]
        table = pyarrow.table({"id": ids, "text": texts})
        parquet.write_table(table, folder / f"{name}.parquet", row_group_size=3000)
    line = json.dumps({"id": "c1", "text": "查开房 查流水"}) + "\nnot json\n"
    (folder / "c.jsonl").write_text(line, "utf-8")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def choice(tmp_path_factory: pytest.TempPathFactory) -> Choice:
    return Choice(model=find_model("gate-7", Settings(home=tmp_path_factory.mktemp("home"))))


def _kill_an_actor(out: Path, over: threading.Event, killed: list[int]) -> None:
    """Kill a judging actor of this process's cluster when the first lines are written."""
    while not over.wait(0.02):
        if any(part.stat().st_size for part in out.glob("*")):
            for pid in islice(_actors(), 1):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
                return


def _actors() -> Iterator[int]:
    me = os.getpid()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            title = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"_Actor" in title and title.startswith(b"ray::") and _descends(int(folder.name), me):
            yield int(folder.name)


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
        pid = int(stat.rpartition(")")[2].split()[1])
    return False


@pytest.mark.slow
def test_a_killed_actor_costs_nothing_but_time(
    inputs: list[Path], choice: Choice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "RUN", ROWS)
    judge = Judge.load(choice)
    for source in inputs:
        judge_stream(str(source), str(tmp_path / f"{source.stem}.jsonl"), judge=judge)
    out = tmp_path / "cluster"
    found = places([str(path) for path in inputs], str(out), folder=True)
    over, killed = threading.Event(), list[int]()
    killer = threading.Thread(target=_kill_an_actor, args=(out, over, killed))
    killer.start()
    try:
        summary = cluster.judge_files(found, choice, workers=2)
    finally:
        over.set()
        killer.join()
    assert killed
    assert (summary.judged, summary.errors) == (7 * ROWS + 7, 2)
    for source in inputs:
        name = f"{source.stem}.jsonl"
        assert (out / name).read_bytes() == (tmp_path / name).read_bytes()


def test_a_run_of_a_file_gives_the_rows_that_stand_there(inputs: list[Path]) -> None:
    whole = count_rows(inputs[0])
    chunks = list(read_run(str(inputs[0]), first=2900, most=2200, size=CHUNK))
    rows = [row for chunk in chunks for row in chunk.read()]
    assert [row.line for row in rows] == list(range(2901, 5101))
    assert [row.id for row in rows] == [f"a{at}" for at in range(2900, 5100)]
    assert list(read_run(str(inputs[0]), first=whole, most=5, size=CHUNK)) == []


def test_what_cannot_be_judged_is_told_before_a_cluster_starts(
    inputs: list[Path], choice: Choice, tmp_path: Path
) -> None:
    for gone in ("none.parquet", "none.jsonl"):
        with pytest.raises(InputError, match="none"):
            cluster.judge_files([(gone, str(tmp_path / "o.jsonl"))], choice, workers=1)
    with pytest.raises(InputError, match="both be written"):
        places([str(inputs[0]), f"elsewhere/{inputs[0].name}"], str(tmp_path), folder=True)
    with pytest.raises(InputError, match="--out FOLDER"):
        places(["-"], str(tmp_path), folder=True)


def test_several_inputs_go_into_a_folder_on_one_machine_too(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / f"{name}.jsonl").write_text(f'{{"id": "{name}", "text": "查开房"}}\n', "utf-8")
    words = [str(tmp_path / "x.jsonl"), str(tmp_path / "y.jsonl"), "--out", str(tmp_path / "out")]
    assert CliRunner().invoke(app, ["judge", *words]).exit_code == 0
    for name in ("x", "y"):
        (line,) = (tmp_path / "out" / f"{name}.jsonl").read_text("utf-8").splitlines()
        assert json.loads(line)["id"] == name

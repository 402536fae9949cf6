"""What a stranger gets: the wheel by itself judges and serves; README's commands run."""

import json
import os
import re
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_wheel_judges_and_serves_without_extras(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip"]
    subprocess.run([*pip, "wheel", "-q", "--no-deps", "-w", tmp_path, ROOT], check=True)
    (wheel,) = tmp_path.glob("anyu-*.whl")
    venv.create(tmp_path / "env", with_pip=True)
    there = tmp_path / "env" / "bin"
    lock = ROOT / "requirements.lock"
    subprocess.run([there / "pip", "install", "-q", "-c", lock, wheel], check=True)
    (tmp_path / "in.jsonl").write_text('{"id": "a", "text": "查开房 查流水"}\n', "utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ANYU", "PYTHON"))}
    judged = subprocess.run(
        [there / "anyu", "judge", "in.jsonl"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=True,
    )
    assert json.loads(judged.stdout)["id"] == "a"
    code = (
        "from archive.settings import Settings; from desk.web.app import build; build(Settings())"
    )
    served = subprocess.run(
        [there / "python", "-c", code], cwd=tmp_path, env=environment, check=True
    )
    assert served.returncode == 0
    frozen = subprocess.run([there / "pip", "freeze"], capture_output=True, text=True, check=True)
    assert not re.search(r"(?im)^(torch|scrapy|playwright|transformers)\b", frozen.stdout)


def _commands() -> list[str]:
    """Give the commands of the README's code blocks, but `make test` itself."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and line != "make test"]


@pytest.mark.slow
@pytest.mark.browser
def test_every_command_of_the_readme_runs(tmp_path: Path) -> None:
    commands = _commands()
    assert commands[0].startswith("make demo")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for command in commands:
        words = shlex.split(command)
        if words[0] == "make":  # the set-up is done: run what the target runs
            words = ["anyu", "demo", "--no-serve"]
        words[0] = words[0].removeprefix(".venv/bin/")
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"

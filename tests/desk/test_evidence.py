"""`anyu evidence`: packs, verification and erasure as a user runs them; replay in pywb."""

import io
import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import fastwarc
import pytest
from PIL import Image
from pywb_reader import replayed
from sqlalchemy import text
from time_authority import Authority
from typer.testing import CliRunner, Result

from archive.custody import open_job
from archive.errors import AnyuError
from archive.labels import Intent, PageState
from archive.ledger.ledger import Ledger
from archive.records import Account, Job, Media, Post, Verdict
from crawler.recording import Recorder
from crawler.sandbox.server import sandbox
from crawler.seen import SeenPage
from crawler.warc import Exchange
from desk.cli import app
from desk.rooms import Rooms, rooms

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
IDENTITY = "11010119900307" + "8515"  # invented
ADVERT = f"查开房 样本 身份证{IDENTITY} 薇abc_demo77"
SECRET = "session=topsecret"  # noqa: S105
PAGE = f"<!doctype html><meta charset=utf-8><title>t</title><p>{ADVERT}</p>"


def test_a_masked_pack_tells_no_number_and_a_clear_one_stands_in_the_chain(
    home: Path, tmp_path: Path
) -> None:
    masked, clear = tmp_path / "masked.zip", tmp_path / "clear.zip"
    named = ["--post", "sandbox:1", "--home", str(home)]
    done = _run("pack", "沪公(网)〔2026〕12号", "--out", str(masked), *named)
    assert done.exit_code == 0, done.output
    done = _run("pack", "A-1", "--reason", "asked for", "--out", str(clear), *named)
    assert "in clear" in done.stdout
    with zipfile.ZipFile(masked) as pack:
        names = pack.namelist()
        contents = {name: _plain(pack.read(name)) for name in names}
        manifest = json.loads(contents["manifest.json"])
    assert {"report.html", "manifest.json", "manifest.sig", "head.json", "SHA256SUMS"} < set(names)
    assert {name.split("/")[0] for name in names if "/" in name} == {
        *("warcs", "screenshots", "pictures")
    }
    for content in contents.values():
        assert IDENTITY.encode() not in content
        assert SECRET.encode() not in content
    assert "薇abc_demo77" in contents["report.html"].decode()
    assert "█" in contents["report.html"].decode()
    assert manifest["masked"]
    assert manifest["observations"][0]["tls"] == "CN=127.0.0.1"
    with zipfile.ZipFile(clear) as pack:
        manifest = json.loads(pack.read("manifest.json"))
        originals = {f["evidence_sha256"]: f["sha256"] for f in manifest["files"]}
        assert IDENTITY in pack.read("report.html").decode()
        assert manifest["reason"] == "asked for"
    assert all(original == digest for original, digest in originals.items())
    with rooms(home) as opened, opened.ledger.reading() as connection:
        lines = [(e.kind, e.body.get("case")) for e in opened.ledger.chain.entries(connection)]
        told = connection.scalars(text("SELECT body FROM chain")).all()
    assert lines[-3:] == [("pack", "沪公(网)〔2026〕12号"), ("reveal", "A-1"), ("pack", "A-1")]
    assert not any("asked for" in body for body in told)


def test_a_pack_unpacks_to_sums_that_sha256sum_confirms(home: Path, tmp_path: Path) -> None:
    pack = _pack(home, tmp_path)
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path / "out")
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "out", check=False)
    assert done.returncode == 0


def test_verify_finds_a_flipped_byte_of_a_pack_and_a_tail_cut_since(
    home: Path, tmp_path: Path
) -> None:
    pack = _pack(home, tmp_path)
    named = ["--against", str(pack), "--home", str(home)]
    assert _run("verify", *named).exit_code == 0
    whole = pack.read_bytes()
    with zipfile.ZipFile(pack) as archive:
        spots = [info.header_offset + 60 + len(info.filename) for info in archive.infolist()]
    for at in spots:
        changed = bytearray(whole)
        changed[at] ^= 1
        pack.write_bytes(changed)
        assert isinstance(_run("verify", *named).exception, AnyuError)
    pack.write_bytes(whole)
    with rooms(home) as opened, opened.ledger.writing() as connection:
        connection.execute(text("DELETE FROM chain WHERE seq >= 4"))
    told = _run("verify", *named)
    assert "the tail was cut" in str(told.exception)
    assert _run("verify", "--home", str(home)).exit_code == 0


def test_a_pack_replays_in_two_other_readers(home: Path, tmp_path: Path) -> None:
    pack = _pack(home, tmp_path, "--reason", "court")
    with zipfile.ZipFile(pack) as archive:
        kept = [archive.read(name) for name in archive.namelist() if name.startswith("warcs/")]
    records = [r for data in kept for r in fastwarc.ArchiveIterator(io.BytesIO(data))]
    kinds = {record.headers["WARC-Type"] for record in records}
    assert kinds == {"request", "response"}
    assert PAGE in replayed(kept, "https://127.0.0.1:9/post/1", tmp_path)


@pytest.mark.browser
def test_an_advert_without_a_screenshot_is_photographed_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("ANYU_CRAWL_DELAY", "0")
    why = ["--purpose", "p", "--legal-basis", "l", "--home", str(home)]
    with sandbox() as running, rooms(home) as opened:
        [one, *_] = [post for post in running.truth() if ":" not in post["id"]]
        url = f"{running.url}/post/{one['id']}"
        with opened.ledger.writing() as connection:
            ledger = opened.ledger
            posts = [
                Post(platform="sandbox", post_id="1", text=ADVERT, url=url),
                Post(platform="sandbox", post_id="2", text=ADVERT, url="http://10.0.0.1/"),
            ]
            ledger.posts.add(connection, posts, seen_at=NOW)
            for stored in list(ledger.posts.scan(connection)):
                ledger.verdicts.add(connection, [(stored.id, _verdict(stored.post, hit=True))])
        done = _run("screenshots", "--base-url", running.url, *why)
    assert done.stdout == "1 screenshots, 1 failed\n"
    assert done.exit_code == 1
    assert "sandbox:2: 10.0.0.1 is at the private address" in done.stderr
    assert _run("verify", "--home", str(home)).exit_code == 0
    with zipfile.ZipFile(_pack(home, tmp_path, "--reason", "court")) as archive:
        [shot] = [name for name in archive.namelist() if name.startswith("screenshots/")]
        with Image.open(io.BytesIO(archive.read(shot))) as picture:
            assert picture.width == 1280


def test_an_erased_observation_is_told_in_a_pack_and_the_rest_verifies(
    home: Path, tmp_path: Path
) -> None:
    why = ["--case", "A-2", "--reason", "the person asked", "--home", str(home)]
    assert "tombstone" in _run("erase", "2", *why).stdout
    assert "erased at" in str(_run("erase", "2", *why).exception)
    with zipfile.ZipFile(_pack(home, tmp_path)) as archive:
        files = json.loads(archive.read("manifest.json"))["files"]
    assert {f["withheld"] for f in files if f["observation"] == 2} == {"erased"}
    assert "1 erased" in _run("verify", "--home", str(home)).stdout


def test_an_anchor_by_a_local_authority_verifies(home: Path, authority: Authority) -> None:
    named = ["--url", authority.url, "--root", str(authority.root), "--home", str(home)]
    assert "anchored" in _run("anchor", *named).stdout
    assert "nothing to anchor" in _run("anchor", *named).stdout
    found = _run("verify", "--json", "--root", str(authority.root), "--home", str(home))
    assert json.loads(found.stdout)["anchors"] == 1


def test_bad_input_is_one_sentence_and_status_2(home: Path, tmp_path: Path) -> None:
    wrong = [
        ["pack", "A-1", "--post", "sandbox:2"],  # innocent
        ["pack", "A-1", "--post", "sandbox:9"],
        ["pack", "A-1"],
        ["pack", "A-1", "--post", "sandbox:1", "--reason", " "],
        ["pack", " ", "--post", "sandbox:1"],
        ["pack", "A-1", "--post", "sandbox:1", "--out", str(tmp_path / "no" / "a.zip")],
        ["erase", "99", "--case", "A", "--reason", "r"],
        ["erase", "1", "--case", "A", "--reason", ""],
        ["anchor"],
        ["anchor", "--url", "ftp://127.0.0.1/", "--root", str(tmp_path / "none.pem")],
        ["verify", "--against", str(tmp_path / "none.json")],
        ["head", "--out", str(tmp_path)],
    ]
    for words in wrong:
        told = _run(*words, "--home", str(home)).exception
        assert type(told).__name__ == "InputError", (words, told)
        assert "\n" not in str(told)
    run = [sys.executable, "-m", "desk.cli", "evidence", "verify", "--home", str(tmp_path / "x")]
    done = subprocess.run(run, capture_output=True, text=True, check=False, env=_no_settings())
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "x").exists()
    assert not list(tmp_path.glob("*.zip"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    with rooms(folder) as opened:
        _fill(opened)
    return folder


def _fill(opened: Rooms) -> None:
    ledger = opened.ledger
    picture = io.BytesIO()
    Image.effect_noise((200, 300), 80).save(picture, "PNG")
    job = Job(platform="sandbox", query="开房", operator="t", purpose="p", legal_basis="l")
    with ledger.writing() as connection:
        number = open_job(ledger, connection, job)
    image = _exchange("https://127.0.0.1:9/a.png", picture.getvalue(), "image/png")
    _record(
        ledger,
        SeenPage(job=number, cursor="p", exchange=image, page_state=PageState.OK, picture=True),
    )
    media = (Media(url=image.url, sha256=image.body_sha256),)
    author = Account(platform="sandbox", account_id="u1", name="小王")
    posts = (
        Post(platform="sandbox", post_id="1", text=ADVERT, author=author, media=media),
        Post(platform="sandbox", post_id="2", text="今天下雨", author=author),
    )
    _record(
        ledger,
        SeenPage(
            job=number,
            cursor="1",
            exchange=_exchange("https://127.0.0.1:9/post/1", PAGE.encode(), "text/html"),
            page_state=PageState.OK,
            screenshot=picture.getvalue(),
            posts=posts,
        ),
    )
    with ledger.writing() as connection:
        for stored in list(ledger.posts.scan(connection)):
            hit = stored.post.post_id == "1"
            ledger.verdicts.add(connection, [(stored.id, _verdict(stored.post, hit=hit))])
        ledger.chain.append(connection, "read", actor="t", body={"n": 1})


def _record(ledger: Ledger, page: SeenPage) -> None:
    recorder = Recorder(ledger)
    prepared = recorder.prepare([page])
    with ledger.writing() as connection:
        recorder.write(connection, prepared)


def _exchange(url: str, body: bytes, kind: str) -> Exchange:
    return Exchange(
        method="GET",
        url=url,
        fetched_at=NOW,
        status=200,
        body=body,
        request_headers=[("Cookie", SECRET), ("User-Agent", "Anyu")],
        response_headers=[("Content-Type", kind), ("Set-Cookie", SECRET)],
        server="127.0.0.1",
        tls="CN=127.0.0.1",
        tools={"scrapy": "2", "chromium": "140"},
    )


def _verdict(post: Post, *, hit: bool) -> Verdict:
    return Verdict(
        post=post.key,
        post_version=1,
        judged_at=NOW,
        model="m",
        lexicon="l",
        stage="gate",
        threshold=0.5,
        intent=Intent.SELL if hit else Intent.BENIGN,
        scores={intent: 0.9 if intent is Intent.SELL else 0.01 for intent in Intent},
        risk=0.9 if hit else 0.1,
        hit=hit,
    )


def _run(*words: str) -> Result:
    return CliRunner().invoke(app, ["evidence", *words])


def _pack(home: Path, folder: Path, *more: str) -> Path:
    out = folder / "pack.zip"
    done = _run("pack", "A-1", "--post", "sandbox:1", "--out", str(out), "--home", str(home), *more)
    assert done.exit_code == 0, done.exception
    return out


def _plain(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    return b"".join(
        str(record.headers).encode() + str(record.http_headers).encode() + record.reader.read()
        for record in fastwarc.ArchiveIterator(io.BytesIO(data), parse_http=True)
    )


def _no_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("ANYU_")}

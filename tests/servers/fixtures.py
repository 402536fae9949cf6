"""Fixtures of real servers; what cannot be had is told in the last lines of the run."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from servers import elasticsearch, postgres
from servers.unpacked import UnavailableError

from archive.ledger.ledger import engine_of, migrate

MISSING = pytest.StashKey[dict[str, str]]()


@pytest.fixture(scope="session")
def elasticsearch_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the base URL of a server that the tests of this process share."""
    found = elasticsearch.found()
    try:
        address = found.__enter__()
    except UnavailableError as error:
        miss(request.config, "Elasticsearch", error)
    yield address
    found.__exit__(None, None, None)


@pytest.fixture
def elasticsearch_url(elasticsearch_server: str) -> Iterator[str]:
    """Give an address of Anyu's kind with a name of the test's own, dropped at the end."""
    import elasticsearch as client

    scheme, _, host = elasticsearch_server.rstrip("/").partition("://")
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield f"elasticsearch{'+https' if scheme == 'https' else ''}://{host}/{name}"
    with closing(client.Elasticsearch(elasticsearch_server, request_timeout=120)) as server:
        held = list(server.indices.get(index=f"{name}-*"))
        for index in held:
            server.indices.delete(index=index)


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of a server that the tests of this process share."""
    found = postgres.found()
    try:
        address = found.__enter__()
    except UnavailableError as error:
        miss(request.config, "PostgreSQL", error)
    yield address
    found.__exit__(None, None, None)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the address of an empty database of the test's own, dropped at the end."""
    with postgres.database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """Give the name of a database with empty tables: copied faster than migrated."""
    with postgres.database(postgres_server) as url:
        engine = engine_of(url)
        migrate(engine)
        engine.dispose()
        yield url.rpartition("/")[2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a ledger on both engines; beside Elasticsearch on SQLite only: it is long."""
    if "ledger_url" not in metafunc.fixturenames:
        return
    engines = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]
    beside = "elasticsearch_server" in metafunc.fixturenames
    if beside or metafunc.definition.get_closest_marker("server"):
        engines = engines[:1]
    metafunc.parametrize("ledger_url", engines, indirect=True)


@pytest.fixture
def ledger_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Give the address of an empty ledger on either engine; ``None`` is SQLite in the home."""
    if request.param == "sqlite":
        yield None
        return
    template: str = request.getfixturevalue("postgres_template")
    with postgres.database(request.getfixturevalue("postgres_server"), like=template) as url:
        yield url


def miss(config: pytest.Config, part: str, error: UnavailableError) -> None:
    """Fail in CI unless ``ANYU_SERVERS`` is ``optional``, skip elsewhere; tell it at the end."""
    told: dict[str, str] = getattr(config, "workeroutput", {}).setdefault("missing", {})
    for kept in (told, config.stash.setdefault(MISSING, {})):
        kept[part] = str(error)
    if os.environ.get("CI") == "true" and os.environ.get("ANYU_SERVERS") != "optional":
        pytest.fail(f"{part} must be there in CI: {error}", pytrace=False)
    pytest.skip(f"no {part} here: {error}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, and keep it in one process: two servers are two too many."""
    for item in items:
        if "elasticsearch_server" in getattr(item, "fixturenames", ()):
            item.add_marker("server")
        if item.get_closest_marker("server"):
            item.add_marker(pytest.mark.xdist_group("server"))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process of xdist could not have."""
    missing = getattr(node, "workeroutput", {}).get("missing", {})
    node.config.stash.setdefault(MISSING, {}).update(missing)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in the last lines which server could not be had."""
    for part, reason in config.stash.get(MISSING, {}).items():
        terminalreporter.write_line(f"NOT TESTED against {part}: {reason}", yellow=True)

"""Fixtures of real servers; what cannot be had is told in the last lines of the run."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing

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
    with closing(client.Elasticsearch(elasticsearch_server)) as server:
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


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def ledger_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Give the address of an empty ledger on either engine; ``None`` is SQLite in the home."""
    if request.param == "sqlite":
        yield None
        return
    template: str = request.getfixturevalue("postgres_template")
    with postgres.database(request.getfixturevalue("postgres_server"), like=template) as url:
        yield url


def miss(config: pytest.Config, part: str, error: UnavailableError) -> None:
    """Fail in CI, skip elsewhere, and remember it for the last lines."""
    config.stash.setdefault(MISSING, {})[part] = str(error)
    if os.environ.get("CI") == "true":
        pytest.fail(f"{part} must be there in CI: {error}", pytrace=False)
    pytest.skip(f"no {part} here: {error}")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in the last lines which server could not be had."""
    for part, reason in config.stash.get(MISSING, {}).items():
        terminalreporter.write_line(f"NOT TESTED against {part}: {reason}", yellow=True)

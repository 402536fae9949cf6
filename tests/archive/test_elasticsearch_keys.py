"""TLS and API keys against a server that demands both."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import elasticsearch as client
import pytest
from index_contract import documents
from servers.certificates import self_signed
from servers.elasticsearch import CERTIFICATE, Node, single_node
from servers.fixtures import miss
from servers.unpacked import UnavailableError

from archive.errors import EngineError
from archive.index import Query
from archive.index.elasticsearch import Address, ElasticsearchIndex
from archive.settings import Settings

_TLS = {
    "xpack__security__enabled": "true",
    "xpack__security__http__ssl__enabled": "true",
    "xpack__security__http__ssl__certificate": CERTIFICATE,
    "xpack__security__http__ssl__key": "here.key",
}
# what docs/index.md tells the operator to grant
_ROLE = {
    "cluster": ["monitor"],
    "indices": [{"names": ["safe", "safe-*"], "privileges": ["manage", "read", "write"]}],
}


@pytest.fixture(scope="module")
def locked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Node, Path, str]]:
    certificate, key = self_signed()
    ca = tmp_path_factory.mktemp("tls") / "ca.pem"
    ca.write_bytes(certificate)
    password = secrets.token_urlsafe(12)
    files = {CERTIFICATE: certificate, "here.key": key}
    try:
        with single_node(files=files, password=password, **_TLS) as node:
            yield node, ca, password
    except UnavailableError as error:
        miss(request.config, "Elasticsearch", error)


def _index(node: Node, *, ca: Path | None, key: str | None) -> ElasticsearchIndex:
    address = Address.read(f"elasticsearch+https://{node.address}/safe")
    settings = Settings(
        elasticsearch_ca=ca,
        elasticsearch_api_key=key,  # type: ignore[arg-type]
        elasticsearch_timeout=120,
    )
    return ElasticsearchIndex(address, settings)


@pytest.mark.server
@pytest.mark.slow
def test_a_narrow_key_is_enough_and_nothing_less_is(locked: tuple[Node, Path, str]) -> None:
    node, ca, password = locked
    url = f"https://{node.address}"
    admin = client.Elasticsearch(
        url, basic_auth=("elastic", password), ca_certs=str(ca), request_timeout=120
    )
    with closing(admin) as server:
        made = server.security.create_api_key(name="anyu", role_descriptors={"anyu": _ROLE})
    with closing(_index(node, ca=ca, key=made["encoded"])) as index:
        index.put(documents())
        assert index.search(Query(text="开房")).total == 2
        fresh = index.fresh()
        fresh.put(documents()[:1])
        index.replace_by(fresh)
        fresh.close()
        assert index.search(Query()).total == 1
        assert index.standing().documents == 1
        index.clear()
    for less, told in (
        (_index(node, ca=ca, key=None), "ANYU_ELASTICSEARCH_API_KEY"),
        (_index(node, ca=None, key=made["encoded"]), "ANYU_ELASTICSEARCH_CA"),
    ):
        with closing(less), pytest.raises(EngineError, match=told):
            less.search(Query())

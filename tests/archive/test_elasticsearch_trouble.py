"""A server that is away, slow, full, or pushes back: posts wait, none is lost, the lag shows."""

import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import elasticsearch as client
import pytest
from posts import add_judged
from servers.elasticsearch import Node, cluster, free_port, single_node
from servers.fixtures import miss
from servers.unpacked import UnavailableError

from archive.errors import EngineError, InputError, RefusedError
from archive.index import Query
from archive.index.elasticsearch import Address, ElasticsearchIndex
from archive.index.elasticsearch.paging import Mark
from archive.index.feeding import check, feed, lag
from archive.index.moving import rebuild
from archive.ledger.ledger import Ledger
from archive.settings import Settings

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def _open(node: Node, *, seconds: float = 120, name: str = "trouble") -> ElasticsearchIndex:
    address = Address.read(f"elasticsearch://{node.address}/{name}")
    return ElasticsearchIndex(address, Settings(elasticsearch_timeout=seconds))


@contextmanager
def _node(request: pytest.FixtureRequest, **settings: str) -> Iterator[Node]:
    try:
        with single_node(**settings) as node:
            yield node
    except UnavailableError as error:
        miss(request.config, "Elasticsearch", error)


def test_a_server_that_is_away_leaves_the_posts_waiting(ledger: Ledger) -> None:
    address = Address.read(f"elasticsearch://127.0.0.1:{free_port()}/none")
    add_judged(ledger, 3)
    with closing(ElasticsearchIndex(address, Settings())) as index:
        for _ in range(2):  # a failed try gives the tickets back at once
            with pytest.raises(EngineError, match="cannot be reached"):
                feed(ledger, index)
    behind = lag(ledger)
    assert (behind.waiting, behind.refused) == (3, 0)
    assert behind.since is not None


def test_a_full_server_leaves_the_posts_waiting(
    ledger: Ledger, elasticsearch_index: ElasticsearchIndex, elasticsearch_server: str
) -> None:
    add_judged(ledger, 3)
    feed(ledger, elasticsearch_index)
    add_judged(ledger, 5, start=3)
    with closing(client.Elasticsearch(elasticsearch_server, request_timeout=120)) as server:
        full = {"index.blocks.read_only_allow_delete": True}  # what the disk watermark sets
        name = elasticsearch_index.address.name
        server.indices.put_settings(index=name, settings=full)
        with pytest.raises(EngineError, match="disk"):
            feed(ledger, elasticsearch_index)
        assert lag(ledger).waiting == 5
        assert elasticsearch_index.search(Query()).total == 3
        server.indices.put_settings(index=name, settings=dict.fromkeys(full))
    assert feed(ledger, elasticsearch_index) == 5
    assert check(ledger, elasticsearch_index).in_step


def test_one_refused_document_holds_up_no_other(
    ledger: Ledger, elasticsearch_index: ElasticsearchIndex, elasticsearch_server: str
) -> None:
    feed(ledger, elasticsearch_index)
    elasticsearch_index.search(Query())  # the index is there
    _refuse(elasticsearch_server, elasticsearch_index.address.name, platform="odd")
    add_judged(ledger, 3)
    add_judged(ledger, 1, platform="odd")
    with pytest.raises(RefusedError, match="refused 1 document"):
        feed(ledger, elasticsearch_index)
    assert elasticsearch_index.search(Query()).total == 3
    behind = lag(ledger)
    assert (behind.waiting, behind.refused) == (1, 1)
    assert feed(ledger, elasticsearch_index) == 0  # it is not tried again at once
    elasticsearch_index.delete(["x:0"])
    with pytest.raises(RefusedError):  # mended is what can be, told what cannot
        check(ledger, elasticsearch_index)
    assert elasticsearch_index.search(Query()).total == 3


def _refuse(url: str, name: str, *, platform: str) -> None:
    """Let the server refuse documents of a platform: a name is no number."""
    refusal = {
        "convert": {"field": "key", "type": "integer", "if": f"ctx.platform == '{platform}'"}
    }
    with closing(client.Elasticsearch(url, request_timeout=120)) as server:
        server.ingest.put_pipeline(id=f"{name}-odd", processors=[refusal])
        server.indices.put_settings(index=name, settings={"default_pipeline": f"{name}-odd"})


def test_an_index_taken_away_is_told_and_nothing_is_struck_off(
    ledger: Ledger, elasticsearch_index: ElasticsearchIndex, elasticsearch_server: str
) -> None:
    add_judged(ledger, 2)
    feed(ledger, elasticsearch_index)
    add_judged(ledger, 2, start=2)
    with closing(client.Elasticsearch(elasticsearch_server, request_timeout=120)) as server:
        server.indices.delete(index=f"{elasticsearch_index.address.name}-000001")
    with pytest.raises(EngineError, match="cannot be written"):
        feed(ledger, elasticsearch_index)
    assert (lag(ledger).waiting, lag(ledger).refused) == (2, 0)
    rebuild(ledger, elasticsearch_index)
    assert check(ledger, elasticsearch_index).documents == 4


@pytest.mark.parametrize("mark", ["2026-05-01T12:00:00+00:00|weibo:1", "é", "", "e30="])
def test_a_page_mark_of_another_kind_is_bad_input(
    elasticsearch_index: ElasticsearchIndex, mark: str
) -> None:
    with pytest.raises(InputError, match="page mark"):
        elasticsearch_index.search(Query(after=mark))
    forged = str(Mark(moment=0, key="x", view="bm90IG9uZQ=="))
    with pytest.raises(InputError, match="page mark"):
        elasticsearch_index.search(Query(after=forged))


@pytest.mark.server
@pytest.mark.slow
def test_a_server_killed_frozen_and_started_again(
    ledger: Ledger, request: pytest.FixtureRequest
) -> None:
    with _node(request) as node:
        add_judged(ledger, 300)
        with closing(_open(node)) as index:
            feed(ledger, index)
        add_judged(ledger, 300, start=300)
        with closing(_open(node, seconds=1)) as index:
            node.send(signal.SIGSTOP)
            with pytest.raises(EngineError, match="did not answer in time"):
                feed(ledger, index)
            node.send(signal.SIGCONT)
        assert lag(ledger).waiting == 300
        node.kill()
        with closing(_open(node)) as index:
            with pytest.raises(EngineError, match="cannot be reached"):
                feed(ledger, index)
            assert lag(ledger).waiting == 300
            node.start()
            node.wait()
            assert feed(ledger, index) == 300
            assert check(ledger, index).in_step
            assert index.search(Query()).total == 600


@pytest.mark.server
@pytest.mark.slow
def test_a_server_that_pushes_back_gets_it_all_in_the_end(
    ledger: Ledger, request: pytest.FixtureRequest
) -> None:
    add_judged(ledger, 200)
    with _node(request, indexing_pressure__memory__limit="1b") as node:
        with closing(_open(node)) as index, pytest.raises(EngineError, match="too much to do"):
            feed(ledger, index)
        assert lag(ledger).waiting == 200
        node.stop()
        node.settings = {"discovery.type": "single-node"}
        node.start()
        node.wait()
        with closing(_open(node)) as index:
            assert feed(ledger, index) == 200
            assert check(ledger, index).in_step


@pytest.mark.server
@pytest.mark.slow
def test_a_cluster_that_loses_a_node_in_mid_write(
    ledger: Ledger, request: pytest.FixtureRequest
) -> None:
    add_judged(ledger, 4000)
    try:
        with cluster() as nodes:
            doors = ",".join(node.address for node in nodes)
            address = Address.read(f"elasticsearch://{doors}/trouble")
            with closing(ElasticsearchIndex(address, Settings(elasticsearch_timeout=60))) as index:
                _feed_while_a_node_dies(ledger, index, nodes)
                assert check(ledger, index).in_step
                assert index.search(Query()).total == 4000
    except UnavailableError as error:
        miss(request.config, "Elasticsearch", error)


def _feed_while_a_node_dies(ledger: Ledger, index: ElasticsearchIndex, nodes: list[Node]) -> None:
    """Kill the node of the shard being written after the first batch, and feed until all are in."""
    killed: list[str] = []

    def killing(_: int) -> None:
        if not killed:
            victim = _primary(nodes, index.address.name)
            victim.kill()
            killed.append(victim.name)

    end = time.monotonic() + 300
    while lag(ledger).waiting and time.monotonic() < end:
        try:
            feed(ledger, index, progress=killing)
        except EngineError:
            time.sleep(1)
    assert killed
    assert lag(ledger).waiting == 0


def _primary(nodes: list[Node], name: str) -> Node:
    with closing(client.Elasticsearch(f"http://{nodes[0].address}", request_timeout=120)) as server:
        rows = server.cat.shards(index=f"{name}-*", format="json", h="prirep,node").body
    (holder,) = {row["node"] for row in rows if row["prirep"] == "p"}  # type: ignore[index,call-overload]
    return next(node for node in nodes if node.name == holder)


def test_a_key_does_not_travel_in_clear() -> None:
    address = Address.read("elasticsearch://archive.example:9200/anyu")
    with pytest.raises(InputError, match=r"https"):
        ElasticsearchIndex(address, Settings(elasticsearch_api_key="a"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        *(
            "redis://a",
            "elasticsearch://user:word@a",
            "elasticsearch://a/Big",
            "elasticsearch:///x",
        ),
        *("elasticsearch://a:99999", "elasticsearch://a/x/y"),
    ],
)
def test_an_address_that_cannot_be_meant_says_why(url: str) -> None:
    with pytest.raises(InputError):
        Address.read(url)


def test_addresses_are_written_in_one_way() -> None:
    read = Address.read("elasticsearch://10.0.0.1,[::1]:9201/")
    assert str(read) == "elasticsearch://10.0.0.1:9200,[::1]:9201/anyu"
    assert not read.stays_here

"""Custody: which evidence each observation left, and what was erased since, told by the chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection

from archive import codec
from archive.chain import Body, Chain, Entry, Line
from archive.errors import InputError
from archive.evidence import Sealed
from archive.keys import Keys, signed
from archive.ledger.ledger import Ledger
from archive.ledger.turns import one_writer
from archive.records import Job, Observation

OBSERVED = "observed"
ERASED = "erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A request to erase the evidence of one observation."""

    observation: int
    case: str
    reason: str
    actor: str


def open_job(
    ledger: Ledger, connection: Connection, job: Job, *, despite_robots: bool = False
) -> int:
    """Write a job outside the crawl's queue, into the chain too; give its id.

    Such a job must name a legal basis, on which it may pass over robots.txt.
    """
    if not job.legal_basis.strip() or not job.purpose.strip():
        raise InputError("A job must name its purpose and its legal basis.")
    number = ledger.jobs.add(connection, job)
    body: Body = {
        "job": number,
        "platform": job.platform,
        "query": ledger.chain.mark(job.query),
        "purpose": job.purpose,
        "legal_basis": job.legal_basis,
        "robots": "passed over" if despite_robots else "obeyed",
        "session": "",
    }
    ledger.chain.append(connection, "job", actor=job.operator, body=body)
    return number


def observe(
    ledger: Ledger, connection: Connection, seen: Observation, kept: Sequence[bytes]
) -> int:
    """Write an observation with its evidence and its line in the chain; give its id."""
    sealed = ledger.evidence.seal([kept])
    try:
        return observe_all(ledger, connection, [(seen, sealed[0])])[0]
    except Exception:
        ledger.evidence.discard(sealed)
        raise


def observe_all(
    ledger: Ledger, connection: Connection, seen: Sequence[tuple[Observation, Sealed]]
) -> list[int]:
    """Write observations, the evidence sealed of each, and their lines in the chain; give ids."""
    one_writer(connection)
    numbers = ledger.jobs.observe_all(connection, [one for one, _ in seen])
    sealed = [one for _, one in seen]
    ledger.evidence.enter(connection, zip(numbers, sealed, strict=True))
    operators = ledger.jobs.operators(connection, {one.job for one, _ in seen})
    lines = [
        _line(ledger.chain, replace(one, id=number), kept, operators.get(one.job, "unknown"))
        for number, (one, kept) in zip(numbers, seen, strict=True)
    ]
    ledger.chain.append_all(connection, lines)
    return numbers


def _line(chain: Chain, seen: Observation, kept: Sealed, actor: str) -> Line:
    body: Body = {
        "observation": seen.id,
        "job": seen.job,
        "record": record_mark(chain, seen),
        "evidence": names_mark(chain, kept.names),
    }
    return Line(kind=OBSERVED, actor=actor, body=body)


def record_mark(chain: Chain, seen: Observation) -> str:
    """Give the keyed digest of an observation, every field of it."""
    return chain.mark(codec.encode(seen))


def names_mark(chain: Chain, names: Sequence[str]) -> str:
    """Give the keyed digest of the names of an observation's evidence."""
    return chain.mark(codec.encode(sorted(set(names))))


def erase(ledger: Ledger, order: Erasure) -> Entry:
    """Destroy the key of an observation and write a signed tombstone; then remove its files.

    A second call after a crash removes files that were left and gives an ``InputError``.
    """
    store, keys = ledger.evidence, ledger.keys
    with ledger.writing() as connection:
        one_writer(connection)  # else two could find the key undestroyed
        if ledger.jobs.observation(connection, order.observation) is None:
            raise InputError(f"There is no observation {order.observation}.")
        names = store.names(connection, order.observation)
        store.sweep(connection, order.observation)
        if not names:
            raise InputError(f"Observation {order.observation} has no evidence of its own.")
        if gone := store.destroyed_at(connection, order.observation):
            raise InputError(
                f"Observation {order.observation} was erased at {gone:%Y-%m-%d %H:%M}."
            )
        at = datetime.now(UTC)
        store.destroy(connection, order.observation, at=at)
        body: Body = {
            "observation": order.observation,
            "evidence": names_mark(ledger.chain, names),
            "case": order.case,
            "reason": ledger.chain.mark(order.reason),
            "at": at.isoformat(),
        }
        body = {**body, "signature": keys.sign(codec.encode(body).encode())}
        entry = ledger.chain.append(connection, ERASED, actor=order.actor, body=body)
    ledger.forget_freed_pages()
    with ledger.reading() as connection:
        store.sweep(connection, order.observation)
    return entry


def tombstone_holds(keys: Keys, body: Body) -> bool:
    """Say whether a tombstone bears the operator's signature."""
    bare = {name: value for name, value in body.items() if name != "signature"}
    return signed(keys.public, codec.encode(bare).encode(), str(body.get("signature")))

"""Opening jobs under an operator's purpose and legal basis, and closing those that saw it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from archive.chain import Body
from archive.labels import PageState
from archive.ledger.ledger import Ledger
from archive.records import Job

LOOKED = frozenset({PageState.OK, PageState.EMPTY, PageState.GONE})


def open_jobs(
    ledger: Ledger,
    queries: Sequence[str],
    *,
    platform: str,
    operator: str,
    purpose: str,
    legal_basis: str,
) -> list[tuple[int, str]]:
    """Write a job for each query, into the chain too; give its id with the query."""
    jobs: list[tuple[int, str]] = []
    with ledger.writing() as connection:
        for query in queries:
            job = Job(
                platform=platform,
                query=query,
                operator=operator,
                purpose=purpose,
                legal_basis=legal_basis,
            )
            number = ledger.jobs.add(connection, job)
            body: Body = {
                "job": number,
                "platform": platform,
                "query": ledger.chain.mark(query),
                "purpose": purpose,
                "legal_basis": legal_basis,
            }
            ledger.chain.append(connection, "job", actor=operator, body=body)
            jobs.append((number, query))
    return jobs


def close_jobs(ledger: Ledger, jobs: Iterable[int]) -> None:
    """Set jobs to done whose every page was seen; the others stay open and say why, or paused."""
    with ledger.writing() as connection:
        paused = {s.job.id for s in ledger.jobs.all(connection) if s.state == "paused"}
        for job in jobs:
            if job in paused:
                continue
            states = Counter(ledger.jobs.last_states(connection, job).values())
            unseen = {state: count for state, count in states.items() if state not in LOOKED}
            if states and not unseen:
                ledger.jobs.set_state(connection, job, "done")
            else:
                told = ", ".join(f"{state} on {count} pages" for state, count in unseen.items())
                ledger.jobs.set_state(connection, job, "open", reason=told or "nothing was fetched")

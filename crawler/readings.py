"""Reading answers without trusting them: what breaks a parser is a changed layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from archive.labels import PAUSING, Extent, PageState
from archive.ledger.limits import misfit, of_account
from archive.ledger.units import Unit
from crawler.fetching import Fetched
from crawler.platforms.platform import Platform, Reading

_GRAVITY = (
    *PAUSING,
    PageState.RATE_LIMITED,
    PageState.ERROR,
    PageState.CHANGED_LAYOUT,
    PageState.GONE,
    PageState.OK,
    PageState.EMPTY,
)


def read_safely(platform: Platform, unit: Unit, fetched: Fetched) -> Reading:
    """Read an answer; what the parser stumbles over is named, the body is kept all the same."""
    if fetched.exchange.status == 0:
        return Reading(state=PageState.ERROR, reason=fetched.problem, final=fetched.refused)
    try:
        reading = platform.read(unit, fetched.answer)
    except Exception as error:  # a parser may raise anything on a page it does not know
        told = f"{type(error).__name__} at {_place(error)}: {str(error)[:100]}"
        return Reading(state=PageState.CHANGED_LAYOUT, reason=told)
    reading = _keepable(reading)
    if fetched.problem and reading.state in (PageState.OK, PageState.EMPTY):
        return replace(reading, state=PageState.CHANGED_LAYOUT, reason=fetched.problem)
    return reading


def combined(readings: Sequence[Reading]) -> Reading:
    """Give what several answers to one unit come to: the gravest state, all that they hold."""
    if len(readings) == 1:
        return readings[0]
    gravest = min(readings, key=lambda reading: _GRAVITY.index(reading.state))
    extents = [reading.extent for reading in readings]
    extent = next((e for e in (Extent.CAPPED, Extent.TRUNCATED) if e in extents), Extent.WHOLE)
    return replace(
        gravest,
        extent=extent,
        posts=tuple(chain.from_iterable(reading.posts for reading in readings)),
        accounts=tuple(chain.from_iterable(reading.accounts for reading in readings)),
        onward=tuple(chain.from_iterable(reading.onward for reading in readings)),
        gone=tuple(chain.from_iterable(reading.gone for reading in readings)),
        following=readings[-1].following,
    )


def _keepable(reading: Reading) -> Reading:
    """Leave out what no ledger keeps, and tell it: a name that long or odd was read wrongly."""
    posts = [post for post in reading.posts if not misfit(post)]
    accounts = [account for account in reading.accounts if not of_account(account)]
    if len(posts) == len(reading.posts) and len(accounts) == len(reading.accounts):
        return reading
    wrong = [*map(misfit, reading.posts), *map(of_account, reading.accounts)]
    told = next(why for why in wrong if why)
    state = PageState.CHANGED_LAYOUT
    return replace(reading, state=state, reason=told, posts=posts, accounts=accounts)


def _place(error: Exception) -> str:
    """Name the file and line in which a parser stumbled."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"

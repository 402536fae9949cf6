"""How long a name may be: PostgreSQL refuses what SQLite would take, so both refuse it here."""

from __future__ import annotations

from collections.abc import Iterator

from archive.records import Account, Post

_KEY, _PLATFORM, _ACCOUNT = 512, 64, 256  # characters, those of archive/ledger/tables.py


def misfit(post: Post) -> str | None:
    """Say in one sentence why the ledger cannot keep a post; ``None`` where it can."""
    author = of_account(post.author) if post.author else None
    return next(_misfits(post), author)


def of_account(account: Account) -> str | None:
    """Say in one sentence why the ledger cannot keep an account; ``None`` where it can."""
    if len(account.platform) > _PLATFORM or len(account.account_id) > _ACCOUNT:
        return f"the account id is longer than {_ACCOUNT} characters: {account.account_id[:40]}…"
    if "\0" in account.platform + account.account_id:
        return f"the account id holds a NUL character: {account.account_id[:40]!r}"
    return None


def _misfits(post: Post) -> Iterator[str]:
    if len(post.platform) > _PLATFORM:
        yield f"the platform's name is longer than {_PLATFORM} characters: {post.platform[:40]}…"
    if len(post.key) > _KEY:
        yield f"platform and post id are longer than {_KEY} characters: {post.key[:40]}…"
    if "\0" in post.key:
        yield f"the post id holds a NUL character: {post.key[:40]!r}"

"""`anyu demo`: the main job on the sandbox, from pages to searchable cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from archive.labels import Extent, PageState
from desk.commands.importing import judge_waiting
from desk.commands.searching import serve as serve_pages
from desk.rooms import Rooms, rooms

if TYPE_CHECKING:
    from crawler.seen import SeenPage
    from desk.demo import Score

_HOME = Path("anyu-demo")
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())


def demo(
    home: Annotated[Path, typer.Option("--home", help="Folder of the demo's archive.")] = _HOME,
    serve: Annotated[bool, typer.Option(help="Serve the pages at the end, until Ctrl-C.")] = True,
    seed: Annotated[int, typer.Option(help="Same seed, same sandbox.")] = 7,
    port: Annotated[int, typer.Option(help="Port of the pages; 0 takes a free one.")] = 8765,
) -> None:
    """Collect from a synthetic platform, judge, index, score; then serve the pages."""
    with rooms(home) as opened:
        score = _run(opened, seed=seed)
    _show(score)
    if not score.agrees:
        raise typer.Exit(1)
    typer.echo(f"search it: anyu search 开房 --home {home}")
    if serve:
        serve_pages(home=home, port=port)


def _run(opened: Rooms, *, seed: int) -> Score:
    from crawler.sandbox.server import sandbox
    from desk.demo import Demo

    with (
        sandbox(seed=seed) as running,
        Progress(*_COLUMNS, console=Console(stderr=True)) as bar,
    ):
        task = bar.add_task("starting", total=None)
        pages = posts = 0

        def collected(page: SeenPage) -> None:
            nonlocal pages, posts
            pages, posts = pages + 1, posts + len(page.posts)
            bar.update(task, description=f"collecting: {pages} fetches, {posts} posts")

        def judge() -> None:
            bar.update(task, description="judging and indexing")
            bar.refresh()
            judge_waiting(opened, quiet=True)

        return Demo(opened, running, judge).run(collected, terminal=bar.console.print)


def _show(score: Score) -> None:
    console = Console()
    console.print(_fetched(score))
    agreement = "as the sandbox's own log has it" if score.agrees else f"log: {score.served}"
    console.print(f"counted {agreement}; besides, {score.pictures} pictures", highlight=False)
    found = Table("posts", "comments", "edited since", "gone since", "hits", title="Found")
    numbers = (score.posts, score.comments, score.edited, score.gone, score.hits)
    found.add_row(*map(str, numbers))
    console.print(found)
    truth = Table("recall of the posts seen", "recall of all", "precision", title="Against truth")
    rates = (score.recall, score.recall_of_all, score.precision)
    truth.add_row(*(f"{rate:.3f}" for rate in rates))
    console.print(truth)
    waiting = Table("job", "query", "why", title="Paused or not finished: look at these")
    for status in score.jobs:
        if status.state != "done":
            waiting.add_row(str(status.job.id), status.job.query, status.reason or status.state)
    console.print(waiting)


def _fetched(score: Score) -> Table:
    table = Table("page state", *Extent, title="Fetched, by state and extent")
    for state in PageState:
        counts = [score.fetched.get((state, extent), 0) for extent in Extent]
        if any(counts):
            table.add_row(state, *(str(count or "") for count in counts))
    return table

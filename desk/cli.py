"""The `anyu` command: what it can do, and one sentence instead of a traceback."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from archive.errors import AnyuError, InputError
from desk.commands import (
    campaigns,
    crawling,
    demonstrating,
    evaluating,
    importing,
    judging,
    lexicon,
    searching,
    training,
    upkeep,
)

app = typer.Typer(
    name="anyu",
    help="Find, prove and take down posts that sell citizens' personal data.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
index = typer.Typer(
    help="The search index; it can be rebuilt from the ledger.", no_args_is_help=True
)
people = typer.Typer(help="Campaigns: the people behind posts.", no_args_is_help=True)
takedown = typer.Typer(help="Lists for the platforms' trust teams.", no_args_is_help=True)
train = typer.Typer(help="Models from the training corpus.", no_args_is_help=True)
words = typer.Typer(help="The words of the trade, and their life.", no_args_is_help=True)
app.add_typer(words, name="lexicon")
crawl = typer.Typer(help="Pages of the platforms.", no_args_is_help=True)
app.add_typer(crawl, name="crawl")
app.add_typer(index, name="index")
app.add_typer(train, name="train")
app.add_typer(takedown, name="takedown")
app.add_typer(people, name="campaign")

app.command("demo")(demonstrating.demo)
app.command("import")(importing.import_file)
app.command("judge")(judging.judge)
app.command("evaluate")(evaluating.evaluate)
app.command("search")(searching.search)
app.command("serve")(searching.serve)
app.command("purge")(upkeep.purge)
app.command("doctor")(upkeep.doctor)
index.command("check")(upkeep.index_check)
index.command("rebuild")(upkeep.index_rebuild)
crawl.command("parse")(crawling.parse)
train.command("gate")(training.train_gate)
train.command("encoder")(training.train_encoder)
app.command("export")(training.export)
train.command("leave-out")(training.train_leave_out)
words.command("list")(lexicon.show_all)
words.command("show")(lexicon.show)
words.command("propose")(lexicon.propose)
words.command("approve")(lexicon.approve)
words.command("retire")(lexicon.retire)
words.command("export")(lexicon.export)
takedown.command("list")(searching.takedown_list)
people.command("link")(campaigns.campaign_link)
people.command("list")(campaigns.campaign_list)
people.command("show")(campaigns.campaign_show)
people.command("merge")(campaigns.campaign_merge)
people.command("split")(campaigns.campaign_split)
people.command("undo")(campaigns.campaign_undo)


def run() -> None:
    """Run the command; bad input ends with status 2, any other told error with 1."""
    try:
        app()
    except AnyuError as error:
        Console(stderr=True).print(
            f"anyu: {error}", style="red", markup=False, highlight=False, soft_wrap=True
        )
        sys.exit(2 if isinstance(error, InputError) else 1)


if __name__ == "__main__":
    run()

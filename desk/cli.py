"""The `anyu` command: what it can do, and one sentence instead of a traceback."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from archive.errors import AnyuError, InputError
from crawler.platforms.catalogue import names
from desk.commands import (
    backing,
    campaigns,
    covering,
    crawling,
    demonstrating,
    evaluating,
    evidence,
    frontier,
    importing,
    judging,
    lexicon,
    models,
    resembling,
    revisiting,
    saving,
    searching,
    sessions,
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
session = typer.Typer(help="Operators' own sessions, stored encrypted.", no_args_is_help=True)
app.add_typer(session, name="session")
app.add_typer(index, name="index")
app.add_typer(train, name="train")
model = typer.Typer(help="Which model a home judges with.", no_args_is_help=True)
app.add_typer(model, name="model")
app.add_typer(takedown, name="takedown")
proofs = typer.Typer(help="Evidence: verify, anchor, pack, erase.", no_args_is_help=True)
app.add_typer(proofs, name="evidence")
app.add_typer(people, name="campaign")
saved = typer.Typer(help="Searches that tell of new hits.", no_args_is_help=True)
app.add_typer(saved, name="saved")

app.command("demo")(demonstrating.demo)
app.command("import")(importing.import_file)
app.command("judge")(judging.judge)
app.command("evaluate")(evaluating.evaluate)
app.command("search")(searching.search)
app.command("similar")(resembling.similar)
app.command("serve")(searching.serve)
app.command("purge")(upkeep.purge)
app.command("backup")(backing.backup)
app.command("restore")(backing.restore)
app.command("doctor")(upkeep.doctor)
index.command("check")(upkeep.index_check)
index.command("feed")(upkeep.index_feed)
index.command("status")(upkeep.index_status)
index.command("rebuild")(upkeep.index_rebuild)
crawl.command("parse")(crawling.parse)
for name in names():
    crawl.command(name)(frontier.crawl_platform)
crawl.command("resume")(frontier.resume)
crawl.command("check")(frontier.check)
crawl.command("due")(frontier.due)
crawl.command("coverage")(covering.coverage)
session.command("add")(sessions.add)
session.command("check")(sessions.check)
session.command("list")(sessions.show_all)
session.command("remove")(sessions.remove)
app.command("revisit")(revisiting.revisit)
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
model.command("list")(models.model_list)
model.command("show")(models.model_show)
model.command("use")(models.model_use)
takedown.command("list")(searching.takedown_list)
proofs.command("verify")(evidence.verify)
proofs.command("head")(evidence.head)
proofs.command("anchor")(evidence.anchor)
proofs.command("screenshots")(evidence.screenshots)
proofs.command("pack")(evidence.pack)
proofs.command("erase")(evidence.erase)
people.command("link")(campaigns.campaign_link)
people.command("list")(campaigns.campaign_list)
people.command("show")(campaigns.campaign_show)
people.command("merge")(campaigns.campaign_merge)
people.command("split")(campaigns.campaign_split)
people.command("undo")(campaigns.campaign_undo)
saved.command("add")(saving.saved_add)
saved.command("list")(saving.saved_list)
saved.command("show")(saving.saved_show)
saved.command("remove")(saving.saved_remove)
saved.command("check")(saving.saved_check)


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

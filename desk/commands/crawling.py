"""`anyu crawl …`: what pages of a platform hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from archive.errors import InputError, MissingError


def parse(
    platform: Annotated[str, typer.Argument(help="weibo, tieba or telegram.")],
    file: Annotated[Path, typer.Argument(help="A saved answer: JSON, JSONP, HTML, MHTML, WARC.")],
    url: Annotated[str, typer.Option(help="The address it was fetched from.")] = "",
    status: Annotated[int | None, typer.Option(help="The HTTP status it came with.")] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="A header it came with, 'Name: value'; repeatable.")
    ] = None,
) -> None:
    """Print page state, extent and every record of one saved answer, as JSON lines."""
    try:
        from crawler.parsing import lines, reader_of
        from crawler.parsing import parse as read_answers
        from crawler.saved import read_saved

        reader_of(platform)
    except ImportError as error:
        raise MissingError(
            f"Reading pages needs the extra crawl ({error.name} is not installed): "
            "pip install 'anyu[crawl]'."
        ) from error
    if status is not None and not 0 <= status <= 999:
        raise InputError(
            f"The status {status} is no HTTP status: give a number such as 200 or 403."
        )
    headers = [_header(text) for text in header or ()]
    answers = read_saved(file, url=url, status=status, headers=headers)
    for line in lines(read_answers(platform, answers)):
        typer.echo(line)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise InputError(f"The header {text!r} is not of the form 'Name: value'.")
    return name.strip(), value.strip()

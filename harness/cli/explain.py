"""``harness explain``: what a code, a fault or a term means."""

from __future__ import annotations

import json

import click

from harness.explain import index, look_up
from harness.explain import text as told
from harness.extension import Catalogue, installed


@click.command(short_help="Say what a code, a fault or a term means.")
@click.argument("word", required=False)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", help="What stdout gets."
)
def explain(word: str | None, format_: str) -> int:
    """Say what a code, a fault or a term means.

    WORD is a code of a finding: what it means, who must act and how, where that is written, what it weighs,
    and which faults show it with which command. Or a fault: what is broken, what must be diagnosed, and what
    shows it. Or a term of these pages or of the specifications. It may also be what codes begin with, a group
    of faults, or a requirement. Without WORD: what there is to ask for.

    Codes and faults of installed extensions are among them.

    \b
    harness explain claims.expired
    harness explain exp-past
    harness explain PKCE
    harness explain RFC7636-4.6
    harness explain claims --format json
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    catalogue = Catalogue.of(installed())
    if word is None:
        there = index(catalogue)
        click.echo(
            json.dumps({"schema": 1, **there.model_dump(mode="json")}, indent=2, ensure_ascii=False)
            if format_ == "json"
            else told.render_index(there)
        )
        return 0
    found = look_up(word, catalogue)
    if format_ == "json":
        sheets = [one.model_dump(mode="json") for one in found]
        click.echo(json.dumps({"schema": 1, "word": word, "found": sheets}, indent=2, ensure_ascii=False))
    else:
        click.echo(told.render(found))
    return 0

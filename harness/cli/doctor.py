"""``harness doctor``: what is here, what is missing, how to mend it."""

from __future__ import annotations

import textwrap

import click
from playwright.sync_api import sync_playwright

from harness import doctor as examination
from harness.cli.options import Several
from harness.config import ENGINES, SURFACES

_WIDTH = 100
_INDENT = " " * 12


@click.command(short_help="List the browsers of this machine and what they can do.")
@click.option(
    "--engine", type=Several(ENGINES), multiple=True, help="Only these, and exit 2 if one is missing."
)
def doctor(engine: tuple[tuple[str, ...], ...]) -> int:
    """List the browser engines of this machine, what each can do, and how to get the rest."""
    named = {word for words in engine for word in words}
    wanted = tuple(name for name in ENGINES if not named or name in named)
    with sync_playwright() as playwright:
        states = examination.engine_states(playwright, wanted)
    for name, number in examination.versions().items():
        click.echo(f"{name:18} {number}")
    for state in states:
        click.echo("\n" + _lines(state))
    here = [state.engine for state in states if state.found]
    missing = named.difference(here) if named else not here
    if missing:
        click.echo("\nharness: an engine is missing; the lines above say how to get it", err=True)
        return 2
    click.echo("\nReady: harness check" + ("" if "chromium" in here else f" --engine {here[0]}"))
    return 0


def _lines(state: examination.EngineState) -> str:
    rows = [("", f"{'✓' if state.found else '✗'} {state.engine:9} {state.sentence}")]
    if state.found:
        rows.append(("can", f"{', '.join(SURFACES)}; {', '.join(state.reached)}"))
        rows += [("cannot", f"{policy}: {reason}") for policy, reason in state.unreached]
        rows += [("note", limit) for limit in state.limits]
    return "\n".join(_line(label, text) for label, text in rows)


def _line(label: str, text: str) -> str:
    first, rest = (f"{_INDENT}{label:7} ", f"{_INDENT}{'':7} ") if label else ("", _INDENT)
    return textwrap.fill(text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)

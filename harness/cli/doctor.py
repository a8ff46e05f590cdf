"""``harness doctor``: what is here, what is missing, how to mend it."""

from __future__ import annotations

import click
from playwright.sync_api import sync_playwright

from harness import doctor as examination


@click.command(short_help="List the browsers of this machine and what they can do.")
def doctor() -> int:
    """List the browser engines of this machine, what each can do, and how to get the rest."""
    with sync_playwright() as playwright:
        states = examination.engine_states(playwright)
    for name, number in examination.versions().items():
        click.echo(f"{name:18} {number}")
    click.echo()
    for state in states:
        click.echo(f"{'✓' if state.found else '✗'} {state.engine:9} {state.sentence}")
    if any(state.found for state in states):
        click.echo("\nReady: harness check")
        return 0
    click.echo("\nNo engine is here: install one with one of the commands above.", err=True)
    return 2

"""What a terminal would obey comes out as text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cli.progress import Progress
from harness.matrix import Case
from harness.preflight.model import Line, Preflight
from harness.redact import visible
from harness.report import preflight, text

from .made import report, result, told

HOSTILE = "\x1b[2J\x1b]0;owned\x07 \u202egnp.exe\u2066 \x00\x7f\x9b31m [red]x[/] <b>"
CASE = Case(surface="embedded", flow="code-pkce")


def obeyed(shown: str) -> set[str]:
    """Return what a terminal would obey, but line feeds."""
    return {one for one in shown if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain text, ünicode ✓", "plain text, ünicode ✓"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\x00b", r"a\x00b"),
        ("a\u202eb\u2069", r"a\u202eb\u2069"),
        ("a\u2028b", r"a\u2028b"),
        ("a\rb\nc", r"a\rb\nc"),
        ("a\ud800", r"a\ud800"),
        ("\u200bzero", r"\u200bzero"),
    ],
)
def test_what_is_obeyed_is_named(given: str, shown: str) -> None:
    """In a notation that every engineer reads; everything else stays as it is."""
    assert shown == visible(given)


def test_lines_of_one_s_own_stay_lines() -> None:
    """And a carriage return, which would write over one, does not."""
    assert "a\nb\\rc" == visible("a\nb\rc", lines=True)


@given(st.text())
def test_nothing_gets_through(anything: str) -> None:
    """Whatever a page writes."""
    assert set() == obeyed(visible(anything, lines=True))
    assert set() == obeyed(visible(anything)) - {"\n"}


def test_the_report_shows_what_a_page_wrote_as_text() -> None:
    """In a case's findings and in those before any login."""
    found = told("sdk.callback_timeout", observed=f"a page said {HOSTILE}")
    shown = text.render(report(result(CASE, found, outcome="refused"), unseen=(f"page: {HOSTILE}",)))

    assert set() == obeyed(shown)
    assert r"\x1b[2J" in shown
    assert set() == obeyed(text.diagnosis(HOSTILE, result(CASE, found)))


def test_a_preflight_shows_what_a_server_said_as_text() -> None:
    """Its title, say."""
    said = Line(subject="page", mark="yes", said=f"status 200, {HOSTILE}")
    result = Preflight(
        ready=True, surfaces=(), findings=(), undetermined=(), checked=(said,), sent=(), seconds=1
    )
    shown = preflight.render(result)

    assert set() == obeyed(shown)
    assert r"\x1b[2J" in shown


def test_progress_shows_what_it_is_told_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """On a line of its own, whatever it holds."""
    with Progress("Checking", 1) as progress:
        progress.step(f"case\n{HOSTILE}", good=False)
        progress.say(HOSTILE)

    shown = capsys.readouterr().err
    assert set() == obeyed(shown)
    assert 2 == len(shown.splitlines())
    assert "[red]x[/]" in shown


def test_progress_on_a_terminal_is_no_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the line has colours, only the harness's own."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Progress("Checking", 1) as progress:
        progress.step(HOSTILE, good=False)
        progress.say(HOSTILE)

    shown = capsys.readouterr().err
    assert "[red]x[/]" in shown
    assert [] == [one for one in ("\x1b]0;", "\x07", "\u202e", "\x00", "\x9b") if one in shown]

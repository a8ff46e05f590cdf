"""Annotations of a build on GitHub: one line for each thing to mend, whatever the texts hold."""

from __future__ import annotations

import re

from harness.matrix import Case
from harness.report import annotations as github

from ..made import report, result, told
from .hostile import EVERYTHING, hostile, run

COMMAND = re.compile(r"::(error|warning) title=([^:,]*)::(.*)")


def test_alike_findings_are_one_annotation() -> None:
    """With who must act, how, and in which cases; what is only worth a word is none."""
    cases = [
        result(
            Case(surface=surface, flow="code"), told("claims.expired"), told("net.address_private", "info")
        )
        for surface in ("embedded", "popup")
    ]
    (line,) = github.render(report(*cases)).splitlines()

    assert line.startswith(
        "::error title=claims.expired at the id_token payload::idp, identity administrator: "
    )
    assert line.endswith("OIDCC-3.1.3.7-9; embedded code, popup code")


def test_a_good_run_says_nothing() -> None:
    """Nor does one in which nothing was found."""
    assert "" == github.render(report(result()))


def test_what_stayed_open_is_a_warning() -> None:
    """It is neither good nor bad."""
    assert "::warning title=undetermined::1 of 1 cases stayed undetermined" == github.render(
        report(result(outcome="undetermined"))
    )


def test_hostile_text_makes_no_command_of_its_own() -> None:
    """As many lines as findings, each of the one form."""
    lines = github.render(run(hostile)[0]).split("\n")

    assert ["error", "warning"] == [found[1] for one in lines if (found := COMMAND.fullmatch(one))]
    assert 2 == len(lines)
    assert "%0A::error::injected%25" in EVERYTHING
    assert "%250A::error::injected%2525" in lines[0]


def test_there_are_no_more_than_github_shows() -> None:
    """Ten of a level; the summary has all."""
    several = [told("claims.expired", fix=f"do {number}") for number in range(20)]

    assert github.MOST == len(github.render(report(result(None, *several))).splitlines())

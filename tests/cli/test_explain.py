"""``harness explain``: data on stdout, an unknown word is one sentence and exit code 2."""

from __future__ import annotations

import json
import shlex

import pytest

from harness.catalogue.codes import codes
from harness.catalogue.faults import faults
from harness.cli import run
from harness.cli.check import check
from harness.cli.demo import demo
from harness.cli.selftest import selftest
from harness.explain import CodeSheet, FaultSheet, look_up
from harness.extension import Catalogue

COMMANDS = {"check": check, "demo": demo, "selftest": selftest}


def test_a_word_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout, and nothing on stderr."""
    assert 0 == run(["explain", "claims.expired"])

    said = capsys.readouterr()
    assert said.out.startswith("claims.expired\nThe id_token has expired.")
    assert "" == said.err


def test_without_a_word_it_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """A short index."""
    assert 0 == run(["explain"])

    assert capsys.readouterr().out.startswith("harness explain WORD says")


def test_json_has_every_sheet_of_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    """A word may be a term and the beginning of codes."""
    assert 0 == run(["explain", "pkce", "--format", "json"])

    told = json.loads(capsys.readouterr().out)
    assert (1, "pkce", ["term", "list"]) == (
        told["schema"],
        told["word"],
        [one["kind"] for one in told["found"]],
    )


def test_the_index_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Counts by beginning and by group."""
    assert 0 == run(["explain", "--format", "json"])

    assert len(codes()) == sum(json.loads(capsys.readouterr().out)["codes"].values())


def test_an_unknown_word_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """What was found, what is near, what to do."""
    assert 2 == run(["explain", "claims.expird"])

    said = capsys.readouterr()
    assert "" == said.out
    assert said.err.startswith(
        "harness: there is no code, fault or term 'claims.expird'; near are claims.exp"
    )


def commands() -> set[str]:
    """Return every command that a code or a fault names."""
    packaged = Catalogue.of()
    named: set[str | None] = set()
    for word in (*codes(), *faults()):
        for sheet in look_up(word, packaged):
            if isinstance(sheet, FaultSheet):
                named |= {sheet.command, sheet.demo, sheet.twin}
            elif isinstance(sheet, CodeSheet):
                named |= {line for one in sheet.shown_by for line in (one.command, one.demo)}
    return {one for one in named if one is not None}


def test_every_command_that_is_named_is_one() -> None:
    """Its options are known, with their values; nothing is run."""
    for line in commands():
        _, name, *rest = shlex.split(line)

        COMMANDS[name].make_context(name, rest, resilient_parsing=False)

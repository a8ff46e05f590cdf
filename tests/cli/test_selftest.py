"""``harness selftest``: the score on stdout, a wrong one is exit code 1, bad input one sentence."""

from __future__ import annotations

import json

import pytest

from harness.catalogue.faults import faults
from harness.cli import run


def test_the_list_has_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    """Each on a line, with its group and what is broken; nothing is run."""
    assert 0 == run(["selftest", "--list"])

    lines = capsys.readouterr().out.splitlines()
    assert [(row.group, name) for name, row in faults().items()] == [tuple(one.split()[:2]) for one in lines]


def test_a_fault_that_is_named_is_told_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    """What was found says who must act and how, before the score."""
    assert 0 == run(["selftest", "--fault", "state-replayed", "--workers", "1"])

    said = capsys.readouterr().out
    assert "state-replayed on popup, strict\n  refused, authz.state_used\n" in said
    assert "    fix " in said
    assert said.splitlines()[-1].startswith("1 of 1 faults right (1 entry,")


def test_two_processes_keep_the_order_of_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    """Whichever of them was the first to end."""
    every = [name for name, row in faults().items() if row.group == "M" and not row.browser_only]

    assert 0 == run(["selftest", "--fault", ",".join(every), "--format", "json"])

    score = json.loads(capsys.readouterr().out)
    assert {"faults": len(every), "right": len(every), "wrong": 0, "unavailable": 0}.items() <= score[
        "summary"
    ].items()
    assert every == list(dict.fromkeys(row["id"] for row in score["rows"]))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--fault", "state-replaid"), "state-replayed"),
        (("--fault", "state-replayed", "--groups", "A"), "is in group A"),
        (("--groups", "Q"), "choose from A, B"),
        (("--workers", "0"), "--workers"),
    ],
)
def test_bad_input_gets_one_sentence(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, nothing on stdout."""
    assert 2 == run(["selftest", *arguments])

    out, err = capsys.readouterr()
    assert ("", 1) == (out, len(err.strip().splitlines()))
    assert told in err

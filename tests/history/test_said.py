"""What a terminal is shown of earlier runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks import judgement
from harness.history import compare
from harness.history.inventory import MILESTONES
from harness.history.said import WIDTH, in_short, listed, shown, told
from harness.matrix import Case
from harness.report.model import CaseResult
from tests.history.made import EMBEDDED, POPUP, refused, run, timed, trail, undetermined
from tests.made import CONDITIONS, result

APP = Case(surface="app", flow="code-pkce")
LONG = ("--engine chromium,firefox", "--policy third-party-blocked,firefox-default", "--surface popup")


def test_a_list_names_each_run_with_what_it_came_to() -> None:
    """A title that is too long for the line stands under it."""
    short, long = run(name="aaaaaaaaaaaa"), run(refused(EMBEDDED), name="bbbbbbbbbbbb", narrowing=LONG)
    lines = listed((long, short)).splitlines()

    assert "✓ 1/1      1.5  sample brand" in lines[-1]
    assert "✗ 0/1" in lines[1]
    assert "    sample brand --engine chromium,firefox" in lines[2]


def test_a_run_is_shown_as_its_check_printed_it() -> None:
    """With what and when above."""
    text = shown(run(refused(POPUP), command="harness check --surface popup"))

    assert "command   harness check --surface popup" in text
    assert "popup code-pkce\n  refused, claims.expired" in text


def test_a_difference_says_the_worst_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """New failures, then lost checks, then the rest."""
    before = run(result(EMBEDDED), refused(POPUP))
    without = tuple(one for one in judgement.CHECKS if one.__name__ != "check_csp")
    monkeypatch.setattr(judgement, "CHECKS", without)
    text = told(compare(before, run(refused(EMBEDDED), result(POPUP))))

    assert text.index("1 new failure") < text.index("1 lost check") < text.index("1 fixed")
    assert "authenticated → refused, claims.expired" in text
    assert "  ! checks.obstacles.check_csp\n      does not run any more" in text
    assert text.endswith("0 cases as before; 1 new failure, 1 lost check")


def test_where_nothing_changed_that_is_said() -> None:
    """In one line, and in no word where only what is worse is asked for."""
    found = compare(run(), run())

    assert told(found).endswith("1 case as before; nothing is worse")
    assert "" == in_short(found)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ((result(POPUP),), "1 case gone"),
        ((refused(POPUP),), "1 new failure, 1 case gone"),
        ((result(APP),), "2 cases gone"),
    ],
)
def test_cases_that_are_gone_are_not_passed_over(now: tuple[CaseResult, ...], words: str) -> None:
    """Where something was not looked at again, nobody says that nothing is worse."""
    found = compare(run(result(EMBEDDED), result(POPUP)), run(*now))

    assert words == in_short(found)
    assert told(found).endswith(f"as before; {words}")


def test_nothing_is_wider_than_a_terminal() -> None:
    """Whatever there is to say."""
    case = replace(POPUP, engine="firefox", scenario="switch-user")
    newer = CONDITIONS.model_copy(update={"engine_version": "firefox 153.0 (system, over WebDriver BiDi)"})
    good = timed(case, 200), timed(EMBEDDED, 200)
    slow = timed(case, 900, conditions=newer), undetermined(EMBEDDED)
    runs = [run(*way, narrowing=LONG) for way in (good, (refused(case),), good)]
    after = run(*slow, narrowing=LONG, seen={case.id: MILESTONES[:3]})
    text = told(compare(runs[-1], after, [trail(one) for one in (*runs, after)]))

    lines = (*text.splitlines(), *listed(runs).splitlines())
    assert [] == [line for line in lines if len(line) > WIDTH]
    assert all(part in text for part in ("flaky", "notably slower", "changed conditions", "could not look"))

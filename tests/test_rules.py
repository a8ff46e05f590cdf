"""A configuration pins a set of checks: what newer ones find only warns, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import config_file, selftest
from harness.catalogue import codes as catalogue
from harness.catalogue.codes import codes
from harness.checks.found import pinned
from harness.cli import run
from harness.config import RULES, Config
from harness.errors import ConfigError
from harness.judging import judge_again
from harness.matrix import Case
from harness.protocol.problem import Problem
from harness.report import html, junit, markdown, text
from harness.selftest import InProcess
from harness.verification.decision import Decision, Engagement

from .made import report, result, told

NEWER = "2026.2"
LOGGED = "brand.token_logged"
SAVED = Path(__file__).parent / "timelines" / "logged.jsonl"
EXPIRED = Problem(code="claims.expired", expected="this", observed="that")


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A version whose newer set of checks found ``claims.expired`` first."""
    monkeypatch.setattr(catalogue, "KNOWN_RULES", (RULES, NEWER))
    newer = codes()["claims.expired"].model_copy(update={"since": NEWER})
    monkeypatch.setitem(codes(), "claims.expired", newer)


def test_every_code_came_with_a_known_set_of_checks() -> None:
    """None is newer than what a configuration has by default."""
    assert [] == [code.code for code in codes().values() if code.newer_than(RULES)]


@pytest.mark.usefixtures("upgraded")
def test_what_a_newer_check_finds_only_warns_and_says_so() -> None:
    """Under the rules that it came with it has its own weight."""
    found = told("claims.expired")

    assert ("warning", NEWER) == (pinned(found, RULES).severity, pinned(found, RULES).since)
    assert ("error", None) == (pinned(found, NEWER).severity, pinned(found, NEWER).since)


@pytest.mark.usefixtures("upgraded")
def test_the_platform_does_not_refuse_by_what_is_not_pinned() -> None:
    """An upgrade turns no sign-in into a refusal."""
    entry = next(one for one in selftest.entries() if one.row.id == "exp-past")
    with InProcess((entry,)) as process:
        judged = process.judgement(entry, entry.variations[0])

    assert "authenticated" == judged.outcome
    assert ("claims.expired", "warning", NEWER) in [(f.code, f.severity, f.since) for f in judged.findings]


@pytest.mark.usefixtures("upgraded")
def test_under_the_newer_rules_it_does() -> None:
    """The reason is the newer code."""
    connector = Config().connector_for("code-pkce")
    engagement = Engagement(surface="embedded", connector=connector, mode="strict")
    reasons = []
    for rules in (RULES, NEWER):
        decision = Decision(engagement, "f", rules)
        decision.add("exp", EXPIRED)
        reasons.append(decision.reason)

    assert [None, "claims.expired"] == reasons


FORMS = {"text": text.render, "markdown": markdown.render, "html": html.render, "junit": junit.render}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_report_says_what_is_new(form: str) -> None:
    """With the rules that it came with."""
    case = result(Case(surface="embedded", flow="code"), told("claims.expired", "warning", since=NEWER))

    assert NEWER in FORMS[form](report(case))


def test_unknown_rules_in_a_file_are_one_sentence(tmp_path: Path) -> None:
    """With the line, and what is known."""
    path = tmp_path / "brand.toml"
    path.write_text('\nrules = "2031.1"\n', "utf-8")

    with pytest.raises(ConfigError, match=r"brand.toml:2: rules is '2031.1'; this version knows 2026.1"):
        config_file.read(path)


def test_known_rules_in_a_file_are_pinned(tmp_path: Path) -> None:
    """The configuration has them."""
    path = tmp_path / "brand.toml"
    path.write_text(f'rules = "{RULES}"\n', "utf-8")

    assert RULES == config_file.read(path).rules


def test_judging_by_unknown_rules_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """Before any file is looked for."""
    assert 2 == run(["judge", "gone", "--rules", "2031.1"])
    assert "harness: --rules is '2031.1'; this version knows 2026.1\n" == capsys.readouterr().err


@pytest.mark.usefixtures("upgraded")
def test_judging_by_newer_rules_previews_an_upgrade(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By its own rules a saved case passes as it did; by the newer ones it fails."""
    newer = codes()[LOGGED].model_copy(update={"since": NEWER})
    monkeypatch.setitem(codes(), LOGGED, newer)

    reports = [judge_again((SAVED,), rules=rules) for rules in (None, NEWER)]

    assert [(RULES, True), (NEWER, False)] == [(one.rules, one.cases[0].passed) for one in reports]

"""Saved timelines are judged again: the same rows, in the order of the run."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.errors import TimelineError, UsageError
from harness.judging import file_name, files, judge_again, probes_of
from harness.report.model import Conditions, Timings
from harness.timeline import Event, Facts, Header, Timeline

CONDITIONS = Conditions(
    third_party_cookies="allowed",
    partitioning=True,
    popup_blocker=True,
    engine_version="chromium 1",
    tls_trust="a per-run authority",
)


def saved(flow: str, outcome: str, code: str | None = None, *, fault: str | None = None) -> Timeline:
    """Return a case's timeline with one verdict."""
    facts = Facts.model_validate(
        {
            "id": f"popup/{flow}/chromium/chrome-today/strict/sign-in",
            "surface": "popup",
            "flow": flow,
            "engine": "chromium",
            "policy": "chrome-today",
            "mode": "strict",
            "scenario": "sign-in",
            "fault": fault,
            "conditions": CONDITIONS,
            "timings_ms": Timings(login=500, case=1500),
        }
    )
    data: dict[str, Any] = {"outcome": outcome, "code": code, "problems": []}
    data |= {"issuer": "https://idp.test", "account": None, "subject": None, "profile": None}
    verdict = Event(seq=1, at=1.0, source="platform", type="verdict", flow="f", data=data)
    return Timeline((verdict,), Header(run="run-1", rules="2026.1", case=facts))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the timelines of a run."""
    for number, timeline in enumerate(
        (saved("code", "authenticated"), saved("implicit", "refused", "claims.expired", fault="exp-past")), 1
    ):
        assert timeline.header is not None
        path = tmp_path / file_name(number, timeline.header.case)
        path.write_text(timeline.dumps(), "utf-8")
    return tmp_path


def test_the_report_is_that_of_the_run(folder: Path) -> None:
    """Run, rules, rows in their order, conditions, fault and timings."""
    report = judge_again(files([folder]))

    assert ("run-1", "2026.1", 2, 1, 1) == (
        report.run,
        report.rules,
        report.summary.cases,
        report.summary.passed,
        report.summary.failed,
    )
    assert ["code", "implicit"] == [case.flow for case in report.cases]
    assert [("refused", "claims.expired", "exp-past")] == [
        (case.outcome, case.code, case.fault) for case in report.cases[1:]
    ]
    assert CONDITIONS == report.cases[0].conditions
    assert 4.0 == report.summary.seconds


def test_what_the_header_says_does_not_change_the_judgement(folder: Path) -> None:
    """The fault that was put in is shown to the reader and never to the checks."""
    honest = saved("code", "authenticated")
    assert honest.header is not None
    lie = honest.header.case.model_copy(update={"fault": "exp-past"})
    lying = honest.header.model_copy(update={"case": lie})
    path = folder / "lie.jsonl"
    path.write_text(replace(honest, header=lying).dumps(), "utf-8")

    (case,) = judge_again([path]).cases

    assert ("authenticated", (), "exp-past") == (case.outcome, case.findings, case.fault)


def test_files_and_folders_are_named_in_any_mixture(folder: Path) -> None:
    """Each file once, a folder's by name."""
    first, second = sorted(folder.iterdir())

    assert (second, first) == files([second, folder])


def test_a_file_of_another_version_is_told_from_a_broken_harness(folder: Path) -> None:
    """Events without a member that today's checks read are named as such."""
    path = sorted(folder.iterdir())[0]
    path.write_text(path.read_text("utf-8").replace('"code": null', '"kode": null'), "utf-8")

    with pytest.raises(TimelineError, match=rf"^{path}: .*'code'"):
        judge_again([path])


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    """A path that does not exist, and a folder without a timeline."""
    with pytest.raises(UsageError, match="there is no"):
        files([tmp_path / "nothing"])
    with pytest.raises(UsageError, match="check --out"):
        files([tmp_path])


def test_a_file_s_name_is_made_of_our_own_ids() -> None:
    """A number that keeps the order, and the case's id without its slashes."""
    timeline = saved("code", "authenticated")
    assert timeline.header is not None

    assert "007-popup-code-chromium-chrome-today-strict-sign-in.jsonl" == file_name(7, timeline.header.case)


@pytest.mark.parametrize("name", ["../../escaped", "..\\escaped", "a\x00b", "a b:c", "é" * 300])
def test_a_file_s_name_leads_nowhere_else(name: str) -> None:
    """A case's id names its connector, and whoever named that may have meant a path."""
    timeline = saved("code", "authenticated")
    assert timeline.header is not None
    made = file_name(1, timeline.header.case.model_copy(update={"id": name}))

    assert re.fullmatch(r"001-[A-Za-z0-9._-]{1,200}", made)


def test_the_command_prints_the_report_and_exits_as_check_does(folder: Path) -> None:
    """One failed case is exit code 1, on the same report."""
    passed, failed = sorted(folder.iterdir())

    assert 0 == CliRunner().invoke(cli, ["judge", str(passed)], standalone_mode=False).return_value
    done = CliRunner().invoke(cli, ["judge", str(folder), "--format", "json"], standalone_mode=False)
    assert (1, judge_again([passed, failed]).as_json()) == (done.return_value, done.stdout.rstrip("\n"))


def test_what_probes_saw_is_judged_again(folder: Path) -> None:
    """From the report of the run's folder, by the checks of this version; a reason stays what it was."""
    rows = [
        {
            "name": "exchange-by-get",
            "connector": "code",
            "what": "a code by GET",
            "seen": {"exchanges": [TAKEN]},
        },
        {"name": "code-lifetime", "connector": "code", "what": "an old code", "reason": "not sent: why"},
    ]
    (folder / "report.json").write_text(json.dumps({"probes": rows}), "utf-8")
    first, second = judge_again(files((folder,)), probes=probes_of((folder,))).probes

    assert ["idp.token_get"] == [one.code for one in first.findings]
    assert ("not sent: why", ()) == (second.reason, second.findings)


TAKEN = {"granted": True, "said": "status 200, id_token"}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "no JSON",
            "[]",
            '{"probes": [{"name": 1}]}',
            '{"probes": 5}',
            pytest.param("[" * 100_000, id="deep"),
        ),
        '{"probes": [{"name": "a", "connector": "b", "what": "c", "seen": {"status": "x"}}]}',
    ],
)
def test_a_report_that_is_none_is_one_sentence(text: str, folder: Path) -> None:
    """With the file that it is about."""
    (folder / "report.json").write_text(text, "utf-8")

    with pytest.raises(TimelineError, match=r"report\.json"):
        probes_of((folder,))


def test_without_a_report_there_are_no_probes(folder: Path) -> None:
    """As of timelines alone."""
    assert () == probes_of((folder, folder / "absent"))


@pytest.mark.parametrize(
    ("was", "is_"),
    [
        ('"problems": []', '"problems": 5'),
        ('"problems": []', '"problems": [1]'),
        ('"outcome": "authenticated"', '"outcome": "nobody knows"'),
        ('"outcome": "authenticated"', '"outcome": {}'),
    ],
)
def test_facts_of_another_form_are_one_sentence(was: str, is_: str, folder: Path) -> None:
    """With the file that it is about, and nothing of what was recorded."""
    path = min(folder.iterdir())
    text = path.read_text("utf-8")
    assert was in text
    path.write_text(text.replace(was, is_), "utf-8")

    with pytest.raises(TimelineError, match="another form than the checks") as caught:
        judge_again([path])

    assert str(path) in str(caught.value)
    assert "nobody knows" not in str(caught.value)

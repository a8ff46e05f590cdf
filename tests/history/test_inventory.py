"""Which checks a run had."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr

from harness import config_file
from harness.config import Config, Platform
from harness.history.inventory import MILESTONES, checks_of, seen
from harness.report.model import ProbeResult
from harness.timeline import Event, Timeline
from tests.made import report, result


def names(config: Config, *, preflight: bool = False, **changes: object) -> set[str]:
    """Return the names of a run's checks."""
    said = report(result()).model_copy(update=changes)
    return {one.name for one in checks_of(config, said, preflight=preflight)}


def event(type_: str) -> Event:
    """Return an event of a type."""
    return Event(seq=1, at=0, source="page", type=type_, flow=None, data={})


def test_checks_are_named_by_their_function() -> None:
    """Whatever they found: the checks of a timeline, the refiners, the steps of the verification."""
    expected = {
        "checks.verdict.check_backend",
        "checks.obstacles.check_csp",
        "checks.exchange.refine",
        "verification.pipeline.signature",
        "protocol.claims.check_exp",
    }

    assert expected <= names(Config())


def test_the_steps_of_somebody_elses_backend_are_not_ours() -> None:
    """What another verification backend looks for, nobody here knows."""
    elsewhere = Platform(backend="https://verify.acme.example", backend_token=SecretStr("abc.def"))
    found = names(Config(platform=elsewhere))

    assert "checks.verdict.check_verdict" in found
    assert not {one for one in found if one.startswith(("verification.", "protocol."))}


def test_a_preflight_has_checks_of_its_own(brand_file: Path) -> None:
    """By the name of the function behind each row of its table."""
    config = config_file.read(brand_file, unset=("login",))
    found = names(config, preflight=True) - names(config)

    assert {"preflight.page.judge", "preflight.network.judge_host", "preflight.keys.judge_set"} <= found
    assert not {one for one in found if "<" in one}


def test_a_probe_counts_where_it_said_something() -> None:
    """One that was not sent did not run."""
    sent = ProbeResult(name="code-reuse", connector="code", what="a code, twice")
    unsent = ProbeResult(name="code-race", connector="code", what="at once", reason="not sent: no code")
    found = names(Config(), probes=(sent, unsent))

    assert {"probing.code-reuse"} == {one for one in found if one.startswith("probing.")}


def test_a_run_without_a_case_has_no_checks() -> None:
    """Nothing was looked at."""
    assert () == checks_of(Config(), report(), preflight=False)


def test_checks_say_which_events_they_read() -> None:
    """Also those of a family whose last word is put in at run time."""
    reads = {one.name: one.reads for one in checks_of(Config(), report(result()), preflight=False)}

    assert "page_method.called" in reads["checks.page_method.check_repeated"]
    assert ("message.sent",) == reads["checks.messages.check_target"]


def test_a_case_has_the_milestones_that_were_recorded() -> None:
    """In their order; events that are a symptom are no milestones."""
    timeline = Timeline((event("verdict"), event("policy.violated"), event("document.started")))

    assert ("document.started", "verdict") == seen(timeline)


def test_a_case_whose_backend_failed_was_not_looked_at() -> None:
    """The other checks are not asked then."""
    assert () == seen(Timeline((event("verdict"), event("backend.failed"))))


def test_every_milestone_is_read_by_a_check() -> None:
    """Else nobody would miss it."""
    reads = {one for check in checks_of(Config(), report(result()), preflight=False) for one in check.reads}

    assert set(MILESTONES) == reads

"""What the verification backend found."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.attacks import counted
from harness.checks.found import Found
from harness.timeline import Event, Timeline


def check_verdict(timeline: Timeline) -> Iterator[Found]:
    """Every problem of every verdict, in the order of the pipeline; an attack that was refused is none."""
    for verdict in counted(timeline):
        yield from _problems(verdict)


def check_not_logged_in(timeline: Timeline) -> Iterator[Found]:
    """A consumer who is not logged in is no error, but worth a word."""
    for verdict in counted(timeline):
        if verdict.data["outcome"] == "not_authenticated":
            yield Found(
                code=verdict.data["code"],
                severity="info",
                expected="a credential, or the word that there is none",
                observed="the word that there is none",
            )


def check_backend(timeline: Timeline) -> Iterator[Found]:
    """A verification backend that answered nothing usable: that leaves the case open."""
    for failure in timeline.of("backend.failed"):
        yield Found(
            code="platform.backend_failed",
            severity="error",
            expected=f"{failure.data['operation']}: {failure.data['expected']}",
            observed=failure.data["observed"],
        )


def _problems(verdict: Event) -> Iterator[Found]:
    for problem in verdict.data["problems"]:
        yield Found(
            code=problem["code"],
            severity=problem["severity"],
            expected=problem["expected"],
            observed=problem["observed"],
        )

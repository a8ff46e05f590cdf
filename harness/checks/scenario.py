"""What the consumer did, and whether each time came to the end that it should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.checks.attacks import counted
from harness.checks.found import Found
from harness.report.model import Outcome
from harness.timeline import Event, Timeline


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing that the consumer did, up to the next one.

    Attributes:
        account: Who did it; nobody who is signed in when ``None``.
        wanted: The outcome that it should have.
        verdicts: What the backend decided meanwhile.
    """

    account: str | None
    wanted: Outcome
    verdicts: tuple[Event, ...]

    @property
    def outcome(self) -> Outcome:
        """The outcome that it had; the last verdict counts."""
        outcome: Outcome = self.verdicts[-1].data["outcome"] if self.verdicts else "undetermined"
        return outcome


def acts(timeline: Timeline) -> tuple[Act, ...]:
    """Return what the consumer did in order; a timeline that does not say so is one sign-in."""
    marks = timeline.of("consumer.acts")
    if not marks:
        return (Act(account=None, wanted="authenticated", verdicts=counted(timeline)),)
    found = []
    for index, mark in enumerate(marks):
        end = marks[index + 1].seq if index + 1 < len(marks) else None
        verdicts = tuple(
            one for one in counted(timeline) if one.seq > mark.seq and (end is None or one.seq < end)
        )
        found.append(Act(account=mark.data["account"], wanted=mark.data["wanted"], verdicts=verdicts))
    return tuple(found)


def check_subjects(timeline: Timeline) -> Iterator[Found]:
    """One consumer is one subject, and two consumers are two (OpenID Connect Core section 2)."""
    subjects: dict[str, set[str]] = {}
    for act in acts(timeline):
        seen = {one.data["subject"] for one in act.verdicts if one.data["outcome"] == "authenticated"}
        if act.account is not None:
            subjects.setdefault(act.account, set()).update(seen)
    for account, own in subjects.items():
        if len(own) > 1:
            yield Found(
                code="claims.sub_unstable",
                severity="error",
                expected="one sub for one consumer",
                observed=f"{len(own)} for the same account",
            )
        others = {one for other, theirs in subjects.items() if other != account for one in theirs}
        if own & others:
            yield Found(
                code="claims.sub_constant",
                severity="error",
                expected="another sub for another consumer",
                observed="the same one",
            )
            return

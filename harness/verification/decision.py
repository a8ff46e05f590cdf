"""A decision in the making: the problems of one transaction, weighed in the platform's mode.

Codes and what they weigh are those of ``codes.toml``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.catalogue.codes import codes
from harness.config import RULES, Connector, Mode, Surface
from harness.protocol.fingerprint import fingerprint
from harness.protocol.problem import Problem, Refusal, Severity
from harness.report.model import Outcome
from harness.store.events import EventLog


@dataclass(frozen=True, kw_only=True)
class Engagement:
    """Which surface, connector and mode a window works for."""

    surface: Surface
    connector: Connector
    mode: Mode

    def as_json(self) -> dict[str, str]:
        """Return what a transaction remembers of it."""
        return {"surface": self.surface, "connector": self.connector.id, "mode": self.mode}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One problem with its weight in the mode of the case, and the step that found it."""

    step: str
    problem: Problem
    severity: Severity

    def as_json(self) -> dict[str, str]:
        """Return the problem as the local report has it."""
        return {
            "step": self.step,
            "code": self.problem.code,
            "severity": self.severity,
            "expected": self.problem.expected,
            "observed": self.problem.observed,
        }


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a backend decided.

    Attributes:
        flow: The transaction that was decided; empty when there is none.
        code: The code of the first error; for a consumer who is not logged in, the reason.
        profile: The consumer's profile when authenticated.
        claims: Their verified claims when authenticated.
        engagement: What the transaction was for; ``None`` when what came belongs to none.
        popup: The popup whose transaction an authorization response names.
        expires_at: When the credential expires, in seconds since the epoch, where that is known.
        account: The account that the connector belongs to.
    """

    flow: str
    outcome: Outcome
    code: str | None
    problems: tuple[Judged, ...] = ()
    profile: int | None = None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    engagement: Engagement | None = None
    popup: str | None = field(default=None, repr=False)
    expires_at: float | None = None
    account: str | None = None


class Decision:
    """Collects problems; the first of severity *error* is the reason for a refusal.

    Args:
        engagement: Whose mode weighs the problems.
        flow: The transaction.
        rules: The set of checks that is pinned.
    """

    def __init__(self, engagement: Engagement, flow: str, rules: str = RULES) -> None:
        self.engagement, self.flow, self._rules = engagement, flow, rules
        self.problems: list[Judged] = []

    def add(self, step: str, *problems: Problem) -> None:
        """Weigh problems in the mode of the engagement."""
        known = codes()
        for problem in problems:
            severity = known[problem.code].severity_of(problem, self.engagement.mode, self._rules)
            self.problems.append(Judged(step=step, problem=problem, severity=severity))

    def refuse(self, step: str, refusal: Refusal) -> None:
        """Add what ended a step: an error whatever the mode, because nothing can follow."""
        self.problems.append(Judged(step=step, problem=refusal.problem, severity="error"))
        self.add(step, *refusal.notes)

    @property
    def reason(self) -> str | None:
        """The code of the first error, or ``None`` while there is none."""
        return next((one.problem.code for one in self.problems if one.severity == "error"), None)


def unbound(problem: Problem, *, flow: str = "") -> Verdict:
    """Return the refusal of what belongs to no transaction, so that no mode can soften it."""
    judged = Judged(step="binding", problem=problem, severity="error")
    return Verdict(flow=flow, outcome="refused", code=problem.code, problems=(judged,))


def record(events: EventLog, verdict: Verdict) -> Verdict:
    """Put a verdict on the timeline, in the one form that the checks read, whoever decided it."""
    bound: dict[str, Any] = {}
    if verdict.engagement is not None:
        connector = verdict.engagement.connector
        bound = {"profile": verdict.profile, **verdict.engagement.as_json()}
        bound |= {"issuer": connector.issuer, "account": verdict.account}
    if "sub" in verdict.claims:
        sub = verdict.claims["sub"]
        bound |= {
            "subject": fingerprint(sub),
            # What careless code would take for the same: the checks see when somebody has.
            "subject_folded": fingerprint(unicodedata.normalize("NFKC", sub).strip().casefold()),
            "auth_time": verdict.claims.get("auth_time"),
        }
    events.append(
        "platform",
        "verdict",
        flow=verdict.flow or None,
        outcome=verdict.outcome,
        code=verdict.code,
        problems=[judged.as_json() for judged in verdict.problems],
        **bound,
    )
    return verdict

"""What a check yields."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.catalogue.codes import Code, codes
from harness.config import Mode
from harness.protocol.problem import Problem, Severity
from harness.report.model import Finding, Outcome


@dataclass(frozen=True, kw_only=True)
class Found:
    """A code with its weight and the two values; the catalogue knows the rest.

    Attributes:
        fix: What to change, where that is more precise than the catalogue's advice.
        ends: How the sign-in ended because of it, where the backend was never asked.
        at: When it was seen, in seconds since the epoch; the earliest end counts.
    """

    code: str
    severity: Severity
    expected: str
    observed: str
    fix: str | None = None
    ends: Outcome | None = None
    at: float = math.inf

    @classmethod
    def of(cls, problem: Problem, mode: Mode) -> Found:
        """Return what a problem of the verification weighs in a mode."""
        return cls(
            code=problem.code,
            severity=codes()[problem.code].severity_of(problem, mode),
            expected=problem.expected,
            observed=problem.observed,
        )


def pinned(found: Finding, rules: str, added: Mapping[str, Code] | None = None) -> Finding:
    """Return a finding as a set of checks weighs it: what a newer one found only warns, and says so.

    Args:
        found: The finding.
        rules: The set of checks that is pinned.
        added: Codes of extensions.
    """
    known = (added or {}).get(found.code) or codes()[found.code]
    if not known.newer_than(rules):
        return found
    severity: Severity = "warning" if found.severity == "error" else found.severity
    return found.model_copy(update={"severity": severity, "since": known.since})


def finding(found: Found, added: Mapping[str, Code] | None = None) -> Finding:
    """Return what was found with what the catalogue knows of its code.

    Args:
        found: What was found.
        added: Codes of extensions, which a report explains itself: who reads it may not have them.
    """
    own = (added or {}).get(found.code)
    known = own or codes()[found.code]
    return Finding(
        code=found.code,
        severity=found.severity,
        party=known.party,
        role=known.role,
        hop=known.hop,
        spec=known.spec,
        expected=found.expected,
        observed=found.observed,
        fix=found.fix or known.fix,
        title=own.title if own else None,
        link=own.link if own else None,
    )

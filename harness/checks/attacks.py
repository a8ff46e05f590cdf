"""Attacks on our own side: what the harness, in an attacker's place, asked for, and what it was given.

An attack stands between ``attack.started`` and ``attack.ended``. What the platform refused meanwhile is as it
must be, and nobody's mistake; what an attacker saw is in ``attack.seen``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.checks.found import Found
from harness.checks.redirects import where
from harness.checks.seen import origin
from harness.protocol.problem import Severity
from harness.timeline import Event, Timeline

Facts = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Attack:
    """What an attacker tries, and when that is noticed.

    Attributes:
        code: What a platform has that lets it happen.
        succeeded: Tells from what the attacker saw whether it did.
        expected: What a platform that resists answers.
        severity: What it weighs.
    """

    code: str
    succeeded: Callable[[Facts], bool]
    expected: str
    severity: Severity = "error"


def _let_in(facts: Facts) -> bool:
    return bool(facts["status"] < 400)


def _told_apart(facts: Facts) -> bool:
    return len(set(facts["answers"])) > 1


def _unlimited(facts: Facts) -> bool:
    return facts["status"] != 429 or not facts["retry_after"]


def _led_elsewhere(facts: Facts) -> bool:
    callback, location = facts["callback"], facts["location"]
    return bool(location) and origin(where(callback, location)) != origin(callback)


ATTACKS: Mapping[str, Attack] = {
    "return_address": Attack(
        code="redirect.open_redirect",
        succeeded=_led_elsewhere,
        expected="a callback that leads nowhere but to its own origin",
    ),
    "damaged_encryption": Attack(
        code="platform.jwe_oracle",
        succeeded=_told_apart,
        expected="one answer, whatever does not decrypt",
    ),
    "defective_tokens": Attack(
        code="platform.error_oracle", succeeded=_told_apart, expected="one answer, whatever is wrong"
    ),
    "known_session": Attack(
        code="platform.session_fixation",
        succeeded=lambda facts: bool(facts["taken"]),
        expected="a session of its own from the login on",
    ),
    "guest_before": Attack(
        code="platform.history_leak",
        succeeded=lambda facts: bool(facts["shown"]),
        expected="nothing that a guest said in another window",
    ),
    "key_of_other_issuer": Attack(
        code="platform.key_cache_crossed",
        succeeded=lambda facts: facts["outcome"] == "authenticated",
        expected="a signature by a key of the issuer itself",
    ),
    "origin_reads": Attack(
        code="platform.cors_open",
        succeeded=lambda facts: facts["allowed"] in (facts["origin"], "*"),
        expected="no Access-Control-Allow-Origin for a page that is not registered",
    ),
    "foreign_page": Attack(code="platform.csrf", succeeded=_let_in, expected="403"),
    "oversized": Attack(code="platform.body_too_large", succeeded=_let_in, expected="413"),
    "other_form": Attack(code="platform.bad_request", succeeded=_let_in, expected="405 and 415"),
    "many_attempts": Attack(
        code="platform.rate_limited", succeeded=_unlimited, expected="429 with Retry-After"
    ),
    "foreign_host": Attack(code="harness.host_forbidden", succeeded=_let_in, expected="421"),
    "no_run_token": Attack(code="harness.control_forbidden", succeeded=_let_in, expected="403"),
    "undeclared_host": Attack(code="harness.target_forbidden", succeeded=_let_in, expected="403"),
    "hostile_name": Attack(
        code="harness.bad_name",
        succeeded=lambda facts: bool(facts["outside"]),
        expected="a file in the run's own folder",
    ),
    "planted_in_log": Attack(
        code="harness.log_leak", succeeded=lambda facts: facts["found"] > 0, expected="no secret in a line"
    ),
    "planted_in_artefact": Attack(
        code="harness.artefact_leak",
        succeeded=lambda facts: facts["found"] > 0,
        expected="no secret in a file",
    ),
    "hostile_report": Attack(
        code="harness.report_xss",
        succeeded=lambda facts: bool(facts["ran"]),
        expected="hostile text shown as text",
    ),
    "parallel_runs": Attack(
        code="harness.runs_collide",
        succeeded=lambda facts: bool(facts["shared"]),
        expected="a port, a store and sessions of its own for every run",
    ),
    "near_states": Attack(
        code="platform.error_oracle",
        succeeded=_told_apart,
        expected="one answer, however much of a state is right",
    ),
    "after_logout": Attack(
        code="brand.logout_not_propagated",
        succeeded=lambda facts: bool(facts["alive"]),
        expected="a chat that ends with the login",
    ),
    "every_interface": Attack(
        code="harness.bind_public",
        succeeded=lambda facts: not facts["loopback"],
        expected="a server that listens on loopback alone",
        severity="warning",
    ),
}


def check_attacks(timeline: Timeline) -> Iterator[Found]:
    """Nothing that an attacker tries succeeds."""
    for seen in timeline.of("attack.seen"):
        attack = ATTACKS[seen.data["attack"]]
        if attack.succeeded(seen.data):
            yield Found(
                code=attack.code,
                severity=attack.severity,
                expected=attack.expected,
                observed=_observed(seen.data),
            )


def check_refused(timeline: Timeline) -> Iterator[Found]:
    """A request of the consumer's own that the platform's front door did not let in."""
    spans = _spans(timeline)
    for refused in refusals(timeline):
        if not _within(refused, spans):
            code = refused.data["code"]
            yield Found(
                code=code,
                severity="error",
                expected=refused.data["expected"],
                observed=f"status {refused.data['status']}",
                at=refused.at,
            )


def refusals(timeline: Timeline) -> tuple[Event, ...]:
    """Return the requests that were refused before there was anything to verify."""
    return timeline.of("request.refused")


def resisted(timeline: Timeline) -> str | None:
    """Return the code of what was tried last, where it did not succeed."""
    for seen in timeline.of("attack.seen")[-1:]:
        attack = ATTACKS[seen.data["attack"]]
        return None if attack.succeeded(seen.data) else attack.code
    return None


def counted(timeline: Timeline) -> tuple[Event, ...]:
    """Return the verdicts that say how a consumer fared: an attacker who was refused is no consumer."""
    spans = _spans(timeline)
    return tuple(
        one
        for one in timeline.of("verdict")
        if one.data["outcome"] == "authenticated" or not _within(one, spans)
    )


def _spans(timeline: Timeline) -> tuple[tuple[int, int], ...]:
    ends = timeline.of("attack.ended")
    return tuple((one.seq, end.seq) for one, end in zip(timeline.of("attack.started"), ends, strict=False))


def _within(event: Event, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(start < event.seq < end for start, end in spans)


def _observed(facts: Facts) -> str:
    told = (f"{name} {value}" for name, value in facts.items() if name != "attack")
    return ", ".join(told)[:200]

"""What the recorder sees, it sees for a reason: without any one type of event some case is judged otherwise.

The timelines beside this file are extracts of recorded ones, made by ``python -m tests.timelines.record``.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.checks import Judgement, judge
from harness.event_types import EVENT_TYPES
from harness.judging import SUFFIX, files, judge_again
from harness.redact import looks_secret
from harness.sample import BRAND_SECRET, CUSTOMERS, PLATFORM_SECRET
from harness.timeline import Event, Timeline

FOLDER = Path(__file__).parent
FILES = {path.name.removesuffix(SUFFIX): path for path in files([FOLDER])}
SAVED = {name: Timeline.loads(path.read_bytes(), file=path) for name, path in FILES.items()}
CHECKS = Path(harness.__file__).parent / "checks"

ELSEWHERE = {
    "attack.ended",
    "attack.seen",
    "attack.started",
    "authorization.refused",
    "authorization.requested",
    "backend.failed",
    "conditions.measured",
    "host.missed",
    "login.unknown",
    "logout",
    "page_method.expired",
    "page_method.pushed",
    "probe.answered",
    "request.refused",
    "step.failed",
}
"""Events that count only where no browser comes, or not to the sample; their checks' own tests hold them."""

SHOWN: Mapping[str, str] = {
    "address-kept": "browser.url_secret_left",
    "broadcast": "brand.token_broadcast",
    "builtins-replaced": "sdk.environment_tampered",
    "cached-by-worker": "browser.sw_caches_callback",
    "chain-incomplete": "net.tls_invalid",
    "challenge-ignored": "pkce.challenge_not_bound",
    "clock-ahead": "harness.clock_skew",
    "codes-swapped": "pkce.verification_failed",
    "cookie-insecure": "browser.cookie_rejected",
    "crashed": "browser.page_crashed",
    "csp-blocked": "browser.csp_blocked",
    "dialog": "sdk.dialog_opened",
    "frame-removed": "sdk.frame_gone",
    "frame-reused": "sdk.handover_timeout",
    "kept-in-attribute": "brand.token_persisted",
    "kept-in-store": "brand.token_persisted",
    "local-network": "browser.local_network_access",
    "logged-out": "sdk.brand_reported_error",
    "logged": "brand.token_logged",
    "method-no-function": "sdk.method_not_callable",
    "method-rejects": "sdk.method_rejected",
    "method-throws": "sdk.method_threw",
    "offline": "net.offline",
    "popup-closed": "popup.closed_by_user",
    "recorder-failed": "harness.recording_incomplete",
    "recorder-full": "harness.recording_incomplete",
    "referrer": "browser.referrer_leak",
    "request-cancelled": "net.blocked_by_client",
    "returned-in-promise": "sdk.callback_timeout",
    "returned": "sdk.callback_timeout",
    "script-changed": "browser.sri_mismatch",
    "script-failed": "sdk.callback_timeout",
    "secret-served": "brand.secret_exposed",
    "silent-frame": "authz.login_required",
    "slow-request": "sdk.callback_late",
    "storage-access": "browser.third_party_cookie_blocked",
    "storage-denied": "browser.storage_denied",
    "strange-messages": "sdk.message_ignored",
    "tracked": "brand.token_logged",
}
"""What each file shows: the code of its case's outcome, else that of its first finding."""


def read_by_checks() -> Iterator[str]:
    """Yield the types of events that checks ask for by name."""
    for path in CHECKS.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "of":
                yield from (str(one.value) for one in call.args if isinstance(one, ast.Constant))


def test_what_is_held_elsewhere_is_read_by_a_check() -> None:
    """The exceptions are types that there are."""
    assert set(read_by_checks()) >= ELSEWHERE


TYPES = tuple(sorted({*EVENT_TYPES, *read_by_checks()} - ELSEWHERE))


def judged(events: Iterator[Event]) -> Judgement | None:
    """Judge events; ``None`` where what a check relies on is missing."""
    try:
        return judge(Timeline(tuple(events)))
    except (KeyError, IndexError):
        return None


@pytest.mark.parametrize("hidden", TYPES)
def test_hiding_a_type_of_event_changes_a_judgement(hidden: str) -> None:
    """Outcome, code or findings of a recorded case are others when the type is not seen."""
    changed = [
        name
        for name, timeline in SAVED.items()
        if timeline.of(hidden) and judge(timeline) != judged(one for one in timeline if one.type != hidden)
    ]

    assert changed


@pytest.mark.parametrize("name", SAVED)
def test_a_recorded_case_is_judged_as_it_was(name: str) -> None:
    """By the same code as ``harness judge``."""
    (result,) = judge_again([FILES[name]]).cases

    assert SHOWN[name] == (result.code or result.findings[0].code)


@pytest.mark.parametrize("name", SAVED)
def test_every_event_of_an_extract_counts(name: str) -> None:
    """A file holds nothing without which its judgement would be the same."""
    timeline = SAVED[name]
    idle = [
        gone.type for gone in timeline if judge(timeline) == judged(one for one in timeline if one != gone)
    ]

    assert [] == idle


def texts(value: Any) -> Iterator[str]:
    """Yield every text in JSON."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("name", FILES)
def test_a_file_holds_no_credential_and_no_path(name: str) -> None:
    """Neither what the sample keeps secret, nor what looks like it, nor where it was recorded."""
    lines = [json.loads(line) for line in FILES[name].read_text("utf-8").splitlines()]
    said = list(texts([line.get("data", line) for line in lines]))
    words = [word for text in said for word in re.findall(r"[\w.~+/=-]{16,}", text)]
    secrets = (BRAND_SECRET, PLATFORM_SECRET, *(customer.password for customer in CUSTOMERS))

    assert [] == [word for word in words if looks_secret(word)]
    assert [] == [text for text in said if any(secret in text for secret in secrets)]
    assert [] == [text for text in said if re.match(r"/\w|[A-Za-z]:\\|file:", text)]

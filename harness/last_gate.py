"""The last gate before something leaves a run: free text without secrets, our own words as they are.

A password may be a word of the harness, as ``embedded`` is. Taking it out of names, codes and types would
hide nothing, for they are the same in every run, and would leave nothing that can be read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from harness.catalogue.codes import codes
from harness.config import EngineName, Flow, Mode, Scenario, Surface
from harness.protocol.page_method import Happened
from harness.protocol.problem import Severity
from harness.redact import Redactor
from harness.report.model import Outcome
from harness.timeline import Header, Source, Timeline

_FREE_TEXT = frozenset(
    {
        "answered",
        "engine_version",
        "expected",
        "fix",
        "learned",
        "observed",
        "overlay",
        "reason",
        "said",
        "sentence",
        "subject",
        "unseen",
        "url",
    }
)
"""Members of a report that hold what somebody else said; all others hold words of the harness."""

_SAID = frozenset({"text", "expected", "observed", "fix"})
"""Members of an event that hold sentences, where a word of ours is a word like any other."""

_WORDS = frozenset(
    {
        # What a script of ours, or the browser by its standards, calls what it saw.
        "accessor",
        "answer",
        "answered",
        "attribute",
        "beacon",
        "bigint",
        "boolean",
        "client_secret",
        "code_verifier",
        "confirm",
        "console",
        "cookie",
        "denied",
        "document",
        "enforce",
        "eventsource",
        "function",
        "granted",
        "handover",
        "hasStorageAccess",
        "history.state",
        "indexedDB",
        "localStorage",
        "manifest",
        "missing",
        "noopener",
        "not_callable",
        "number",
        "object",
        "opaque",
        "opener",
        "parent",
        "parser",
        "private_key",
        "promise",
        "prompt",
        "rejected",
        "rejection",
        "report",
        "requestStorageAccess",
        "script",
        "sessionStorage",
        "string",
        "stylesheet",
        "symbol",
        "threw",
        "timeout",
        "undefined",
        "websocket",
        "window",
        "window.name",
        # Why one of our servers refused something, what a probe did, and what the consumer did.
        "auth_method",
        "authorize_post",
        "client",
        "code_challenge",
        "code_challenge_method",
        "code_expired",
        "code_of_other_client",
        "code_reuse",
        "code_unknown",
        "code_used",
        "fresh_context",
        "no_code_challenge_method",
        "opens_chat",
        "redirect_uri",
        "refresh_token_expired",
        "refresh_token_of_other_client",
        "refresh_token_unknown",
        "refresh_token_used",
        "repeated",
        "response_type",
        "secret",
        "secret_encoding",
        "speaks_again",
        # Which step of the verification judged.
        "authorization response",
        "binding",
        "exchange",
        "page method",
    }
)
"""Values of events that are words of ours, beside codes and the values of closed types."""

_LITERALS = (EngineName, Flow, Mode, Scenario, Surface, Happened, Severity, Outcome, Source)


def sealed_report(value: Any, redactor: Redactor) -> Any:
    """Return a dumped report, or a part of one, without known secrets in its free texts."""
    if isinstance(value, Mapping):
        return {
            name: redactor.seal(item) if name in _FREE_TEXT else sealed_report(item, redactor)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [sealed_report(item, redactor) for item in value]
    return value


def sealed_timeline(timeline: Timeline, redactor: Redactor, *, file: Path | None = None) -> Timeline:
    """Return a timeline as it is read from its file, without known secrets.

    An event keeps its type, its source, the names of its members, the axes of its case, and every value that
    is one of our own words as a whole; everything else that is text is searched.

    Raises:
        ValueError: When there is no header.
    """
    events = tuple(replace(one, data=_sealed_data(one.data, redactor)) for one in timeline.events)
    header = timeline.header
    if header is not None:
        header = Header.model_validate(sealed_report(header.model_dump(by_alias=True), redactor))
    return Timeline.loads(Timeline(events, header).dumps().encode("utf-8"), file=file)


def _sealed_data(data: Mapping[str, Any], redactor: Redactor) -> dict[str, Any]:
    return {
        name: item if name == "case" else _sealed_value(name, item, redactor) for name, item in data.items()
    }


def _sealed_value(name: str, value: Any, redactor: Redactor) -> Any:
    """Return what a member holds, of lists and objects every part by itself."""
    if isinstance(value, Mapping):
        return {inner: _sealed_value(inner, item, redactor) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sealed_value(name, item, redactor) for item in value]
    if isinstance(value, str) and name not in _SAID and _is_ours(value):
        return value
    return redactor.seal(value)


def _is_ours(value: str) -> bool:
    return value in _WORDS or value in codes() or any(value in get_args(one) for one in _LITERALS)

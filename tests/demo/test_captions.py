"""What is said at each hop: of everything that happens, and never more than may be known."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.demo.captions import ROWS, Caption, caption
from harness.event_types import EVENT_TYPES
from harness.timeline import Event, Source

PACKAGE = Path(harness.__file__).parent
SECRET = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE"
NAME = r'"([a-z_]+(?:\.[a-z_]+)?)"'
TELLERS: tuple[tuple[str, str, str], ...] = (
    ("verification", "platform", rf"(?:_emit\(|append\(\s*\"platform\",)\s*{NAME}"),
    ("roles/idp", "idp", rf"(?:_event\(|append\(\s*\"idp\",)\s*{NAME}(?:\s*if \w+ else\s*{NAME})?"),
    ("roles/brand.py", "brand", rf"append\(\s*\"brand\",\s*{NAME}"),
    ("roles/platform", "platform", rf"append\(\s*\"platform\",\s*{NAME}"),
    (".", "harness", rf"append\(\s*\"harness\",\s*{NAME}"),
)
"""Where servers put events on a timeline: the files, the source, and how the call looks."""


def told_by_servers() -> set[tuple[str, str]]:
    """Return source and type of every event that the package's servers tell."""
    found = set()
    for where, source, pattern in TELLERS:
        path = PACKAGE / where
        for file in [path] if path.is_file() else path.rglob("*.py"):
            for hit in re.finditer(pattern, file.read_text("utf-8")):
                found |= {(source, name) for name in hit.groups() if name}
    return found


def event(source: Source, type_: str, **data: Any) -> Event:
    """Return an event."""
    return Event(seq=1, at=0, source=source, type=type_, flow=None, data=data)


def said(source: Source, type_: str, **data: Any) -> Caption:
    """Return what is said about an event."""
    found = caption(event(source, type_, **data))
    assert found is not None
    return found


def test_everything_that_servers_tell_has_a_sentence() -> None:
    """And nothing else but what pages tell."""
    servers = {key for key in ROWS if key[0] != "page"}

    assert told_by_servers() == servers
    assert {name for source, name in ROWS if source == "page"} <= {
        name for name, known in EVENT_TYPES.items() if known.source == "page"
    }


class Everywhere(dict[str, Any]):
    """Facts whose every member is a secret."""

    def get(self, key: str, default: Any = None) -> Any:
        """Return it, in the form in which the member comes."""
        nested = {"steps": [{"step": SECRET, "found": [SECRET]}], "token": Everywhere(), "members": [SECRET]}
        return nested.get(key, SECRET)


@pytest.mark.parametrize("key", ROWS, ids=" ".join)
def test_no_value_that_travelled_gets_into_a_sentence(key: tuple[Source, str]) -> None:
    """Whatever an event holds, and wherever."""
    found = caption(Event(seq=1, at=0, source=key[0], type=key[1], flow=None, data=Everywhere()))

    assert found is None or SECRET not in found.sentence


@pytest.mark.parametrize("key", ROWS, ids=" ".join)
def test_facts_that_are_missing_leave_a_sentence_all_the_same(key: tuple[Source, str]) -> None:
    """A fault may leave them out."""
    found = caption(event(*key))

    assert found is None or found.sentence.endswith(".")


def test_what_a_fault_changes_is_said() -> None:
    """With the protocol's own word where it is a registered one, and with our code's meaning."""
    refused = said("idp", "token.refused", error="invalid_grant")
    verdict = said("platform", "verdict", outcome="refused", code="claims.expired")

    assert ("The login server refused: invalid_grant.", "bad") == (refused.sentence, refused.tone)
    assert verdict.sentence.endswith("(claims.expired).")
    assert "bad" == verdict.tone
    assert "an error of its own" in said("idp", "token.refused", error="<b>odd</b>").sentence


def test_the_page_method_is_named_with_its_arguments() -> None:
    """As brands' developers know it."""
    called = said("page", "page_method.called", code_challenge="aaaaaaaaaaaa")

    assert called.sentence.endswith("lpGetAuthenticationToken(callback, code_challenge).")
    assert said("page", "page_method.called").sentence.endswith("lpGetAuthenticationToken(callback).")


def test_an_event_of_no_interest_to_people_is_passed_over() -> None:
    """As a header that came along."""
    assert None is caption(event("browser", "cookie.sent", names=["a"]))
    assert None is caption(event("page", "iframe.added", name="somebody-elses"))

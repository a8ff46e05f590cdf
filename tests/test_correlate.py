"""Servers and browser on one timeline: one clock, one order, one flow."""

from __future__ import annotations

from typing import Any

from harness.correlate import merge
from harness.timeline import Event, Source

STATE, NONCE, CODE, CALL, OTHER = ("a" * 12, "b" * 12, "c" * 12, "d" * 12, "e" * 12)


def event(
    at: float, type_: str, *, source: Source = "browser", flow: str | None = None, **data: Any
) -> Event:
    """Return an event as a log has it."""
    return Event(seq=99, at=at, source=source, type=type_, flow=flow, data=data)


def test_the_order_is_that_of_the_clock_and_of_arrival() -> None:
    """Events of both logs by time; at one moment, log after log and in each as it came; numbered anew."""
    servers = [event(2, "b", source="idp"), event(3, "d", source="idp")]
    browser = [event(2, "c"), event(1, "a"), event(3, "e")]

    merged = merge(servers, browser)

    assert ["a", "b", "c", "d", "e"] == [one.type for one in merged]
    assert [1, 2, 3, 4, 5] == [one.seq for one in merged]


def test_a_fingerprint_leads_to_the_flow() -> None:
    """State, nonce, call or credential, in a list, a URL or a value in words."""
    servers = [
        event(1, "authorization.requested", source="platform", flow="f1", state=STATE, nonce=NONCE),
        event(2, "call.opened", source="platform", flow="f2", call=CALL),
        event(5, "credential.received", source="platform", flow="f2", credential=CODE),
    ]
    browser = [
        event(1.5, "request.sent", url=f"https://idp.test/?state=fp:{STATE}"),
        event(2.5, "message.received", source="page", fingerprints=[OTHER, CALL]),
        event(
            4, "page_method.answered", source="page", token={"credential": {"fingerprint": CODE}}, document=1
        ),
        event(6, "console.written", fingerprints=[OTHER]),
    ]

    flows = {one.type: one.flow for one in merge(servers, browser)}

    assert ("f1", "f2", "f2", None) == (
        flows["request.sent"],
        flows["message.received"],
        flows["page_method.answered"],
        flows["console.written"],
    )


def test_the_issuer_s_own_events_lead_further() -> None:
    """The issuer's code was issued for the platform's state, so the flow is known from either end."""
    servers = [
        event(1, "authorization.requested", source="platform", flow="f1", state=STATE),
        event(2, "authorization.request", source="idp", state=STATE, code_challenge=OTHER),
        event(3, "code.issued", source="idp", credential=CODE, code_challenge=OTHER),
    ]

    assert ["f1", "f1", "f1"] == [one.flow for one in merge(servers)]


def test_what_several_flows_share_leads_nowhere() -> None:
    """A token that is used twice, or a constant nonce, belongs to no single flow."""
    servers = [
        event(1, "credential.received", source="platform", flow="f1", credential=CODE),
        event(2, "credential.received", source="platform", flow="f2", credential=CODE),
    ]

    assert [None] == [one.flow for one in merge(servers, [event(3, "request.sent", fingerprints=[CODE])])][2:]


def test_all_that_a_call_of_the_page_method_brought_belongs_together() -> None:
    """The call itself carries no credential; its answer does."""
    servers = [event(9, "credential.received", source="platform", flow="f1", credential=CODE)]
    browser = [
        event(1, "page_method.called", source="page", document=1, call=1),
        event(2, "page_method.answered", source="page", document=1, call=1, token={"fingerprint": CODE}),
        event(3, "page_method.called", source="page", document=1, call=2),
        event(4, "page_method.called", source="page", document=2, call=1),
    ]

    assert ["f1", "f1", None, None] == [one.flow for one in merge(servers, browser)][:4]

"""The waterfall: each thing that took time, on the hop where it did."""

from __future__ import annotations

from typing import Any

import pytest

from harness.report.waterfall import Bar, lane_of, waterfall
from harness.timeline import Event, Timeline

SITES = {
    "brand": "https://www.acme.example",
    "idp": "https://login.acme.example",
    "tag": "https://tag.example",
}
SITES |= {"platform": "https://chat.example"}
STARTED = (0.0, "case.started", {"sites": SITES, "issuer": "https://login.acme.example"})


def bars(*events: tuple[float, str, dict[str, Any]]) -> list[Bar]:
    """Return the bars of events at seconds."""
    return [bar for _, found in made(*events).lanes for bar in found]


def made(*events: tuple[float, str, dict[str, Any]]) -> Any:
    """Return the waterfall of events at seconds."""
    return waterfall(
        Timeline(
            tuple(
                Event(seq=number, at=1000 + at, source="browser", type=type_, flow="f", data=data)
                for number, (at, type_, data) in enumerate((STARTED, *events), 1)
            )
        )
    )


def test_a_request_lasts_until_it_is_finished() -> None:
    """It is on the hop of whose host it is, and says how it ended."""
    asked = {"url": "https://login.acme.example/authorize?state=…", "page": 1, "method": "GET"}
    (bar,) = bars(
        (1, "request.sent", asked),
        (1.25, "response.received", {**asked, "status": 302}),
        (1.5, "request.finished", asked),
    )

    assert ("authorization endpoint", "GET login.acme.example/authorize", "302", False) == (
        bar.lane,
        bar.label,
        bar.note,
        bar.bad,
    )
    assert (0, 500) == (bar.start, round(bar.length))


def test_a_request_that_fails_says_so_and_one_without_an_end_lasts() -> None:
    """Nothing is left out because it did not go well."""
    failed, lost = ({"url": f"https://www.acme.example/{name}", "page": 1} for name in ("a", "b"))
    found = bars(
        (1, "request.sent", failed),
        (2, "request.sent", lost),
        (3, "request.failed", {**failed, "error": "net::ERR_ABORTED"}),
        (4, "document.found", {}),
    )

    assert [("net::ERR_ABORTED", True, 2000), ("…", False, 2000)] == [
        (bar.note, bar.bad, round(bar.length)) for bar in found
    ]


def test_the_exchange_of_a_code_is_told_from_the_verification() -> None:
    """A code that got no id_token failed before that."""
    received = (1, "credential.received", {"kind": "code"})
    refused = (3, "verdict", {"outcome": "refused", "code": "token.invalid_grant"})
    good = bars(
        received, (2, "code.exchanged", {}), (3, "verdict", {"outcome": "authenticated", "code": None})
    )
    bad = bars(received, refused)

    assert [("token endpoint", "exchanged", False), ("id_token", "authenticated", False)] == [
        (bar.lane, bar.note, bar.bad) for bar in good
    ]
    assert [("token endpoint", "token.invalid_grant", True)] == [(bar.lane, bar.note, bar.bad) for bar in bad]


def test_a_call_of_the_page_method_lasts_until_its_first_answer() -> None:
    """One that never answers is bad."""
    (answered,) = bars(
        (1, "page_method.called", {"document": 1, "call": 1}),
        (2, "page_method.answered", {"document": 1, "call": 1, "error_given": False}),
    )
    (silent,) = bars((1, "page_method.called", {"document": 1, "call": 1}), (5, "document.found", {}))

    assert ("answered", False) == (answered.note, answered.bad)
    assert ("never answered", True) == (silent.note, silent.bad)


def test_looks_are_counted_and_not_shown() -> None:
    """Styles and pictures would bury what matters."""
    found = made((1, "request.sent", {"url": "https://www.acme.example/a.css", "resource": "stylesheet"}))

    assert ((), 1) == (found.lanes, found.left_out)


@pytest.mark.parametrize(
    ("hop", "lane"),
    [
        ("id_token payload", "id_token"),
        ("jwks", "id_token"),
        ("redirect", "authorization endpoint"),
        ("popup", "sdk"),
        ("brand page", "brand page"),
        ("configuration", None),
    ],
)
def test_every_hop_of_a_finding_has_its_place_or_none(hop: str, lane: str | None) -> None:
    """What has no time of its own is nowhere."""
    assert lane == lane_of(hop)

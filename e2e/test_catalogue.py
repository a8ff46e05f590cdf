"""What only a browser shows: each such fault of pages, browser, redirects and network is seen for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness import Harness, selftest
from harness.config import EngineName
from harness.selftest import Entry, entries


def chosen(engine: EngineName) -> dict[str, tuple[Entry, ...]]:
    """Return the entries of each fault in one mode, which the other one does not change in a browser."""
    found: dict[str, list[Entry]] = {}
    for entry in entries(engine=engine):
        if entry.in_browser and entry.case.mode == "strict":
            found.setdefault(entry.row.id, []).append(entry)
    return {fault: tuple(same) for fault, same in found.items()}


def once(every: tuple[Entry, ...]) -> Iterator[Entry]:
    """Yield the first entry of each expectation: the other surfaces are the other engine's to show."""
    seen = []
    for entry in every:
        if entry.expectation not in seen:
            seen.append(entry.expectation)
            yield entry


CHROMIUM, FIREFOX = chosen("chromium"), chosen("firefox")


@pytest.fixture
def second_engine(need_engine: Callable[[EngineName], None]) -> None:
    """Skip the test where Firefox is missing, with the sentence that mends it."""
    need_engine("firefox")


@pytest.mark.parametrize("fault", CHROMIUM)
def test_chromium_shows_every_form_on_every_surface(fault: str, harness: Harness) -> None:
    """Outcome, code and findings are what the catalogue demands."""
    assert () == selftest.run(CHROMIUM[fault], browsers=harness).wrong


@pytest.mark.usefixtures("second_engine")
@pytest.mark.parametrize("fault", [fault for fault, every in FIREFOX.items() if not every[0].unavailable])
def test_firefox_shows_the_same(fault: str, harness: Harness) -> None:
    """Each form on one surface."""
    assert () == selftest.run(tuple(once(FIREFOX[fault])), browsers=harness).wrong


def test_what_firefox_cannot_show_is_listed_with_its_reason() -> None:
    """A few faults, and why nothing of them is to be seen there."""
    listed = {fault: reason for fault, every in FIREFOX.items() if (reason := every[0].unavailable)}

    assert {
        "csp-form-action-on-idp",
        "local-network-access-blocked",
        "pkce-verifier-in-clear",
        "playwright-context-not-chrome",
        "tls-browser-ok-server-fails",
    } == set(listed)
    assert all("Firefox" in reason for reason in listed.values())

"""The page's own mistakes, each put into a page in a real browser, and found from what was seen there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Playwright

from harness import Case, Config, Harness
from harness.catalogue.faults import faults
from harness.config import SURFACES, Surface
from harness.opened import OpenCase

RunFlow = Callable[..., OpenCase]


@pytest.mark.parametrize("surface", SURFACES)
def test_a_page_without_a_mistake_gets_no_finding(surface: Surface, run_flow: RunFlow) -> None:
    """Not even a warning, when the consumer comes twice."""
    opened = run_flow(surface=surface, flow="code-pkce", engine="chromium", scenario="twice")

    assert ("authenticated", ()) == (opened.outcome, opened.findings)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("method-returns-instead", "a JWT, returned in a promise"),
        ("callback-late", "which was ignored"),
        ("token-cached-expired", "which the page had cached"),
    ],
)
def test_a_hint_says_what_really_happened(fault: str, words: str, run_flow: RunFlow) -> None:
    """Beyond the code, which names the symptom."""
    row = faults()[fault]

    opened = run_flow(surface="embedded", flow=row.flows[0], engine="chromium", fault=fault)

    assert words in opened.findings[0].observed


def test_the_first_segment_that_is_missing_is_named(playwright: Playwright) -> None:
    """A dotted name fails where its path breaks off."""
    config = Config()
    dotted = tuple(
        one.model_copy(update={"js_method": "auth.tokens.getAuthenticationToken"})
        for one in config.connectors
    )

    with Harness(config.model_copy(update={"connectors": dotted}), playwright=playwright) as harness:
        result = harness.run(Case(surface="embedded", flow="code-pkce"))

    assert ("refused", "sdk.method_missing") == (result.outcome, result.code)
    assert "auth" == result.findings[0].observed

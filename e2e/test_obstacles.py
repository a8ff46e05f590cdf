"""Browser policy around the embedded window: each obstacle is really put up, and found from what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from harness import Harness
from harness.catalogue.faults import faults
from harness.opened import OpenCase
from harness.selftest import entries

RunFlow = Callable[..., OpenCase]

WITHSTOOD: Mapping[str, tuple[str, str | None]] = {
    "postmessage-wildcard-target": ("authenticated", None),
    # The frame shows the attacker's page, so nobody can be signed in there.
    "postmessage-origin-loose": ("refused", "sdk.frame_not_loaded"),
    "postmessage-source-unchecked": ("authenticated", None),
    "csp-trusted-types": ("authenticated", None),
}
"""What comes of an attack, or of a strict page, where the platform is not weak."""


@pytest.mark.parametrize("fault", WITHSTOOD)
def test_the_product_withstands_what_its_weaker_twin_does_not(fault: str, harness: Harness) -> None:
    """The same attack without the weakness: the row's code is not found, and no credential goes astray."""
    entry = next(one for one in entries() if one.row.id == fault)
    attack = tuple(step for step in entry.variations[0] if "weak_pages" not in step)

    with harness.open(entry.case, variation=attack) as opened:
        seen = opened.timeline

    assert WITHSTOOD[fault] == (opened.outcome, opened.code)
    assert not {code for code, _ in entry.expectation.findings} & {one.code for one in opened.findings}
    documents = {one.data["document"]: one.data["origin"] for one in seen.of("document.started")}
    readers = {documents[one.data["document"]] for one in seen.of("message.received") if _answers(one.data)}
    assert readers <= {"https://chat.platform.test"}


def _answers(data: Mapping[str, object]) -> bool:
    return data["type"] == "answer"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("csp-frame-src", "Add https://chat.platform.test to frame-src"),
        ("frame-ancestors-refused", "Register https://www.brand.test"),
        ("iframe-sandbox-opaque", "Add allow-same-origin to the sandbox"),
        ("iframe-sandbox-no-popups", "Add allow-popups and allow-popups-to-escape-sandbox"),
        ("permissions-policy-storage-access", 'storage-access=(self "https://chat.platform.test")'),
        ("mixed-content", "https:// instead of http:// before chat.platform.test/tag/tag.js"),
        ("insecure-context", "Serve https://www.brand.test"),
    ],
)
def test_the_fix_names_what_to_write_and_where(fault: str, words: str, run_flow: RunFlow) -> None:
    """The directive, attribute or header, and the origin to put into it."""
    row = faults()[fault]

    opened = run_flow(surface=row.surfaces[0], flow=row.flows[0], engine="chromium", fault=fault)

    assert words in opened.findings[0].fix

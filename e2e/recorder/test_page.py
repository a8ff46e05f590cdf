"""What the page's own JavaScript tells, in a page, in a cross-site frame and in a popup."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Frame, Page

from harness.event_types import EVENT_TYPES

from .conftest import PROVOKE, Lab

PLACE = "https://place.test/"
SECRET = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE"
POLICY = "img-src 'none'"
SPECIAL = {"storage.denied", "document.left", "recorder.full", "recorder.failed"}
"""These need a page of their own, below."""


def in_page(lab: Lab) -> Page | Frame:
    """Run the provoking script in a page."""
    return lab.open(PLACE)


def in_frame(lab: Lab) -> Page | Frame:
    """Run it in a cross-site frame."""
    outer = lab.serve("https://outer.example/", f"<iframe src='{PLACE}' title=Place></iframe>")
    page = lab.open(outer)
    frame = page.frame(url=f"{PLACE}**")
    assert frame is not None
    return frame


def in_popup(lab: Lab) -> Page | Frame:
    """Run it in a popup of another site's page."""
    opener = f"<button onclick=\"window.open('{PLACE}', '_blank')\">Open</button>"
    page = lab.open(lab.serve("https://outer.example/", opener))
    with page.expect_popup() as opened:
        page.get_by_role("button").click()
    return opened.value


@pytest.mark.parametrize("place", [in_page, in_frame, in_popup])
def test_every_type_of_event_is_seen_everywhere(place: Callable[[Lab], Page | Frame], lab: Lab) -> None:
    """A page, a cross-site frame and a popup tell the same, and nothing that they tell is in clear."""
    lab.serve(PLACE, f"<body><script>{PROVOKE}</script>", headers={"Content-Security-Policy": POLICY})
    lab.serve("https://chat.platform.test/tag/tag.js", "")
    assert "yes" == lab.done(place(lab))

    seen = lab.seen()

    documents = {event.data["document"] for event in seen if event.data.get("url") == PLACE}
    told = {event.type for event in seen if event.data.get("document") in documents}
    assert {name for name, known in EVENT_TYPES.items() if known.source == "page"} - SPECIAL == told
    assert SECRET not in repr(seen)

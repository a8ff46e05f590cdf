"""Pictures under the mask: nothing on them tells what stood there; and none at all where it does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from harness import Harness
from harness.browser import camera
from harness.browser.camera import Camera

POLICY = "default-src 'none'; style-src 'nonce-n'; script-src 'nonce-n'; frame-src 'self'; img-src data:"

PAGE = (Path(__file__).parent / "pages" / "personal.html").read_text("utf-8")

ALICE = {"NAME": "Alice", "COLOUR": "red"}
BRUNO = {"NAME": "Bruno", "COLOUR": "blue"}

Show = Callable[[dict[str, str]], Page]


def _filled(person: dict[str, str]) -> str:
    page = PAGE
    for name, value in person.items():
        page = page.replace(name, value)
    return page


@pytest.fixture
def show(harness: Harness) -> Iterator[Show]:
    """Show a person's page, under a policy that allows no style but its own."""
    browser, _ = harness.browser("chromium")
    context = browser.new_context(viewport={"width": 600, "height": 700})

    def page(person: dict[str, str]) -> Page:
        shown = context.new_page()
        shown.route(
            "**/*",
            lambda route: route.fulfill(
                body=_filled(person),
                content_type="text/html",
                headers={"Content-Security-Policy": POLICY},
            ),
        )
        shown.goto("https://www.acme.example/account")
        return shown

    yield page
    context.close()


def taken(page: Page, *, masked: bool) -> bytes | None:
    """Return the picture that a camera takes of a page."""
    camera = Camera(masked=masked)
    camera.take(page, "page open")
    return camera.pictures[0].jpeg if camera.pictures else None


def painted(page: Page) -> bytes | None:
    """Return the masked picture of a page: the first that is like the one before, as it paints in steps."""
    before = taken(page, masked=True)
    for _ in range(10):
        now = taken(page, masked=True)
        if now == before:
            return now
        before = now
    pytest.fail("the page never looks the same twice")


def test_a_masked_picture_is_the_same_whoever_is_signed_in(show: Show) -> None:
    """Texts, fields, pictures, frames and shadow trees; without the mask it is another one."""
    alice, bruno = show(ALICE), show(BRUNO)

    assert painted(alice) == painted(bruno) is not None
    assert taken(alice, masked=False) != taken(bruno, masked=False)


def test_the_page_does_not_notice(show: Show) -> None:
    """Its policy is not violated, which would be found and told, and the mask is gone afterwards."""
    page = show(ALICE)
    taken(page, masked=True)

    assert [] == page.evaluate("violations")
    assert 0 == page.evaluate("document.adoptedStyleSheets.length")


def test_where_the_mask_does_not_hold_there_is_no_picture(show: Show) -> None:
    """A page may undo it; then nothing leaves."""
    page = show(ALICE)
    page.evaluate(
        "Object.defineProperty(document, 'adoptedStyleSheets', { get: () => [], set: () => undefined })"
    )

    assert taken(page, masked=True) is None
    assert taken(page, masked=False) is not None


def test_what_says_nothing_of_the_mask_is_no_mask(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as a Promise of the page's own, which Firefox hands over as if it were the answer."""
    monkeypatch.setattr(camera, "_sources", lambda: ("", "() => ({ then: null })"))

    assert taken(show(ALICE), masked=True) is None


def test_a_page_that_is_gone_is_no_error(show: Show) -> None:
    """A picture never changes how a case ends."""
    page = show(ALICE)
    page.close()

    assert taken(page, masked=True) is None
    assert taken(page, masked=False) is None

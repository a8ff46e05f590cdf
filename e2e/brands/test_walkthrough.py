"""The walkthrough in a person's own browser: a mistake is seen and mended, the brand is asked and run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from harness.config import EngineName
from harness.console import serving
from harness.console.walkthrough import Walkthrough
from harness.errors import EngineUnavailable
from harness.run import Harness

from .conftest import Serve
from .twins import RIGHT

PASSWORD = "LARKSPUR_ALICE_PASSWORD"
PATIENCE = 60_000


@contextlib.contextmanager
def visiting(url: str, engine: EngineName) -> Iterator[Page]:
    """Open the console in a person's browser, which has no proxy."""
    with Harness() as harness:
        try:
            browser, _ = harness.browser(engine)
        except EngineUnavailable as error:
            pytest.skip(str(error))
        with contextlib.closing(browser.new_context()) as context:
            page = context.new_page()
            page.goto(url)
            yield page


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
def test_somebody_is_walked_from_a_mistake_to_a_sign_in(engine: EngineName, serve: Serve) -> None:
    """The sentence comes as one types and goes when it is mended; the case ends authenticated."""
    served = serve("classic", RIGHT["classic"])
    with (
        Walkthrough(served.file) as walkthrough,
        serving(walkthrough) as url,
        visiting(url, engine) as page,
    ):
        issuer, said = page.get_by_label("JWT issuer"), page.locator("#s-issuer")
        toml = page.get_by_label("The file that this form amounts to")

        issuer.fill("http://www.larkspur.example")
        expect(said).to_contain_text("'http://www.larkspur.example' is no https URL", timeout=PATIENCE)
        expect(issuer).to_have_attribute("aria-invalid", "true")
        expect(toml).to_contain_text('issuer = "http://www.larkspur.example"')

        issuer.fill("https://www.larkspur.example")
        expect(said).to_be_hidden(timeout=PATIENCE)

        page.get_by_role("button", name="Start the preflight").click()
        expect(page.get_by_role("heading", name="Ready, as far as")).to_be_visible(timeout=PATIENCE)

        page.get_by_role("button", name="Run the matrix").click()
        expect(page.get_by_role("cell", name="authenticated")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_role("heading", name="1 of 1 cases passed")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_text("embedded: ready; 1 of 1 cases passed.")).to_be_visible(timeout=PATIENCE)
        expect(page.locator("[data-job]")).to_have_count(0, timeout=PATIENCE)

        assert served.site.environment[PASSWORD] not in page.content()
        page.get_by_role("link", name="Open the report").click()
        expect(page.locator("body")).to_contain_text("embedded: ready; 1 of 1 cases passed.")


def test_a_password_may_be_typed_for_the_run(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it the run is refused with the variable's name; typed, it is used and never shown again."""
    served = serve("classic", RIGHT["classic"])
    passwords = dict(served.site.environment)
    for name in passwords:
        monkeypatch.delenv(name)
    with (
        Walkthrough(served.file) as walkthrough,
        serving(walkthrough) as url,
        visiting(url, "chromium") as page,
    ):
        run = page.get_by_role("button", name="Run the matrix")
        run.click()
        refused = page.get_by_role("alert").filter(has_text=f"the environment variable {PASSWORD} is not set")
        expect(refused).to_be_visible(timeout=PATIENCE)

        for name, password in passwords.items():
            page.get_by_label(name, exact=True).fill(password)
            page.get_by_label(name, exact=True).blur()
            expect(page.locator("li", has=page.get_by_label(name, exact=True))).to_contain_text(
                "kept in memory", timeout=PATIENCE
            )
        run.click()
        expect(page.get_by_role("heading", name="1 of 1 cases passed")).to_be_visible(timeout=PATIENCE)

        assert not [one for one in passwords.values() if one in page.content()]


def test_what_was_run_can_be_run_again(serve: Serve) -> None:
    """The second time replaces what the first one has shown, and ends as it did; a reload finds it there."""
    served = serve("classic", RIGHT["classic"])
    with (
        Walkthrough(served.file) as walkthrough,
        serving(walkthrough) as url,
        visiting(url, "chromium") as page,
    ):
        ready = page.get_by_role("heading", name="Ready, as far as")
        for _ in range(2):
            with page.expect_response("**/walkthrough"):
                page.get_by_role("button", name="Start the preflight").click()
            expect(page.locator("[data-job]")).to_have_count(0, timeout=PATIENCE)
            expect(ready).to_have_count(1, timeout=PATIENCE)
        page.reload()
        expect(ready).to_be_visible(timeout=PATIENCE)

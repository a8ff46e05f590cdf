"""A consumer and an agent in a browser, served by four processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, Response, expect

from harness.browser import engines
from harness.browser.drive import consumer_context
from harness.browser.launch import launched
from harness.browser.policies import POLICIES
from harness.browser.surfaces import Embedded, Popup, Workspace
from harness.browser.wishes import Wishes
from harness.config import Config
from harness.server import WORKER
from harness.workers import Workers, several
from tests import databases

postgresql, new_database = databases.postgresql, databases.new_database

DEADLINE = 30


@pytest.fixture(scope="module")
def server(
    new_database: Callable[[str, Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workers]:
    """Four workers that answer."""
    folder = tmp_path_factory.mktemp("server")
    config = Config(database=new_database("postgresql", folder))
    with several(config, workers=4, folder=folder, say=print) as workers:
        workers.answering()
        yield workers


@pytest.fixture(scope="module")
def chromium(
    server: Workers, playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A browser that knows their certificates."""
    found = engines.find(playwright, "chromium")
    folder = tmp_path_factory.mktemp("browser")
    with launched(
        playwright, found, POLICIES["chrome-today"], tls=server.tls, folder=folder, wishes=Wishes()
    ) as browser:
        yield browser


@pytest.mark.parametrize("driver", [Embedded, Popup])
def test_a_consumer_chats_with_an_agent(
    driver: type[Embedded] | type[Popup], server: Workers, chromium: Browser
) -> None:
    """She signs in, her window opens, and both hear each other, whichever worker has whom."""
    answered: set[str | None] = set()

    def note(response: Response) -> None:
        answered.add(response.headers.get(WORKER.lower()))

    with (
        consumer_context(chromium, server.proxy_url, deadline=DEADLINE) as context,
        consumer_context(chromium, server.proxy_url, deadline=DEADLINE) as desk,
    ):
        context.on("response", note)
        surface = driver(context, server.config, flow="code-pkce", mode="strict", signed_in=False)
        surface.sign_in("alice")
        surface.open_page()
        window = surface.open_chat()
        expect(window.status).to_have_text("Signed in as Alice Abel")
        page = desk.new_page()
        page.goto(f"https://{server.config.sites.agent}/enter?key={server.agent_key}")
        agent = Workspace(page=page)
        agent.choose("Alice Abel")
        agent.say("How can I help?")
        expect(window.conversation).to_contain_text("How can I help?")
        window.say("With a plan.")

        expect(agent.conversation).to_contain_text("With a plan.")
        assert set() < answered <= {"1", "2", "3", "4"}

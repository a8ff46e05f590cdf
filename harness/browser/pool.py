"""The browsers of one harness: one per engine and policy, started when it is first asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, Playwright

from harness.browser import canary, engines
from harness.browser.launch import launched
from harness.browser.policies import Policy, policy
from harness.browser.remote import ANY_CERTIFICATE, Endpoint, accepts, connected
from harness.browser.settings import settings
from harness.browser.wishes import Wishes
from harness.config import EngineName
from harness.errors import PolicyUnavailable
from harness.report.model import Conditions
from harness.server import RunningServer

Vector = tuple[EngineName, str]
"""An engine and the name of a policy."""


WORN: Mapping[str, int] = {"firefox": 50}
"""After how many contexts a browser is started anew: Firefox keeps 9 MB of every window that was closed."""


class Launched:
    """A browser that runs.

    Args:
        browser: The browser.
        conditions: What was read back from it.
        stack: What ends it.
        any_certificate: Whether its contexts have to accept every certificate.
    """

    def __init__(
        self,
        browser: Browser,
        conditions: Conditions,
        stack: contextlib.ExitStack,
        *,
        any_certificate: bool = False,
    ) -> None:
        self.browser, self.conditions, self._stack = browser, conditions, stack
        self.any_certificate = any_certificate
        self._contexts = 0
        browser.on("context", self._count)

    def _count(self, _: object) -> None:
        self._contexts += 1

    @property
    def worn(self) -> bool:
        """Whether it has served long enough, and nothing is open in it."""
        limit = WORN.get(self.browser.browser_type.name)
        return limit is not None and self._contexts >= limit and not self.browser.contexts

    def close(self) -> None:
        """End it."""
        self._stack.close()


class Browsers:
    """Starts browsers; a context manager that ends them all.

    Args:
        playwright: The driver.
        server: What they visit, and whose certificates they trust.
        folder: A private folder.
        wishes: How browsers are started, and which program.
        remote: The Playwright server that has the browsers; this machine when left out.
    """

    def __init__(
        self,
        playwright: Playwright,
        server: RunningServer,
        *,
        folder: Path,
        wishes: Wishes,
        remote: Endpoint | None = None,
    ) -> None:
        self._playwright, self._server, self._folder, self._wishes = playwright, server, folder, wishes
        self._remote = remote
        self._running: dict[Vector, Launched] = {}
        self._unreached: dict[Vector, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.ExitStack() as stack:
            for running in self._running.values():
                stack.callback(running.close)
            self._running.clear()

    def find(self, engine: EngineName, policy_name: str) -> tuple[engines.Found, Policy]:
        """Find an engine on this machine, or suppose it at the server, and a policy by its name.

        Raises:
            EngineUnavailable: When the engine is not here.
            UsageError: When there is no such policy.
        """
        asked = policy(policy_name)
        if self._remote is not None:
            return self._remote.found(engine), asked
        return engines.find(self._playwright, engine, executable=self._wishes.executable), asked

    def get(self, engine: EngineName, policy_name: str) -> Launched:
        """Return the browser for an engine and a policy, whose conditions have been read back.

        Raises:
            EngineUnavailable: When the engine is not here or cannot be driven.
            PolicyUnavailable: When the policy's conditions do not hold in it.
        """
        vector = (engine, policy_name)
        if vector in self._unreached:
            raise PolicyUnavailable(engine, policy_name, self._unreached[vector])
        if vector in self._running and self._running[vector].worn:
            self._running.pop(vector).close()
        if vector not in self._running:
            try:
                self._running[vector] = self._launch(*vector)
            except PolicyUnavailable as error:
                self._unreached[vector] = error.reason
                raise
        return self._running[vector]

    @contextlib.contextmanager
    def lent(self, engine: EngineName, policy_name: str) -> Iterator[Launched]:
        """Give a browser for the length of the block and end it then, unless it was running before."""
        ran = (engine, policy_name) in self._running
        try:
            yield self.get(engine, policy_name)
        finally:
            if not ran and (over := self._running.pop((engine, policy_name), None)):
                over.close()

    def drop(self, engine: EngineName, policy_name: str) -> None:
        """End a browser that may be broken; whoever asks for it next gets a new one."""
        if (over := self._running.pop((engine, policy_name), None)) is not None:
            over.close()

    def _launch(self, engine: EngineName, policy_name: str) -> Launched:
        found, asked = self.find(engine, policy_name)
        server = self._server
        with contextlib.ExitStack() as stack:
            browser = stack.enter_context(self._started(found, asked))
            sites, deadline = server.config.sites, server.config.deadlines.case
            trusts = found.origin != "remote" or accepts(browser, server.proxy_url, sites, deadline=deadline)
            conditions = canary.checked(
                browser,
                found,
                asked,
                sites,
                server.proxy_url,
                deadline=deadline,
                accepts_all=None if trusts else ANY_CERTIFICATE,
            )
            return Launched(browser, conditions, stack.pop_all(), any_certificate=not trusts)

    def _started(self, found: engines.Found, asked: Policy) -> contextlib.AbstractContextManager[Browser]:
        playwright, tls, wishes = self._playwright, self._server.tls, self._wishes
        if self._remote is None:
            return launched(playwright, found, asked, tls=tls, folder=self._folder, wishes=wishes)
        chosen = settings(found.engine, asked.name)
        return connected(playwright, self._remote, found.engine, chosen, tls=tls, wishes=wishes)

"""The consumers of a running harness: their logins, their browser contexts, the surfaces in front of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import BrowserContext

from harness.browser import own_logins
from harness.browser.drive import consumer_context
from harness.browser.own_page import OWN_DRIVERS, OwnPage
from harness.browser.pool import Browsers
from harness.browser.sessions import Sessions
from harness.browser.steps import StepFailed
from harness.browser.surfaces import DRIVERS, SurfaceDriver, Workspace
from harness.browser.tracing import Recording
from harness.browser.wishes import Wishes
from harness.config import OWN_POLICY, Config, EngineName, Surface
from harness.held import Held
from harness.matrix import Case
from harness.sample import DEFAULT_ACCOUNT
from harness.server import RunningServer

FIRST_ACCOUNT = ""
"""Stands for the account that a configuration names first; no account has this name."""


@dataclass(frozen=True, kw_only=True)
class Consumers:
    """Who comes to a running harness, and with what.

    Attributes:
        config: The configuration.
        server: The servers.
        browsers: Gives the browsers; its first call starts the driver.
        sessions: What browsers keep of logins.
        wishes: What is wished of browsers.
        recording: What is being recorded, while something is.
    """

    config: Config
    server: RunningServer
    browsers: Callable[[], Browsers]
    sessions: Sessions
    wishes: Wishes
    recording: Held[Recording | None]

    def named(self, account: str | None) -> str | None:
        """Return who is meant where nobody else is named; ``None`` is nobody."""
        if account != FIRST_ACCOUNT:
            return account
        named = own_logins.accounts(self.config)
        return named[0] if named else DEFAULT_ACCOUNT

    @contextlib.contextmanager
    def context(
        self, engine: EngineName, policy_name: str | None = None, **more: Any
    ) -> Iterator[BrowserContext]:
        """Give a fresh context of an engine's browser, in which nobody is known.

        Args:
            engine: The engine.
            policy_name: Under which conditions; the engine's own when left out.
            more: Further arguments of :func:`harness.browser.drive.consumer_context`.
        """
        launched = self.browsers().get(engine, policy_name or OWN_POLICY[engine])
        with consumer_context(
            launched.browser,
            self.server.proxy_url,
            deadline=self.config.deadlines.case,
            any_certificate=launched.any_certificate,
            wished=self.wishes.context,
            **more,
        ) as context:
            yield context

    def sign_in(self, case: Case, account: str | None) -> float:
        """Sign an account in once per engine; return the milliseconds, 0 when it was reused.

        Raises:
            StepFailed: When a step of the configuration cannot be taken, or was in vain.
        """
        if account is None:
            return 0
        return self.sessions.sign_in((case.engine, account), lambda: self.context(case.engine, case.policy))

    def signed_in(self, case: Case, account: str | None) -> tuple[float, StepFailed | None]:
        """Sign in and return the milliseconds, and what could not be done where that failed."""
        try:
            return self.sign_in(case, account), None
        except StepFailed as error:
            return 0, error

    @contextlib.contextmanager
    def coming(self, case: Case, account: str | None, *, phone: bool) -> Iterator[SurfaceDriver]:
        """Give a case's surface in a fresh browser context with an account's cookies.

        Args:
            case: The row of the matrix.
            account: Who is signed in; nobody when ``None``.
            phone: Whether they hold one.
        """
        with self.fresh(case, account, phone=phone) as context:
            yield self.at(context, case, account, phone=phone)

    @contextlib.contextmanager
    def fresh(self, case: Case, account: str | None, *, phone: bool) -> Iterator[BrowserContext]:
        """Give a context for a case, with an account's cookies and what its fault does to a browser."""
        seams = self.server.composition.seams.now
        with self.context(
            case.engine,
            case.policy,
            phone=phone,
            session=self.sessions.of((case.engine, account)) if account else None,
            direct=seams.direct,
            recording=self.recording.now,
        ) as context:
            if seams.browser is not None:
                seams.browser(context)
            yield context

    def at(self, context: BrowserContext, case: Case, account: str | None, *, phone: bool) -> SurfaceDriver:
        """Return what drives a case's surface in a context."""
        driver, known = self.driver(case.surface), account is not None
        surface = driver(context, self.config, flow=case.flow, mode=case.mode, signed_in=known, phone=phone)
        if isinstance(surface, OwnPage):
            surface.account = account
        return surface

    def driver(self, surface: Surface) -> type[SurfaceDriver]:
        """Return what drives a surface."""
        return (OWN_DRIVERS if self.config.brand is not None else DRIVERS)[surface]

    @contextlib.contextmanager
    def workspace(self, engine: EngineName, *, recorded: bool) -> Iterator[Workspace]:
        """Open the agent's workspace in a fresh context for the length of the block.

        Args:
            engine: Which browser.
            recorded: Whether it is part of what is being recorded, where something is.
        """
        recording = self.recording.now if recorded else None
        with self.context(engine, recording=recording) as context:
            key = self.server.composition.agent_key
            page = context.new_page()
            page.goto(f"https://{self.config.sites.agent}/enter?key={key}")
            yield Workspace(page=page, newest=self._newest_conversation)

    def _newest_conversation(self, name: str) -> str | None:
        """Return the newest conversation with a consumer of a name; a guest's has no claims."""
        for one in self.server.store.conversations.all():
            claims = one.verified
            parts = (
                (claims.get("given_name"), claims.get("family_name")) if claims is not None else ("Guest",)
            )
            if name == " ".join(part for part in parts if part):
                return one.id
        return None

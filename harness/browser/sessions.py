"""What browsers keep of logins: everybody signs in once per engine, through the real pages."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import Self

from playwright.sync_api import BrowserContext, StorageState

from harness.browser import own_logins
from harness.browser.login import customer, sign_in
from harness.browser.own_logins import Whose
from harness.browser.steps import StepFailed
from harness.browser.surfaces import NoChat
from harness.config import Config


class Sessions:
    """The sessions of one run.

    Args:
        config: Says how people sign in.
        kept: What browsers kept of earlier logins: no steps are taken for those.

    Attributes:
        kept: Whose sessions came from earlier logins.
    """

    def __init__(self, config: Config, kept: Mapping[Whose, StorageState]) -> None:
        self._config, self._earlier = config, dict(kept)
        self._states = dict(kept)
        self._turned_away: dict[Whose, StepFailed] = {}

    @property
    def kept(self) -> Collection[Whose]:
        """Whose sessions came from earlier logins."""
        return self._earlier.keys()

    @property
    def earlier(self) -> Mapping[Whose, StorageState]:
        """What browsers kept of earlier logins."""
        return dict(self._earlier)

    def of(self, whose: Whose) -> StorageState | None:
        """Return somebody's session; ``None`` for one who has not signed in."""
        return self._states.get(whose)

    def keep(self, whose: Whose, state: StorageState) -> None:
        """Take what a browser kept of a login that was made elsewhere."""
        self._states[whose] = state

    def forget(self, whose: Whose) -> None:
        """Drop a session that is about to end."""
        self._states.pop(whose, None)

    def clear(self) -> None:
        """Drop all."""
        self._states.clear()

    def sign_in(self, whose: Whose, browser: Callable[[], AbstractContextManager[BrowserContext]]) -> float:
        """Sign somebody in, unless that was done; return the milliseconds, 0 when a session was reused.

        Args:
            whose: The engine and the account.
            browser: Gives a fresh browser context.

        Raises:
            StepFailed: When a step could not be taken, or the login asks again; of a refused login also the
                next time, without a further try: accounts are locked after a few.
        """
        _, account = whose
        own = self._config.brand is not None
        if whose in self._states or (own and own_logins.login_of(self._config, account, "page") is None):
            return 0
        if (turned_away := self._turned_away.get(whose)) is not None:
            raise turned_away
        started = time.monotonic()
        with browser() as context:
            try:
                self._states[whose] = self._signed_in(context, account)
            except NoChat:
                # Whoever opens the page next is recorded, and the record tells why.
                return 0
            except StepFailed as error:
                if error.asks_again:
                    self._turned_away[whose] = error
                raise
        return (time.monotonic() - started) * 1000

    def _signed_in(self, context: BrowserContext, account: str) -> StorageState:
        if self._config.brand is not None:
            return own_logins.sign_in(context, self._config, account)
        return sign_in(context, self._config.sites, customer(account))

    def anew(self) -> Self:
        """Return sessions of which only those are left that no steps could bring about."""
        alone = own_logins.signs_in_alone
        left = {whose: state for whose, state in self._earlier.items() if not alone(self._config, whose[1])}
        return type(self)(self._config, left)

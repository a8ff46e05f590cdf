"""The sessions that earlier logins left, for the commands that drive a brand's page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

from playwright.sync_api import StorageState

from harness.browser.own_logins import Whose, accounts
from harness.clock import SystemClock
from harness.config import Config
from harness.kept_sessions import KeptSessions, Owner, SessionUnusable, moment
from harness.sample import DEFAULT_ACCOUNT


def sessions(file: Path | None, config: Config) -> dict[Whose, StorageState]:
    """Return the sessions that are good for a configuration; what is used, and what is not, is said."""
    if file is None or config.brand is None:
        return {}
    kept, found = KeptSessions(file), {}
    for engine in config.matrix.engines:
        for account in accounts(config) or (DEFAULT_ACCOUNT,):
            owner = Owner(origin=config.brand.origin, engine=engine, account=account)
            try:
                session = kept.find(owner, now=SystemClock().now())
            except SessionUnusable as error:
                _say(f"{error}; sign in again with harness login {file} --account {account}")
                continue
            if session is not None:
                found[engine, account] = cast("StorageState", session.state)
                _say(
                    f"{account} is signed in in {engine} by what harness login kept at {moment(session.at)}, "
                    f"good until {moment(session.until)}; no steps are taken"
                )
    return found


def _say(sentence: str) -> None:
    print(f"harness: {sentence}", file=sys.stderr)

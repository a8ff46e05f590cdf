"""Which accounts of a brand each worker has for itself: nobody is signed in twice at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from harness.browser.own_logins import Whose, accounts
from harness.config import Config
from harness.matrix import Case


def leases(config: Config, rows: Iterable[Case], kept: Collection[Whose] = ()) -> tuple[Config, ...] | None:
    """Return the configurations of as many workers as there are accounts for; ``None`` where any number may.

    Each knows its own accounts only: one, or two where a case needs another one that takes over. Only those
    are leased that can sign in wherever the first one can.

    Args:
        config: The configuration.
        rows: The cases.
        kept: Whose sessions were kept from an earlier login.
    """
    named = accounts(config)
    if config.brand is None or not (named or kept):
        return None
    if not named:
        return (config,)
    able = [one for one in named if _ways(config, one, kept) >= _ways(config, named[0], kept)]
    each = 2 if any(case.scenario == "switch-user" for case in rows) else 1
    groups = (able[at : at + each] for at in range(0, len(able) - each + 1, each))
    found = tuple(_of(config, group) for group in groups)
    # Too few for one is for the cases themselves to say.
    return found if len(found) > 1 else (config,)


def _ways(config: Config, account: str, kept: Collection[Whose]) -> frozenset[str]:
    """Return where somebody can sign in, and in which engines they are signed in already."""
    on = {one.on for one in config.logins if one.account == account}
    return frozenset(on | {engine for engine, who in kept if who == account and "page" not in on})


def _of(config: Config, group: Collection[str]) -> Config:
    logins = tuple(one for one in config.logins if one.account in group)
    return config.model_copy(update={"logins": logins})

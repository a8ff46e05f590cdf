"""The learning run: whether good can be told from bad on a brand, before anything is judged.

Good is one login. Bad is the page method in a browser where nobody ever signed in, and a credential in which
one character was altered. Never a wrong password: that would count against somebody's account.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from harness.checks.seen import calls, credential
from harness.config import Flow
from harness.errors import PolicyUnavailable
from harness.matrix import Case
from harness.opened import OpenCase
from harness.overlays import ALTERED, Overlay
from harness.report.model import CaseResult
from harness.timeline import Timeline


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What the learning run showed.

    Attributes:
        telling: Whether good can be told from bad.
        sentence: What was tried, and what came of it.
        strangers: Fingerprints of the credentials that somebody got who never signed in.
    """

    telling: bool
    sentence: str
    strangers: tuple[str, ...] = ()


def fresh_context(host: str, mark: str) -> dict[str, Any]:
    """Return the facts of what a page handed to another visitor, who does not use it.

    Args:
        host: The page's host.
        mark: The fingerprint of the credential.
    """
    return {"probe": "fresh_context", "host": host, "credential": mark}


class Player(Protocol):
    """What plays cases of a brand of one's own."""

    def unplayable(self, case: Case) -> str | None:
        """Return why a case cannot be played."""
        ...

    def beside(self) -> AbstractContextManager[Player]:
        """Give another one that remembers nothing of what this one has seen."""
        ...

    def open(self, case: Case, *, overlay: Overlay | None = None) -> AbstractContextManager[OpenCase]:
        """Run one case, with something put in place."""
        ...


def learn(
    harness: Player, rows: Iterable[Case], known: MutableMapping[Flow, Learned] | None = None
) -> Learned | None:
    """Try good and bad once for each embedded flow; ``None`` where nothing embedded can be tried here.

    Args:
        harness: The harness.
        rows: What is asked for.
        known: What was learned of flows before, which are not tried again; what is learned now is added.
    """
    known = {} if known is None else known
    flows: dict[Flow, list[Case]] = {}
    for case in rows:
        tried = replace(case, scenario="sign-in")
        embedded = case.surface == "embedded" and case.fault is None
        if embedded and harness.unplayable(tried) is None:
            flows.setdefault(case.flow, []).append(tried)
    if new := {flow: cases for flow, cases in flows.items() if flow not in known}:
        # Beside the harness: a token that was seen here must not count as used before in a case.
        with harness.beside() as other:
            found = {flow: _first(other, cases) for flow, cases in new.items()}
        known.update((flow, one) for flow, one in found.items() if one is not None)
    learned = [known[flow] for flow in flows if flow in known]
    if not learned:
        return None
    strangers = tuple(mark for one in learned for mark in one.strangers)
    blind = next((one for one in learned if not one.telling), learned[0])
    return replace(blind, strangers=strangers)


def _first(harness: Player, cases: list[Case]) -> Learned | None:
    """Learn from the first case whose conditions can be reached here; the run tells of the others."""
    for case in cases:
        with contextlib.suppress(PolicyUnavailable):
            return _flow(harness, case)
    return None


def _flow(harness: Player, case: Case) -> Learned:
    good, _ = _seen(harness, case)
    stranger, shown = _seen(harness, replace(case, scenario="logged-out"))
    strangers = tuple(dict.fromkeys(_credentials(shown)))
    if good.outcome != "authenticated":
        said = f"the one login ended {good.outcome}" + (f" ({good.code})" if good.code else "")
        return Learned(
            telling=True, sentence=f"{said}, so that there was no good to compare", strangers=strangers
        )
    bad, _ = _seen(harness, case, ALTERED)
    if bad.outcome == "authenticated":
        return Learned(
            telling=False,
            sentence="an altered credential was accepted like the good one, so that nothing here can be told "
            "from a success",
            strangers=strangers,
        )
    return Learned(
        telling=True,
        sentence=f"one login: authenticated; nobody signed in: {stranger.outcome}; "
        f"an altered credential: {bad.outcome}",
        strangers=strangers,
    )


def _seen(harness: Player, case: Case, overlay: Overlay | None = None) -> tuple[CaseResult, Timeline]:
    with harness.open(case, overlay=overlay) as opened:
        return opened.result(), opened.timeline


def _credentials(timeline: Timeline) -> Iterator[str]:
    """Yield what the page method answered that may be a credential."""
    for _, answered in calls(timeline, "answered"):
        if (mark := credential(answered)) is not None and not answered.data["error_given"]:
            yield mark

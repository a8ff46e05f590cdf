"""The learning run: whether good can be told from bad on a brand, before anything is judged.

Good is one login. Bad is the page method in a browser where nobody ever signed in, and a credential in which
one character was altered. Never a wrong password: that would count against somebody's account.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.checks.seen import calls, credential
from harness.config import Flow
from harness.errors import PolicyUnavailable
from harness.matrix import Case
from harness.overlays import ALTERED, Overlay
from harness.report.model import CaseResult
from harness.run import Harness
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


def learn(harness: Harness, rows: tuple[Case, ...]) -> Learned | None:
    """Try good and bad once for each embedded flow; ``None`` where nothing embedded can be tried here.

    Args:
        harness: The harness.
        rows: What is asked for.
    """
    flows: dict[Flow, list[Case]] = {}
    for case in rows:
        tried = replace(case, scenario="sign-in")
        embedded = case.surface == "embedded" and case.fault is None
        if embedded and harness.unplayable(tried) is None:
            flows.setdefault(case.flow, []).append(tried)
    if not flows:
        return None
    # Beside the harness: a token that was seen here must not count as used before in a case.
    with harness.beside() as other:
        found = (_first(other, cases) for cases in flows.values())
        learned = [one for one in found if one is not None]
    if not learned:
        return None
    strangers = tuple(mark for one in learned for mark in one.strangers)
    blind = next((one for one in learned if not one.telling), learned[0])
    return replace(blind, strangers=strangers)


def _first(harness: Harness, cases: list[Case]) -> Learned | None:
    """Learn from the first case whose conditions can be reached here; the run tells of the others."""
    for case in cases:
        with contextlib.suppress(PolicyUnavailable):
            return _flow(harness, case)
    return None


def _flow(harness: Harness, case: Case) -> Learned:
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


def _seen(harness: Harness, case: Case, overlay: Overlay | None = None) -> tuple[CaseResult, Timeline]:
    with harness.open(case, overlay=overlay) as opened:
        return opened.result(), opened.timeline


def _credentials(timeline: Timeline) -> Iterator[str]:
    """Yield what the page method answered that may be a credential."""
    for _, answered in calls(timeline, "answered"):
        if (mark := credential(answered)) is not None and not answered.data["error_given"]:
            yield mark

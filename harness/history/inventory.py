"""Which checks a run had: by what exists and ran, never by what was found."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Set
from types import FunctionType
from typing import Any

from harness.catalogue.codes import codes
from harness.checks import judgement
from harness.checks.additions import Additions, named
from harness.checks.judgement import NOTHING_ADDED
from harness.checks.probing import READ
from harness.checks.verdict import check_backend
from harness.config import EMBEDDED, Config
from harness.history.model import Check
from harness.history.reach import words
from harness.preflight import network, probes, skew
from harness.preflight.keys import judge_configured
from harness.preflight.undocumented import judge_documented
from harness.report.model import Report
from harness.timeline import Timeline
from harness.verification import pipeline

MILESTONES = (
    "document.started",
    "request.sent",
    "response.received",
    "request.initiated",
    "frame.navigated",
    "cookie.sent",
    "page_method.called",
    "page_method.answered",
    "message.received",
    "message.sent",
    "window.opened",
    "page.opened",
    "authorization.requested",
    "authorization.response",
    "credential.received",
    "verdict",
)
"""Events that a sign-in cannot do without: where one was recorded and is not any more, what looks at it
has nothing to say. Events that are a symptom are not among them; that those are gone is good news."""

_HOSTS: tuple[Callable[..., Any], ...] = (network.judge_host, network.judge_privacy, skew.judge_clocks)
"""What a preflight says of hosts and clocks; everything else it says by its table of probes."""


def checks_of(
    config: Config, report: Report, *, preflight: bool, added: Additions = NOTHING_ADDED
) -> tuple[Check, ...]:
    """Return the checks that a run had, by name.

    Args:
        config: What was checked.
        report: What came of it; of its probes those count that said something.
        preflight: Whether there was one.
        added: What extensions looked for beside.
    """
    found: dict[str, set[Callable[..., Any]]] = {}
    for name, function in _all(config, report, preflight=preflight, added=added):
        found.setdefault(name, set()).add(function)
    known = codes().keys() | added.codes.keys()
    return tuple(_check(name, functions, known) for name, functions in sorted(found.items()))


def seen(timeline: Timeline) -> tuple[str, ...]:
    """Return which of the :data:`MILESTONES` a case has; none where the checks were not asked."""
    if timeline.of("backend.failed"):
        return ()
    types = {event.type for event in timeline}
    return tuple(one for one in MILESTONES if one in types)


def _all(
    config: Config, report: Report, *, preflight: bool, added: Additions
) -> Iterator[tuple[str, Callable[..., Any]]]:
    if report.cases:
        yield from _named((check_backend, *judgement.CHECKS, *judgement.REFINERS))
        yield from ((named(one), one) for one in added.checks)
        if config.platform.backend == EMBEDDED:
            yield from _named(pipeline.STEPS)
    if preflight:
        yield from _named((*_HOSTS, judge_configured, judge_documented))
        yield from _named(judge for one in probes.probes_of(config) for _, judge in one.judges)
    answered = {one.name for one in report.probes if one.reason is None}
    yield from ((f"probing.{name}", check) for name in sorted(answered) for check in READ.get(name, ()))


def _named(functions: Iterable[Callable[..., Any]]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for function in functions:
        named = _inner(function)
        name = named.__qualname__.partition(".<locals>")[0]
        yield f"{named.__module__.removeprefix('harness.')}.{name}", function


def _inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that one made for a table calls, where it was given one: that has the name."""
    if "<locals>" in function.__qualname__:
        given = inspect.getclosurevars(function).nonlocals.values()
        return next((one for one in given if isinstance(one, FunctionType)), function)
    return function


def _check(name: str, functions: Iterable[Callable[..., Any]], known: Set[str]) -> Check:
    used = frozenset().union(*(words(one) for one in functions))
    # A family of events is named by its beginning, and the rest at run time.
    beginnings = tuple(word for word in used if word.endswith("."))
    reads = (one for one in MILESTONES if one in used or (beginnings and one.startswith(beginnings)))
    return Check(name=name, codes=tuple(sorted(used & known)), reads=tuple(reads))

"""What extensions add to what judges: checks of their own, and the codes that these find."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from harness.catalogue.codes import Code
from harness.checks.found import Found
from harness.checks.seen import setting
from harness.config import Mode
from harness.errors import ExtensionError
from harness.protocol.problem import Problem
from harness.timeline import Timeline

AddedCheck = Callable[[Timeline], Iterable[Problem]]
"""A pure function: what is wrong in a timeline, each with a code of its extension. None where nothing is."""


@dataclass(frozen=True, kw_only=True)
class Additions:
    """By what a timeline is judged beside the checks of this package; by nothing where it is empty.

    Attributes:
        codes: What the further codes mean, by name.
        checks: The further checks, in order; they come after ours.
    """

    codes: Mapping[str, Code] = field(default_factory=dict)
    checks: tuple[AddedCheck, ...] = ()

    def found(self, timeline: Timeline) -> Iterator[Found]:
        """Yield what the further checks find, each with what it weighs in the timeline's mode.

        Raises:
            ExtensionError: When a check fails, or finds something for which its extension has no code.
        """
        mode = _mode(timeline)
        for check in self.checks:
            for problem in _said(check, timeline):
                if not isinstance(problem, Problem) or problem.code not in self.codes:
                    raise ExtensionError(
                        f"the check {named(check)} yields {_shown(problem)}; it takes a Problem whose code "
                        f"its extension explains: {', '.join(sorted(self.codes)) or 'there is none yet'}"
                    )
                yield Found(
                    code=problem.code,
                    severity=self.codes[problem.code].severity_of(problem, mode),
                    expected=problem.expected,
                    observed=problem.observed,
                )


def named(check: AddedCheck) -> str:
    """Return a check's name: its module and its function."""
    return f"{check.__module__}.{getattr(check, '__qualname__', type(check).__qualname__)}"


def _said(check: AddedCheck, timeline: Timeline) -> tuple[Any, ...]:
    try:
        return tuple(check(timeline) or ())
    except Exception as error:
        # Nothing of what the error says: that may hold a part of what was recorded.
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{type(error).__name__} in {Path(where.filename).name}, line {where.lineno}"
        raise ExtensionError(
            f"the check {named(check)} failed ({place}); a check takes every timeline, also one of a case "
            "that broke off, and yields nothing where it has nothing to look at"
        ) from None


def _shown(value: object) -> str:
    return repr(value.code) if isinstance(value, Problem) else f"a {type(value).__name__}"


def _mode(timeline: Timeline) -> Mode:
    """Return how strict the platform was; a case that was cut off before anybody said so counts as strict."""
    axes: Mapping[str, Any] = setting(timeline, "case") or {}
    said = (axes.get("mode"), *(event.data.get("mode") for event in timeline))
    return "compat" if next((one for one in said if one in get_args(Mode)), "") == "compat" else "strict"

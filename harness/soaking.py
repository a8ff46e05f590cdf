"""A run whose cases are repeated: what is counted, in memory that does not grow with the rounds."""

from __future__ import annotations

import math
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from harness.executors import Played, Ticket
from harness.executors.usage import Usage
from harness.matrix import Case
from harness.report.model import CaseResult, Kept, Percentiles, Soak, SoakedCase

WEIGHED_EVERY = 10
"""After how many cases it is asked again what a process holds: looking takes milliseconds."""

_MEGABYTE = 1 << 20
_HELD = (
    ("servers", "MB", "server_octets", _MEGABYTE, 50.0),
    ("browser", "MB", "browser_octets", _MEGABYTE, 300.0),
    ("open files", "", "files", 1, 10.0),
    ("open sockets", "", "sockets", 1, 10.0),
    ("temporary folders", "", "folders", 1, 0.0),
)
"""What is held, its unit, where it is told, how many make one, and how much more of it is a leak.

Within the first hundreds of cases, allocators and a browser's caches fill; that is no leak.
"""


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """How often the cases are repeated; the first round is always whole.

    Attributes:
        repeat: How many rounds; any number when ``None``.
        seconds: After how many seconds no further case begins; never when ``None``.
        counts: Whether the rounds are counted, as they are where somebody asks for several.
    """

    repeat: int | None = None
    seconds: float | None = None
    counts: bool = True

    def tickets(self, cases: Sequence[Case]) -> Iterator[Ticket]:
        """Yield the cases, round by round; it is asked of some what is held after them."""
        place = 0
        while cases and (self.repeat is None or place < self.repeat * len(cases)):
            weigh = place < 2 * len(cases) or place % WEIGHED_EVERY == 0
            yield Ticket(place=place, case=cases[place % len(cases)], weigh=weigh and self.counts)
            place += 1

    def goes_on(self, number: int, further: Callable[[], bool]) -> Callable[[], bool]:
        """Return what says whether a further case may begin; every one of the first round may.

        Args:
            number: How many cases a round has.
            further: What else has to be so. It is asked once for each case.
        """
        over = math.inf if self.seconds is None else time.monotonic() + self.seconds
        asked = iter(range(number))

        def goes_on() -> bool:
            return further() and (next(asked, None) is not None or time.monotonic() < over)

        return goes_on


ONCE = Rounds(repeat=1, counts=False)


@dataclass
class _Tally:
    """What came of a case in all rounds.

    Attributes:
        shown: The round that stands for all: the first that did not pass, else one that did on its retry,
            else the latest.
        result: What came of it then.
    """

    shown: Played
    result: CaseResult
    ways: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    in_page: array[float] = field(default_factory=lambda: array("d"))
    whole: array[float] = field(default_factory=lambda: array("d"))

    def add(self, played: Played, result: CaseResult) -> None:
        before, now = _urgency(self.result), _urgency(result)
        if now > before or now == before == 0:
            self.shown, self.result = played, result
        way = _way(result)
        self.ways[way] += 1
        if way == "failed":
            self.codes[result.code or result.outcome] += 1
        self.whole.append(result.timings_ms.case)
        if result.timings_ms.flow_in_page:
            self.in_page.append(result.timings_ms.flow_in_page)

    @property
    def flaky(self) -> bool:
        return self.ways["flaky"] > 0 or 0 < self.ways["passed"] < self.ways.total()

    def told(self) -> CaseResult:
        """Return the row of the report."""
        if not self.flaky or self.result.on_retry:
            return self.result
        changes = {"flaky": True, "passed": False, "retried": False, "as_expected": False}
        return self.result.model_copy(update=changes)

    def counted(self) -> SoakedCase:
        return SoakedCase(
            id=self.result.id,
            **_ways(self.ways),
            codes=dict(self.codes),
            flow_in_page=percentiles(self.in_page),
            case=percentiles(self.whole),
        )


def _urgency(result: CaseResult) -> int:
    return {"passed": 0, "flaky": 1}.get(_way(result), 2)


def _way(result: CaseResult) -> str:
    if result.passed:
        return "passed"
    if result.on_retry:
        return "flaky"
    if result.outcome == "undetermined":
        return "undetermined"
    return "expected" if result.as_expected else "failed"


def _ways(ways: Counter[str]) -> dict[str, int]:
    counted = {name: ways[name] for name in ("passed", "failed", "undetermined", "expected")}
    return {"flows": ways.total(), **counted, "retried": ways["flaky"]}


class Soaking:
    """Counts what comes of the cases, round after round.

    Args:
        cases: How many a round has.
    """

    def __init__(self, cases: int) -> None:
        self._cases, self._tallies = cases, dict[int, _Tally]()
        self._held: dict[int, tuple[Usage, Usage, bool]] = {}
        self._started = time.monotonic()

    def add(self, played: Played, result: CaseResult) -> None:
        """Count one round of a case."""
        place = played.ticket.place % self._cases
        tally = self._tallies.setdefault(place, _Tally(shown=played, result=result))
        tally.add(played, result)
        if played.usage is not None:
            self._weigh(played.usage, warm=played.ticket.place >= self._cases)

    def _weigh(self, held: Usage, *, warm: bool) -> None:
        """Keep what a process held first and last; until the second round everything is being filled."""
        first, _, was_warm = self._held.get(held.process, (held, held, warm))
        self._held[held.process] = (first if was_warm else held, held, warm)

    def shown(self) -> Iterator[tuple[Played, CaseResult]]:
        """Yield the rounds that stand for each case, in the order of the cases."""
        for _, tally in sorted(self._tallies.items()):
            yield tally.shown, tally.told()

    def counted(self, *, interrupted: bool = False) -> Soak:
        """Return all that was counted.

        Args:
            interrupted: Whether somebody ended it before it was over.
        """
        tallies = [tally for _, tally in sorted(self._tallies.items())]
        ways: Counter[str] = sum((one.ways for one in tallies), Counter())
        kept = tuple(
            one
            for worker, (first, last, _) in enumerate(self._held.values(), 1)
            for one in _kept(worker, first, last)
        )
        return Soak(
            rounds=min((one.ways.total() for one in tallies), default=0),
            seconds=round(time.monotonic() - self._started, 2),
            **_ways(ways),
            flaky=sum(one.flaky for one in tallies),
            flow_in_page=percentiles([value for one in tallies for value in one.in_page]),
            case=percentiles([value for one in tallies for value in one.whole]),
            cases=tuple(one.counted() for one in tallies),
            kept=kept,
            interrupted=interrupted,
        )


def _kept(worker: int, start: Usage, end: Usage) -> Iterator[Kept]:
    for what, unit, name, one, slack in _HELD:
        before, after = getattr(start, name), getattr(end, name)
        if before is not None and after is not None:
            first, last = round(before / one, 1), round(after / one, 1)
            yield Kept(worker=worker, what=what, unit=unit, start=first, end=last, leak=last - first > slack)


def percentiles(values: Sequence[float]) -> Percentiles | None:
    """Return the 50th, 95th and 99th percentile by the nearest rank; ``None`` of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    p50, p95, p99 = (ordered[math.ceil(share * len(ordered)) - 1] for share in (0.5, 0.95, 0.99))
    return Percentiles(p50=p50, p95=p95, p99=p99)

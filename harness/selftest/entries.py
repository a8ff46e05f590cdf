"""What the self-test runs: each entry of each fault, on each surface and in each mode."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import get_args

from harness.catalogue.faults import Expectation, FaultRow, Step
from harness.config import EngineName, Mode, Surface
from harness.extension import Catalogue
from harness.matrix import Case


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is run for one expectation: every variation must get the same diagnosis.

    Attributes:
        row: The fault.
        expectation: What it must get there.
        case: Surface, flow, engine, policy and mode.
        forms: Which of the fault's forms are put in, by number; all of them when ``None``.
    """

    row: FaultRow
    expectation: Expectation
    case: Case
    forms: tuple[int, ...] | None = None

    @property
    def in_browser(self) -> bool:
        """Whether only a browser can show it."""
        return self.row.browser_only

    @property
    def unavailable(self) -> str | None:
        """Why the case's engine cannot show it; ``None`` where it can."""
        return self.row.not_visible.get(self.case.engine) if self.in_browser else None

    @property
    def twin(self) -> Case:
        """The same case without the fault."""
        return replace(self.case, fault=None)

    @property
    def variations(self) -> tuple[tuple[Step, ...], ...]:
        """What is put in, one after the other; of our own side first the product, with nothing put in."""
        put = self.row.variations(self.expectation)
        if self.forms is not None:
            put = tuple(put[number] for number in self.forms)
        if not self.row.own_side:
            return put
        return ((), *(one for one in put if one or self.row.weakened.policy))

    @property
    def runs(self) -> tuple[tuple[Case, tuple[Step, ...]], ...]:
        """Each variation with the case in which it is put in."""
        cases = [self.case] * len(self.variations)
        if self.row.weakened.policy:
            cases[1:] = [replace(one, policy=self.row.weakened.policy) for one in cases[1:]]
        return tuple(zip(cases, self.variations, strict=True))


PACKAGED = Catalogue.of()
"""What is known without an extension."""


def entries(
    *,
    groups: tuple[str, ...] = (),
    engine: EngineName = "chromium",
    catalogue: Catalogue = PACKAGED,
) -> Iterator[Entry]:
    """Return every entry of every fault: each surface on which it can occur, each mode it speaks of.

    Args:
        groups: The groups of the catalogue; all of them when empty.
        engine: In which browser those are shown that need one.
        catalogue: The faults.
    """
    for row in catalogue.faults.values():
        if groups and row.group not in groups:
            continue
        for expectation in row.expect:
            modes = get_args(Mode) if expectation.mode == "both" else (expectation.mode,)
            surfaces = (expectation.surface,) if expectation.surface else row.surfaces
            flow = expectation.flow or row.flows[0]
            for surface in surfaces:
                for mode in modes:
                    case = Case(
                        surface=surface, flow=flow, engine=engine, policy=row.policy, mode=mode, fault=row.id
                    )
                    yield Entry(row=row, expectation=expectation, case=case)


def covering(every: Iterable[Entry]) -> Iterator[Entry]:
    """Leave out what would be shown twice: every form of a fault stays, and without a browser every surface.

    A fault's forms take turns on its surfaces; the modes take turns where both must come to the same. A
    browser takes fifty times as long, so that there the surfaces take turns from fault to fault.

    Args:
        every: Entries, those of an expectation one after the other.
    """
    turn, first = itertools.count(), itertools.count()
    for _, group in itertools.groupby(every, key=lambda one: (one.row.id, one.expectation)):
        same = tuple(group)
        surfaces = tuple(dict.fromkeys(one.case.surface for one in same))
        modes = tuple(dict.fromkeys(one.case.mode for one in same))
        # A row about our own side is right or wrong by all of its runs together.
        forms = 1 if same[0].row.own_side else len(same[0].variations)
        picked: dict[tuple[Surface, Mode], dict[int, None]] = {}
        alone = same[0].in_browser
        begin = next(first) if alone else 0
        for number in range(forms if alone else max(len(surfaces), forms)):
            place = surfaces[(begin + number) % len(surfaces)], modes[next(turn) % len(modes)]
            picked.setdefault(place, {})[number % forms] = None
        for one in same:
            if (chosen := picked.get((one.case.surface, one.case.mode))) is not None:
                yield replace(one, forms=tuple(chosen)) if forms > 1 else one

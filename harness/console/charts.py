"""Where the marks of a chart go: pure geometry, drawn by a template as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 280.0, 160.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 8.0, 10.0, 24.0
"""Room for the numbers at the side, and for the days below."""

GAP, WIDEST_BAR = 0.28, 22.0
"""The share of a place that stays free between two bars, and how wide a bar gets where there are few."""


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A line across, with its number."""

    y: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a bar.

    Attributes:
        kind: What it stands for; the style sheet gives it its look.
    """

    kind: str
    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A value of one run."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line through values.

    Attributes:
        kind: What it stands for.
        path: The ``d`` of its path.
        dots: Its values.
    """

    kind: str
    path: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart.

    Attributes:
        ticks: The lines across.
        days: The first and the last day.
        parts: The parts of its bars.
        band: The ``d`` of what lies between two lines.
        lines: Its lines.
    """

    ticks: tuple[Tick, ...]
    days: tuple[str, str]
    parts: tuple[Part, ...] = ()
    band: str = ""
    lines: tuple[Line, ...] = ()

    box: str = f"0 0 {WIDTH:.0f} {HEIGHT:.0f}"
    left: float = LEFT
    right: float = WIDTH - RIGHT
    base: float = HEIGHT - BOTTOM
    below: float = HEIGHT - 6


@dataclass(frozen=True, kw_only=True)
class Column:
    """One run of a chart of bars: how many of each kind, from the bottom up, and all of it in words."""

    numbers: tuple[tuple[str, int], ...]
    words: str


@dataclass(frozen=True, kw_only=True)
class Spread:
    """One run of a chart of lines: two values, and both in words; ``None`` where there are none."""

    low: float
    high: float
    words: str


def bars(columns: Sequence[Column], days: tuple[str, str]) -> Chart:
    """Return a chart of stacked bars, one for each run."""
    top = max((sum(number for _, number in one.numbers) for one in columns), default=1) or 1
    step, most = _scale(float(top), whole=True)
    place = (WIDTH - LEFT - RIGHT) / max(len(columns), 1)
    width = min(place * (1 - GAP), WIDEST_BAR)
    parts = []
    for number, column in enumerate(columns):
        x, below = LEFT + place * (number + 0.5) - width / 2, 0.0
        for kind, count in column.numbers:
            if count:
                y = _y(below + count, most)
                height = _y(below, most) - y
                parts.append(
                    Part(
                        kind=kind,
                        x=_r(x),
                        y=_r(y),
                        width=_r(width),
                        height=_r(height),
                        words=column.words,
                    )
                )
                below += count
    return Chart(ticks=_ticks(step, most), days=days, parts=tuple(parts))


def lines(spreads: Sequence[Spread | None], days: tuple[str, str]) -> Chart:
    """Return a chart with the line of the lower values, that of the higher ones, and a band between."""
    top = max((one.high for one in spreads if one is not None), default=1.0)
    step, most = _scale(top)
    place = (WIDTH - LEFT - RIGHT) / max(len(spreads), 1)
    low: list[Dot] = []
    high: list[Dot] = []
    for number, spread in enumerate(spreads):
        if spread is not None:
            x = _r(LEFT + place * (number + 0.5))
            low.append(Dot(x=x, y=_r(_y(spread.low, most)), words=spread.words))
            high.append(Dot(x=x, y=_r(_y(spread.high, most)), words=spread.words))
    band = _path((*high, *reversed(low))) + "Z" if len(low) > 1 else ""
    return Chart(
        ticks=_ticks(step, most),
        days=days,
        band=band,
        lines=(
            Line(kind="high", path=_path(high), dots=tuple(high)),
            Line(kind="low", path=_path(low), dots=tuple(low)),
        ),
    )


def _scale(top: float, *, whole: bool = False) -> tuple[float, float]:
    """Return a round step and the multiple of it that is not exceeded: two to five lines across."""
    rough = max(top, 1e-9) / 3
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(one * size for one in (1, 2, 5, 10) if one * size >= rough)
    step = max(1.0, float(math.ceil(step))) if whole else step
    return step, step * math.ceil(top / step - 1e-9)


def _ticks(step: float, most: float) -> tuple[Tick, ...]:
    count = round(most / step)
    return tuple(
        Tick(y=_r(_y(step * number, most)), words=f"{step * number:,.10g}") for number in range(count + 1)
    )


def _y(value: float, most: float) -> float:
    room = HEIGHT - TOP - BOTTOM
    return TOP + room * (1 - value / most)


def _path(dots: Sequence[Dot]) -> str:
    return "M" + "L".join(f"{one.x} {one.y}" for one in dots) if dots else ""


def _r(value: float) -> float:
    return round(value, 1)

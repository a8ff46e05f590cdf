"""The pages of earlier runs: how they went, one of them, and what two of them differ in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from harness.config import History
from harness.console import charts
from harness.console.charts import Chart
from harness.errors import HarnessError, HistoryUnavailable, UsageError
from harness.history import KeptRun, Place, RunHead, Runs, compare, place_of
from harness.history.compare import RECENT
from harness.history.difference import Metric
from harness.history.model import Standing
from harness.history.said import in_short, moment
from harness.history.trend import Point, trend
from harness.report import text
from harness.report.model import CaseResult
from harness.roles import web

SHOWN = 30
"""How many runs of a series a trend shows."""

LISTED = 50
"""How many runs of a series can be chosen from."""

KINDS: Mapping[Standing, str] = {
    "passed": "passed",
    "flaky": "flaky",
    "undetermined": "undetermined",
    "failed": "failed",
}
"""What cases come to, from the bottom of a bar to its top."""

TIMED: Mapping[Metric, tuple[str, str]] = {
    "flow_in_page": ("In the page", "From the click to the authenticated message."),
    "case": ("Whole case", "Everything but the login."),
    "login": ("Login", "Through the real pages, once per engine and account."),
}

_NONE = "No run is kept yet. harness check keeps every run."
_OFF = "No history is kept, because HARNESS_HISTORY is off, or the file says keep = 0."


@dataclasses.dataclass(frozen=True, kw_only=True)
class Timed:
    """The trend of a timing.

    Attributes:
        title: What is timed.
        about: From where to where.
        chart: Its chart; ``None`` where nothing was timed.
        now: The median of the latest run that has one, in milliseconds.
        p95: The 95th percentile there.
    """

    title: str
    about: str
    chart: Chart | None
    now: float | None = None
    p95: float | None = None


class HistoryPages:
    """A part of the console that shows the kept runs.

    Args:
        place: Where they are; what ``HARNESS_HISTORY``, the file or the state folder names when left out.
        history: What the configuration file says.

    Raises:
        UsageError: Where the place is named in a way that cannot be meant.
    """

    title, path = "Runs", "/runs"

    def __init__(self, place: Place | None = None, *, history: History | None = None) -> None:
        self._place = place or place_of(history)

    def routes(self, pages: web.Pages) -> Sequence[BaseRoute]:
        """Return the list with its trend, the comparison, and the page of a run."""

        def page(
            show: Callable[[Request, Runs], tuple[str, dict[str, Any]]],
        ) -> Callable[[Request], Response]:
            def answer(request: Request) -> Response:
                try:
                    with self._runs() as runs:
                        template, context = show(request, runs)
                except HarnessError as error:
                    status = 503 if isinstance(error, HistoryUnavailable) else 404
                    return self._render(pages, "runs_none.html", status=status, sentence=str(error))
                return self._render(pages, template, **context)

            return answer

        def overview(request: Request) -> Response:
            if self._place is None or not self._place.exists:
                sentence = _OFF if self._place is None else _NONE
                return self._render(pages, "runs_none.html", sentence=sentence)
            return page(_overview)(request)

        return [
            Route(self.path, overview),
            Route(f"{self.path}/diff", page(_diff)),
            Route(f"{self.path}/{{run}}", page(_run)),
        ]

    def _runs(self) -> Runs:
        if self._place is None:
            raise UsageError(_OFF)
        return Runs(self._place)

    def _render(self, pages: web.Pages, name: str, *, status: int = 200, **context: Any) -> Response:
        return pages.render(name, status=status, here=self.path, moment=moment, **context)


def _overview(request: Request, runs: Runs) -> tuple[str, dict[str, Any]]:
    latest = runs.series()
    if not latest:
        return "runs_none.html", {"sentence": _NONE}
    asked = request.query_params.get("series", "")
    chosen = next((one for one in latest if one.series == asked), latest[0])
    points = trend(runs.trails(chosen.series, limit=SHOWN))
    return "runs.html", {
        "all_series": latest,
        "chosen": chosen,
        "heads": runs.heads(series=chosen.series, limit=LISTED),
        "points": points[::-1],
        "outcomes": _outcomes(points),
        "kinds": KINDS,
        "timed": tuple(_timed(metric, points) for metric in TIMED),
        "metrics": {metric: title for metric, (title, _) in TIMED.items()},
    }


def _run(request: Request, runs: Runs) -> tuple[str, dict[str, Any]]:
    run = runs.find(request.path_params["run"])
    before = runs.before(run)
    flows = tuple(dict.fromkeys(case.flow for case in run.report.cases))
    return "runs_one.html", {
        "run": run,
        "before": before,
        "worse": in_short(compare(before, run)) if before else "",
        "flows": flows,
        "rows": _rows(run),
        "told": tuple(case for case in run.report.cases if case.findings or not case.passed),
        "quiet": tuple(case for case in run.report.cases if case.passed and not case.findings),
        "short": text.short_name,
        "as_text": text.render(run.report),
    }


def _diff(request: Request, runs: Runs) -> tuple[str, dict[str, Any]]:
    before, after = runs.pair(request.query_params.get("a", ""), request.query_params.get("b", ""))
    found = compare(before, after, runs.trails(after.series, until=after.at, limit=RECENT))
    heads = runs.heads(series=after.series, limit=LISTED)
    choices = _with(_with(heads, before), after)
    return "runs_diff.html", {
        "found": found,
        "choices": choices,
        "tiles": (
            ("New failures", len(found.new_failures), "bad", "new-failures"),
            ("Lost checks", len(found.lost_checks), "bad", "lost-checks"),
            ("Fixed", len(found.fixed), "good", "fixed"),
            ("Flaky", len(found.flaky), "warn", "flaky"),
            ("Still failing", len(found.still_failing) + len(found.other_codes), "plain", "still-failing"),
            ("As before", found.same, "plain", ""),
        ),
        "sections": (
            ("new-failures", "New failures", "✗", "bad", found.new_failures),
            ("fixed", "Fixed", "✓", "good", found.fixed),
            ("other-codes", "Failing for another reason", "✗", "bad", found.other_codes),
            ("flaky", "Flaky", "~", "warn", found.flaky),
            ("still-failing", "Still failing", "✗", "bad", found.still_failing),
            ("cases-gone", "Cases gone", "-", "plain", found.cases_gone),
            ("cases-new", "New cases", "+", "plain", found.cases_new),
        ),
        "timings": tuple((*TIMED[one.metric], one) for one in found.timings),
    }


def _with(heads: tuple[RunHead, ...], run: KeptRun) -> tuple[RunHead, ...]:
    return heads if any(one.id == run.id for one in heads) else (*heads, run)


def _outcomes(points: Sequence[Point]) -> Chart:
    columns = [
        charts.Column(
            numbers=tuple((kind, one.cases.get(kind, 0)) for kind in KINDS),
            words=f"{moment(one.head.at)}, run {one.head.id}: "
            + ", ".join(f"{one.cases[kind]} {word}" for kind, word in KINDS.items() if one.cases.get(kind)),
        )
        for one in points
    ]
    return charts.bars(columns, _days(points))


def _timed(metric: Metric, points: Sequence[Point]) -> Timed:
    title, about = TIMED[metric]
    measured = [one.timings.get(metric) for one in points]
    last = next((one for one in reversed(measured) if one is not None), None)
    if last is None:
        return Timed(title=title, about=about, chart=None)
    spreads = [
        charts.Spread(
            low=found.median,
            high=found.p95,
            words=f"{moment(one.head.at)}, run {one.head.id}: median {found.median:.0f} ms, "
            f"95th percentile {found.p95:.0f} ms",
        )
        if found is not None
        else None
        for one, found in zip(points, measured, strict=True)
    ]
    chart = charts.lines(spreads, _days(points))
    return Timed(title=title, about=about, chart=chart, now=last.median, p95=last.p95)


def _days(points: Sequence[Point]) -> tuple[str, str]:
    return moment(points[0].head.at)[:10], moment(points[-1].head.at)[:10]


def _rows(run: KeptRun) -> Mapping[tuple[str, ...], Mapping[str, CaseResult]]:
    """Return the cases as a table: where and under which conditions, by flow."""
    rows: dict[tuple[str, ...], dict[str, CaseResult]] = {}
    for case in run.report.cases:
        extra = (case.engine, case.policy, case.mode, case.scenario, case.fault or "")
        rows.setdefault((case.surface, *extra), {})[case.flow] = case
    return rows

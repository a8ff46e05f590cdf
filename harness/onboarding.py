"""A whole check: for a brand of one's own from the learning run to what its people have to do."""

from __future__ import annotations

from collections.abc import Callable

from harness.confirm import confirmed
from harness.learning import learn
from harness.matrix import Case
from harness.preflight import Preflight
from harness.readiness import readiness
from harness.report.model import CaseResult, Report, summarise
from harness.run import Harness
from harness.timeline import Timeline


def onboard(
    harness: Harness,
    rows: tuple[Case, ...],
    *,
    preflight: Preflight | None = None,
    confirm: bool = False,
    progress: Callable[[CaseResult], None] = lambda _: None,
    keep: Callable[[Timeline], None] = lambda _: None,
) -> Report:
    """Learn whether good can be told from bad, run the cases, and say of each surface whether it is ready.

    Args:
        harness: The harness; of the sample brand nothing has to be learned, and it is nobody's to make ready.
        rows: The cases.
        preflight: What was found before.
        confirm: Whether causes are confirmed by putting in place what would mend them.
        progress: Hears of each result as it comes.
        keep: Is given each case's timeline, ready to be saved.
    """
    own = harness.config.brand is not None
    learned = learn(harness, rows) if own else None
    if learned is not None:
        harness.strangers = learned.strangers

    def finish(case: Case, result: CaseResult, timeline: Timeline) -> CaseResult:
        if learned is not None and not learned.telling:
            return result.model_copy(update={"outcome": "undetermined", "code": None, "passed": False})
        return confirmed(harness, case, result, timeline) if confirm else result

    asked = tuple(case.surface for case in rows)
    report = harness.check(rows, progress=progress, keep=keep, finish=finish)
    return report.model_copy(
        update={
            "summary": summarise(report.cases, report.summary.seconds),
            "readiness": readiness(asked, report.cases, preflight.surfaces if preflight else ())
            if own
            else (),
            "preflight": preflight.findings if preflight else (),
            "unseen": tuple(f"{one.subject}: {one.reason}" for one in preflight.undetermined)
            if preflight
            else (),
            "learned": learned.sentence if learned else None,
        }
    )

"""A whole check: for a brand of one's own from the learning run to what its people have to do."""

from __future__ import annotations

from collections.abc import Callable

from harness.executors.setup import LastWord, as_it_is
from harness.executors.spread import ALONE, Spread
from harness.expectations import held
from harness.matrix import Case
from harness.onboarding.confirm import confirmed
from harness.onboarding.probing import probe
from harness.onboarding.readiness import readiness
from harness.preflight import Preflight
from harness.report.model import CaseResult, ProbeResult, Report
from harness.report.picture import Picture
from harness.run import Harness
from harness.soaking import ONCE, Rounds
from harness.timeline import Timeline


def onboard(
    harness: Harness,
    rows: tuple[Case, ...],
    *,
    preflight: Preflight | None = None,
    confirm: bool = False,
    heard: Callable[[str], None] = lambda _: None,
    progress: Callable[[CaseResult], None] = lambda _: None,
    keep: Callable[[Timeline], None] = lambda _: None,
    look: Callable[[tuple[Picture, ...]], None] | None = None,
    spread: Spread = ALONE,
    rounds: Rounds = ONCE,
    goes_on: Callable[[], bool] = lambda: True,
) -> Report:
    """Learn whether good can be told from bad, run the cases, and say of each surface whether it is ready.

    Where the configuration asks for probes of the authorization server, they are sent after the cases.

    Args:
        harness: The harness; of the sample brand nothing has to be learned, and it is nobody's to make ready.
        rows: The cases.
        preflight: What was found before.
        confirm: Whether causes are confirmed by putting in place what would mend them.
        heard: Hears of what is done beside the cases.
        progress: Hears of each result as it comes.
        keep: Is given each case's timeline, ready to be saved.
        look: Is given each case's pictures right afterwards; none are taken where nobody looks.
        spread: On which processes the cases are spread.
        rounds: How often they are repeated.
        goes_on: Says whether a further case may begin.
    """
    own = harness.config.brand is not None
    if own:
        heard("learning to tell good from bad")
        harness.learn(rows)
        heard("running the cases")

    def aloud(player: Harness, case: Case, result: CaseResult, timeline: Timeline) -> CaseResult:
        if result.findings:
            heard(f"confirming the causes of {case.surface} {case.flow}")
        return confirmed(player, case, result, timeline)

    finish: LastWord = as_it_is
    if confirm:
        # Another process can be sent a function of a module, and nobody hears it.
        finish = aloud if spread == ALONE and not rounds.counts else confirmed
    asked = tuple(case.surface for case in rows)
    report = harness.check(
        rows,
        progress=progress,
        keep=keep,
        look=look,
        finish=finish,
        goes_on=goes_on,
        spread=spread,
        rounds=rounds,
    )
    found = preflight.findings if preflight else ()
    probes: tuple[ProbeResult, ...] = ()
    if harness.config.probes.enabled and report.cases:
        heard("probing the authorization server")
        known = {one.code for one in (*found, *(one for case in report.cases for one in case.findings))}
        probes = probe(harness, rows, known=known)
    probed = tuple(one for result in probes for one in result.findings)
    told = report.model_copy(
        update={
            "readiness": readiness(asked, report.cases, preflight.surfaces if preflight else (), probed)
            if own
            else (),
            "preflight": found,
            "unseen": tuple(f"{one.subject}: {one.reason}" for one in preflight.undetermined)
            if preflight
            else (),
            "probes": probes,
        }
    )
    return held(told, harness.config.expected)

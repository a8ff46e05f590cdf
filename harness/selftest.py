"""The self-test: every fault of the catalogue against the sample, held against what it must get.

A fault that needs no page to show runs in process, over HTTP; the rest runs in a browser.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict

from harness.behaviour import BEHAVIOURS, probe
from harness.catalogue.faults import Expectation, FaultRow, Step
from harness.checks import Judgement, judge
from harness.clock import ManualClock
from harness.config import Config, Connector, EngineName, Mode, Surface
from harness.extension import Catalogue
from harness.matrix import Case
from harness.protocol.problem import Severity
from harness.roles.seams import Seams
from harness.run import Harness
from harness.scene import Scene, sign_in
from harness.server import RunningServer, running
from harness.timeline import Timeline
from harness.verification.key_sets import LONGEST
from harness.wire import WireConsumer

TOKEN_SECONDS = 2.0
"""The token endpoint's deadline, short enough to show a slow one."""

VERIFICATION_SECONDS = 3.0
"""What all hops together may take, short enough for two slow ones to be too many."""

_SESSION_SECONDS = 6 * 3600


class Verdict(BaseModel):
    """Outcome, code and findings, as they were expected or observed."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    outcome: str
    code: str | None
    findings: tuple[dict[str, str], ...]


class Run(BaseModel):
    """One of the two runs of a row about our own side.

    Attributes:
        side: The product as it is, or its weakened twin.
        right: Whether it came out as it must.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    side: Literal["product", "weakened"]
    right: bool
    expected: Verdict
    observed: Verdict


class Row(BaseModel):
    """One entry of a fault on one surface in one mode.

    Attributes:
        right: Whether what was observed is what was expected.
        observed: ``None`` where the fault cannot be seen.
        unavailable: Why it cannot; such a row is neither right nor wrong.
        runs: Of a row about our own side, the product under attack and each weakened twin; outcome and code
            of the row are the product's, its findings the twin's.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    id: str
    variant: str | None
    surface: Surface
    mode: Mode
    group: str
    ran_in: Literal["process", "browser"]
    right: bool
    expected: Verdict
    observed: Verdict | None
    unavailable: str | None = None
    runs: tuple[Run, ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether something else was observed than was expected."""
        return not self.right and self.unavailable is None


class SelfTest(BaseModel):
    """The score."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    rows: tuple[Row, ...]
    seconds: float

    @property
    def wrong(self) -> tuple[Row, ...]:
        """The rows of which something else was observed than was expected."""
        return tuple(row for row in self.rows if row.wrong)

    @property
    def unavailable(self) -> tuple[Row, ...]:
        """The rows of faults that cannot be seen here."""
        return tuple(row for row in self.rows if row.unavailable is not None)

    def score(self, group: str | None = None) -> tuple[int, int]:
        """Return how many faults are right and how many there are, in a group or in all."""
        rows = [row for row in self.rows if group in (None, row.group)]
        every = {row.id for row in rows}
        return len(every - {row.id for row in rows if not row.right}), len(every)

    def as_json(self) -> str:
        """Return the score as indented JSON with the field names that are fixed."""
        right, every = self.score()
        wrong = len({row.id for row in self.wrong})
        summary = {
            "faults": every,
            "right": right,
            "wrong": wrong,
            "unavailable": every - right - wrong,
            "seconds": round(self.seconds, 2),
        }
        rows = [row.model_dump(mode="json") for row in self.rows]
        return json.dumps({"schema": 1, "summary": summary, "rows": rows}, indent=2)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is run for one expectation: every variation must get the same diagnosis."""

    row: FaultRow
    expectation: Expectation
    case: Case

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


def prepared(config: Config, catalogue: Catalogue = PACKAGED) -> Config:
    """Return the configuration under which faults about waiting are short to show."""
    rows = catalogue.faults.values()
    patience = [row.callback_deadline for row in rows if row.callback_deadline is not None]
    return config.impatient(min(patience)) if patience else config


def run(
    chosen: tuple[Entry, ...],
    *,
    browsers: Harness | None = None,
    progress: Callable[[Row], None] = lambda _: None,
    catalogue: Catalogue = PACKAGED,
) -> SelfTest:
    """Run entries and compare.

    Args:
        chosen: The entries.
        browsers: The harness whose browsers show what needs one; started here when left out.
        progress: Hears of each result as it comes.
        catalogue: The faults and the checks.
    """
    started = time.monotonic()
    rows = []
    with contextlib.ExitStack() as stack:
        process: InProcess | None = None
        for _, same in itertools.groupby(chosen, key=lambda entry: entry.row.id):
            own = stack.enter_context(contextlib.ExitStack())
            arranged: Harness | None = None
            for entry in same:
                if entry.unavailable:
                    rows.append(_unavailable(entry))
                elif entry.in_browser:
                    browsers = browsers or stack.enter_context(_browsers(catalogue))
                    arranged = arranged or own.enter_context(browsers.arranged(entry.row))
                    seen = [_shown(arranged, *one) for one in entry.runs]
                    rows.append(compare(entry, seen))
                else:
                    process = process or stack.enter_context(InProcess(chosen, catalogue))
                    rows.append(process.row(entry))
                progress(rows[-1])
            own.close()
    return SelfTest(rows=tuple(rows), seconds=time.monotonic() - started)


def _browsers(catalogue: Catalogue) -> Harness:
    return Harness(prepared(Config(), catalogue), extensions=catalogue.extensions)


def _shown(browsers: Harness, case: Case, variation: tuple[Step, ...]) -> Judgement:
    with browsers.open(case, variation=variation) as opened:
        return opened.judgement


class InProcess:
    """Runs entries over HTTP against one server, with a clock that can be moved.

    Args:
        chosen: The entries that will be run; their connectors are configured from the start.
        catalogue: The faults and the checks.
    """

    def __init__(self, chosen: tuple[Entry, ...], catalogue: Catalogue = PACKAGED) -> None:
        self._catalogue = catalogue
        base = Config()
        own = tuple(
            _connector(base, entry) for entry in chosen if entry.row.connector or entry.expectation.connector
        )
        unique = {connector.id: connector for connector in own}
        self._config = base.model_copy(
            update={
                "connectors": (*base.connectors, *unique.values()),
                "deadlines": base.deadlines.model_copy(
                    update={"token": TOKEN_SECONDS, "verification": VERIFICATION_SECONDS}
                ),
            }
        )
        self._clock = ManualClock(time.time())
        self._stack = contextlib.ExitStack()
        self._signed_in_at = 0.0
        self._odd_keys = False

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harness-")))
            self._server: RunningServer = stack.enter_context(
                running(self._config, folder=folder, clock=self._clock)
            )
            self._consumer = stack.enter_context(WireConsumer(self._server))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def row(self, entry: Entry) -> Row:
        """Run every variation of an entry and compare."""
        return compare(entry, [self.judgement(entry, variation) for variation in entry.variations])

    def twin(self, case: Case, probes: tuple[str, ...] = ()) -> Judgement:
        """Run a case with nothing put in.

        Args:
            case: The case.
            probes: Which probes are sent beside it.
        """
        self._make_ready(keys=False)
        behave = _probing(sign_in, probes) if probes else sign_in
        return self._judged(self._scene(case, case.flow), Seams(), behave)

    def twin_of(self, entry: Entry, *, own: bool) -> Judgement:
        """Run the case of an entry with nothing put in and nothing done out of the ordinary.

        Args:
            entry: The entry.
            own: Whether under the connector of its row; else under the flow's own.
        """
        self._make_ready(keys=False)
        return self._judged(self._scene(entry.case, _named_connector(entry, own=own)), Seams(), sign_in)

    def judgement(self, entry: Entry, variation: tuple[Step, ...]) -> Judgement:
        """Run one variation of an entry and judge its timeline."""
        row = entry.row
        self._make_ready(keys=row.fresh_keys or row.warm)
        scene = self._scene(entry.case, _named_connector(entry, own=True))
        if row.warm:
            sign_in(scene)
            self._clock.advance(row.advance)
        named_behaviour = entry.expectation.consumer or row.consumer
        behave = BEHAVIOURS[named_behaviour] if named_behaviour else sign_in
        if row.probes:
            behave = _probing(behave, row.probes)
        if row.lifted:
            self._judged(scene, self._catalogue.inject(row, variation), behave)
            return self._judged(scene, Seams(), behave)
        return self._judged(scene, self._catalogue.inject(row, variation), behave)

    def _make_ready(self, *, keys: bool) -> None:
        """Forget odd key sets and sign the consumer in again when the clock has moved far."""
        if keys or self._odd_keys:
            # Beyond every cache, and beyond what is kept for an outage.
            self._clock.advance(LONGEST + self._config.deadlines.keys_stale + 1)
        self._odd_keys = keys
        if self._clock.now() - self._signed_in_at > _SESSION_SECONDS:
            self._consumer.http.cookies.clear()
            self._consumer.sign_in("alice")
            self._signed_in_at = self._clock.now()

    def _scene(self, case: Case, connector: str) -> Scene:
        return Scene(
            server=self._server, clock=self._clock, consumer=self._consumer, case=case, connector=connector
        )

    def _judged(self, scene: Scene, seams: Seams, behave: Callable[[Scene], None]) -> Judgement:
        before = self._server.store.events.last()
        with self._server.composition.seams.put(seams):
            behave(scene)
        return judge(Timeline(self._server.store.events.after(before)), self._catalogue.added)


def _probing(behave: Callable[[Scene], None], names: tuple[str, ...]) -> Callable[[Scene], None]:
    """Return what sends probes after what the consumer does."""

    def both(scene: Scene) -> None:
        behave(scene)
        probe(scene, names)

    return both


def _named_connector(entry: Entry, *, own: bool) -> str:
    """Return the id of the connector of an entry's row, where it has one, else of the flow's own."""
    named = own and bool(entry.row.connector or entry.expectation.connector)
    return _connector_id(entry) if named else entry.case.flow


def _connector_id(entry: Entry) -> str:
    return f"{entry.case.flow}-for-{entry.row.id}" + ("-variant" if entry.expectation.connector else "")


def _connector(base: Config, entry: Entry) -> Connector:
    """Return the flow's connector with the settings under which a fault can occur."""
    values = base.connector_for(entry.case.flow).model_dump()
    changes = {**entry.row.connector, **entry.expectation.connector}
    if "jwt_public_key" in changes:
        changes["jwks_uri"] = None
    return Connector.model_validate({**values, **changes, "id": _connector_id(entry)})


def compare(entry: Entry, seen: list[Judgement]) -> Row:
    """Compare every variation; the row shows the first that is wrong, else the last."""
    expected = _expected(entry)
    observed = [_observed(one) for one in seen]
    if entry.row.own_side:
        return _of_own_side(entry, expected, observed)
    wrong = [one for one in observed if not _right(expected, one)]
    return Row(
        **_named(entry), right=not wrong, expected=expected, observed=wrong[0] if wrong else observed[-1]
    )


def _of_own_side(entry: Entry, expected: Verdict, observed: list[Verdict]) -> Row:
    """Compare the product under attack, which comes first, and each weakened twin."""
    product, *twins = observed
    weakened = entry.row.weakened
    resisting = expected.model_copy(update={"findings": ()})
    yielding = Verdict(
        outcome=weakened.outcome,
        code=weakened.code,
        findings=_weighed(weakened.findings) or expected.findings,
    )
    runs = [
        Run(side="product", right=_resists(resisting, product), expected=resisting, observed=product),
        *(
            Run(side="weakened", right=_right(yielding, one), expected=yielding, observed=one)
            for one in twins
        ),
    ]
    # Of a row without a code there is nothing that a twin adds.
    told = next((run.observed for run in runs[1:] if not run.right), runs[-1].observed)
    found = told.findings if expected.findings else product.findings
    return Row(
        **_named(entry),
        right=all(run.right for run in runs),
        expected=expected,
        observed=product.model_copy(update={"findings": found}),
        runs=tuple(runs),
    )


def _resists(expected: Verdict, observed: Verdict) -> bool:
    """The product under attack ends as it must, and nothing is found in it."""
    ended = (expected.outcome, expected.code) == (observed.outcome, observed.code)
    return ended and all(one["severity"] == "info" for one in observed.findings)


def _unavailable(entry: Entry) -> Row:
    """Return the row of an entry that the case's engine cannot show."""
    return Row(
        **_named(entry),
        right=False,
        expected=_expected(entry),
        observed=None,
        unavailable=entry.unavailable,
    )


def _expected(entry: Entry) -> Verdict:
    wanted = entry.expectation
    return Verdict(outcome=wanted.outcome, code=wanted.code, findings=_weighed(wanted.findings))


def _observed(seen: Judgement) -> Verdict:
    found = tuple((one.code, one.severity) for one in seen.findings)
    return Verdict(outcome=seen.outcome, code=seen.code, findings=_weighed(found))


def _weighed(findings: tuple[tuple[str, Severity], ...]) -> tuple[dict[str, str], ...]:
    return tuple({"code": code, "severity": severity} for code, severity in findings)


def _named(entry: Entry) -> dict[str, Any]:
    """Return which entry a row is about."""
    return {
        "id": entry.row.id,
        "variant": entry.expectation.variant,
        "surface": entry.case.surface,
        "mode": entry.case.mode,
        "group": entry.row.group,
        "ran_in": "browser" if entry.in_browser else "process",
    }


def _right(expected: Verdict, observed: Verdict) -> bool:
    """An accepted case of which no finding is expected must have none of severity error."""
    if (expected.outcome, expected.code) != (observed.outcome, observed.code):
        return False
    harmless = expected.outcome == "authenticated" and not expected.findings
    if harmless and any(one["severity"] == "error" for one in observed.findings):
        return False
    return all(one in observed.findings for one in expected.findings)

"""Entries that need no page to show, over HTTP against one server, with a clock that can be moved."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Self

from harness import temporary
from harness.behaviour import BEHAVIOURS, probe
from harness.catalogue.faults import Step
from harness.checks import Judgement, judge
from harness.clock import ManualClock
from harness.config import Config, Connector
from harness.extension import Catalogue
from harness.matrix import Case, with_settings
from harness.roles.seams import Seams
from harness.scene import Scene, sign_in
from harness.selftest.comparing import compare
from harness.selftest.entries import PACKAGED, Entry
from harness.selftest.score import Row
from harness.server import RunningServer, running
from harness.timeline import Timeline
from harness.verification.key_sets import LONGEST
from harness.wire import WireConsumer

TOKEN_SECONDS = 2.0
"""The token endpoint's deadline, short enough to show a slow one."""

VERIFICATION_SECONDS = 3.0
"""What all hops together may take, short enough for two slow ones to be too many."""

_SESSION_SECONDS = 6 * 3600


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
            folder = stack.enter_context(temporary.folder())
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
        judged = self._judged(scene, self._catalogue.inject(row, variation), behave)
        if row.warm:
            sign_in(scene)  # what the profile knows is the consumer's own again, whoever comes next
        return judged

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
    changes = {**entry.row.connector, **entry.expectation.connector, "id": _connector_id(entry)}
    return with_settings(base.connector_for(entry.case.flow), changes)

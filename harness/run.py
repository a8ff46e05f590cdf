"""A harness: the server, the browsers, and cases turned into results."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

from playwright.sync_api import Browser, BrowserContext, Error, Playwright, StorageState
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from harness import config_file, temporary
from harness.browser import own_logins
from harness.browser.camera import Camera
from harness.browser.deeds import DEEDS
from harness.browser.drive import Driven
from harness.browser.driver import Driver
from harness.browser.pool import Browsers
from harness.browser.recorder import Recorder
from harness.browser.remote import endpoint
from harness.browser.scenarios import EXPIRED_AFTER, PLAYS, Stage
from harness.browser.sessions import Sessions
from harness.browser.steps import LoginUnknown, StepFailed
from harness.browser.surfaces import NoChat, SurfaceDriver, Workspace
from harness.browser.tracing import Recording, Recordings
from harness.browser.wishes import Wishes
from harness.catalogue.faults import FaultRow, Step
from harness.checking import Crews, Hearing, checked
from harness.clock import Clock, ManualClock, MovableClock
from harness.config import OWN_POLICY, Config, Device, EngineName, Flow
from harness.consumers import FIRST_ACCOUNT, Consumers
from harness.correlate import merge
from harness.errors import HarnessBroken, UsageError
from harness.executors import Terms
from harness.executors.leases import leases
from harness.executors.setup import LastWord, Setup, as_it_is
from harness.executors.spread import ALONE, Spread, elsewhere, here
from harness.extension import Catalogue, Extension
from harness.held import Held
from harness.learning import Learned, fresh_context, learn
from harness.live import Feed
from harness.matrix import Case, arranged, asked, can_occur, check_shown, with_fault
from harness.opened import OpenCase, attention, engagement, known_secrets, opening
from harness.overlays import Overlay
from harness.redact import Redactor
from harness.report.model import CaseResult, Conditions, Report
from harness.report.picture import Picture
from harness.roles.platform.session_tokens import SECONDS
from harness.scrub import personal_values, sample_people
from harness.server import RunningServer, running
from harness.soaking import ONCE, Rounds
from harness.timeline import Timeline

OTHER_ACCOUNT = "bob"
"""Who comes next on the sample brand's shared device."""

Coming = TypeVar("Coming", bound=Consumers)

LONGER_THAN_A_SESSION = SECONDS + 60


class Harness:
    """Runs cases; a context manager that owns everything it starts.

    Args:
        config: The configuration, or the file that it is in; the sample brand's when left out.
        playwright: A driver to share, as pytest-playwright's; one of its own when left out, which starts when
            it is first needed and stays in that thread.
        headed: Whether a person can watch.
        wishes: What else is wished of browsers; they are headed where either says so.
        clock: The servers' clock.
        port: The servers' port, 0 for any.
        proxy_port: The port of the browsers' proxy, 0 for any.
        connect: The WebSocket of a Playwright server that has the browsers; this machine when left out.
        overlay: What is put in place to see whether it mends a finding.
        sessions: What browsers kept of earlier logins, by engine and account: no steps are taken for those.
        feed: Passes each case on, while it runs, to those who watch.
        recordings: Where Playwright's own recordings of checked cases go; nothing is recorded when left out.
        extensions: Checks and faults of one's own.

    Attributes:
        server: The running server, inside the ``with`` block.
        catalogue: The faults and checks that it knows, those of its extensions among them.
        strangers: Fingerprints of the credentials that the page gave to somebody who never signed in.

    Raises:
        UsageError: When the configuration is something else.
        ConfigError: When the file cannot be read.
        ExtensionError: When an extension is something else than one, or two have one name.
    """

    server: RunningServer

    def __init__(
        self,
        config: Config | Path | str | None = None,
        *,
        playwright: Playwright | None = None,
        headed: bool = False,
        wishes: Wishes | None = None,
        clock: Clock | None = None,
        port: int = 0,
        proxy_port: int = 0,
        connect: str | None = None,
        overlay: Overlay | None = None,
        sessions: Mapping[own_logins.Whose, StorageState] | None = None,
        feed: Feed | None = None,
        recordings: Recordings | None = None,
        extensions: Iterable[Extension] = (),
    ) -> None:
        if not isinstance(config, Config | Path | str | None):
            found = type(config).__name__
            raise UsageError(f"the configuration is a {found}; it takes a harness.Config or a file's path")
        self.config: Config = (
            config_file.read(Path(config)) if isinstance(config, Path | str) else config or Config()
        )
        self.catalogue = Catalogue.of(extensions)
        self._driver, self._clock = Driver(playwright), clock or MovableClock()
        self._wishes = wishes or Wishes()
        self._headed = headed or self._wishes.headed
        self._port, self._proxy_port, self._connect = port, proxy_port, connect
        self._remote = endpoint(connect) if connect else None
        self._overlay, self._feed = overlay, feed
        self._stack, self._over = contextlib.ExitStack(), threading.Event()
        self._arranged: str | None = None
        self._sessions = Sessions(self.config, sessions or {})
        self.strangers: tuple[str, ...] = ()
        self._learned: dict[Flow, Learned] = {}
        self._first: Harness | None = None
        self._recordings, self._recording = recordings, Held[Recording | None](None)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._folder = stack.enter_context(temporary.folder())
            self.server = stack.enter_context(
                running(
                    self.config,
                    folder=self._folder,
                    clock=self._clock,
                    port=self._port,
                    proxy_port=self._proxy_port,
                    overlay=self._overlay,
                    certificates=self._first.server.tls if self._first else None,
                )
            )
            self._stack = stack.pop_all()
        self._consumers = self._coming(Consumers)
        return self

    @property
    def browsers(self) -> Browsers:
        """The browsers; the first use starts Playwright's driver, which stays in that thread."""
        if self._first is not None:
            return self._first.browsers
        wishes = replace(self._wishes, headed=self._headed)
        return self._driver.browsers(
            lambda driver: Browsers(
                driver, self.server, folder=self._folder, wishes=wishes, remote=self._remote
            )
        )

    def _coming(self, kind: Callable[..., Coming], **more: Any) -> Coming:
        """Return those who come to it; ``more`` is what only their kind needs."""
        return kind(
            config=self.config,
            server=self.server,
            browsers=lambda: self.browsers,
            sessions=self._sessions,
            wishes=self._wishes,
            recording=self._recording,
            **more,
        )

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with self._stack:
            self._driver.close()
        if self._first is None:
            self._sessions.clear()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.__exit__)

    def check_attendance(self) -> None:
        """See that a person is there where one is needed.

        Raises:
            UsageError: When nobody can see the browser and a step waits for somebody.
        """
        if (
            not self._headed
            and (reason := own_logins.needs_a_person(self.config, self._sessions.kept)) is not None
        ):
            raise UsageError(reason)

    @contextlib.contextmanager
    def beside(self, overlay: Overlay | None = None) -> Iterator[Harness]:
        """Give a harness with the same logins that remembers nothing of what this one has seen.

        Args:
            overlay: What is put in place there.
        """
        other = Harness(
            self.config.model_copy(update={"database": None}),
            playwright=self._driver.playwright,
            headed=self._headed,
            wishes=self._wishes,
            connect=self._connect,
            overlay=overlay,
            extensions=self.catalogue.extensions,
        )
        # A host's cookies may be what is mended; else one login is enough.
        renewed = overlay is not None and overlay.host
        other._sessions = self._sessions.anew() if renewed else self._sessions
        other._first, other._arranged = self, self._arranged
        other.strangers, other._learned = self.strangers, self._learned
        with other:
            yield other

    @contextlib.contextmanager
    def arranged(self, row: FaultRow) -> Iterator[Harness]:
        """Give a harness under whose configuration a fault can occur: this one, or one beside it.

        Args:
            row: The fault.
        """
        config = arranged(self.config, row)
        if config == self.config:
            yield self
            return
        with Harness(
            config,
            playwright=self._driver.playwright,
            headed=self._headed,
            wishes=self._wishes,
            connect=self._connect,
            recordings=self._recordings,
            extensions=self.catalogue.extensions,
        ) as other:
            other._arranged = row.id
            yield other

    @contextlib.contextmanager
    def able_to_show(self, case: Case) -> Iterator[Harness]:
        """Give a harness under whose configuration a case's fault can occur: this one, or one beside it.

        Args:
            case: The row of the matrix.
        """
        if case.fault is None:
            yield self
            return
        with self.arranged(self.catalogue.fault(case.fault)) as able:
            yield able

    def learn(self, rows: Iterable[Case]) -> Learned | None:
        """See whether good can be told from bad on a brand of one's own, once for each embedded flow.

        Args:
            rows: What is asked for.

        Returns:
            What was learned, here or before; ``None`` of the sample brand, and where nothing can be tried.
        """
        if self.config.brand is None:
            return None
        learned = learn(self, rows, self._learned)
        self.strangers = learned.strangers if learned else ()
        return learned

    async def acheck(self, rows: Iterable[Case] | None = None, **asked_for: Any) -> Report:
        """Run cases as :meth:`check` does, which has the same arguments, while the event loop goes on.

        Browsers are in a thread of their own, in which the callbacks are called too. When the awaiting task
        is cancelled, no further case begins.

        Args:
            rows: The cases.
            asked_for: The other arguments of :meth:`check`.

        Raises:
            EngineUnavailable: When an engine is not here, before any case has run.
            UsageError: When an axis has no such value, before any case has run.
            ExtensionError: When a check of an extension fails.
        """
        cancelled = threading.Event()
        try:
            return await self._driver.ado(
                functools.partial(self.check, rows, goes_on=lambda: not cancelled.is_set(), **asked_for)
            )
        finally:
            cancelled.set()

    def check(
        self,
        rows: Iterable[Case] | None = None,
        *,
        progress: Callable[[CaseResult], None] = lambda _: None,
        keep: Callable[[Timeline], None] = lambda _: None,
        look: Callable[[tuple[Picture, ...]], None] | None = None,
        finish: LastWord = as_it_is,
        goes_on: Callable[[], bool] = lambda: True,
        spread: Spread = ALONE,
        rounds: Rounds = ONCE,
        **axes: str | Sequence[str] | None,
    ) -> Report:
        """Run cases in order and return the report.

        Of a brand of one's own it is learned first whether good can be told from bad; where it cannot,
        cases are undetermined. Cases whose conditions an engine cannot reach are left out and listed as
        unavailable. A case in which a browser or its process broke down is tried once more: it is flaky where
        it passes then, and else among the report's ``broken``, as no result.

        Args:
            rows: The cases; the configuration's matrix when left out.
            progress: Hears of each result as it comes, in the order of the cases.
            keep: Is given each case's timeline, ready to be saved.
            look: Is given each case's pictures right afterwards; none are taken where nobody looks.
            finish: Has the last word about a result; it is given the harness in which the case ran, too.
            goes_on: Says whether a further case may begin.
            spread: On which processes the cases are spread: ``Spread(workers=4)``; this one when left out.
            rounds: How often they are repeated, ``Rounds(repeat=100)``; then the report's ``soak`` counts all
                rounds, and of each case one is kept: the first that did not pass, if there was one.
            axes: What the matrix is narrowed or widened to, one value or several: ``surface``, ``flow``,
                ``engine``, ``policy``, ``mode``, ``scenario``, ``fault``.

        Raises:
            EngineUnavailable: When an engine is not here, before any case has run.
            UsageError: When an axis has no such value, before any case has run, or when what the harness was
                given cannot be sent to another process.
            ExtensionError: When a check of an extension fails.
        """
        rows = asked(self.config, axes, self.catalogue.faults) if rows is None else tuple(rows)
        hearing = Hearing(
            progress=progress,
            keep=keep,
            look=look,
            adopt=self._recordings.adopt if self._recordings is not None else lambda _: None,
            goes_on=lambda: goes_on() and not self._over.is_set(),
        )
        return checked(self, rows, hearing, self._crews(rows, finish, spread, rounds), rounds)

    def _crews(self, rows: tuple[Case, ...], finish: LastWord, spread: Spread, rounds: Rounds) -> Crews:
        """Return who plays: this process, or others in which there is a harness like this one each."""
        # Of a process that does nothing else, it can be told what it does not give back.
        if spread == ALONE and not rounds.counts:
            return functools.partial(here, self, finish)
        leased = self.leases(rows)
        configs = leased or (self.config,) * spread.workers
        configs = configs if spread.executor else configs[: spread.workers]

        def setups(terms: Terms) -> tuple[Setup, ...]:
            recordings = self._recordings.wanted if self._recordings is not None else None
            return tuple(
                Setup(harness=self._alike(one), terms=terms, finish=finish, recordings=recordings)
                for one in configs
            )

        return functools.partial(elsewhere, spread, setups, leased is not None)

    def leases(self, rows: Iterable[Case]) -> tuple[Config, ...] | None:
        """Return the configurations of as many workers as there are accounts for; ``None`` for any number.

        Args:
            rows: What is asked for.
        """
        return leases(self.config, rows, self._sessions.kept)

    def _alike(self, config: Config) -> Callable[..., Harness]:
        """Return what makes a harness like this one in another process, with servers of its own."""
        return functools.partial(
            Harness,
            config.model_copy(update={"database": None}),
            headed=self._headed,
            wishes=self._wishes,
            connect=self._connect,
            overlay=self._overlay,
            sessions=self._sessions.earlier,
            extensions=self.catalogue.extensions,
        )

    @contextlib.contextmanager
    def recorded(self, name: str, recordings: Recordings | None = None) -> Iterator[None]:
        """Have Playwright record the contexts that are opened and closed in the block.

        Args:
            name: What the recordings are called after.
            recordings: Where they go, scrubbed; the harness's own when left out, if it has any.
        """
        recordings = recordings or self._recordings
        if recordings is None:
            yield
            return

        def knowing() -> Redactor:
            composition = self.server.composition
            known = (*known_secrets(self.config), composition.agent_key, composition.backend_token)
            claims = personal_values(one.verified for one in self.server.store.people.profiles())
            people = claims if self.config.brand else itertools.chain(sample_people(), claims)
            return recordings.redactor(known, people)

        with recordings.case(name, self.config, knowing) as recording, self._recording.put(recording):
            yield

    def unplayable(self, case: Case) -> str | None:
        """Return why a case of a brand's own cannot be played; ``None`` where it can."""
        return own_logins.unplayable(self.config, case, self._sessions.kept)

    def run(
        self, case: Case, *, account: str | None = FIRST_ACCOUNT, device: Device | None = None
    ) -> CaseResult:
        """Run one case in a fresh browser context.

        Args:
            case: The row of the matrix.
            account: Who is signed in; nobody when ``None``, the first account when left out.
            device: What the consumer holds; the configuration's when left out.

        Raises:
            HarnessBroken: When the browser itself fails.
            UsageError: When the case's fault cannot occur there, or a step waits for a person and nobody can
                see the browser.
        """
        with self.open(case, account=account, device=device) as opened:
            return opened.result()

    @contextlib.contextmanager
    def open(
        self,
        case: Case,
        *,
        account: str | None = FIRST_ACCOUNT,
        variation: tuple[Step, ...] | None = None,
        device: Device | None = None,
        overlay: Overlay | None = None,
        camera: Camera | None = None,
    ) -> Iterator[OpenCase]:
        """Run one case and keep its pages open for the length of the block.

        Args:
            case: The row of the matrix.
            overlay: What stands between the page method and its caller; the harness's own when left out.
            account: Who is signed in; nobody when ``None``, the first account when left out.
            variation: Which form of the case's fault is put in; its first when left out.
            device: What the consumer holds; the configuration's when left out.
            camera: What takes pictures at the case's steps; nothing when left out.

        Raises:
            HarnessBroken: When the browser itself fails.
            UsageError: When a step waits for a person, and nobody can see the browser.
        """
        self.check_attendance()
        account = None if case.scenario == "logged-out" else self._consumers.named(account)
        place = self._place(case, device)
        phone = place["device"] == "phone"
        _, conditions = self.browser(case.engine, case.policy)
        login_ms, failed = self._consumers.signed_in(case, account)
        events, started, feed = self.server.store.events, time.monotonic(), self._feed
        with contextlib.ExitStack() as stack:
            if feed is not None:
                feed.begin(case.id)
                stack.callback(feed.abandon)
                stack.callback(events.listen(feed.hear))
            before = events.append("harness", "case.started", **opening(self.config, case)).seq - 1
            events.append("harness", "conditions.measured", **_measured(case, conditions))
            stack.enter_context(self._broken(case, variation))
            if failed is not None:
                self.note_step(failed)
            for mark in self.strangers:
                events.append("harness", "probe.answered", **fresh_context(self.config.sites.brand, mark))
            surface = stack.enter_context(self._consumers.coming(case, account, phone=phone))
            surface.camera = camera
            listening = attention(self.config, case, overlay or self._overlay)
            heard = feed.hear if feed is not None else None
            recorder = stack.enter_context(Recorder(surface.context, listening, heard=heard))
            stage = self._stage(stack, surface, case, account, phone=phone)
            driven = self._driven(case, stage, recorder) if failed is None else None
            timeline = Timeline(merge(events.after(before), recorder.events()))
            for_pictures = camera.seconds if camera else 0
            elapsed_ms = (time.monotonic() - started - for_pictures) * 1000
            if camera is not None:
                camera.take_all(surface.context, "ended")
            opened = OpenCase(
                case=case,
                driven=driven,
                timeline=timeline,
                conditions=conditions.model_copy(update=place),
                login_ms=login_ms,
                elapsed_ms=elapsed_ms,
                pictures=camera.pictures if camera else (),
                added=self.catalogue.added,
                rules=self.config.rules,
            )
            if feed is not None:
                feed.end(opened.timeline, opened.judgement)
            yield opened

    def _driven(self, case: Case, stage: Stage, recorder: Recorder) -> Driven | None:
        """Let the consumer do what they do; what could not be done is on the timeline."""
        try:
            return self._play(case)(stage)
        except StepFailed as error:
            self.note_step(error)
        except LoginUnknown as error:
            self.server.store.events.append("harness", "login.unknown", url=error.url)
        except (NoChat, PlaywrightTimeout):
            pass
        except Error as error:
            if not recorder.saw_a_crash:
                # The driver's words hold whole addresses.
                said = Redactor().text(error.message.splitlines()[0])
                raise HarnessBroken(f"the browser failed in {case.id}: {said}") from None
        return None

    @contextlib.contextmanager
    def surface(self, case: Case, *, account: str | None = FIRST_ACCOUNT) -> Iterator[SurfaceDriver]:
        """Give a case's surface in a fresh browser context, its fault in place, nothing clicked yet.

        Args:
            case: The row of the matrix.
            account: Who is signed in; nobody when ``None``, the first account when left out.

        Raises:
            UsageError: When the case's fault cannot occur there.
        """
        account = self._consumers.named(account)
        self._consumers.sign_in(case, account)
        phone = self._place(case, None)["device"] == "phone"
        with self._broken(case, None), self._consumers.coming(case, account, phone=phone) as surface:
            yield surface

    @contextlib.contextmanager
    def attended(self, case: Case) -> Iterator[BrowserContext]:
        """Give a fresh browser context in which a person may act, for the length of the block.

        Args:
            case: Which engagement a chat has that they open.
        """
        with (
            self.server.composition.engaged.put(engagement(self.config, case)),
            self._consumers.context(case.engine, case.policy) as context,
        ):
            yield context

    def _place(self, case: Case, device: Device | None) -> Mapping[str, Any]:
        """Return on which device a case runs, and where the authorization server stands."""
        held: Device = "phone" if case.surface == "app" else device or self.config.device
        return {"device": held, "idp_placement": self.config.sites.idp_placement}

    @contextlib.contextmanager
    def _broken(self, case: Case, variation: tuple[Step, ...] | None) -> Iterator[None]:
        """Keep the case's engagement and fault in place for the length of the block."""
        row = self._fault(case)
        composition = self.server.composition
        put = (
            composition.seams.put(self.catalogue.inject(row, variation)) if row else contextlib.nullcontext()
        )
        with composition.engaged.put(engagement(self.config, case)), put:
            yield

    def _stage(
        self,
        stack: contextlib.ExitStack,
        surface: SurfaceDriver,
        case: Case,
        account: str | None,
        *,
        phone: bool,
    ) -> Stage:
        """Return what the case's scenario needs."""

        def note(what: str, who: str | None) -> None:
            nobody = who is None and case.surface != "popup"
            wanted = "not_authenticated" if nobody else "authenticated"
            self.server.store.events.append(
                "harness", "consumer.acts", what=what, account=who or None, wanted=wanted
            )

        def forget() -> None:
            self._sessions.forget((case.engine, str(account)))

        named = own_logins.accounts(self.config)
        return Stage(
            surface=surface,
            another=lambda: self._consumers.at(surface.context, case, account, phone=phone),
            elsewhere=lambda: stack.enter_context(self._consumers.coming(case, account, phone=phone)),
            advance=self.advance,
            forget=forget,
            note=note,
            server=self.server,
            account=account,
            other=next((one for one in named if one != account), OTHER_ACCOUNT),
            expire=self._expire,
        )

    def _expire(self) -> None:
        """Let what open windows hold expire."""
        if self.config.brand is None:
            self.advance(EXPIRED_AFTER)
            return
        clock = self.server.composition.session_clock
        assert isinstance(clock, MovableClock), "a brand of one's own has a clock for sessions"
        clock.advance(LONGER_THAN_A_SESSION)
        self.server.composition.bus.wake_all()

    def note_step(self, error: StepFailed) -> None:
        """Put on the timeline which step of the configuration could not be taken, or was in vain.

        Args:
            error: The step, and where that was.
        """
        step = error.step
        self.server.store.events.append(
            "harness",
            "step.failed",
            verb=step.verb,
            target=step.target,
            url=error.url,
            asks_again=error.asks_again,
        )

    def advance(self, seconds: float) -> None:
        """Move the servers' clock ahead; the browsers keep their own time.

        Args:
            seconds: By how many seconds.

        Raises:
            UsageError: When the harness was given a clock that cannot be moved.
        """
        if not isinstance(self._clock, MovableClock | ManualClock):
            raise UsageError("this harness was given a clock that cannot be moved; leave the clock out")
        self._clock.advance(seconds)
        self.server.composition.bus.wake_all()

    def browser(self, engine: EngineName, policy_name: str | None = None) -> tuple[Browser, Conditions]:
        """Return the browser for an engine and a policy, its own when left out, and what holds in it.

        Args:
            engine: The engine.
            policy_name: The policy's name.

        Raises:
            EngineUnavailable: When the engine is not here or cannot be driven.
            PolicyUnavailable: When the policy's conditions do not hold in it.
        """
        launched = self.browsers.get(engine, policy_name or OWN_POLICY[engine])
        return launched.browser, launched.conditions

    @contextlib.contextmanager
    def workspace(self, *, engine: EngineName = "chromium", recorded: bool = False) -> Iterator[Workspace]:
        """Open the agent's workspace in a fresh browser context for the length of the block.

        Args:
            engine: Which browser.
            recorded: Whether it is part of what is being recorded, where something is.
        """
        with self._consumers.workspace(engine, recorded=recorded) as workspace:
            yield workspace

    def _play(self, case: Case) -> Callable[[Stage], Driven | None]:
        """Return what the consumer does: the scenario, or what shows the fault."""
        row = self._fault(case)
        return DEEDS[row.deed] if row is not None and row.deed is not None else PLAYS[case.scenario]

    def _fault(self, case: Case) -> FaultRow | None:
        if case.fault is None:
            return None
        row = self.catalogue.fault(case.fault)
        if row.id != self._arranged:
            check_shown(row)
        if not can_occur(case, row):
            with_fault((case,), row)
        return row


def _measured(case: Case, conditions: Conditions) -> dict[str, Any]:
    """Return what really holds in a case's browser, whatever was asked of it."""
    return {
        "engine": case.engine,
        "third_party_cookies": conditions.third_party_cookies,
        "partitioning": conditions.partitioning,
        "popup_blocker": conditions.popup_blocker,
    }

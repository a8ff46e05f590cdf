"""The result of a run, as it is printed with ``--format json``; field names are fixed."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from harness.config import RULES, Device, EngineName, Flow, Mode, Placement, Scenario, Surface
from harness.protocol.problem import Severity

Outcome = Literal["authenticated", "refused", "not_authenticated", "undetermined"]


class Result(BaseModel):
    """Base of every part of a result: frozen."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)


class Known(Result):
    """Who said that a finding is known, and for how long that counts.

    Attributes:
        owner: Who is to mend it.
        reason: Why it is there for now.
        until: The last day, as 2027-01-31.
        overdue: Whether that day has passed.
    """

    owner: str
    reason: str
    until: str
    overdue: bool = False


class Finding(Result):
    """What a check found, who must act, and how.

    Attributes:
        code: The stable name of what is wrong; the catalogue explains it.
        party: The side that must act.
        role: Who there: client-side developer, identity administrator, …
        hop: Where on the way it was found.
        spec: The requirement tag or section that says so.
        expected: What that asks for, in words.
        observed: What was seen, redacted.
        fix: What to change.
        confirmed: Whether it was gone once what would mend it was put in place; ``None`` where nobody tried.
        overlay: What was put in place.
        title: What is wrong, in one sentence, where an extension knows the code and the catalogue does not.
        link: Where an extension's specification is written.
        known: Who expected it; ``None`` where nobody did.
        since: The set of checks that it came with, where that is newer than the one that is pinned.
    """

    code: str
    severity: Severity
    party: str
    role: str
    hop: str
    spec: str
    expected: str
    observed: str
    fix: str
    confirmed: bool | None = None
    overlay: str | None = None
    title: str | None = None
    link: str | None = None
    known: Known | None = None
    since: str | None = None


class Conditions(Result):
    """What really held in the browser, read back from it once per launch.

    Attributes:
        third_party_cookies: Whether a third party's cookies were the ones of its own site, others per
            top-level site, or none.
        partitioning: Whether a third party's storage was kept apart per top-level site; unknown where it was
            denied.
        popup_blocker: Whether a popup without a click was blocked.
        engine_version: Name, version and how it was driven.
        tls_trust: Why the browser accepted the run's certificates.
        partitioned_cookies: Whether those that say ``Partitioned`` were kept.
        frame_storage: What a third party's frame had for storage.
        device: What the consumer held: a phone has a small viewport, and touch where the engine has it.
        idp_placement: Whether the authorization server was one site with the brand's page.
    """

    third_party_cookies: Literal["allowed", "partitioned", "blocked", "unknown"]
    partitioning: bool | None
    popup_blocker: bool | None
    engine_version: str
    tls_trust: str
    partitioned_cookies: bool | None = None
    frame_storage: Literal["shared", "partitioned", "denied"] | None = None
    device: Device = "desktop"
    idp_placement: Placement = "same-site"


class Timings(Result):
    """Milliseconds.

    Attributes:
        login: The login through the real pages, once per engine and account; 0 when it was reused.
        flow_in_page: From the click to the authenticated message, by the page's own clock.
        case: The whole case, login apart.
    """

    login: float = 0
    flow_in_page: float = 0
    case: float = 0


class CaseResult(Result):
    """One row of the matrix with its verdict.

    Attributes:
        id: The case's name: its axes, and the fault where one is set.
        policy: The browser conditions that were asked for.
        connector: The connector's id, where there are several of a flow.
        fault: What was put in; ``None`` for nothing.
        outcome: How the sign-in ended.
        code: The code of the earliest hop that failed; ``None`` when authenticated.
        passed: Whether it ended as its scenario expects, without a finding of severity error.
        conditions: What really held in the browser.
        findings: What the checks found.
        timings_ms: How long it took, in milliseconds.
        as_expected: Whether it did not pass for nothing but findings that were expected.
        flaky: Whether it passed now and then only: on its retry, or in some rounds of several. It has not
            passed then, whatever it ended with.
        retried: Whether it was tried again, because a browser or its process had broken down.
    """

    id: str
    surface: Surface
    flow: Flow
    engine: EngineName
    policy: str
    mode: Mode
    scenario: Scenario
    connector: str | None = None
    fault: str | None = None
    outcome: Outcome
    code: str | None
    passed: bool
    conditions: Conditions
    findings: tuple[Finding, ...]
    timings_ms: Timings
    as_expected: bool = False
    flaky: bool = False
    retried: bool = False

    @property
    def on_retry(self) -> bool:
        """Whether it passed on its retry only: it is no success, and nobody has to act."""
        return self.flaky and self.retried


class Unavailable(Result):
    """Something that was asked for and cannot run here; it counts neither as passed nor as failed.

    Attributes:
        engine: The browser engine.
        policy: The browser conditions that it cannot reach; ``None`` where it is the engine itself.
        reason: Why, with what mends it.
    """

    engine: str
    policy: str | None = None
    reason: str


class Broken(Result):
    """A case of which nothing is known because the harness itself broke, also when it was tried once more.

    Attributes:
        id: The case's name.
        reason: What broke.
    """

    id: str
    reason: str


class Summary(Result):
    """How many cases went which way.

    Attributes:
        cases: How many ran.
        passed: How many ended as they should, without a finding of severity error.
        failed: How many did not, those apart that failed as expected.
        flaky: How many passed only on their retry; they count neither as passed nor as failed.
        undetermined: How many of which nothing is known.
        seconds: Seconds that the run took.
        expected: How many failed as expected.
    """

    cases: int
    passed: int
    failed: int
    flaky: int
    undetermined: int
    seconds: float
    expected: int = 0


class Readiness(Result):
    """Whether a surface works, in one sentence.

    Attributes:
        surface: Which.
        ready: Whether it does, or can be expected to; ``None`` where that stayed open.
        code: The code of the first hop that fails.
        hop: That hop.
        role: Who must act there.
        sentence: All of it.
        as_expected: Whether it is not ready for nothing but what was expected.
    """

    surface: Surface
    ready: bool | None
    code: str | None = None
    hop: str | None = None
    role: str | None = None
    sentence: str
    as_expected: bool = False


class Sent(Result):
    """A request that was sent.

    Attributes:
        what: What it asked for, in words.
        method: Its method.
        url: Where it went, without its query.
        notable: Whether a log will show it as odd, because it is one that no consumer causes.
    """

    what: str
    method: str
    url: str
    notable: bool = False


class ProbeSent(Sent):
    """A request of a probe.

    Attributes:
        answered: What came back, in words: never a credential.
    """

    answered: str = ""


class ProbeResult(Result):
    """A probe of a brand's authorization server: what no consumer sends, and what came back.

    Attributes:
        name: Its name.
        connector: Whose authorization server and client it used.
        what: What it sends, in words.
        sent: What it sent.
        reason: Why it was not sent, or says nothing; ``None`` where it says something.
        seen: What it saw, without any credential, of which checks say what it means.
        findings: What it found.
    """

    name: str
    connector: str
    what: str
    sent: tuple[ProbeSent, ...] = ()
    reason: str | None = None
    seen: dict[str, Any] | None = None
    findings: tuple[Finding, ...] = ()


State = Literal["met", "overdue", "stale", "not run", "open"]


class Expectation(Result):
    """An entry of the file of expected findings, and what came of it.

    Attributes:
        code: What was expected.
        where: On which surface, in which flow, …; empty for anywhere.
        owner: Who is to mend it.
        reason: Why it is there for now.
        until: The last day on which it is expected.
        place: The file and the line.
        state: ``met`` where it occurred, ``overdue`` where it did after its day, ``stale`` where it did not
            although its cases ran, ``not run`` where nothing of its kind did, ``open`` where it did not in a
            shard, and another one may have it.
    """

    code: str
    where: str
    owner: str
    reason: str
    until: str
    place: str
    state: State

    @property
    def failed(self) -> bool:
        """Whether it fails the run."""
        return self.state in ("overdue", "stale")

    @property
    def sentence(self) -> str:
        """What is to be done, or that all is as expected."""
        what = f"{self.code} on {self.where}" if self.where else self.code
        match self.state:
            case "met":
                said = f"expected until {self.until}: {self.reason}"
            case "overdue":
                said = f"was expected until {self.until}, which has passed; mend it, or agree on a later day"
            case "stale":
                said = "is expected and did not occur although its cases ran; take the entry out"
            case "open":
                said = "did not occur in this shard; harness runs merge tells whether it is stale"
            case "not run":
                said = f"is expected until {self.until}; none of its cases ran"
        return f"{what} ({self.owner}) {said}"


class Shard(Result):
    """Which part of a run this is.

    Attributes:
        number: Its number, from 1.
        of: How many there are.
        places: For each case of the report its place in the whole run, from 0.
        mark: The same for all that belong together: a fingerprint of the configuration and the cases.
        harness: The version of the harness.
    """

    number: int
    of: int
    places: tuple[int, ...]
    mark: str
    harness: str

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return f"{self.number}/{self.of}"


class Percentiles(Result):
    """How long something took, in milliseconds, by the nearest rank.

    Attributes:
        p50: Half of all took no longer.
        p95: 95 of a hundred took no longer.
        p99: 99 of a hundred took no longer.
    """

    p50: float
    p95: float
    p99: float


class Kept(Result):
    """How much of something a process held after the first round, and in the end.

    Attributes:
        worker: Which process, from 1.
        what: What was held.
        unit: In what it is counted, MB; empty for pieces.
        start: How much after the first round, in pieces or in MB of 2^20 octets.
        end: How much in the end, in pieces or in MB of 2^20 octets.
        leak: Whether it is so much more that something was not given back.
    """

    worker: int
    what: str
    unit: str
    start: float
    end: float
    leak: bool


class Repeated(Result):
    """How often cases were repeated, and how each time ended.

    Attributes:
        flows: How often in all.
        passed: How often they passed.
        failed: How often they did not, those times apart that failed as expected.
        undetermined: How often nothing was known then.
        expected: How often they failed as expected.
        retried: How often they passed on a retry only, after a browser or its process had broken down.
        flow_in_page: From the click to the authenticated message.
        case: The whole case.
    """

    flows: int
    passed: int
    failed: int
    undetermined: int
    expected: int
    retried: int
    flow_in_page: Percentiles | None
    case: Percentiles | None


class SoakedCase(Repeated):
    """A case in all rounds.

    Attributes:
        id: The case.
        codes: How often it failed with which code.
    """

    id: str
    codes: dict[str, int]


class Soak(Repeated):
    """A run whose cases were repeated.

    Attributes:
        rounds: How often every case was played.
        seconds: Seconds that took.
        flaky: How many cases passed now and then only.
        cases: Each case.
        kept: What the processes held.
        interrupted: Whether somebody ended it before it was over.
    """

    rounds: int
    seconds: float
    flaky: int
    cases: tuple[SoakedCase, ...]
    kept: tuple[Kept, ...]
    interrupted: bool = False


class Report(Result):
    """A whole run.

    Attributes:
        schema_: The version of the form; ``schema`` in JSON.
        run: The run's id.
        rules: The set of checks that it was judged by.
        summary: The counts.
        unavailable: What was asked for and cannot run here.
        cases: The results, in the order in which they came.
        readiness: First of all, for a brand of one's own: whether each surface works.
        preflight: What was found before anybody signed in.
        unseen: What could not be seen then, each with its reason.
        learned: What the learning run showed; ``None`` where there was none.
        probes: What probes of the authorization server found, where the configuration asks for them.
        expectations: What was expected of the run's findings, and what came of that.
        broken: The cases in which the harness itself broke; they are no results.
        shard: Which part of a run it is; ``None`` for all of it.
        soak: What was counted where the cases were repeated; ``cases`` has one round of each then, the first
            that did not pass if there was one.
    """

    schema_: int = 1
    run: str
    rules: str = RULES
    summary: Summary
    unavailable: tuple[Unavailable, ...] = ()
    cases: tuple[CaseResult, ...]
    readiness: tuple[Readiness, ...] = ()
    preflight: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()
    learned: str | None = None
    probes: tuple[ProbeResult, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    broken: tuple[Broken, ...] = ()
    shard: Shard | None = None
    soak: Soak | None = None

    @property
    def failed(self) -> bool:
        """Whether the run failed: a case, a surface, an expectation that does not hold, or the harness."""
        return (
            self.summary.failed > 0
            or any(one.ready is False and not one.as_expected for one in self.readiness)
            or any(one.failed for one in self.expectations)
            or bool(self.broken)
            or (self.soak is not None and self.soak.failed > 0)
        )

    def as_json(self) -> str:
        """Return the report as indented JSON with the field names that are fixed."""
        import json

        values = self.model_dump(mode="json")
        return json.dumps({"schema": values.pop("schema_"), **values}, indent=2)


def undetermined(case: CaseResult) -> CaseResult:
    """Return a case about which nothing can be said."""
    return case.model_copy(update={"outcome": "undetermined", "code": None, "passed": False})


def summarise(cases: tuple[CaseResult, ...], seconds: float) -> Summary:
    """Count the outcomes of a run that took ``seconds``."""
    passed = sum(case.passed for case in cases)
    settled = tuple(case for case in cases if not case.flaky)
    undetermined = sum(case.outcome == "undetermined" for case in settled)
    expected = sum(case.as_expected for case in settled)
    flaky = len(cases) - len(settled)
    return Summary(
        cases=len(cases),
        passed=passed,
        failed=len(cases) - passed - undetermined - expected - flaky,
        flaky=flaky,
        undetermined=undetermined,
        seconds=round(seconds, 2),
        expected=expected,
    )

"""What the learning run tries, and when it says that nothing can be told from a success."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

from harness.browser.own_logins import unplayable
from harness.config import Config, Connector
from harness.errors import PolicyUnavailable
from harness.learning import Learned, learn
from harness.matrix import Case
from harness.overlays import ALTERED, Overlay
from harness.own_brand import BrandPage, Login, Step
from harness.report.model import CaseResult, Outcome
from harness.run import Harness
from harness.timeline import Event, Timeline

from .made import result

CASE = Case(surface="embedded", flow="code-pkce")
GOOD, STRANGER, BAD = "good", "stranger", "bad"


def config(*logins: Login) -> Config:
    """Return a brand's configuration with some logins."""
    connector = Connector(
        id="code-pkce",
        flow="code-pkce",
        issuer="https://login.acme.example",
        client_id="platform",
        jwks_uri="https://login.acme.example/jwks",
    )
    page = BrandPage(page="https://www.acme.example/account")
    return Config(brand=page, connectors=(connector,), logins=logins)


class Trying:
    """What stands for a harness: ends each case as a test says, and remembers what was tried."""

    def __init__(self, *, settings: Config | None = None, unavailable: str = "", **ends: Outcome) -> None:
        self.config = settings or config()
        self.ends: dict[str, Outcome] = {GOOD: "authenticated", STRANGER: "not_authenticated", BAD: "refused"}
        self.ends |= ends
        self.unavailable = unavailable
        self.tried: list[tuple[str, Case]] = []
        self.answers: tuple[dict[str, Any], ...] = ()

    def unplayable(self, case: Case) -> str | None:
        """Return why a case cannot be played."""
        return unplayable(self.config, case)

    @contextlib.contextmanager
    def beside(self) -> Iterator[Trying]:
        """Give a harness beside this one."""
        yield self

    @contextlib.contextmanager
    def open(self, case: Case, *, overlay: Overlay | None) -> Iterator[SimpleNamespace]:
        """Run a case."""
        if case.policy == self.unavailable:
            raise PolicyUnavailable(case.engine, case.policy, "not in this one")
        kind = BAD if overlay is ALTERED else STRANGER if case.scenario == "logged-out" else GOOD
        self.tried.append((kind, case))
        ended: Callable[[], CaseResult] = lambda: result(case, outcome=self.ends[kind])  # noqa: E731
        yield SimpleNamespace(result=ended, timeline=answered(*self.answers))


def answered(*answers: dict[str, Any]) -> Timeline:
    """Return a timeline on which the page method answered."""
    facts = [{"document": 1, "call": 1, **one} for one in answers]
    return Timeline(
        tuple(
            Event(seq=seq, at=1.0, source="page", type="page_method.answered", flow=None, data=data)
            for seq, data in enumerate(facts, 1)
        )
    )


def learned(harness: Trying, *rows: Case) -> Learned | None:
    """Return what a harness learns for some cases."""
    return learn(cast("Harness", harness), rows or (CASE,))


def test_good_is_told_from_bad_by_one_login_and_no_wrong_password() -> None:
    """A stranger's page method and an altered credential are all that is bad."""
    harness = Trying()
    shown = learned(harness)

    assert [GOOD, STRANGER, BAD] == [kind for kind, _ in harness.tried]
    assert shown == Learned(
        telling=True,
        sentence="one login: authenticated; nobody signed in: not_authenticated; "
        "an altered credential: refused",
    )


def test_where_an_altered_credential_is_as_good_nothing_can_be_told() -> None:
    """The sentence says why."""
    shown = learned(Trying(bad="authenticated"))

    assert shown is not None
    assert (False, True) == (shown.telling, "altered credential was accepted" in shown.sentence)


def test_without_a_good_login_there_is_nothing_to_compare() -> None:
    """The cases themselves say what is wrong; nothing is altered for it."""
    harness = Trying(good="refused")
    shown = learned(harness)

    assert shown is not None
    assert (True, "the one login ended refused, so that there was no good to compare") == (
        shown.telling,
        shown.sentence,
    )
    assert BAD not in [kind for kind, _ in harness.tried]


def test_what_a_stranger_was_given_is_remembered() -> None:
    """By its fingerprint; what came with an error, or is no credential, is none."""
    harness = Trying()
    given = {"shape": "opaque", "fingerprint": "f1"}
    harness.answers = (
        {"token": given, "error_given": False},
        {"token": {"shape": "opaque", "fingerprint": "f2"}, "error_given": True},
        {"token": {"shape": "empty", "fingerprint": "f3"}, "error_given": False},
        {"token": given, "error_given": False},
    )
    shown = learned(harness)

    assert shown is not None
    assert ("f1",) == shown.strangers


def test_each_embedded_flow_is_tried_once_as_a_sign_in() -> None:
    """Whatever scenarios and policies are asked for; the popup has no page method to learn from."""
    rows = [
        Case(surface="embedded", flow=flow, scenario=scenario)
        for flow in ("implicit", "code-pkce")
        for scenario in ("twice", "sign-in")
    ]
    harness = Trying()
    learned(harness, *rows, Case(surface="popup", flow="code"))

    assert ["implicit"] * 3 + ["code-pkce"] * 3 == [case.flow for _, case in harness.tried]
    assert {"sign-in"} == {case.scenario for kind, case in harness.tried if kind != STRANGER}
    assert learned(Trying(), Case(surface="popup", flow="code")) is None


def test_one_flow_in_which_nothing_can_be_told_leaves_all_open() -> None:
    """What the brand's keys do for one they do for the other."""
    harness = Trying(bad="authenticated")
    shown = learned(harness, CASE, Case(surface="embedded", flow="implicit"))

    assert shown is not None
    assert not shown.telling


def test_conditions_that_cannot_be_reached_are_not_learned_from() -> None:
    """The next ones are; the run lists the others as unavailable, and an error is none of theirs."""
    blocked = Case(surface="embedded", flow="code-pkce", policy="third-party-blocked")
    harness = Trying(unavailable="third-party-blocked")

    assert learned(harness, blocked, CASE) is not None
    assert {"chrome-today"} == {case.policy for _, case in harness.tried}
    assert learned(Trying(unavailable="third-party-blocked"), blocked) is None


def test_what_cannot_be_played_is_not_learned_from() -> None:
    """Where nobody can be signed in on the page, no login is tried."""
    popup_only = Login(on="authorize", steps=(Step(verb="click", target="Sign in"),))
    harness = Trying(settings=config(popup_only))

    assert learned(harness) is None
    assert [] == harness.tried

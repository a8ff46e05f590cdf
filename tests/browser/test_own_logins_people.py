"""A brand's own page: who can be signed in there, and when a person is needed."""

from __future__ import annotations

import pytest

from harness.browser.own_logins import Whose, needs_a_person, signs_in_alone, unplayable
from harness.config import Config, Connector, Matrix
from harness.errors import UsageError
from harness.matrix import Case
from harness.own_brand import BrandPage, Login, Step
from harness.run import Harness

CLICK, PAUSE = Step(verb="click", target="Sign in"), Step(verb="pause", target="the second factor")
CHROMIUM = Case(surface="embedded", flow="implicit")
KEPT: set[Whose] = {("chromium", "alice")}
FIREFOX: set[Whose] = {("firefox", "alice")}


def config(*logins: Login, **brand: object) -> Config:
    """Return a brand's configuration."""
    connector = Connector(
        id="a",
        flow="implicit",
        issuer="https://login.acme.example",
        client_id="platform",
        jwks_uri="https://login.acme.example/jwks",
    )
    return Config(
        connectors=(connector,),
        brand=BrandPage.model_validate({"page": "https://www.acme.example/", **brand}),
        logins=logins,
        matrix=Matrix(surfaces=("embedded",), flows=("implicit",)),
    )


def test_a_step_pause_needs_a_person() -> None:
    """One sentence, before anything starts; a kept session in every engine makes it unnecessary."""
    paused = config(Login(steps=(CLICK, PAUSE)))

    with pytest.raises(UsageError) as raised:
        Harness(paused).check_attendance()
    Harness(paused, headed=True).check_attendance()
    assert (
        "the [[login]] of alice has a step pause, in which a person acts; add --headed, or sign in once with "
        "harness login"
    ) == str(raised.value)
    assert needs_a_person(paused, KEPT) is None
    assert needs_a_person(config(Login(steps=(CLICK,)))) is None


@pytest.mark.parametrize("where", [{"before": (PAUSE,)}, {"launcher": PAUSE}])
def test_a_pause_of_the_page_is_in_every_run(where: dict[str, object]) -> None:
    """No session makes it unnecessary."""
    assert "[brand] has a step pause, in which a person acts; add --headed" == needs_a_person(
        config(Login(steps=(CLICK,)), **where), KEPT
    )


def test_a_kept_session_signs_in_where_no_steps_do() -> None:
    """In its own engine alone."""
    popup_only = config(Login(on="authorize", steps=(CLICK,)))

    assert "nobody can be signed in on the page" in str(unplayable(popup_only, CHROMIUM))
    assert unplayable(popup_only, CHROMIUM, KEPT) is None
    assert "nobody can be" in str(unplayable(popup_only, CHROMIUM, FIREFOX))


def test_steps_without_a_pause_can_be_taken_alone() -> None:
    """By nobody else than the account that they are of."""
    both = config(Login(steps=(CLICK,)), Login(account="bob", steps=(PAUSE,)))

    assert (True, False, False) == tuple(signs_in_alone(both, one) for one in ("alice", "bob", "carol"))

"""What the authorization server does beside the flow itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.checks.authorization_server import (
    check_challenge,
    check_fresh,
    check_probes,
    check_unknown_client,
)

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

MARKS = {"state": "s1", "nonce": "n1"}


def refused(reason: str = "client", **marks: str) -> Told:
    """Return an authorization request that was not accepted."""
    return "idp", "authorization.refused", {"reason": reason, "shown": True, **marks}


def sent(**marks: str) -> Told:
    """Return an authorization response that was sent to a redirect URI."""
    return "idp", "authorization.response", {"mode": "query", "error": "unauthorized_client", **marks}


def test_an_unknown_client_that_is_redirected_is_an_error(happened: Happened) -> None:
    """Its redirect URI was registered by nobody (RFC 6749 section 4.1.2.1)."""
    (found,) = check_unknown_client(happened(refused(**MARKS), sent(**MARKS)))

    assert ("idp.redirects_unknown_client", "error") == (found.code, found.severity)


@pytest.mark.parametrize(
    "told",
    [
        (refused(**MARKS),),
        (sent(**MARKS), refused(**MARKS)),
        (refused(**MARKS), sent(state="s2", nonce="n2")),
        (refused(**MARKS), sent(state="s1", nonce="n2")),
        (refused("redirect_uri", **MARKS), sent(**MARKS)),
        (refused("repeated", **MARKS), sent(**MARKS)),
        (refused(), sent()),
    ],
    ids=["shown", "before", "another", "another nonce", "redirect_uri", "repeated", "nothing in common"],
)
def test_an_error_that_is_shown_is_none(told: tuple[Told, ...], happened: Happened) -> None:
    """Only a response to the very request was sent to a stranger."""
    assert [] == list(check_unknown_client(happened(*told)))


def probed(probe: str, **seen: Any) -> Told:
    """Return the answer to a probe."""
    return "harness", "probe.answered", {"probe": probe, "host": "login.brand.test", **seen}


@pytest.mark.parametrize(
    ("status", "codes"),
    [(200, []), (303, []), (302, []), (400, ["idp.authorize_post"]), (405, ["idp.authorize_post"])],
)
def test_the_authorization_endpoint_takes_a_post(status: int, codes: list[str], happened: Happened) -> None:
    """As it takes a GET (OpenID Connect Core section 3.1.2.1)."""
    found = list(check_probes(happened(probed("authorize-post", seen={"status": status}))))

    assert codes == [one.code for one in found]
    assert {"warning"} >= {one.severity for one in found}


def test_what_a_probe_saw_is_read_by_its_check(happened: Happened) -> None:
    """And one that saw nothing finds nothing."""
    granted, refused = ({"granted": one, "said": "a status"} for one in (True, False))
    told = probed("code-reuse", seen={"exchanges": [granted, refused], "token_after": 200})

    assert ["idp.code_reuse_no_revoke"] == [one.code for one in check_probes(happened(told))]
    assert [] == list(check_probes(happened(probed("code-reuse", seen=None, reason="not sent: why"))))


def test_a_probe_of_another_kind_is_left_to_its_own_check(happened: Happened) -> None:
    """What is no question to the authorization server finds nothing here."""
    assert [] == list(check_probes(happened(probed("fresh_context", credential="c1"))))


def received(credential: str, *, challenged: bool = True) -> Told:
    """Return a credential that came to the platform."""
    return "platform", "credential.received", {"credential": credential, "challenged": challenged}


def issued(credential: str, *, challenged: bool) -> Told:
    """Return a code that the authorization server issued."""
    return "idp", "code.issued", {"credential": credential, "challenged": challenged}


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ((issued("c1", challenged=False), received("c1")), ["pkce.challenge_not_bound"]),
        ((issued("c1", challenged=True), received("c1")), []),
        ((issued("c1", challenged=False), received("c1", challenged=False)), []),
        ((issued("c1", challenged=False), issued("c2", challenged=True), received("c2")), []),
        ((issued("c1", challenged=False),), []),
    ],
)
def test_a_code_is_bound_to_the_challenge_that_was_asked_with(
    told: tuple[Told, ...], codes: list[str], happened: Happened
) -> None:
    """A code that came with a verifier and was issued without a challenge proves nothing."""
    assert codes == [one.code for one in check_challenge(happened(*told))]


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ((probed("fresh_context", credential="c1"), received("c1")), ["brand.token_static"]),
        ((probed("fresh_context", credential="c2"), received("c1")), []),
        ((probed("fresh_context", credential="c1"),), []),
        ((probed("authorize-post", seen={"status": 200}), received("c1")), []),
    ],
)
def test_another_visitor_gets_another_credential(
    told: tuple[Told, ...], codes: list[str], happened: Happened
) -> None:
    """The same octets for two visitors are nobody's credential."""
    assert codes == [one.code for one in check_fresh(happened(*told))]

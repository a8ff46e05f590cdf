"""Why a code, a client or a request was really refused, where the server's own events say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from harness.checks.exchange import Refined, refine
from harness.checks.judgement import judge

if TYPE_CHECKING:
    from tests.checks.conftest import Happened, Told

RECEIVED: Told = ("platform", "credential.received", {"credential": "c1", "challenged": False})


def refused(reason: str, credential: str = "c1") -> Told:
    """Return a token request that was refused."""
    return "idp", "token.refused", {"credential": credential, "error": "any", "reason": reason}


def code_of(refined: Refined | None) -> str | None:
    """Return the code of what is known better."""
    return refined.code if refined else None


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("code_verifier", "pkce.verification_failed"),
        ("redirect_uri", "token.redirect_uri_mismatch"),
        ("code_used", "token.code_reused"),
        ("code_expired", None),
        ("invalid_grant", None),
    ],
)
def test_a_refused_code_has_its_own_reason(reason: str, code: str | None, happened: Happened) -> None:
    """On the wire they are all invalid_grant (RFC 6749 section 5.2)."""
    timeline = happened(RECEIVED, refused(reason))

    assert code == code_of(refine("token.invalid_grant", timeline))


@pytest.mark.parametrize(
    ("reason", "expected", "fix"),
    [
        ("client", "a registered client_id", None),
        ("secret", "the registered secret", None),
        ("secret_encoding", "form-encoded before Basic", "Form-encode and form-decode"),
        ("auth_method", "the authentication method", "client_auth"),
    ],
)
def test_a_refused_client_has_its_own_reason_and_its_own_fix(
    reason: str, expected: str, fix: str | None, happened: Happened
) -> None:
    """The code stays, and what to change is said more precisely where that is known."""
    refined = refine("token.invalid_client", happened(RECEIVED, refused(reason)))

    assert refined is not None
    assert "token.invalid_client" == refined.code
    assert expected in refined.expected
    assert (fix is None) == (refined.fix is None)
    assert (fix or "") in (refined.fix or "")


@pytest.mark.parametrize("reason", ["invalid_client", "code_verifier"])
def test_a_client_that_was_refused_for_no_known_reason_is_not_refined(
    reason: str, happened: Happened
) -> None:
    """A foreign authorization server gives no reason away."""
    assert refine("token.invalid_client", happened(RECEIVED, refused(reason))) is None


@pytest.mark.parametrize("code", ["token.invalid_grant", "token.invalid_client"])
def test_only_the_platforms_own_credential_counts(code: str, happened: Happened) -> None:
    """What was refused to somebody else says nothing of this case."""
    for reason in ("code_verifier", "secret"):
        assert refine(code, happened(RECEIVED, refused(reason, "c2"))) is None
        assert refine(code, happened(refused(reason))) is None


ASKED: Told = ("platform", "authorization.requested", {"state": "s1"})


def not_accepted(reason: str | None, *, state: str | None = "s1", shown: bool = False) -> Told:
    """Return an authorization request that was not accepted."""
    marks = {} if state is None else {"state": state}
    return "idp", "authorization.refused", {"reason": reason, "shown": shown, **marks}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (not_accepted("code_challenge"), "pkce.challenge_invalid"),
        (not_accepted("code_challenge_method"), "pkce.method_not_allowed"),
        (not_accepted("no_code_challenge_method"), "pkce.method_missing"),
        (not_accepted(""), None),
        (not_accepted("code_challenge", state="s2"), None),
        (not_accepted("code_challenge", state=None), None),
    ],
)
def test_a_refused_request_has_its_own_reason(refusal: Told, code: str | None, happened: Happened) -> None:
    """On the wire they are all invalid_request."""
    assert code == code_of(refine("authz.invalid_request", happened(ASKED, refusal)))


@pytest.mark.parametrize(("shown", "code"), [(True, "popup.timeout"), (False, None)])
def test_a_popup_on_an_error_page_is_told_from_one_that_was_left_open(
    shown: bool, code: str | None, happened: Happened
) -> None:
    """Only an error that was shown keeps a popup from coming back."""
    assert code == code_of(refine("popup.timeout", happened(ASKED, not_accepted("client", shown=shown))))


@pytest.mark.parametrize("code", ["claims.expired", "token.provider_error", "authz.access_denied"])
def test_a_code_that_is_exact_stays(code: str, happened: Happened) -> None:
    """Whatever else the server says."""
    timeline = happened(ASKED, not_accepted("code_challenge", shown=True), RECEIVED, refused("secret"))

    assert refine(code, timeline) is None


def test_the_finding_carries_the_better_advice(happened: Happened, verdict: Callable[..., Any]) -> None:
    """A reader is told to encode the secret, and not to look for a typing mistake."""
    problem = {"code": "token.invalid_client", "severity": "error", "expected": "x", "observed": "y"}
    told = verdict(outcome="refused", code="token.invalid_client", problems=[problem], profile=None)
    plain = judge(happened(RECEIVED, told)).findings[0]
    better = judge(happened(RECEIVED, refused("secret_encoding"), told)).findings[0]

    assert ("token.invalid_client", "x", "y") == (plain.code, plain.expected, plain.observed)
    assert "token.invalid_client" == better.code
    assert "form-encoded" in better.expected
    assert better.fix != plain.fix
    assert "Form-encode" in better.fix


EXCHANGED: Told = ("platform", "exchange.sent", {"url": "https://login.brand.test/token"})


def answered(host: str) -> Told:
    """Return an answer to the consumer's browser."""
    return "browser", "response.received", {"url": f"https://{host}/authorize?state=…"}


def test_a_certificate_that_browsers_complete_is_told_from_one_that_nobody_accepts(
    happened: Happened,
) -> None:
    """The host that answered the browser is told to send its whole chain."""
    refined = refine("net.tls_invalid", happened(answered("login.brand.test"), EXCHANGED))

    assert refined is not None
    assert "net.tls_invalid" == refined.code
    assert str(refined.fix).startswith("Let https://login.brand.test send its whole chain")


@pytest.mark.parametrize("host", ["www.brand.test", "login.brand.test:8443"])
def test_of_a_host_that_the_browser_did_not_reach_no_more_is_known(host: str, happened: Happened) -> None:
    """Its certificate may be bad for everybody."""
    assert refine("net.tls_invalid", happened(answered(host), EXCHANGED)) is None
    assert refine("net.tls_invalid", happened(EXCHANGED)) is None

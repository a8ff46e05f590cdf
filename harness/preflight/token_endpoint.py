"""The token endpoint, asked once with a code that nobody issued: the right answer is ``invalid_grant``."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from harness.checks.found import Found
from harness.config import Connector, Mode
from harness.preflight.asking import Asker, Heard
from harness.preflight.model import Line, Undetermined
from harness.preflight.said import Said, problem_found, unheard
from harness.protocol import pkce, strict_json
from harness.protocol.problem import Problem, Refusal
from harness.verification import exchange
from harness.verification.outbound import Answer

SUBJECT = "token_endpoint"
_METHODS = {"basic": "client_secret_basic", "post": "client_secret_post"}
_OTHER = {"basic": "post", "post": "basic"}
_NOWHERE = (404, 405, 410, 501)


def ask(asker: Asker, connector: Connector, redirect_uri: str) -> Heard:
    """Send one invented code with the client's own authentication (RFC 6749 section 4.1.3)."""
    headers, members = exchange.client_authentication(connector)
    form = {
        "grant_type": "authorization_code",
        "code": f"invented-{secrets.token_urlsafe(16)}",
        "redirect_uri": redirect_uri,
        **members,
    }
    if connector.pkce:
        form["code_verifier"] = pkce.new_code_verifier(connector.verifier_length)
    what = f"the exchange of an invented code, as the client {connector.client_id}"
    accepting = {"Accept": "application/json", **headers}
    return asker.post(what, connector.token_endpoint, form, headers=accepting, notable=True)


def judge(heard: Heard, connector: Connector, mode: Mode, document: Mapping[str, Any]) -> Iterator[Said]:
    """Say whether the client is known, and whether errors have the form that they must have.

    Args:
        heard: The answer to the invented code.
        connector: The connector.
        mode: The platform's mode.
        document: The issuer's discovery document, empty where there is none.

    Source: RFC 6749 section 5.2.
    """
    if said := tuple(unheard(SUBJECT, heard, mode)):
        yield from said
        return
    assert heard.answer is not None, "what was not heard has been said"
    if heard.status in _NOWHERE and not _is_json(heard.answer):
        yield from _nowhere(heard, connector, mode)
        return
    if heard.status == 403 and not _is_json(heard.answer):
        yield Line(subject=SUBJECT, mark="unknown", said="status 403 without a word of OAuth")
        yield Undetermined(
            subject=SUBJECT, reason="status 403 and no OAuth error: something stands before it"
        )
        return
    try:
        exchange.read(heard.answer)
    except Refusal as refusal:
        yield from _refused(heard, connector, mode, document, refusal)
        return
    problem = Problem(
        code="token.provider_error", expected="error invalid_grant for an invented code", observed="tokens"
    )
    yield from problem_found(SUBJECT, problem, mode)


def _is_json(answer: Answer) -> bool:
    return answer.content_type.endswith("json")


def _nowhere(heard: Heard, connector: Connector, mode: Mode) -> Iterator[Said]:
    yield Line(subject=SUBJECT, mark="no", said=f"status {heard.status} to a POST")
    yield Found(
        code="token.provider_error",
        severity="error",
        expected=f"a token endpoint that takes a POST at {connector.token_endpoint}",
        observed=f"status {heard.status}",
        fix="Correct token_endpoint in the connector, or let it take POST (RFC 6749 section 3.2)",
    )


def _refused(
    heard: Heard, connector: Connector, mode: Mode, document: Mapping[str, Any], refusal: Refusal
) -> Iterator[Said]:
    problem = refusal.problem
    if problem.code == "token.invalid_grant":
        yield from _good(heard, connector)
    elif problem.code == "token.invalid_client" or (
        heard.status == 401 and problem.code in ("token.not_json", "token.empty", "token.shape")
    ):
        yield from _unknown_client(connector, document, problem)
    elif problem.code == "token.provider_error" and _may_be_about_the_code(heard.answer):
        said = f"{problem.observed}; whether the client is known, it does not say"
        yield Line(subject=SUBJECT, mark="warning", said=said)
        yield Found(
            code=problem.code,
            severity="warning",
            expected="error 'invalid_grant' for an invented code",
            observed=problem.observed,
            fix="Answer a code that is not known with invalid_grant (RFC 6749 section 5.2)",
        )
    else:
        yield from problem_found(SUBJECT, problem, mode)
    for note in refusal.notes:
        yield Found.of(note, mode)


def _may_be_about_the_code(answer: Answer | None) -> bool:
    """Tell whether an error leaves it open whether client and grant are known."""
    try:
        body = strict_json.loads(answer.body) if answer else None
    except strict_json.NotJson:
        return True
    return not isinstance(body, dict) or body.get("error") not in (
        "unauthorized_client",
        "unsupported_grant_type",
    )


def _good(heard: Heard, connector: Connector) -> Iterator[Said]:
    authenticated = "the client is known" if connector.client_secret else "the public client is taken"
    yield Line(subject=SUBJECT, mark="yes", said=f"{authenticated}, and an invented code is refused")
    if heard.status != 400:
        yield Found(
            code="token.provider_error",
            severity="warning",
            expected="status 400 with error 'invalid_grant'",
            observed=f"status {heard.status} with it",
            fix="Send errors with status 400: a client that looks at the status first takes it for success",
        )
    assert heard.answer is not None, "the error was read from it"
    if heard.answer.content_type != "application/json":
        yield Found(
            code="token.content_type",
            severity="warning",
            expected="application/json",
            observed=heard.answer.content_type[:60] or "none",
        )


def _unknown_client(connector: Connector, document: Mapping[str, Any], problem: Problem) -> Iterator[Said]:
    """Name what of the client is wrong: how it authenticates where the document says so, else what it is."""
    client = f"client {connector.client_id}"
    if connector.client_secret is None:
        how, fix = "without a secret", f"Configure client_secret, or register {client} as a public one"
    else:
        method = _METHODS[connector.client_auth]
        how, fix = f"by {method}", f"Compare client_secret and client_id with the registration of {client}"
        told = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if document and isinstance(told, list) and method not in told:
            how += f", which the server does not offer: {', '.join(str(one) for one in told)[:80]}"
            fix = f'Set client_auth = "{_OTHER[connector.client_auth]}" in the connector'
        else:
            fix += f": the secret is mistyped, or {client} is registered for another method than {method}"
    yield Line(subject=SUBJECT, mark="no", said=f"does not accept {client} {how}")
    yield Found(
        code="token.invalid_client",
        severity="error",
        expected=f"{client} known by its secret, and error 'invalid_grant' for an invented code",
        observed=f"{problem.observed} to {client} {how}",
        fix=fix,
    )

"""The token endpoint as probes use it: whatever it answers is read leniently, and nothing is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from harness.checks.probing import Exchanged
from harness.config import Config, Connector
from harness.protocol import base64url, strict_json
from harness.protocol.authorization import authorization_url
from harness.protocol.problem import Refusal
from harness.redact import WORDS
from harness.verification.exchange import ANSWER_LIMIT, client_authentication
from harness.verification.outbound import Answer, Outbound

_ERRORS = WORDS["error"] | {"unsupported_grant_type"}


class TokenEndpoint:
    """Sends exchanges.

    Args:
        out: The outbound client.
        config: How long is waited.
        connector: Endpoint and client.
    """

    def __init__(self, out: Outbound, config: Config, connector: Connector) -> None:
        self._out, self._total, self._connector = out, config.deadlines.token, connector

    def exchange(
        self, form: Mapping[str, str], *, client: Literal["own", "named"] | Connector = "own"
    ) -> Exchanged:
        """Send a form and return what came of it.

        Args:
            form: What is sent beside the client's authentication.
            client: As whom: the connector's client, by its name alone, or another connector's.
        """
        headers, members = self._authentication(client)
        # What the form says goes before: a probe may name another client.
        sent, accepting = {**members, **form}, {"Accept": "application/json", **headers}
        try:
            url = self._connector.token_endpoint
            answer = self._out.post(url, sent, accepting, limit=ANSWER_LIMIT, total=self._total)
        except Refusal as refusal:
            return Exchanged(granted=False, said=refusal.problem.code)
        return read(answer, self._secrets(sent))

    def exchange_by_get(self, form: Mapping[str, str]) -> Exchanged:
        """Send a form in the address of a GET, without a secret in it, and return what came of it."""
        # By post the secret would stand in the address, and with it in the server's log.
        headers, named = client_authentication(self._connector.model_copy(update={"client_auth": "basic"}))
        url = authorization_url(self._connector.token_endpoint, {**named, **form})
        accepting = {"Accept": "application/json", **headers}
        try:
            answer = self._out.get(url, limit=ANSWER_LIMIT, total=self._total, headers=accepting)
        except Refusal as refusal:
            return Exchanged(granted=False, said=refusal.problem.code)
        return read(answer, self._secrets(form))

    def _secrets(self, sent: Mapping[str, str]) -> dict[str, str]:
        """Return what of a request an answer must not repeat, by name."""
        own = self._connector.client_secret
        named = {"client_secret": own.get_secret_value()} if own else {}
        names = ("code", "code_verifier")
        return named | {name: sent[name] for name in names if name in sent}

    def _authentication(
        self, client: Literal["own", "named"] | Connector
    ) -> tuple[dict[str, str], dict[str, str]]:
        if client == "named":
            return {}, {"client_id": self._connector.client_id}
        return client_authentication(client if isinstance(client, Connector) else self._connector)

    def use(self, endpoint: str, token: str) -> int:
        """Return the status with which a resource takes an access token; 0 where no answer came."""
        try:
            bearer = {"Authorization": f"Bearer {token}"}
            answer = self._out.get(endpoint, limit=ANSWER_LIMIT, total=self._total, headers=bearer)
        except Refusal:
            return 0
        return answer.status


def read(answer: Answer, secrets: Mapping[str, str] | None = None) -> Exchanged:
    """Read an answer of a token endpoint, whatever it is.

    Args:
        answer: The answer.
        secrets: What it must not repeat, by name.
    """
    body = _json(answer.body)
    text, claims = answer.body.decode("utf-8", "replace"), _claims(body.get("id_token"))
    tokens = [name for name in ("id_token", "access_token") if isinstance(body.get(name), str)]
    error = body.get("error")
    said = f"status {answer.status}"
    if isinstance(error, str):
        said += f", {error}" if error in _ERRORS else ", an error of its own"
    elif tokens:
        said += f", {' and '.join(tokens)}"
    return Exchanged(
        granted=200 <= answer.status < 300 and bool(tokens) and error is None,
        said=said,
        cache_control=answer.headers.get("cache-control", ""),
        seconds=_seconds(claims),
        echoed=tuple(name for name, value in (secrets or {}).items() if value in text),
        claims=claims,
        access_token=body["access_token"] if "access_token" in tokens else "",
    )


def _json(octets: bytes) -> dict[str, Any]:
    try:
        body = strict_json.loads(octets)
    except (strict_json.DuplicateMember, strict_json.NotJson):
        return {}
    return body if isinstance(body, dict) else {}


def _seconds(claims: Mapping[str, Any]) -> float | None:
    """Return how long an id_token is good; what is wrong with its times, a case says."""
    iat, exp = claims.get("iat"), claims.get("exp")
    if not isinstance(iat, int | float) or not isinstance(exp, int | float):
        return None
    return float(exp - iat)


def _claims(id_token: object) -> dict[str, Any]:
    """Return the payload of a signed id_token, unverified; nothing of an encrypted one."""
    parts = id_token.split(".") if isinstance(id_token, str) else []
    if len(parts) != 3:
        return {}
    try:
        return _json(base64url.decode(parts[1]))
    except ValueError:
        return {}

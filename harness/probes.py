"""Probes of an authorization server: a few requests that no consumer sends, each put on the timeline.

What an answer means is for the checks to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2

from harness.config import Connector
from harness.protocol.fingerprint import fingerprint
from harness.protocol.problem import Refusal
from harness.store.events import EventLog
from harness.verification import exchange
from harness.verification.outbound import Answer


def authorize_by_post(http: httpx2.Client, events: EventLog, url: str) -> None:
    """Send an authorization request by POST (OpenID Connect Core section 3.1.2.1).

    Args:
        http: The back channel, which follows no redirects.
        events: Where the answer is recorded.
        url: The request as it would be sent by GET.
    """
    endpoint, _, query = url.partition("?")
    typed = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = http.post(endpoint, content=query, headers=typed)
    _record(events, "authorize_post", endpoint, status=answer.status_code)


@dataclass(frozen=True, kw_only=True)
class CodeUse:
    """A code that is there to be used up.

    Attributes:
        code: A fresh code of the connector's client.
        redirect_uri: The redirect URI that it was issued for.
        endpoint: A resource that takes the access token, the userinfo endpoint as a rule.
        code_verifier: What belongs to the code's challenge, if it has one.
    """

    code: str = field(repr=False)
    redirect_uri: str
    endpoint: str
    code_verifier: str | None = field(default=None, repr=False)


def use_a_code_twice(http: httpx2.Client, events: EventLog, connector: Connector, used: CodeUse) -> None:
    """Use a code twice, and then the access token of the first use (RFC 6749 section 4.1.2).

    Args:
        http: The back channel.
        events: Where the answer is recorded.
        connector: Token endpoint and client.
        used: The code.
    """
    headers, members = exchange.client_authentication(connector)
    form = {"grant_type": "authorization_code", "code": used.code, "redirect_uri": used.redirect_uri}
    if used.code_verifier is not None:
        form["code_verifier"] = used.code_verifier
    first, second = (
        http.post(connector.token_endpoint, data={**form, **members}, headers=headers) for _ in range(2)
    )
    later = http.get(used.endpoint, headers={"Authorization": f"Bearer {_access_token(first)}"})
    _record(
        events,
        "code_reuse",
        connector.token_endpoint,
        first=first.status_code,
        second=second.status_code,
        token_after=later.status_code,
    )


def _access_token(answer: httpx2.Response) -> str:
    """Return the access token of an answer, and nothing where there is none."""
    try:
        read = exchange.read(
            Answer(status=answer.status_code, headers=dict(answer.headers), body=answer.content)
        )
    except Refusal:
        return ""
    return read.access_token or ""


def ask_to_lead_elsewhere(http: httpx2.Client, events: EventLog, url: str, elsewhere: str) -> None:
    """Tell a callback to go on to somebody else's addresses, in each way that careless code believes.

    Args:
        http: A client that follows no redirects.
        events: Where the answers are recorded.
        url: The callback.
        elsewhere: Somebody else's host.

    Source: RFC 9700 section 4.11.1; how browsers read such addresses: the URL Standard section 4.4.
    """
    own = urlsplit(url).hostname
    addresses = (
        f"https://{elsewhere}/",
        f"//{elsewhere}/",
        f"/\\{elsewhere}/",
        f"/\t/{elsewhere}/",
        f"https://{own}@{elsewhere}/",
        f"https://{elsewhere}/{own}",
        f"data:text/html,{own}",
    )
    for address in addresses:
        answer = http.get(url, params={"return_to": address})
        location = answer.headers.get("location")
        _record(events, "return_address", url, status=answer.status_code, location=location)


def ask_in_a_fresh_context(events: EventLog, host: str, credential: str) -> None:
    """Record what a page handed to another visitor, who does not use it."""
    events.append("harness", "probe.answered", **fresh_context(host, fingerprint(credential)))


def fresh_context(host: str, mark: str) -> dict[str, Any]:
    """Return the facts of what a page handed to another visitor.

    Args:
        host: The page's host.
        mark: The fingerprint of the credential.
    """
    return {"probe": "fresh_context", "host": host, "credential": mark}


def _record(events: EventLog, probe: str, url: str, **seen: Any) -> None:
    events.append("harness", "probe.answered", probe=probe, host=urlsplit(url).hostname, **seen)

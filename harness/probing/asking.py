"""What probes ask with: authorization requests by a browser, exchanges by the back channel, each listed."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import parse_qsl, urlsplit

from harness.browser.authorizing import Went
from harness.checks.probing import Exchanged, Shown
from harness.config import Connector
from harness.preflight.addresses import shown
from harness.preflight.authorization import parameters
from harness.probing.token_endpoint import TokenEndpoint
from harness.protocol import pkce
from harness.protocol.authorization import authorization_url
from harness.redact import WORDS
from harness.report.model import ProbeSent

Changes = Mapping[str, str | None]
"""Parameters that are sent otherwise, or with ``None`` not at all."""

Client = Literal["own", "named"]
"""How an exchange says whose it is: as the connector authenticates, or by ``client_id`` alone."""


class Unanswered(Exception):
    """A probe says nothing: the reason is the message, one clause without credentials."""


class Browser(Protocol):
    """What sends an authorization request as a consumer's browser."""

    def go(self, url: str, home: Callable[[str], bool]) -> Went:
        """Send it, and say where it led."""
        ...


@dataclass(frozen=True, kw_only=True)
class Code:
    """A fresh code.

    Attributes:
        value: The code.
        verifier: What its challenge was made of; ``None`` where it has none.
        asked: The request that it answers.
        response: The response that it came in.
    """

    value: str = field(repr=False)
    verifier: str | None = field(repr=False)
    asked: Mapping[str, str] = field(repr=False)
    response: Mapping[str, str] = field(repr=False)


class Asking:
    """Asks one connector's authorization server.

    Args:
        connector: Endpoints and client.
        redirect_uri: The registered redirect URI of the popup.
        browser: Sends authorization requests.
        tokens: Sends exchanges.
        others: Further clients of the same token endpoint that the configuration knows.
        reachable: Tells whether a host can be reached that answers for nobody who was named.

    Attributes:
        sent: What was sent, in order.
        codes: The codes that were given.
        pages: The pages that were shown at the authorization server.
        control: The first exchange that went as it should.
    """

    def __init__(
        self,
        connector: Connector,
        redirect_uri: str,
        browser: Browser,
        tokens: TokenEndpoint,
        *,
        others: tuple[Connector, ...] = (),
        reachable: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.connector, self.redirect_uri, self.others = connector, redirect_uri, others
        self.reachable = reachable
        self._browser, self._tokens = browser, tokens
        self.sent: list[ProbeSent] = []
        self.codes: list[str] = []
        self.pages: list[Shown] = []
        self.control: Exchanged | None = None

    def code(self, what: str, changes: Changes | None = None) -> Code:
        """Ask for a code and return it.

        Args:
            what: What is asked for, in words.
            changes: What is asked otherwise than by the platform.

        Raises:
            Unanswered: When none came.
        """
        code, said = self._asked(what, changes or {})
        if code is None:
            raise Unanswered(f"{what} got no code: {said}")
        return code

    def code_or_none(self, what: str, changes: Changes) -> Code | None:
        """Ask for a code that a strict server does not give."""
        return self._asked(what, changes)[0]

    def _asked(self, what: str, changes: Changes) -> tuple[Code | None, str]:
        verifier = pkce.new_code_verifier(self.connector.verifier_length)
        asked = _altered(self._request(verifier), changes)
        response, went = self._went(what, asked, self.redirect_uri)
        value, said = response.get("code"), _said(response, went)
        self._list(what, "GET", self.connector.authorization_endpoint, said)
        if not value:
            return None, said
        self.codes.append(value)
        kept = verifier if "code_challenge" in asked else None
        return Code(value=value, verifier=kept, asked=asked, response=response), said

    def response(self, what: str, changes: Changes) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return a request and its response, whatever it holds.

        Raises:
            Unanswered: When none came.
        """
        asked = _altered(self._request(pkce.new_code_verifier()), changes)
        response, went = self._went(what, asked, self.redirect_uri)
        said = _said(response, went)
        self._list(what, "GET", self.connector.authorization_endpoint, said)
        if not response:
            raise Unanswered(f"{what} got no response: {said}")
        return asked, response

    def is_redirected(self, what: str, redirect_uri: str) -> bool:
        """Ask with another redirect URI, and tell whether the browser was led there."""
        asked = {**self._request(pkce.new_code_verifier()), "redirect_uri": redirect_uri}
        _, went = self._went(what, asked, redirect_uri)
        led = any(leads_to(url, redirect_uri) for url, _ in went.landings)
        said = "a redirect there" if led else _without(went)
        self._list(what, "GET", self.connector.authorization_endpoint, said)
        return led

    def _request(self, verifier: str) -> dict[str, str]:
        """Return the platform's request, with what makes this one its own."""
        asked = parameters(self.connector, self.redirect_uri)
        asked |= {"scope": self.connector.scope, "state": secrets.token_urlsafe(24)}
        if self.connector.pkce:
            asked["code_challenge"] = pkce.s256(verifier)
        return asked

    def _went(self, what: str, asked: Mapping[str, str], redirect_uri: str) -> tuple[dict[str, str], Went]:
        url = authorization_url(self.connector.authorization_endpoint, asked)
        went = self._browser.go(url, lambda there: leads_to(there, redirect_uri))
        own = f"https://{urlsplit(self.connector.authorization_endpoint).netloc}/"
        self.pages += [page for page in went.pages if page.address.startswith(own)]
        responses = (_parameters(*one) for one in went.landings if leads_to(one[0], redirect_uri))
        return next((one for one in responses if one), {}), went

    def exchange(
        self, what: str, code: Code, changes: Changes | None = None, *, client: Client | Connector = "own"
    ) -> Exchanged:
        """Exchange a code, once.

        Args:
            what: What is sent, in words.
            code: The code.
            changes: What is sent otherwise than it should be.
            client: As whom: another connector's client, or one that only gives its name.

        Raises:
            Unanswered: When no answer came.
        """
        form = _altered(self._form(code), changes or {})
        answer = self._tokens.exchange(form, client=client)
        self._list(what, "POST", self.connector.token_endpoint, answer.said)
        return _heard(what, answer)

    def race(self, what: str, code: Code) -> tuple[Exchanged, ...]:
        """Exchange a code twice at the same moment.

        Raises:
            Unanswered: When an answer did not come.
        """
        form, start = self._form(code), threading.Barrier(2)

        def send(_: int) -> Exchanged:
            start.wait()
            return self._tokens.exchange(form)

        with ThreadPoolExecutor(2) as pool:
            answers = tuple(pool.map(send, range(2)))
        for answer in answers:
            self._list(what, "POST", self.connector.token_endpoint, answer.said)
        return tuple(_heard(what, answer) for answer in answers)

    def _form(self, code: Code) -> dict[str, str]:
        form = {"grant_type": "authorization_code", "code": code.value, "redirect_uri": self.redirect_uri}
        return form if code.verifier is None else {**form, "code_verifier": code.verifier}

    def use_token(self, what: str, token: str) -> int | None:
        """Return the status with which the userinfo endpoint takes a token; ``None`` where none is named."""
        endpoint = self.connector.userinfo_endpoint
        if not endpoint or not token:
            return None
        status = self._tokens.use(endpoint, token)
        self._list(what, "GET", endpoint, f"status {status}" if status else "no answer")
        return status or None

    def _list(self, what: str, method: str, url: str, answered: str) -> None:
        self.sent.append(ProbeSent(what=what, method=method, url=shown(url), notable=True, answered=answered))


def leads_to(url: str, redirect_uri: str) -> bool:
    """Tell whether an address is a redirect URI, with or without a response in its query."""
    try:
        at, wanted = urlsplit(url), urlsplit(redirect_uri)
        same = all(
            getattr(at, part) == getattr(wanted, part) for part in ("scheme", "hostname", "port", "path")
        )
    except ValueError:
        return False
    # Some servers glue a response to a query that is there already.
    return same and wanted.query in at.query


def _parameters(url: str, form: str) -> dict[str, str]:
    """Return what a response carries, in query, fragment or form."""
    parts = urlsplit(url)
    return {
        name: value
        for encoded in (parts.query, parts.fragment, form)
        for name, value in parse_qsl(encoded, keep_blank_values=True)
    }


def _altered(sent: Mapping[str, str], changes: Changes) -> dict[str, str]:
    return {name: value for name, value in {**sent, **changes}.items() if value is not None}


def _said(response: Mapping[str, str], went: Went) -> str:
    """Say what came back, without anything of its values but a registered error."""
    if not response:
        return _without(went)
    if "error" in response:
        error = response["error"]
        return f"error {error}" if error in WORDS["error"] else "an error of its own"
    return " and ".join(name for name in ("code", "id_token") if name in response) or "nothing of use"


def _without(went: Went) -> str:
    if went.note:
        return went.note
    return f"status {went.status} and no redirect there" if went.status else "no page and no redirect there"


def _heard(what: str, answer: Exchanged) -> Exchanged:
    if not answer.said.startswith("status"):
        raise Unanswered(f"{what} got no answer: {answer.said}")
    return answer

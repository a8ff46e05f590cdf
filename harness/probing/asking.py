"""What probes ask with: authorization requests by a browser, exchanges by the back channel, each listed."""

from __future__ import annotations

import posixpath
import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from harness.browser.authorizing import Went
from harness.checks.probing import Exchanged, Shown
from harness.config import Connector
from harness.preflight.addresses import shown
from harness.preflight.authorization import parameters
from harness.probing.token_endpoint import TokenEndpoint
from harness.probing.wire import WireBrowser
from harness.protocol import pkce
from harness.protocol.authorization import authorization_url
from harness.redact import WORDS
from harness.report.model import ProbeSent

Changes = Mapping[str, str | None]
"""Parameters that are sent otherwise, or with ``None`` not at all."""

Pairs = tuple[tuple[str, str], ...]

Client = Literal["own", "named"]
"""How an exchange says whose it is: as the connector authenticates, or by ``client_id`` alone."""


class Unanswered(Exception):
    """A probe says nothing: the reason is the message, one clause without credentials."""


class Browser(Protocol):
    """What sends an authorization request as a consumer's browser."""

    def go(self, url: str, home: Callable[[str], bool], *, patient: bool = True) -> Went:
        """Send it, and say where it led; who is not patient is not signed in where that is asked for."""
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


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a request got.

    Attributes:
        response: The response at the redirect URI; empty where none came.
        went: Where the browser went.
        said: The same in words.
    """

    response: Mapping[str, str] = field(repr=False)
    went: Went
    said: str


class Asking:
    """Asks one connector's authorization server.

    Args:
        connector: Endpoints and client.
        redirect_uri: The registered redirect URI of the popup.
        browser: Sends authorization requests.
        tokens: Sends exchanges.
        others: Further clients of the same token endpoint that the configuration knows.
        reachable: Tells whether a host can be reached that answers for nobody who was named.
        stranger: Gives a browser without pages that nobody is signed in with, and with these cookies.
        log_in: Fills in the login form that such a browser was shown, as the page of an origin does;
            ``None`` where nobody knows the form.
        wait: Lets seconds pass on the server's clock; ``None`` where they would have to be waited for.
        preflighted: Whether a preflight has asked what it asks.

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
        stranger: Callable[[Mapping[str, str]], WireBrowser],
        log_in: Callable[[WireBrowser, Went, str], int] | None = None,
        wait: Callable[[float], None] | None = None,
        preflighted: bool = False,
    ) -> None:
        self.connector, self.redirect_uri, self.others = connector, redirect_uri, others
        self.reachable, self.wait, self.preflighted = reachable, wait, preflighted
        self._stranger, self._log_in = stranger, log_in
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

    def landings(
        self, what: str, redirect_uri: str, *, changes: Changes | None = None, more: Pairs = ()
    ) -> tuple[str, ...]:
        """Ask for a response elsewhere, and return the addresses there that the browser was led to.

        Args:
            what: What is asked for, in words.
            redirect_uri: Where.
            changes: What is asked otherwise; the redirect URI when left out.
            more: Parameters that are sent a second time.

        Raises:
            Unanswered: When the browser could go there: a code must not leave the machine, not even where the
                server sends one.
        """
        if self.reachable(host_of(redirect_uri)):
            raise Unanswered("not sent: [network] allow lets the browser go there")
        changes = {"redirect_uri": redirect_uri} if changes is None else changes
        asked = _altered(self._request(pkce.new_code_verifier()), changes)
        _, went = self._went(what, asked, redirect_uri, more=more, patient=False)
        led = tuple(url for url, _ in went.landings if leads_to(url, redirect_uri))
        said = "a redirect there" if led else _without(went)
        self._list(what, "GET", self.connector.authorization_endpoint, said)
        return led

    def answered(self, what: str, changes: Changes, *, more: Pairs = ()) -> Answered:
        """Ask in the consumer's browser, and return what came, whatever it is.

        Args:
            what: What is asked for, in words.
            changes: What is asked otherwise than by the platform.
            more: Parameters that are sent a second time.
        """
        asked = _altered(self._request(pkce.new_code_verifier()), changes)
        response, went = self._went(what, asked, self.redirect_uri, more=more, patient=False)
        return self._told(what, response, went)

    def unknown(self, what: str, changes: Changes, *, headers: Mapping[str, str] | None = None) -> Answered:
        """Ask with nobody signed in, and return what came, whatever it is."""
        asked = _altered(self._request(pkce.new_code_verifier()), changes)
        return self._by_stranger(what, self._stranger({}), asked, headers=headers)

    def is_signed_in(self, what: str, browser: WireBrowser) -> bool:
        """Tell whether a browser gets a response without any page."""
        asked = {**self._request(pkce.new_code_verifier()), "prompt": "none"}
        return bool({"code", "id_token"} & set(self._by_stranger(what, browser, asked).response))

    def at_login(self, what: str) -> tuple[WireBrowser, Answered]:
        """Ask with nobody signed in; return the browser that was shown the login, and the page.

        Raises:
            Unanswered: When nobody knows the login's form, or none was shown.
        """
        if self._log_in is None:
            raise Unanswered("not sent: the login's form is not known, only the steps of a browser")
        browser = self._stranger({})
        shown = self._by_stranger(what, browser, self._request(pkce.new_code_verifier()))
        if not shown.went.text:
            raise Unanswered(f"{what} was shown no page: {shown.said}")
        return browser, shown

    def stranger(self, cookies: Mapping[str, str]) -> WireBrowser:
        """Give a browser that nobody is signed in with."""
        return self._stranger(cookies)

    def log_in(self, what: str, browser: WireBrowser, shown: Answered, origin: str = "") -> None:
        """Send the login form of a page.

        Args:
            what: What is sent, in words.
            browser: Who sends it.
            shown: The page.
            origin: Of which origin's page; the server's own when left out.
        """
        assert self._log_in is not None, "at_login() has looked"
        status = self._log_in(browser, shown.went, origin)
        self._list(what, "POST", shown.went.landings[-1][0], f"status {status}" if status else "no answer")

    def _by_stranger(
        self,
        what: str,
        browser: WireBrowser,
        asked: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        url = authorization_url(self.connector.authorization_endpoint, asked)
        went = browser.go(url, lambda there: leads_to(there, self.redirect_uri), headers=headers)
        return self._told(what, self._response(went, self.redirect_uri), went)

    def _told(self, what: str, response: Mapping[str, str], went: Went) -> Answered:
        said = _said(response, went)
        self._list(what, "GET", self.connector.authorization_endpoint, said)
        return Answered(response=response, went=went, said=said)

    def post(self, what: str) -> int:
        """Send the platform's authorization request as a form, with nobody signed in; return the status.

        Raises:
            Unanswered: When no answer came.
        """
        endpoint = self.connector.authorization_endpoint
        origin = f"https://{urlsplit(endpoint).netloc}"
        status = self._stranger({}).post(endpoint, self._request(pkce.new_code_verifier()), origin=origin)
        self._list(what, "POST", endpoint, f"status {status}" if status else "no answer")
        if not status:
            raise Unanswered(f"{what} got no answer")
        return status

    def _request(self, verifier: str) -> dict[str, str]:
        """Return the platform's request, with what makes this one its own."""
        asked = parameters(self.connector, self.redirect_uri)
        asked |= {"scope": self.connector.scope, "state": secrets.token_urlsafe(24)}
        if self.connector.pkce:
            asked["code_challenge"] = pkce.s256(verifier)
        return asked

    def _went(
        self,
        what: str,
        asked: Mapping[str, str],
        redirect_uri: str,
        *,
        more: Pairs = (),
        patient: bool = True,
    ) -> tuple[dict[str, str], Went]:
        url = authorization_url(self.connector.authorization_endpoint, asked)
        url += "".join(f"&{urlencode([pair])}" for pair in more)
        went = self._browser.go(url, lambda there: leads_to(there, redirect_uri), patient=patient)
        own = f"https://{urlsplit(self.connector.authorization_endpoint).netloc}/"
        self.pages += [page for page in went.pages if page.address.startswith(own)]
        return self._response(went, redirect_uri), went

    def _response(self, went: Went, redirect_uri: str) -> dict[str, str]:
        responses = (parameters_of(*one) for one in went.landings if leads_to(one[0], redirect_uri))
        return next((dict(one) for one in responses if one), {})

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

    def exchange_by_get(self, what: str, code: Code) -> Exchanged:
        """Exchange a code by GET.

        Raises:
            Unanswered: When no answer came.
        """
        answer = self._tokens.exchange_by_get(self._form(code))
        self._list(what, "GET", self.connector.token_endpoint, answer.said)
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
        at, wanted = urlsplit(_as_browsers_read(url)), urlsplit(_as_browsers_read(redirect_uri))
        same = all(
            getattr(at, part) == getattr(wanted, part) for part in ("scheme", "hostname", "port", "path")
        )
    except ValueError:
        return False
    # Some servers glue a response to a query that is there already.
    return same and wanted.query in at.query


def host_of(url: str) -> str:
    """Return the host to which a browser goes."""
    return urlsplit(_as_browsers_read(url)).hostname or ""


def _as_browsers_read(url: str) -> str:
    """Return an address with its path as a browser reads it: no backslashes, no dots that lead upwards."""
    start, mark, rest = url.partition("?")
    parts = urlsplit(start.replace("\\", "/"))
    path = posixpath.normpath(parts.path) if "/.." in parts.path else parts.path
    return parts._replace(path=path).geturl() + mark + rest


def parameters_of(url: str, form: str = "") -> tuple[tuple[str, str], ...]:
    """Return what a response carries, in query, fragment or form, in order."""
    parts = urlsplit(url)
    return tuple(
        pair
        for encoded in (parts.query, parts.fragment, form)
        for pair in parse_qsl(encoded, keep_blank_values=True)
    )


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

"""The table of probes: each with what it sends and how many requests that are."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit, urlunsplit

from harness.checks.probing import Exchanged, Seen, Shown, measured, returned
from harness.config import Connector
from harness.preflight.authorization import parameters
from harness.probing.asking import Asking, Changes, Code, Unanswered, host_of, parameters_of
from harness.protocol import pkce

LONG = 1200
"""Characters of a long state: the platform keeps a window's configuration in it."""

LONG_NONCE = 128
MOST_CODES = 3
FOREIGN = "harness-probe.invalid"
"""A host that cannot exist (RFC 2606 section 2)."""

REFUSED = Exchanged(granted=False, said="no code to exchange")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Something that no consumer does.

    Attributes:
        name: Its name.
        what: What it sends, in words.
        requests: How many requests that are at most, those that the browser makes beside them not counted.
        play: Sends it.
        unfit: Says why it is not sent to a connector's server; empty where it is.
        controlled: Whether it means nothing where a fresh code cannot be exchanged.
        before: Whether a preflight of a brand of one's own has asked the same already.
    """

    name: str
    what: str
    requests: int
    play: Callable[[Asking], Seen]
    unfit: Callable[[Connector], str] = lambda _: ""
    controlled: bool = False
    before: bool = False


def _no_code(connector: Connector) -> str:
    if connector.response_type != "code":
        return f"the flow {connector.flow} has no code"
    return "" if connector.token_endpoint else "no token_endpoint is named"


def _no_pkce(connector: Connector) -> str:
    return _no_code(connector) or ("" if connector.pkce else "the flow code has no code_challenge")


def _no_secret(connector: Connector) -> str:
    return _no_code(connector) or ("" if connector.client_secret else "the client has no secret")


def _a_code(connector: Connector) -> str:
    return "code-race sends them" if connector.response_type == "code" else ""


def _reuse(asking: Asking) -> Seen:
    code = asking.code("an authorization request as the platform's")
    first = asking.exchange("the exchange of its code", code)
    if not first.granted:
        raise Unanswered(f"the exchange of a fresh code gave no tokens: {first.said}")
    asking.control = first
    second = asking.exchange("the exchange of the same code again", code)
    after = asking.use_token("the access token of the first exchange", first.access_token)
    return Seen(exchanges=(first, second), token_after=after)


def _long(connector: Connector) -> dict[str, str]:
    """Return a state and a nonce with everything that careless code trips over."""
    filler = {"skin": "a+b&c=d %20 #/?", "page": "x" * LONG}
    state = json.dumps({"id": secrets.token_urlsafe(24), **filler})[:LONG]
    nonce = {"nonce": secrets.token_urlsafe(LONG_NONCE)[:LONG_NONCE]} if connector.nonce else {}
    return {"state": state, **nonce}


def _race(asking: Asking) -> Seen:
    code = asking.code("an authorization request with a long state and nonce", _long(asking.connector))
    exchanges = asking.race("one of two exchanges of its code at the same moment", code)
    return Seen(exchanges=exchanges, returned=returned(code.asked, code.response, exchanges))


def _long_token(asking: Asking) -> Seen:
    what = "an authorization request with a long state and nonce"
    asked, response = asking.response(what, _long(asking.connector))
    return Seen(returned=returned(asked, response))


def _bent(what: str, changes: Callable[[], Changes]) -> Callable[[Asking], Seen]:
    """Return what asks for a fresh code, and exchanges it otherwise than it should be."""

    def play(asking: Asking) -> Seen:
        code = asking.code("an authorization request as the platform's")
        return Seen(exchanges=(asking.exchange(what, code, changes()),))

    return play


def _unchallenged(asking: Asking) -> Seen:
    none = {"code_challenge": None, "code_challenge_method": None}
    code = asking.code_or_none("an authorization request without a code_challenge", none)
    if code is None:
        return Seen(exchanges=(REFUSED,))
    verifier = {"code_verifier": pkce.new_code_verifier()}
    exchanged = asking.exchange("the exchange of its code with a code_verifier", code, verifier)
    public = asking.connector.pkce and asking.connector.client_secret is None
    return Seen(exchanges=(exchanged,), public=public)


def _plain(asking: Asking) -> Seen:
    # Of the letters that a hash has too: what is refused must be the method.
    verifier = secrets.token_urlsafe(32)
    what = "an authorization request with code_challenge_method=plain"
    code = asking.code_or_none(what, {"code_challenge": verifier, "code_challenge_method": "plain"})
    if code is None:
        return Seen(exchanges=(REFUSED,))
    sent = {"code_verifier": verifier}
    return Seen(exchanges=(asking.exchange("the exchange of its code with the plain verifier", code, sent),))


def _unauthenticated(asking: Asking) -> Seen:
    code = asking.code("an authorization request as the platform's")
    what = "the exchange of its code with client_id alone"
    return Seen(exchanges=(asking.exchange(what, code, client="named"),))


def _other_client(asking: Asking) -> Seen:
    if asking.connector.client_secret and not asking.others:
        # Who invents a client is refused for that, whether codes are bound or not.
        raise Unanswered("not sent: the configuration knows no other client of this server")
    code = asking.code("an authorization request as the platform's")
    what = "the exchange of its code as another client"
    if asking.others:
        return Seen(exchanges=(asking.exchange(what, code, client=asking.others[0]),))
    invented = {"client_id": f"harness-probe-{secrets.token_hex(4)}"}
    return Seen(exchanges=(asking.exchange(what, code, invented, client="named"),))


def _longer_path(uri: str) -> str:
    return f"{uri}/harness-probe"


def _query_added(uri: str) -> str:
    return f"{uri}?harness-probe=1"


def _other_case(uri: str) -> str:
    parts = urlsplit(uri)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.swapcase(), "", ""))


def _subdomain(uri: str) -> str:
    return uri.replace("https://", "https://harness-probe.", 1)


def _another_ending(uri: str) -> str:
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc}.{FOREIGN}"))


def _as_user_name(uri: str) -> str:
    parts = urlsplit(uri)
    return f"https://{parts.netloc}@{FOREIGN}{parts.path}"


def _backslash(uri: str) -> str:
    parts = urlsplit(uri)
    return f"https://{FOREIGN}\\@{parts.netloc}{parts.path}"


def _upwards(uri: str) -> str:
    return f"{uri}/../harness-probe"


def _encoded_slash(uri: str) -> str:
    return f"{uri}%2Fharness-probe"


def _another_port(uri: str) -> str:
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}:8443"))


def _trailing_dot(uri: str) -> str:
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc}."))


VARIANTS: Mapping[str, Callable[[str], str]] = {
    "a longer path": _longer_path,
    "a query added": _query_added,
    "letters of the path in the other case": _other_case,
    "a label before the host": _subdomain,
    "a label after the host": _another_ending,
    "the host as the user name of another": _as_user_name,
    "another host before a backslash": _backslash,
    "a path that leads upwards": _upwards,
    "an encoded slash": _encoded_slash,
    "another port": _another_port,
    "a dot after the host": _trailing_dot,
}
"""What a redirect URI is made into; none of them is registered."""

BEHIND = "a second one behind it"

NOWHERE = f"https://{FOREIGN}/callback"
"""A redirect URI that nobody can have registered."""


def _variants(asking: Asking) -> Seen:
    redirected, left_out = [], []
    for name, made in VARIANTS.items():
        uri = made(asking.redirect_uri)
        if asking.reachable(host_of(uri)):
            left_out.append(name)
        elif asking.landings(f"an authorization request with a redirect_uri with {name}", uri):
            redirected.append(name)
    what = "an authorization request with a second redirect_uri behind the registered one"
    if asking.reachable(FOREIGN):
        left_out.append(BEHIND)
    elif asking.landings(what, NOWHERE, changes={}, more=(("redirect_uri", NOWHERE),)):
        redirected.append(BEHIND)
    if left_out and not redirected:
        raise Unanswered(f"not sent with {', '.join(left_out)}: [network] allow lets the browser go there")
    return Seen(did=tuple(redirected))


def _unregistered(asking: Asking) -> Seen:
    led = asking.landings("an authorization request with a redirect_uri that nobody registered", NOWHERE)
    return Seen(did=("a redirect there",) if led else ())


def _insecure(asking: Asking) -> Seen:
    uri = asking.redirect_uri.replace("https://", "http://", 1)
    led = asking.landings("an authorization request with a redirect_uri with http for https", uri)
    return Seen(did=("a redirect",) if led else ())


def _with_fragment(asking: Asking) -> Seen:
    uri = f"{asking.redirect_uri}#harness-probe"
    led = asking.landings("an authorization request with a redirect_uri with a fragment", uri)
    # A response to the registered address may be an error's, or of somebody who never saw the fragment.
    return Seen(did=("a redirect",) if any("#harness-probe" in url for url in led) else ())


def _with_response(asking: Asking) -> Seen:
    uri = f"{asking.redirect_uri}?code=harness-probe&state=harness-probe"
    led = asking.landings("an authorization request with a redirect_uri with a code and a state", uri)
    names = [[name for name, _ in parameters_of(url)] for url in led]
    twice = any(one.count(name) > 1 for one in names for name in ("code", "state"))
    return Seen(did=("a redirect",) if twice else ())


REPEATED = ("client_id", "redirect_uri", "code_challenge")


def _repeated(asking: Asking) -> Seen:
    accepted = []
    sent = parameters(asking.connector, asking.redirect_uri)
    for name in REPEATED:
        if name in sent:
            what = f"an authorization request with {name} twice"
            challenge = pkce.s256(pkce.new_code_verifier())
            value = challenge if name == "code_challenge" else sent[name]
            got = asking.answered(what, {}, more=((name, value),))
            accepted += [name] if _CREDENTIALS & set(got.response) else []
    return Seen(did=tuple(accepted))


_CREDENTIALS = {"code", "id_token"}


def _unknown_parameter(asking: Asking) -> Seen:
    plain = asking.answered("an authorization request as the platform's", {})
    if not _CREDENTIALS & set(plain.response):
        raise Unanswered(f"an authorization request as the platform's got no credential: {plain.said}")
    got = asking.answered("an authorization request with harness_probe=1", {"harness_probe": "1"})
    return Seen(did=() if _CREDENTIALS & set(got.response) else (got.said,))


def _post(asking: Asking) -> Seen:
    return Seen(status=asking.post("an authorization request by POST"))


ORIGIN = f"https://{FOREIGN}"


def _cors(asking: Asking) -> Seen:
    got = asking.unknown("an authorization request from another origin", {}, headers={"Origin": ORIGIN})
    allowed = got.went.headers.get("access-control-allow-origin", "")
    return Seen(did=(f"Access-Control-Allow-Origin: {allowed[:80]}",) if allowed else ())


def _error_redirect(asking: Asking) -> Seen:
    changes = {"redirect_uri": NOWHERE, "response_type": "harness-probe"}
    what = "an authorization request with an unknown response_type and an unregistered redirect_uri"
    return Seen(did=("a redirect",) if asking.landings(what, NOWHERE, changes=changes) else ())


def _silent(asking: Asking) -> Seen:
    got = asking.unknown("an authorization request with prompt=none", {"prompt": "none"})
    return Seen(did=(f"a page, status {got.went.status}",) if got.went.pages else ())


MARK = "harness-probe"
REFLECTED = ("login_hint", "ui_locales", "state")


def _reflected(asking: Asking) -> Seen:
    marked = {name: f'"><{MARK} id="{name}">' for name in REFLECTED}
    got = asking.unknown("an authorization request with markup in its parameters", marked)
    if not got.went.text:
        raise Unanswered(f"no page was shown: {got.said}")
    return Seen(did=_Marks.of(got.went.text))


class _Marks(HTMLParser):
    """Collects the ids of the elements that a request's own markup has become."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def of(cls, text: str) -> tuple[str, ...]:
        """Return them."""
        marks = cls()
        marks.feed(text)
        return tuple(dict.fromkeys(marks.found))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of ours."""
        if tag == MARK:
            self.found += [str(value) for name, value in attrs if name == "id"]


def _consent(asking: Asking) -> Seen:
    got = asking.answered("an authorization request with prompt=consent", {"prompt": "consent"})
    given = sorted(_CREDENTIALS & set(got.response))
    return Seen(did=tuple(given), public=asking.connector.client_secret is None)


def _login_from_elsewhere(asking: Asking) -> Seen:
    _, shown = asking.at_login("an authorization request with nobody signed in")
    victim = asking.stranger({})
    asking.log_in("the login form, in another browser and from another origin", victim, shown, ORIGIN)
    known = asking.is_signed_in("an authorization request with prompt=none after that", victim)
    return Seen(did=("a browser that is signed in by another site's form",) if known else ())


def _session_before_login(asking: Asking) -> Seen:
    browser, shown = asking.at_login("an authorization request with nobody signed in")
    before = dict(browser.cookies)
    asking.log_in("the login form", browser, shown)
    after = "an authorization request with prompt=none after that"
    if not asking.is_signed_in(after, browser):
        raise Unanswered("the login did not sign anybody in")
    known = asking.is_signed_in("the same with the cookies from before the login", asking.stranger(before))
    return Seen(did=("a session that is signed in under the id from before the login",) if known else ())


def _by_get(asking: Asking) -> Seen:
    code = asking.code("an authorization request as the platform's")
    return Seen(exchanges=(asking.exchange_by_get("the exchange of its code by GET", code),))


OLD = 601
"""Seconds after which no code may be good any more (RFC 6749 section 4.1.2)."""


def _old(asking: Asking) -> Seen:
    if asking.wait is None:
        raise Unanswered("not sent: it would have to be waited for")
    code = asking.code("an authorization request as the platform's")
    asking.wait(OLD)
    return Seen(exchanges=(asking.exchange("the exchange of its code after ten minutes", code),))


def _made_up(asking: Asking) -> Seen:
    code = Code(value=f"harness-probe-{secrets.token_hex(8)}", verifier=None, asked={}, response={})
    return Seen(exchanges=(asking.exchange("the exchange of a made-up code", code),))


def _control(asking: Asking) -> Seen:
    assert asking.control is not None, "it is looked at after the control alone"
    return Seen(exchanges=(asking.control,))


def _codes(asking: Asking) -> Seen:
    while len(asking.codes) < MOST_CODES:
        asking.code("an authorization request as the platform's")
    return Seen(codes=measured(tuple(asking.codes[:MOST_CODES])))


def _pages(asking: Asking) -> Seen:
    if not asking.pages:
        raise Unanswered("no page of the login was shown, because the consumer was signed in already")
    return Seen(pages=tuple(_framing(page) for page in asking.pages))


_FRAMING = ("x-frame-options", "content-security-policy")


def _framing(page: Shown) -> Shown:
    """Return a page with the headers alone that say who may frame it."""
    headers = {name: value for name, value in page.headers.items() if name in _FRAMING}
    return Shown(address=page.address, headers=headers)


PROBES: tuple[Probe, ...] = (
    Probe(
        name="code-reuse",
        what="a code is exchanged twice, and the first access token used after that",
        requests=4,
        play=_reuse,
        unfit=_no_code,
    ),
    Probe(
        name="token-answer",
        what="nothing more: the answer to the first exchange is looked at, its Cache-Control and how long "
        "the id_token is good",
        requests=0,
        play=_control,
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="code-race",
        what="a code is asked for with a long state and nonce, and exchanged twice at the same moment",
        requests=3,
        play=_race,
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="wrong-verifier",
        what="a code is exchanged with another code_verifier",
        requests=2,
        play=_bent(
            "the exchange of its code with another code_verifier",
            lambda: {"code_verifier": pkce.new_code_verifier()},
        ),
        unfit=_no_pkce,
        controlled=True,
    ),
    Probe(
        name="no-verifier",
        what="a code with a code_challenge is exchanged without any code_verifier",
        requests=2,
        play=_bent("the exchange of its code without a code_verifier", lambda: {"code_verifier": None}),
        unfit=_no_pkce,
        controlled=True,
    ),
    Probe(
        name="no-challenge",
        what="a code is asked for without a code_challenge, and exchanged with a code_verifier",
        requests=2,
        play=_unchallenged,
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="plain-challenge",
        what="a code is asked for with code_challenge_method=plain, and exchanged",
        requests=2,
        play=_plain,
        unfit=_no_pkce,
        controlled=True,
    ),
    Probe(
        name="other-redirect-uri",
        what="a code is exchanged with another redirect_uri than it was asked for with",
        requests=2,
        play=_bent(
            "the exchange of its code with another redirect_uri",
            lambda: {"redirect_uri": f"https://{FOREIGN}/"},
        ),
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="no-client-authentication",
        what="a code of a client with a secret is exchanged without it",
        requests=2,
        play=_unauthenticated,
        unfit=_no_secret,
        controlled=True,
    ),
    Probe(
        name="other-client",
        what="a code is exchanged as another client: one of the configuration, else an invented one",
        requests=2,
        play=_other_client,
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="long-state-and-nonce",
        what="an id_token is asked for with a long state and nonce",
        requests=1,
        play=_long_token,
        unfit=_a_code,
    ),
    Probe(
        name="exchange-by-get",
        what="a code is exchanged by GET",
        requests=2,
        play=_by_get,
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="error-echo",
        what="a code that nobody was given is exchanged, and the error looked at",
        requests=1,
        play=_made_up,
        unfit=_no_code,
    ),
    Probe(
        name="unregistered-redirect-uri",
        what="a redirect URI is asked for that nobody registered",
        requests=1,
        play=_unregistered,
        before=True,
    ),
    Probe(
        name="redirect-uri-variants",
        what="redirect URIs are asked for that are only like the registered one: "
        + ", ".join((*VARIANTS, BEHIND)),
        requests=len(VARIANTS) + 1,
        play=_variants,
    ),
    Probe(
        name="insecure-redirect-uri",
        what="the registered redirect URI is asked for with http for https",
        requests=1,
        play=_insecure,
    ),
    Probe(
        name="redirect-uri-with-fragment",
        what="the registered redirect URI is asked for with a fragment",
        requests=1,
        play=_with_fragment,
    ),
    Probe(
        name="redirect-uri-with-response",
        what="the registered redirect URI is asked for with a code and a state in its query",
        requests=1,
        play=_with_response,
    ),
    Probe(
        name="repeated-parameter",
        what="a parameter comes twice, one after the other: " + ", ".join(REPEATED),
        requests=len(REPEATED),
        play=_repeated,
    ),
    Probe(
        name="unknown-parameter",
        what="a parameter is sent that no specification knows",
        requests=2,
        play=_unknown_parameter,
        before=True,
    ),
    Probe(
        name="authorize-post",
        what="an authorization request is sent by POST",
        requests=1,
        play=_post,
        before=True,
    ),
    Probe(
        name="authorize-cors",
        what="an authorization request comes from another origin",
        requests=1,
        play=_cors,
    ),
    Probe(
        name="error-redirect",
        what="an error is provoked with a redirect URI that nobody registered",
        requests=1,
        play=_error_redirect,
    ),
    Probe(
        name="silent-request",
        what="a request says prompt=none while nobody is signed in",
        requests=1,
        play=_silent,
    ),
    Probe(
        name="reflected-input",
        what="markup stands in the parameters of a request: " + ", ".join(REFLECTED),
        requests=1,
        play=_reflected,
    ),
    Probe(
        name="forced-consent",
        what="a request says prompt=consent",
        requests=1,
        play=_consent,
    ),
    Probe(
        name="login-from-elsewhere",
        what="the login form is sent by another browser and from another origin",
        requests=3,
        play=_login_from_elsewhere,
    ),
    Probe(
        name="session-before-login",
        what="the cookies from before a login are used after it",
        requests=4,
        play=_session_before_login,
    ),
    Probe(
        name="code-entropy",
        what=f"the first {MOST_CODES} codes are looked at, those that have come already among them",
        requests=MOST_CODES - 1,
        play=_codes,
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="framing",
        what="nothing more: the headers of the login's pages that were shown are looked at",
        requests=0,
        play=_pages,
    ),
    Probe(
        name="code-lifetime",
        what="a code is exchanged when it is older than ten minutes",
        requests=2,
        play=_old,
        unfit=_no_code,
        controlled=True,
    ),
)
"""Every probe, in the order in which they are sent."""

MOST_REQUESTS = sum(probe.requests for probe in PROBES)
"""How many requests all of them are together; no connector gets all."""

"""The table of probes: each with what it sends, how many requests that are, and who reads the answers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from harness.checks import probing as checks
from harness.checks.found import Found
from harness.checks.probing import Seen
from harness.config import Connector
from harness.probing.asking import Asking, Changes, Unanswered
from harness.protocol import pkce

LONG = 1200
"""Characters of a long state: the platform keeps a window's configuration in it."""

LONG_NONCE = 128
MOST_CODES = 3
FOREIGN = "harness-probe.invalid"
"""A host that cannot exist (RFC 2606 section 2)."""

REFUSED = checks.Exchanged(granted=False, said="no code to exchange")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Something that no consumer does.

    Attributes:
        name: Its name.
        what: What it sends, in words.
        requests: How many requests that are at most, those that the browser makes beside them not counted.
        play: Sends it.
        check: Says what the answers mean.
        unfit: Says why it is not sent to a connector's server; empty where it is.
        controlled: Whether it means nothing where a fresh code cannot be exchanged.
    """

    name: str
    what: str
    requests: int
    play: Callable[[Asking], Seen]
    check: Callable[[Seen], Iterator[Found]]
    unfit: Callable[[Connector], str] = lambda _: ""
    controlled: bool = False


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
    return Seen(exchanges=exchanges, asked=code.asked, response=code.response)


def _read_race(seen: Seen) -> Iterator[Found]:
    yield from checks.check_race(seen)
    yield from checks.check_returned(seen)


def _long_token(asking: Asking) -> Seen:
    what = "an authorization request with a long state and nonce"
    asked, response = asking.response(what, _long(asking.connector))
    return Seen(asked=asked, response=response)


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


def _http(uri: str) -> str:
    return uri.replace("https://", "http://", 1)


def _as_user_name(uri: str) -> str:
    parts = urlsplit(uri)
    return f"https://{parts.netloc}@{FOREIGN}{parts.path}"


VARIANTS: Mapping[str, Callable[[str], str]] = {
    "a longer path": _longer_path,
    "a query added": _query_added,
    "letters of the path in the other case": _other_case,
    "a label before the host": _subdomain,
    "http for https": _http,
    "the host as the user name of another": _as_user_name,
}
"""What a redirect URI is made into; none of them is registered."""


def _variants(asking: Asking) -> Seen:
    redirected, left_out = [], []
    for name, made in VARIANTS.items():
        uri = made(asking.redirect_uri)
        # A code must not leave the machine, not even where the server sends one.
        if asking.reachable(urlsplit(uri).hostname or ""):
            left_out.append(name)
        elif asking.is_redirected(f"an authorization request with a redirect_uri with {name}", uri):
            redirected.append(name)
    if left_out and not redirected:
        raise Unanswered(f"not sent with {', '.join(left_out)}: [network] allow lets the browser go there")
    return Seen(redirected=tuple(redirected))


def _control(asking: Asking) -> Seen:
    assert asking.control is not None, "it is looked at after the control alone"
    return Seen(exchanges=(asking.control,))


def _codes(asking: Asking) -> Seen:
    return Seen(codes=tuple(asking.codes[:MOST_CODES]))


def _pages(asking: Asking) -> Seen:
    if not asking.pages:
        raise Unanswered("no page of the login was shown, because the consumer was signed in already")
    return Seen(pages=tuple(asking.pages))


def _nothing(_: Asking) -> Seen:
    return Seen()


PROBES: tuple[Probe, ...] = (
    Probe(
        name="code-reuse",
        what="a code is exchanged twice, and the first access token used after that",
        requests=4,
        play=_reuse,
        check=checks.check_reuse,
        unfit=_no_code,
    ),
    Probe(
        name="token-answer",
        what="nothing more: the answer to the first exchange is looked at, its Cache-Control and how long "
        "the id_token is good",
        requests=0,
        play=_control,
        check=checks.check_token_answer,
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="code-race",
        what="a code is asked for with a long state and nonce, and exchanged twice at the same moment",
        requests=3,
        play=_race,
        check=_read_race,
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
        check=checks.granted(
            "idp.pkce_not_enforced", expected="a wrong code_verifier refused", observed="tokens"
        ),
        unfit=_no_pkce,
        controlled=True,
    ),
    Probe(
        name="no-verifier",
        what="a code with a code_challenge is exchanged without any code_verifier",
        requests=2,
        play=_bent("the exchange of its code without a code_verifier", lambda: {"code_verifier": None}),
        check=checks.granted(
            "idp.pkce_not_enforced", expected="an exchange without code_verifier refused", observed="tokens"
        ),
        unfit=_no_pkce,
        controlled=True,
    ),
    Probe(
        name="no-challenge",
        what="a code is asked for without a code_challenge, and exchanged with a code_verifier",
        requests=2,
        play=_unchallenged,
        check=checks.check_unchallenged,
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="plain-challenge",
        what="a code is asked for with code_challenge_method=plain, and exchanged",
        requests=2,
        play=_plain,
        check=checks.granted(
            "idp.pkce_plain", expected="plain refused, S256 asked for", observed="tokens", severity="warning"
        ),
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
        check=checks.granted(
            "idp.redirect_uri_not_checked",
            expected="the redirect_uri that the code was issued for",
            observed="tokens for another one",
        ),
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="no-client-authentication",
        what="a code of a client with a secret is exchanged without it",
        requests=2,
        play=_unauthenticated,
        check=checks.granted(
            "idp.client_auth_optional", expected="invalid_client without the secret", observed="tokens"
        ),
        unfit=_no_secret,
        controlled=True,
    ),
    Probe(
        name="other-client",
        what="a code is exchanged as another client: one of the configuration, else an invented one",
        requests=2,
        play=_other_client,
        check=checks.granted(
            "idp.code_not_bound", expected="a code refused to another client", observed="tokens"
        ),
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="long-state-and-nonce",
        what="an id_token is asked for with a long state and nonce",
        requests=1,
        play=_long_token,
        check=checks.check_returned,
        unfit=_a_code,
    ),
    Probe(
        name="redirect-uri-variants",
        what="redirect URIs are asked for that are only like the registered one: " + ", ".join(VARIANTS),
        requests=len(VARIANTS),
        play=_variants,
        check=checks.check_redirects,
    ),
    Probe(
        name="code-entropy",
        what=f"nothing more: of the codes that came, the first {MOST_CODES} are looked at",
        requests=0,
        play=_codes,
        check=checks.check_entropy,
        unfit=_no_code,
        controlled=True,
    ),
    Probe(
        name="framing",
        what="nothing more: the headers of the login's pages that were shown are looked at",
        requests=0,
        play=_pages,
        check=checks.check_framing,
    ),
    Probe(
        name="code-lifetime",
        what="a code that is older than ten minutes",
        requests=0,
        play=_nothing,
        check=lambda _: iter(()),
        unfit=lambda connector: _no_code(connector) or "it would have to be waited for",
    ),
)
"""Every probe, in the order in which they are sent."""

MOST_REQUESTS = sum(probe.requests for probe in PROBES)
"""How many requests all of them are together; no connector gets all, and 25 are usual."""

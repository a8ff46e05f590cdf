"""What the brand's page does with what is nobody else's business (RFC 9700 sections 4.2 and 4.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.checks.found import Found
from harness.checks.seen import credentials, origin, pages, path, setting, site
from harness.timeline import Event, Timeline

_KINDS = {
    "client_secret": "a client secret",
    "private_key": "a private key",
    "code_verifier": "a code_verifier",
}
_PARAMETER = r"[?&#]{}=fp:([0-9a-f]{{12}})"


def check_secret(timeline: Timeline) -> Iterator[Found]:
    """What authenticates a client stays on its server (RFC 10017 section 6.3.3.1)."""
    served = {(one.data["kind"], path(one.data["url"])) for one in timeline.of("secret.served")}
    for kind, where in sorted(served):
        yield Found(
            code="brand.secret_exposed",
            severity="error",
            expected="nothing that belongs on a server",
            observed=f"{_KINDS.get(kind, 'a secret')} in {where}",
        )


def check_logged(timeline: Timeline) -> Iterator[Found]:
    """Nobody but the platform hears of a credential: no console, no tracker (RFC 10017 section 7.2.3.4)."""
    given, platform, told = credentials(timeline), site(timeline, "platform"), set[str]()
    told |= {
        f"the console, written to by {path(line.data['url']) or 'the page'}"
        for line in timeline.of("console.written")
        if given.intersection(line.data["fingerprints"]) and origin(line.data["url"]) != platform
    }
    told |= {
        f"{origin(sent.data['url'])}, by {sent.data['resource']}{_by(timeline, sent)}"
        for sent in timeline.of("request.sent")
        if given.intersection(sent.data["fingerprints"]) and _is_stranger(timeline, sent.data["url"])
    }
    for where in sorted(told):
        yield Found(
            code="brand.token_logged",
            severity="error",
            expected="a credential that only the platform gets",
            observed=f"the same credential in {where}",
        )


def _by(timeline: Timeline, sent: Event) -> str:
    """Name the script that made a request, where the engine tells."""
    for made in timeline.of("request.initiated"):
        same = made.data["url"] == sent.data["url"] and made.data["page"] == sent.data["page"]
        if same and (script := path(made.data["script"])):
            return f" of {script}"
    return ""


def check_broadcast(timeline: Timeline) -> Iterator[Found]:
    """A credential goes to one window, not to all of the origin (HTML section 9.5)."""
    given, brand = credentials(timeline), site(timeline, "brand")
    here = {one: began for one, began in pages(timeline).items() if began.data["origin"] == brand}
    for verb in ("sent", "received"):
        shared = {
            (one.data["channel"], path(here[one.data["document"]].data["url"]))
            for one in timeline.of(f"channel.{verb}")
            if one.data["document"] in here and given.intersection(one.data["fingerprints"])
        }
        for channel, page in sorted(shared):
            yield Found(
                code="brand.token_broadcast",
                severity="warning",
                expected="a credential for the one window that asked for it",
                observed=f"the credential {verb} in the BroadcastChannel {channel} at {page}",
            )


def _is_stranger(timeline: Timeline, url: str) -> bool:
    """Tell whether an address belongs to nobody in the sign-in: not by site, as far as two labels show it."""
    issuers = (setting(timeline, "issuer"), setting(timeline, "authorization_endpoint"))
    known = {_site(one) for one in ((setting(timeline, "sites") or {}).values())}
    known |= {_site(one) for one in issuers if one}
    return bool(origin(url)) and bool(known) and _site(url) not in known


def _site(url: str) -> str:
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


def check_persisted(timeline: Timeline) -> Iterator[Found]:
    """A credential is used once and not kept where every script can read it (RFC 10017 section 8.5)."""
    given, here, kept = credentials(timeline), pages(timeline), set[tuple[str, str]]()
    for event in timeline.of("storage.written"):
        if event.data["document"] in here and given.intersection(event.data["fingerprints"]):
            kept.add((event.data["store"], event.data["key"]))
    for event in timeline.of("credential.kept"):
        if event.data["document"] in here and event.data["fingerprint"] in given:
            kept.add((event.data["where"], event.data["key"]))
    for where, key in sorted(kept):
        yield Found(
            code="brand.token_persisted",
            severity="error",
            expected="a credential in memory only",
            observed=f"the credential in {where}" + (f" under {key}" if key else ""),
        )


def check_scraped(timeline: Timeline) -> Iterator[Found]:
    """The authorization endpoint is for navigations: it must not let scripts in (RFC 9700 section 2.6)."""
    endpoint = path(setting(timeline, "authorization_endpoint"))
    for sent in timeline.of("request.sent"):
        # A service worker has no document: what it fetches may be the consumer's own navigation.
        outside = origin(sent.data["document_url"]) not in ("", origin(endpoint))
        if sent.data["resource"] in ("fetch", "xhr") and path(sent.data["url"]) == endpoint and outside:
            yield Found(
                code="brand.authorize_scraped",
                severity="error",
                expected="the consumer's browser going to the authorization endpoint",
                observed=f"a {sent.data['resource']} by {path(sent.data['document_url'])}",
            )
            return


def check_constant(timeline: Timeline) -> Iterator[Found]:
    """A nonce is new for each request; so is a state that has no challenge beside it (OIDC Core 15.5.2).

    Only what the consumer asked for twice is compared: one request may go to the endpoint several times,
    for a login in between.
    """
    used: dict[tuple[str, str], int] = {}
    for sent, act in _requests(timeline):
        for name, mark in _marks(sent.data["url"]):
            if used.setdefault((name, mark), act) == act:
                continue
            yield Found(
                code="authz.nonce_constant",
                severity="error",
                expected=f"a new {name} for each authorization request",
                observed=f"the same {name} as in the request before",
            )
            return


def _requests(timeline: Timeline) -> Iterator[tuple[Event, int]]:
    """Yield the authorization requests that are not the platform's own, each with the number of the act."""
    endpoint = path(setting(timeline, "authorization_endpoint"))
    own = {
        mark
        for event in timeline.of("authorization.requested")
        for mark in (event.data.get("state"), event.data.get("nonce"))
    }
    acts = [event.seq for event in timeline.of("consumer.acts")]
    for sent in timeline.of("request.sent"):
        marks = {mark for _, mark in _marks(sent.data["url"])}
        if endpoint and path(sent.data["url"]) == endpoint and not marks & own:
            yield sent, sum(seq < sent.seq for seq in acts)


def _marks(url: str) -> Iterator[tuple[str, str]]:
    """Yield what makes a request one of its kind, by the names of the parameters."""
    challenged = "code_challenge=" in url
    for name in ("nonce",) if challenged else ("nonce", "state"):
        if found := re.search(_PARAMETER.format(name), url):
            yield name, found[1]

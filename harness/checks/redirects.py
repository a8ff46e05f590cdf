"""How a response got to where it was meant to go, and whether it can be led elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from harness.checks.found import Found
from harness.checks.seen import origin, path, setting, site
from harness.timeline import Event, Timeline

_DROPPED = re.compile(r"[\t\n\r]")
"""What browsers take out of an address before they read it (URL Standard section 4.4)."""


def where(base: str, location: str) -> str:
    """Return the address to which a browser goes from ``base`` (URL Standard section 4.4)."""
    text = _DROPPED.sub("", location.strip("".join(map(chr, range(33)))))
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text)
    special = scheme is None or scheme[0].lower() in ("http:", "https:")
    return urljoin(base, text.replace("\\", "/") if special else text)


_PASSWORDS = re.compile(r"pass|pwd|secret|pin$|otp|code_?word", re.IGNORECASE)
"""What members of login forms are called whose values nobody else may get."""

_SENT_ON = frozenset({307, 308})
"""After which a browser sends a POST again, its body included (RFC 9110 sections 15.4.8 and 15.4.9)."""

_LOOPS = ("ERR_TOO_MANY_REDIRECTS", "NS_ERROR_REDIRECT_LOOP")
"""What Chromium and Firefox say after 20 redirects (Fetch section 4.4)."""

_TOO_LONG = frozenset({414, 431})
_DROPPED_ADDRESS = "about:blank#blocked"
"""Where Chromium goes instead of to an address that is longer than it takes."""


def check_kept_method(timeline: Timeline) -> Iterator[Found]:
    """After a login no redirect has the browser send the password on (RFC 9700 section 4.12)."""
    idp = origin(setting(timeline, "authorization_endpoint"))
    posted = {
        sent.data["url"]: _typed(sent, idp)
        for sent in timeline.of("request.sent")
        if sent.data["method"] == "POST"
    }
    for answer in timeline.of("response.received"):
        url, status = answer.data["url"], answer.data["status"]
        if status in _SENT_ON and answer.data["method"] == "POST" and posted.get(url):
            goal = where(url, str((answer.data.get("headers") or {}).get("location") or ""))
            yield Found(
                code="idp.redirect_307",
                severity="error",
                expected="status 303, after which the browser asks with GET",
                observed=f"status {status} from {path(url)}, so that the browser sends {posted[url]} to "
                f"{path(goal)} too",
            )
            return


def _typed(sent: Event, idp: str) -> str:
    """Return what of a form's POST may be a password; empty for nothing.

    Not every engine shows what a form sends; of one at the authorization server it may be a password.
    """
    names = sent.data.get("body") or ()
    if not names and sent.data["navigation"] and idp and origin(sent.data["url"]) == idp:
        return "what was typed"
    return ", ".join(name for name in names if _PASSWORDS.search(name))


def check_loop(timeline: Timeline) -> Iterator[Found]:
    """A sign-in is redirected to somewhere in the end (Fetch section 4.4)."""
    for failed in timeline.of("request.failed"):
        if failed.data["navigation"] and any(word in str(failed.data["error"]) for word in _LOOPS):
            hops = [one for one in timeline.of("request.sent") if one.data.get("page") == failed.data["page"]]
            between = dict.fromkeys(path(one.data["url"]) for one in hops if one.data["redirected_from"])
            yield Found(
                code="redirect.loop",
                severity="error",
                expected="a redirect that leads to a page",
                observed=f"redirects between {' and '.join(between)} until the browser gave up",
                ends="refused",
                at=failed.at,
            )
            return


def check_soft(timeline: Timeline) -> Iterator[Found]:
    """The authorization server sends the response by a redirect (RFC 9700 section 4.2.4)."""
    platform, endpoint = site(timeline, "platform"), setting(timeline, "authorization_endpoint")
    for sent in timeline.of("request.sent"):
        shown = origin(sent.data.get("document_url"))
        if (
            _top_get(sent)
            and not sent.data.get("redirected_from")
            and origin(sent.data["url"]) == platform
            and shown
            and shown == origin(endpoint)
        ):
            yield Found(
                code="redirect.soft_redirect",
                severity="warning",
                expected="a redirect, status 303",
                observed=f"a page at {path(sent.data['document_url'])} that leads on by itself, with the "
                "response in its source",
            )
            return


def _top_get(sent: Event) -> bool:
    return bool(sent.data["navigation"] and sent.data.get("top")) and sent.data["method"] == "GET"


def check_too_long(timeline: Timeline) -> Iterator[Found]:
    """The response fits into what browsers and servers take for an address (RFC 9110 section 4.1)."""
    for answer in timeline.of("response.received"):
        if answer.data["navigation"] and answer.data["status"] in _TOO_LONG:
            url = path(answer.data["url"])
            observed = f"status {answer.data['status']} from {url} to an address that is longer than it takes"
            yield _too_long(answer, observed)
            return
    for shown in timeline.of("frame.navigated"):
        if shown.data["url"] == _DROPPED_ADDRESS:
            yield _too_long(shown, "an address that the browser dropped")
            return


def _too_long(event: Event, observed: str) -> Found:
    return Found(
        code="redirect.uri_too_long",
        severity="error",
        expected="an address that servers and browsers take: at most 8000 characters",
        observed=observed,
        ends="refused",
        at=event.at,
    )

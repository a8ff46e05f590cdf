"""The brand's page without a browser: its answer, its policies, and what its HTML says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from harness.config import Config, Mode
from harness.preflight import markup
from harness.preflight.addresses import shown
from harness.preflight.asking import Asker, Heard
from harness.preflight.authorization import leads_to
from harness.preflight.markup import Markup
from harness.preflight.model import Line, Undetermined
from harness.preflight.said import Said, unheard

SUBJECT = "page"
MOST_SCRIPTS = 12
AT_ONCE = 4
_LOGIN = re.compile(r"log-?in|sign-?in|logon|sso|auth|session|account/verify|saml|oidc|oauth", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the page is, and what the platform needs there.

    Attributes:
        url: The page's address.
        tag: The address of the SDK, ``*`` for anything.
        injected: Whether the harness puts the SDK in.
        window: The chat window's address.
    """

    url: str
    tag: str
    injected: bool
    window: str

    @classmethod
    def of(cls, config: Config) -> Place:
        """Return a configuration's; the sample brand's where there is no brand of one's own."""
        brand = config.brand
        if brand is None:
            tag = f"https://{config.sites.tag}/tag/tag.js*"
            url = f"https://{config.sites.brand}/account"
            return cls(url=url, tag=tag, injected=False, window=config.window_url)
        tag = brand.sdk.replace or config.platform.tag
        return cls(url=brand.page, tag=tag, injected=brand.sdk.inject, window=config.window_url)


@dataclass(frozen=True, kw_only=True)
class PageSeen:
    """What a visitor without a login gets.

    Attributes:
        page: The page.
        markup: What its HTML says.
        scripts: Its own scripts, from hosts that are named.
    """

    page: Heard
    markup: Markup
    scripts: tuple[Heard, ...] = ()


def ask(asker: Asker, place: Place) -> PageSeen:
    """Get the page once, and its scripts from named hosts."""
    page = asker.get("the brand's page", place.url, accept="text/html")
    if not is_page(page):
        return PageSeen(page=page, markup=Markup())
    read = markup.read(page.text, page.url)
    tag = urlsplit(place.tag).netloc
    own = [
        one.url for one in read.scripts if urlsplit(one.url).netloc not in ("", tag) and asker.may(one.url)
    ]
    urls = tuple(dict.fromkeys(own))[:MOST_SCRIPTS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        scripts = tuple(pool.map(lambda url: asker.get("a script of the page", url, accept="*/*"), urls))
    return PageSeen(page=page, markup=read, scripts=scripts)


def is_page(page: Heard) -> bool:
    """Tell whether an answer is a page."""
    kind = page.header("content-type").partition(";")[0].strip()
    return page.status == 200 and kind in ("text/html", "application/xhtml+xml")


def judge(seen: PageSeen, place: Place, mode: Mode) -> Iterator[Said]:
    """Say whether the page was seen at all; a login or a wall before it is nobody's fault."""
    if seen.page.problem is not None and seen.page.problem.code == "net.response_too_large":
        yield Line(subject=SUBJECT, mark="unknown", said="larger than is read here")
        yield Undetermined(subject=SUBJECT, reason="it is larger than is read here; a browser will tell")
        return
    if said := tuple(unheard(SUBJECT, seen.page, mode)):
        yield from said
        return
    if is_page(seen.page):
        title = f", {seen.markup.title!r}" if seen.markup.title else ""
        yield Line(subject=SUBJECT, mark="yes", said=f"status 200{title}")
        yield from _tag(seen, place)
        return
    reason = _reason(seen.page)
    yield Line(subject=SUBJECT, mark="unknown", said=reason.partition(";")[0])
    yield Undetermined(subject=SUBJECT, reason=reason)


def _reason(page: Heard) -> str:
    """Return why the page could not be looked at."""
    if target := leads_to(page):
        where = shown(target)
        if _LOGIN.search(target):
            return f"it leads to a login, {where}; only a signed-in consumer sees the page"
        return f"it leads to {where}; name that address in [brand] page, if it is the page"
    if page.status in (401, 403):
        return f"status {page.status}; only a signed-in consumer, or only a browser, sees the page"
    if page.status != 200:
        return f"status {page.status}; is [brand] page the address of the page with the chat?"
    return f"{page.header('content-type')[:60] or 'no media type'}; a page is text/html"


def _tag(seen: PageSeen, place: Place) -> Iterator[Said]:
    """Say whether the HTML holds the SDK's tag; what a script loads later, HTML does not tell."""
    subject, host = "SDK tag", urlsplit(place.tag).netloc
    if place.injected:
        yield Line(subject=subject, mark="yes", said="the harness puts the SDK in")
    elif tag_nonce(seen.markup, place) is not None:
        yield Line(subject=subject, mark="yes", said=f"a script element loads it from {host}")
    elif any(host in one.text for one in seen.markup.scripts) or any(
        host in one.text for one in seen.scripts
    ):
        yield Line(subject=subject, mark="yes", said=f"a script of the page names {host}")
    elif seen.markup.asks_password:
        yield Line(subject=subject, mark="unknown", said="not here; the page asks for a password")
        reason = "it asks for a password; only a signed-in consumer sees the page with the chat"
        yield Undetermined(subject=SUBJECT, reason=reason)
    else:
        yield Line(subject=subject, mark="unknown", said="not in the HTML; a script may load it later")


def tag_nonce(read: Markup, place: Place) -> str | None:
    """Return the nonce of the SDK's script element, empty without one; ``None`` where there is no element."""
    for script in read.scripts:
        if script.url and fnmatchcase(script.url, place.tag):
            return script.nonce
    return None

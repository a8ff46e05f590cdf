"""The brand's page without a browser: its answer, its policies, and what its HTML says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from harness.checks.found import Found
from harness.config import Config, Connector, Mode, Surface
from harness.preflight import csp, markup
from harness.preflight.addresses import shown
from harness.preflight.asking import Asker, Heard
from harness.preflight.authorization import leads_to
from harness.preflight.markup import Markup
from harness.preflight.model import Line, Undetermined
from harness.preflight.said import Said, unheard
from harness.protocol.problem import Severity

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
    if not _is_page(page):
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


def _is_page(page: Heard) -> bool:
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
    if _is_page(seen.page):
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
    elif _tag_nonce(seen.markup, place) is not None:
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


def _tag_nonce(read: Markup, place: Place) -> str | None:
    """Return the nonce of the SDK's script element, empty without one; ``None`` where there is no element."""
    for script in read.scripts:
        if script.url and fnmatchcase(script.url, place.tag):
            return script.nonce
    return None


@dataclass(frozen=True)
class _Need:
    directive: str
    of_window: bool
    surfaces: frozenset[Surface]
    why: str


_NEEDS = (
    _Need("script-src", False, frozenset(("embedded", "popup")), "the SDK is loaded from there"),
    _Need("connect-src", False, frozenset(("embedded", "popup")), "the SDK asks there for the launcher"),
    _Need("frame-src", True, frozenset(("embedded",)), "the chat window is framed from there"),
)
"""What the platform needs of a page's content security policy."""


def judge_policy(seen: PageSeen, place: Place, surfaces: frozenset[Surface]) -> Iterator[Said]:
    """Hold the page's content security policy against what the platform needs.

    Args:
        seen: The page.
        place: Where it is, and what is needed there.
        surfaces: The surfaces of whose needs is spoken.
    """
    if not _is_page(seen.page):
        return
    subject = "frame's policy" if surfaces == {"embedded"} else "page's policy"
    own = csp.policies(seen.page.header("content-security-policy"), seen.markup.policies)
    needs = [need for need in _NEEDS if need.surfaces == surfaces]
    blocked, unknown = [], []
    for need in needs:
        url = place.window if need.of_window else place.tag.rstrip("*")
        element = need.directive == "script-src"
        nonce = _tag_nonce(seen.markup, place) if element else None
        for policy in own:
            answer = csp.permits(policy, need.directive, url, seen.page.url, nonce=nonce)
            if answer is False:
                blocked.append(need.directive)
                yield _blocked(policy, need, url, place, seen.page.url)
                break
            unknown += [need.directive] if answer is None else []
    names = ", ".join(need.directive for need in needs)
    if blocked:
        yield Line(subject=subject, mark="no", said=f"{', '.join(blocked)} does not list the platform")
    elif unknown:
        said = f"{', '.join(unknown)} goes by nonces or hashes; a browser will tell"
        yield Line(subject=subject, mark="unknown", said=said)
    else:
        yield Line(subject=subject, mark="yes", said=f"lets the platform in: {names}" if own else "none")


def _blocked(policy: csp.Policy, need: _Need, url: str, place: Place, page: str) -> Found:
    decided = csp.deciding(policy, need.directive)
    assert decided is not None, "what nothing limits is not blocked"
    origin = f"https://{urlsplit(url).netloc}"
    # What is put in by the harness is there whatever the policy says; the brand's own tag would not be.
    weight: Severity = "warning" if place.injected and need.directive == "script-src" else "error"
    return Found(
        code="browser.csp_blocked",
        severity=weight,
        expected=f"{origin} in {need.directive}: {need.why}",
        observed=f"{decided[0]} {' '.join(decided[1])}"[:200],
        fix=f"Add {origin} to {need.directive} in the Content-Security-Policy of https://{urlsplit(page).netloc}",
    )


def judge_popup(seen: PageSeen) -> Iterator[Said]:
    """Say what the page's headers do to a popup."""
    opener = seen.page.header("cross-origin-opener-policy").partition(";")[0].strip()
    if _is_page(seen.page) and opener == "same-origin":
        yield Line(subject="page's opener policy", mark="warning", said="severs the popup from the page")
        yield Found(
            code="popup.opener_severed",
            severity="warning",
            expected="Cross-Origin-Opener-Policy: same-origin-allow-popups, or none",
            observed=f"Cross-Origin-Opener-Policy: {opener}",
        )


def judge_frame(seen: PageSeen, place: Place) -> Iterator[Said]:
    """Say what the page's headers do to the chat's frame."""
    if not _is_page(seen.page):
        return
    embedder = seen.page.header("cross-origin-embedder-policy").partition(";")[0].strip()
    if embedder == "require-corp":
        yield Line(
            subject="page's embedder policy", mark="warning", said="keeps out frames that do not agree"
        )
        yield Found(
            code="browser.coep_blocked",
            severity="warning",
            expected="a page without Cross-Origin-Embedder-Policy, or a window with it",
            observed="Cross-Origin-Embedder-Policy: require-corp",
        )
    permissions = seen.page.header("permissions-policy").replace(" ", "")
    if "storage-access=()" in permissions:
        yield Found(
            code="browser.permission_denied",
            severity="warning",
            expected="storage-access for the window",
            observed="Permissions-Policy: storage-access=()",
            fix=f'Write storage-access=(self "https://{urlsplit(place.window).netloc}") into the '
            "Permissions-Policy, or leave storage-access out",
        )


def judge_method(seen: PageSeen, connector: Connector) -> Iterator[Said]:
    """Say whether the page method's name stands in the page, spelt as the connector spells it."""
    if not _is_page(seen.page):
        return
    texts = [(f"{urlsplit(one.url).path}", one.text) for one in seen.scripts if one.status == 200]
    texts += [("the page", one.text) for one in seen.markup.scripts if one.text]
    name = connector.js_method
    for part in name.split("."):
        spelt = [(where, found) for where, text in texts for found in _definitions(part, text)]
        if any(found == part for _, found in spelt):
            continue
        if not spelt:
            said = f"{part} is not in what a static look sees; a browser will tell"
            yield Line(subject="page method", mark="unknown", said=said)
            return
        yield from _misspelt(name, part, *spelt[0])
        return
    yield Line(subject="page method", mark="yes", said=f"{name} is in the page's scripts")


def _misspelt(name: str, part: str, where: str, found: str) -> Iterator[Said]:
    yield Line(subject="page method", mark="no", said=f"{found} in {where} instead of {part}")
    yield Found(
        code="sdk.method_missing",
        severity="error",
        expected=f"{name}, as the connector spells it",
        observed=f"{found} in {where}: another case, and JavaScript tells them apart",
        fix=f"Rename it to {part}, or set js_method to the page's spelling in the connector",
    )


def _definitions(name: str, text: str) -> tuple[str, ...]:
    """Return what looks like a definition of a name, in any case."""
    word = re.escape(name)
    form = rf"(?<![\w$])(?:(?:function\s+|\.|[\"'])({word})(?![\w$])|({word})[\"']?\s*(?:=(?!=)|:|\())"
    return tuple(one[1] or one[2] for one in re.finditer(form, text, re.IGNORECASE))

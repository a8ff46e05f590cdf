"""The page's headers: do they let the platform's script, requests, frame and popup be?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.checks.found import Found
from harness.config import Surface
from harness.preflight import csp
from harness.preflight.model import Line
from harness.preflight.page import PageSeen, Place, is_page, tag_nonce
from harness.preflight.said import Said
from harness.protocol.problem import Severity


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
    if not is_page(seen.page):
        return
    subject = "frame's policy" if surfaces == {"embedded"} else "page's policy"
    own = csp.policies(seen.page.header("content-security-policy"), seen.markup.policies)
    needs = [need for need in _NEEDS if need.surfaces == surfaces]
    blocked, unknown = [], []
    for need in needs:
        url = place.window if need.of_window else place.tag.rstrip("*")
        element = need.directive == "script-src"
        nonce = tag_nonce(seen.markup, place) if element else None
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
    if is_page(seen.page) and opener == "same-origin":
        yield Line(subject="page's opener policy", mark="warning", said="severs the popup from the page")
        yield Found(
            code="popup.opener_severed",
            severity="warning",
            expected="Cross-Origin-Opener-Policy: same-origin-allow-popups, or none",
            observed=f"Cross-Origin-Opener-Policy: {opener}",
        )


def judge_frame(seen: PageSeen, place: Place) -> Iterator[Said]:
    """Say what the page's headers do to the chat's frame."""
    if not is_page(seen.page):
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

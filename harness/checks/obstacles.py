"""What keeps the chat window out of a page, or makes it less than it is: policies, sandboxes, lazy frames."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.found import Found
from harness.checks.places import (
    Places,
    Sandbox,
    directives,
    framed_windows,
    origin_of,
    page_header,
    places,
    sandbox_without_popups,
    started_windows,
)
from harness.checks.seen import origin
from harness.timeline import Event, Timeline

_REFUSED = ("ERR_BLOCKED_BY_RESPONSE", "FRAME_ANCESTOR", "XFO")
_EMBEDDER = ("coep", "COEP")
_NARROWED = {"script-src-elem": "script-src", "script-src-attr": "script-src", "child-src": "frame-src"}
"""Directives that most policies do not have, and the one that decides then."""


def check_csp(timeline: Timeline) -> Iterator[Found]:
    """The page's content security policy lists the platform (CSP3 section 6)."""
    known, told = places(timeline), set[str]()
    for violated in timeline.of("policy.violated"):
        blocked, page = origin(violated.data.get("blocked")), violated.data.get("document_url")
        if blocked != known.platform or origin(page) not in known.pages:
            continue
        if violated.data.get("disposition") == "report":
            continue
        name = str(violated.data.get("directive"))
        directive = _NARROWED.get(name, name)
        if directive in told:
            continue
        told.add(directive)
        listed = directives(page_header(timeline, page, "content-security-policy"))
        yield Found(
            code="browser.csp_blocked",
            severity="error",
            expected=f"{blocked} in {directive}",
            observed=_listed(listed, directive),
            fix=f"Add {blocked} to {directive} in the Content-Security-Policy of {origin(page)}",
            ends="refused",
            at=violated.at,
        )


def _listed(policy: dict[str, list[str]], directive: str) -> str:
    for name in (directive, "child-src", "default-src"):
        if name in policy:
            return f"{name} {' '.join(policy[name])}"
    return f"{directive} without it"


def check_embedder_policy(timeline: Timeline) -> Iterator[Found]:
    """A page that is cross-origin isolated can frame only what agrees (HTML section 7.1.4)."""
    known = places(timeline)
    for failed in _refused(timeline, known):
        if _by_embedder(timeline, failed):
            yield Found(
                code="browser.coep_blocked",
                severity="error",
                expected="a page without Cross-Origin-Embedder-Policy, or a window with it",
                observed="a page with Cross-Origin-Embedder-Policy: require-corp and a window without it",
                fix=f"Drop Cross-Origin-Embedder-Policy: require-corp on pages with the chat, or let "
                f"{known.platform} send Cross-Origin-Embedder-Policy: require-corp and "
                "Cross-Origin-Resource-Policy: cross-origin; credentialless in the page lifts it for frames "
                "with the credentialless attribute only",
                ends="refused",
                at=failed.at,
            )
            return


def check_frame_refused(timeline: Timeline) -> Iterator[Found]:
    """The window may be framed by the page that shows it (CSP3 section 6.4.2)."""
    known = places(timeline)
    for failed in _refused(timeline, known):
        if _by_embedder(timeline, failed):
            continue
        url = failed.data.get("url")
        listed = directives(page_header(timeline, url, "content-security-policy")).get("frame-ancestors")
        option = page_header(timeline, url, "x-frame-options")
        page = _page_of(timeline, failed)
        yield Found(
            code="browser.frame_refused",
            severity="error",
            expected=f"{page} in the window's frame-ancestors",
            observed=f"frame-ancestors {' '.join(listed)}" if listed else f"X-Frame-Options: {option}",
            fix=f"Register {page} with the platform, so that {known.platform} lists it in frame-ancestors",
            ends="refused",
            at=failed.at,
        )
        return


def _refused(timeline: Timeline, known: Places) -> tuple[Event, ...]:
    """Return the requests for a framed window whose answer the browser did not show."""
    documents = {
        one.data["url"]
        for one in timeline.of("request.sent")
        if one.data.get("resource") == "document" and known.is_window(one)
    }
    return tuple(
        one
        for one in timeline.of("request.failed")
        if one.data.get("url") in documents
        and any(word in str(one.data.get("error")) for word in (*_REFUSED, *_EMBEDDER))
    )


def _by_embedder(timeline: Timeline, failed: Event) -> bool:
    reasons = [
        str(one.data.get("reason"))
        for one in timeline.of("request.blocked")
        if one.data.get("url") == failed.data.get("url")
    ]
    return any(word in text for word in _EMBEDDER for text in (*reasons, str(failed.data.get("error"))))


def _page_of(timeline: Timeline, event: Event) -> str:
    """Return the origin of the page in whose tab something happened."""
    for started in reversed(timeline.of("document.started")):
        same = started.data.get("page") == event.data.get("page")
        if same and started.data.get("top") and started.at <= event.at and origin_of(started):
            return origin_of(started)
    return "the page"


def check_sandbox(timeline: Timeline) -> Iterator[Found]:
    """A sandbox around the chat leaves it its origin and its popups (HTML section 4.8.5)."""
    for frame in framed_windows(timeline, places(timeline)):
        if frame.data.get("sandbox") is not None:
            own = Sandbox.of(frame.data["sandbox"], where="the chat's iframe", since=frame.at)
            yield from _narrow(own, ("allow-same-origin", "allow-scripts"))
    for opened in timeline.of("window.opened"):
        around = sandbox_without_popups(timeline, opened)
        if around and opened.data.get("result") != "window":
            yield from _narrow(around, ("allow-popups", "allow-popups-to-escape-sandbox"))


def _narrow(sandbox: Sandbox, needed: tuple[str, ...]) -> Iterator[Found]:
    missing = [word for word in needed if word not in sandbox.words]
    if missing:
        yield Found(
            code="browser.sandbox_blocked",
            severity="error",
            expected=f"a sandbox with {' and '.join(missing)}, or none",
            observed=f"sandbox {' '.join(sandbox.words)}".strip(),
            fix=f"Add {' and '.join(missing)} to the sandbox of {sandbox.where}",
            ends="refused",
            # It was there before anything was opened in it: whatever else is found only follows from it.
            at=sandbox.since,
        )


def check_frame_loading(timeline: Timeline) -> Iterator[Found]:
    """The frame that the SDK puts into the page comes to show the platform's window."""
    known = places(timeline)
    if started_windows(timeline, known):
        return
    asked = [one for one in timeline.of("request.sent") if known.is_window(one)]
    for frame in framed_windows(timeline, known):
        if frame.data.get("loading") == "lazy" and not asked:
            yield Found(
                code="sdk.frame_not_loaded",
                severity="error",
                expected="a frame that is loaded when it is put into the page",
                observed="loading=lazy on a frame that never came into view, and no request for it",
                fix='Take loading="lazy" off the chat\'s iframe; find the script that makes every frame lazy',
                ends="refused",
                at=frame.at,
            )
            return
    yield from _taken_elsewhere(timeline, known)


def _taken_elsewhere(timeline: Timeline, known: Places) -> Iterator[Found]:
    ours = {known.platform, known.issuer, *known.pages}
    for started in timeline.of("document.started"):
        shown = origin_of(started)
        # An engine's own error page has an address, and no origin.
        real = not started.data.get("top") and shown == started.data.get("origin")
        if real and shown not in ours and framed_windows(timeline, known):
            yield Found(
                code="sdk.frame_not_loaded",
                severity="error",
                expected=f"{known.platform} in the chat's frame",
                observed=shown,
                fix=f"Find the script that takes the chat's frame to {shown}, and narrow "
                f"frame-src in the page's Content-Security-Policy to {known.platform}",
                ends="refused",
            )
            return


def check_storage_permission(timeline: Timeline) -> Iterator[Found]:
    """The page leaves the window the means to ask for its own cookies (Storage Access API section 5)."""
    known = places(timeline)
    for started in started_windows(timeline, known):
        page = _page_of(timeline, started)
        header = _permissions_of(timeline, page)
        denied = started.data.get("storage_access")
        if denied is False or (denied is None and "storage-access=()" in header.replace(" ", "")):
            yield Found(
                code="browser.permission_denied",
                severity="warning",
                expected="storage-access for the window",
                observed=f"Permissions-Policy: {header}"
                if "storage-access" in header
                else "no storage-access",
                fix=f'Write storage-access=(self "{known.platform}") into the Permissions-Policy of {page}, '
                "or leave storage-access out",
                at=started.at,
            )
            return


def _permissions_of(timeline: Timeline, page: str) -> str:
    for response in timeline.of("response.received"):
        if response.data.get("navigation") and origin_of(response) == page:
            return str((response.data.get("headers") or {}).get("permissions-policy") or "")
    return ""

"""What keeps the platform's SDK from starting in a page: the browser, the network, the page itself."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.found import Found
from harness.checks.places import Places, origin_of, places
from harness.checks.seen import origin, path
from harness.timeline import Event, Timeline

_SCRIPT_TYPES = frozenset(
    {
        "application/ecmascript",
        "application/javascript",
        "application/x-ecmascript",
        "application/x-javascript",
        "text/ecmascript",
        "text/javascript",
        "text/x-ecmascript",
        "text/x-javascript",
    }
)
"""What a browser runs (MIME Sniffing section 4.6), without the numbered versions that nobody uses."""

_BY_CLIENT = ("ERR_BLOCKED_BY_CLIENT", "NS_ERROR_ABORT")
"""What Chromium and Firefox say when an extension cancels a request; a navigation away has other words."""


def check_insecure_context(timeline: Timeline) -> Iterator[Found]:
    """A page that offers the chat is a secure context (Secure Contexts section 3.1)."""
    hosts = {one.partition("://")[2] for one in places(timeline).pages}
    for started in timeline.of("document.started"):
        scheme, _, host = origin_of(started).partition("://")
        if started.data.get("top") and scheme == "http" and host in hosts and not started.data.get("secure"):
            yield Found(
                code="browser.insecure_context",
                severity="error",
                expected="a secure context: https",
                observed=f"{scheme}://{host}, where Secure cookies and crypto.subtle are missing",
                fix=f"Serve https://{host} and redirect every http request of {host} to it",
                ends="refused",
                at=started.at,
            )
            return


def check_mixed_content(timeline: Timeline) -> Iterator[Found]:
    """A page over https loads nothing of the platform or the login over http (Mixed Content section 4.4)."""
    known = places(timeline)
    hosts = {one.partition("://")[2] for one in (known.platform, known.issuer) if one}
    secure = {one.data.get("page") for one in timeline.of("document.started") if _is_secure_page(one)}
    for failed in timeline.of("resource.failed", "iframe.added", "request.blocked", "request.failed"):
        scheme, _, host = origin_of(failed).partition("://")
        if scheme != "http" or host not in hosts or failed.data.get("page") not in secure:
            continue
        plain = path(failed.data["url"])
        yield Found(
            code="browser.mixed_content",
            severity="error",
            expected="https for everything in a page over https",
            observed=f"{plain}, which the browser blocks",
            fix=f"Write https:// instead of http:// before {plain.partition('://')[2]}",
            ends="refused",
            at=failed.at,
        )
        return


def _is_secure_page(started: Event) -> bool:
    return bool(started.data.get("top")) and origin_of(started).startswith("https:")


def check_integrity(timeline: Timeline) -> Iterator[Found]:
    """The SDK is what the page's hash says, and the browser may read it to find out (SRI section 3.3)."""
    known = places(timeline)
    for failed in timeline.of("resource.failed"):
        came = _answers(timeline, known, ok=True)
        if not (known.is_tag(failed) and failed.data.get("integrity") and came):
            continue
        hidden = failed.data.get("crossorigin") is None
        fix = f"Put the hash of what {path(failed.data['url'])} serves now into integrity, or pin a version"
        if hidden:
            fix = 'Add crossorigin="anonymous" to the script element; without it no hash can be compared'
        yield Found(
            code="browser.sri_mismatch",
            severity="error",
            expected="the script that the integrity attribute describes",
            observed="an integrity attribute without crossorigin" if hidden else "another script",
            fix=fix,
            ends="refused",
            at=failed.at,
        )
        return


def check_extension(timeline: Timeline) -> Iterator[Found]:
    """Nothing in the consumer's browser cancels requests to the platform or the login."""
    known = places(timeline)
    for failed in timeline.of("request.failed"):
        error = str(failed.data.get("error") or "")
        script = failed.data.get("resource") in ("script", "fetch", "xhr", "document", "ping")
        if script and _is_cancelled(error) and origin_of(failed) in (known.platform, known.issuer):
            host = origin_of(failed).partition("://")[2]
            yield Found(
                code="net.blocked_by_client",
                severity="error",
                expected="a request that leaves the browser",
                observed=f"{path(failed.data['url'])}: {error}, as when an extension cancels it",
                fix=f"Ask the consumer to allow {host}, or serve it under a host name of the brand's own",
                ends="refused",
                at=failed.at,
            )
            return


def _is_cancelled(error: str) -> bool:
    return any(word in error for word in _BY_CLIENT)


def check_tag(timeline: Timeline) -> Iterator[Found]:
    """The SDK's address answers with a script (Fetch section 3.6, nosniff)."""
    known = places(timeline)
    if timeline.of("sdk.loaded"):
        return
    told = [
        (one, f"{one.data['status']} {_type(one) or 'without a type'}")
        for one in _answers(timeline, known, ok=False)
    ]
    # Chromium does not tell the answer of a script that another site's page must not read.
    told += [
        (one, str(one.data["error"]))
        for one in timeline.of("request.failed")
        if _is_lost(one, timeline, known)
    ]
    for event, observed in told[:1]:
        yield Found(
            code="sdk.load_failed",
            severity="error",
            expected="200 with a JavaScript type",
            observed=observed,
            fix=f"Let {path(event.data['url'])} answer with the SDK as text/javascript, not with a page",
            ends="refused",
            at=event.at,
        )


def _is_lost(failed: Event, timeline: Timeline, known: Places) -> bool:
    """Tell whether the SDK was lost on its way; what the browser refuses by itself has other words."""
    error = str(failed.data.get("error") or "")
    if not (known.is_tag(failed) and origin_of(failed).startswith("https:")):
        return False
    if _is_cancelled(error) or "ABORTED" in error or not error.startswith(("net::", "NS_ERROR")):
        return False
    hashed = any(known.is_tag(one) and one.data.get("integrity") for one in timeline.of("resource.failed"))
    violated = any(
        origin(one.data.get("blocked")) == known.platform for one in timeline.of("policy.violated")
    )
    return not (hashed or violated)


def _answers(timeline: Timeline, known: Places, *, ok: bool) -> tuple[Event, ...]:
    """Return the answers of the SDK's address that a browser runs, or those that it does not."""
    return tuple(
        one
        for one in timeline.of("response.received")
        if known.is_tag(one) and one.data["resource"] == "script" and _runs(one) == ok
    )


def _runs(answer: Event) -> bool:
    status = int(answer.data["status"])
    return 300 <= status < 400 or (status < 300 and _type(answer) in _SCRIPT_TYPES)


def _type(answer: Event) -> str:
    value = str((answer.data.get("headers") or {}).get("content-type") or "")
    return value.partition(";")[0].strip().lower()


def check_trusted_types(timeline: Timeline) -> Iterator[Found]:
    """The SDK writes to the page in a way that the page allows (Trusted Types section 4.2)."""
    known = places(timeline)
    for violated in timeline.of("policy.violated"):
        ours = origin(violated.data.get("source")) == known.platform
        directive = violated.data.get("directive")
        enforced = violated.data.get("disposition") != "report"
        if ours and enforced and directive in ("require-trusted-types-for", "trusted-types"):
            yield Found(
                code="browser.csp_trusted_types",
                severity="error",
                expected="the SDK's writes allowed by the page's content security policy",
                observed=f"{directive} made a write of the SDK a TypeError",
                fix="Let the SDK make a Trusted Types policy and name it in the page's trusted-types "
                "directive; until it has one, drop require-trusted-types-for on pages with the chat",
                ends="refused",
                at=violated.at,
            )
            return

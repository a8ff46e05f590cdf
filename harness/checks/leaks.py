"""Where an address with a credential goes beside the page that it was meant for (RFC 9700 section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.addresses import Addresses, parts
from harness.checks.found import Found
from harness.checks.places import directives, page_header
from harness.checks.seen import origin, path
from harness.timeline import Event, Timeline

_REDIRECTS = range(300, 400)


def check_referrer(timeline: Timeline) -> Iterator[Found]:
    """No page sends an address with a credential along with what it loads (RFC 9700 section 4.2.4)."""
    addresses, told = Addresses(timeline), set[str]()
    for sent in timeline.of("referrer.sent"):
        name, page = addresses.credential(sent.data["referrer"]), path(sent.data["referrer"])
        if name is None or page in told:
            continue
        told.add(page)
        yield Found(
            code="browser.referrer_leak",
            severity="error",
            expected="no address with a credential in a Referer",
            observed=f"the {name} of {page} in the Referer to {path(sent.data['url'])}",
            fix=f"Send Referrer-Policy: no-referrer with {page}, and load nothing there",
        )


def check_address(timeline: Timeline) -> Iterator[Found]:
    """No page keeps a credential in its address (RFC 9700 section 4.3)."""
    addresses = Addresses(timeline)
    tops = {one.data["document"] for one in timeline.of("document.started") if one.data["top"]}
    for found in timeline.of("document.found"):
        name = addresses.credential(found.data["url"])
        if name is not None and found.data["document"] in tops:
            page = path(found.data["url"])
            yield Found(
                code="browser.url_secret_left",
                severity="error",
                expected="an address without a credential once the page has read it",
                observed=f"{name} in the address of {page} to the end",
                fix=f"Call history.replaceState(null, '', location.pathname) in the first script of {page}, "
                "or ask for response_mode=form_post",
            )


def check_fragment(timeline: Timeline) -> Iterator[Found]:
    """No redirect hands a fragment on that it did not make itself (RFC 9700 section 4.1.2)."""
    addresses = Addresses(timeline)
    arrived = {
        before: name
        for one in timeline.of("document.started")
        for before, fragment in [parts(one.data["url"])]
        if fragment and (name := addresses.credential(one.data["url"]))
    }
    for response in timeline.of("response.received"):
        location = _location(response)
        here, there = origin(response.data["url"]), origin(location)
        if location is None or "#" in location or location not in arrived or here == there:
            continue
        yield Found(
            code="redirect.fragment_forwarded",
            severity="error",
            expected=f"the response at {path(location)} itself, or a redirect with a fragment of its own",
            observed=f"{path(response.data['url'])} redirected on, and the browser took "
            f"#{arrived[location]} along to {there}",
            fix=f"Register {path(location)} as the redirect URI; an address that has to redirect ends its "
            "Location in a fragment of its own, as #_",
        )
        return


def _location(response: Event) -> str | None:
    """Return where a response of a navigation leads, if it does."""
    if response.data["status"] not in _REDIRECTS or not response.data["navigation"]:
        return None
    found: str | None = response.data["headers"].get("location")
    return found


def check_report(timeline: Timeline) -> Iterator[Found]:
    """No policy report carries the address of a page that was given a credential (RFC 9700 section 4.2)."""
    addresses, told = Addresses(timeline), set[str]()
    for url, where in _reports(timeline):
        # A report names the address without its fragment (CSP3 section 5.4).
        name = addresses.credential(url, fragment=False)
        if name is None or path(url) in told:
            continue
        told.add(path(url))
        yield Found(
            code="browser.csp_report_leak",
            severity="error",
            expected="no report of a page whose address holds a credential",
            observed=f"the {name} of {path(url)} in a report to {where}",
            fix=f"Take report-uri and report-to out of the Content-Security-Policy of {path(url)}",
        )


def _reports(timeline: Timeline) -> Iterator[tuple[str, str]]:
    """Yield the address of each page that was reported, and to whom."""
    for sent in timeline.of("request.sent"):
        if "document-uri" in sent.data["body"]:
            yield str(sent.data["document_url"]), path(sent.data["url"])
    for violated in timeline.of("policy.violated"):
        url = str(violated.data["document_url"])
        for header in ("content-security-policy", "content-security-policy-report-only"):
            policy = directives(page_header(timeline, url, header))
            for directive in ("report-uri", "report-to"):
                if directive in policy:
                    yield url, " ".join([directive, *policy[directive]])


def check_cached(timeline: Timeline) -> Iterator[Found]:
    """No service worker keeps the page at a redirect URI (RFC 9700 section 4.3.1)."""
    addresses, told = Addresses(timeline), set[str]()
    for found in timeline.of("cache.found"):
        name, page = addresses.credential(found.data["url"]), path(found.data["url"])
        if name is None or page in told:
            continue
        told.add(page)
        yield Found(
            code="browser.sw_caches_callback",
            severity="error",
            expected=f"{page} never kept",
            observed=f"{page} with its {name} in the cache {found.data['key']!r}",
            fix=f"Let the fetch handler of {_worker(timeline, page)} return for {page} before it touches a "
            "cache, and delete what it has kept",
        )


def _worker(timeline: Timeline, page: str) -> str:
    """Name the service worker of a page's origin, where the engine tells."""
    scripts = (one.data["url"] for one in timeline.of("worker.started"))
    return next((path(one) for one in scripts if origin(one) == origin(page)), "the service worker")

"""What the brand's page offers an SDK to run in: one copy of it, whole builtins, scripts that may run."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.found import Found
from harness.checks.seen import pages, path
from harness.timeline import Event, Timeline


def check_duplicate(timeline: Timeline) -> Iterator[Found]:
    """A page loads the SDK once."""
    copies: dict[int, int] = {}
    for event in timeline.of("sdk.loaded"):
        copies[event.data["document"]] = max(event.data["instance"], copies.get(event.data["document"], 0))
    most = max(copies.values(), default=0)
    if most > 1:
        yield Found(
            code="sdk.duplicate_instance",
            severity="warning",
            expected="one copy of the SDK in the page",
            observed=f"{most} copies",
        )


def check_tampered(timeline: Timeline) -> Iterator[Found]:
    """What an SDK relies on is the browser's own."""
    here = {event.data["document"] for event in timeline.of("sdk.loaded")}
    replaced = timeline.of("builtin.replaced")
    names = sorted({event.data["name"] for event in replaced if event.data["document"] in here})
    if names:
        yield Found(
            code="sdk.environment_tampered",
            severity="warning",
            expected="the browser's own functions",
            observed=f"{', '.join(names)} replaced by the page",
        )


def check_dialog(timeline: Timeline) -> Iterator[Found]:
    """A page stands still for a dialog, which a consumer closes more slowly than a driver does."""
    here = pages(timeline)
    kinds = {
        (one.data["kind"], path(here[one.data["document"]].data["url"]))
        for one in timeline.of("dialog.opened")
        if one.data["document"] in here
    }
    for kind, page in sorted(kinds):
        yield Found(
            code="sdk.dialog_opened",
            severity="warning",
            expected="a page that goes on by itself",
            observed=f"{kind}() at {page}, which stands still until the consumer has clicked it away",
        )


def check_script_blocked(timeline: Timeline) -> Iterator[Found]:
    """A content security policy lets the script run that defines the page method (CSP3 section 6.1)."""
    defined = {
        event.data["document"]
        for event in timeline.of("page_method.found")
        if event.data["status"] in ("function", "accessor", "not_callable")
    }
    loaded = {event.data["document"] for event in timeline.of("sdk.loaded")}
    for event in timeline.of("policy.violated"):
        document = event.data["document"]
        if document in pages(timeline) and document in loaded - defined and _is_script(event):
            inline = event.data["blocked"] in ("inline", "eval")
            what = "an inline script" if inline else path(event.data["blocked"])
            yield Found(
                code="browser.csp_blocked",
                severity="error",
                expected="the page's own scripts allowed by its content security policy",
                observed=f"{event.data['directive']} blocked {what}, and the page method is missing",
                fix="Give the script the policy's nonce, or move it to a file that script-src allows",
            )
            return


def _is_script(event: Event) -> bool:
    enforced = event.data["disposition"] == "enforce"
    return enforced and str(event.data["directive"]).startswith(("script-src", "default-src"))

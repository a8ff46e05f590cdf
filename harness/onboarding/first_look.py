"""Preflight's second stage: the brand's page in a browser in which nobody is signed in, nothing clicked."""

from __future__ import annotations

from collections.abc import Iterator

from harness.browser.recorder import Recorder
from harness.browser.steps import StepFailed
from harness.browser.surfaces import NoChat
from harness.checks.found import Found
from harness.checks.judgement import Check
from harness.checks.loopback import check_local_network
from harness.checks.obstacles import check_csp
from harness.checks.page_environment import check_duplicate, check_tampered
from harness.checks.reach import check_forbidden, check_reached, check_steps
from harness.checks.sdk_script import (
    check_integrity,
    check_mixed_content,
    check_tag,
    check_trusted_types,
)
from harness.config import Connector, Surface
from harness.correlate import merge
from harness.matrix import Case
from harness.opened import attention, opening
from harness.page_methods import FAMILIES, name_of
from harness.preflight.model import Line, Undetermined
from harness.preflight.said import Part, Said
from harness.run import Harness
from harness.timeline import Timeline

_LOOKED_FOR: tuple[Check, ...] = (
    check_steps,
    check_reached,
    check_forbidden,
    check_mixed_content,
    check_integrity,
    check_tag,
    check_trusted_types,
    check_csp,
    check_local_network,
    check_duplicate,
    check_tampered,
)

# Follows the configured name; where it ends, looks for the same name in another case.
_OTHER_CASE = """path => {
  let owner = window;
  for (const name of path) {
    const found = owner?.[name];
    if (found !== undefined && found !== null) { owner = found; continue; }
    if (owner === null || (typeof owner !== "object" && typeof owner !== "function")) return null;
    const same = (other) => other !== name && other.toLowerCase() === name.toLowerCase();
    return Object.getOwnPropertyNames(owner).find(same) ?? null;
  }
  return null;
}"""


def first_look(harness: Harness) -> tuple[Part, ...]:
    """Open the brand's page once and say whether SDK and page method are there.

    Args:
        harness: A harness whose configuration names a brand.
    """
    config = harness.config
    surface: Surface = config.matrix.surfaces[0]
    case = Case(surface=surface, flow=config.matrix.flows[0], engine=config.matrix.engines[0])
    timeline, other = _opened(harness, case)
    said = (*_judged(timeline), *_sdk(timeline), *_method(timeline, config.connector_for(case.flow), other))
    return (Part(surfaces=frozenset(config.matrix.surfaces), said=said),)


def _opened(harness: Harness, case: Case) -> tuple[Timeline, str | None]:
    """Return what happened, and how the method's name is spelt where only its case is another."""
    events = harness.server.store.events
    before = events.append("harness", "case.started", **opening(harness.config, case)).seq - 1
    listening = attention(harness.config, case)
    with (
        harness.surface(case, account=None) as surface,
        Recorder(surface.context, listening) as recorder,
    ):
        try:
            surface.open_page()
        except StepFailed as error:
            harness.note_step(error)
        except NoChat:
            pass  # what the browser saw tells why
        other = surface.page.evaluate(_OTHER_CASE, listening.method.split("."))
        return Timeline(merge(events.after(before), recorder.events())), other


def _judged(timeline: Timeline) -> Iterator[Said]:
    for check in _LOOKED_FOR:
        for found in check(timeline):
            if found.ends == "undetermined" and found.severity == "error":
                yield Undetermined(
                    subject="page in a browser",
                    reason=f"{found.observed} instead of {found.expected}",
                    stage="browser",
                )
            else:
                yield found


def _sdk(timeline: Timeline) -> Iterator[Said]:
    started = any("/sdk/engagement" in str(one.data["url"]) for one in timeline.of("request.sent"))
    subject = "SDK in a browser"
    if started:
        yield Line(subject=subject, mark="yes", said="it has started", stage="browser")
    else:
        yield Line(subject=subject, mark="unknown", said="it did not start for a visitor", stage="browser")


def _method(timeline: Timeline, connector: Connector, other: str | None) -> Iterator[Said]:
    if FAMILIES[connector.page_method].member:
        yield _registered(timeline, connector)
        return
    subject, name = "method in a browser", connector.js_method
    seen = timeline.of("page_method.found")
    status = seen[-1].data["status"] if seen else "missing"
    if status in ("function", "accessor"):
        yield Line(subject=subject, mark="yes", said=f"{name} is a function", stage="browser")
    elif status == "not_callable":
        kind = seen[-1].data["type"]
        yield Line(subject=subject, mark="no", said=f"{name} is of type {kind}", stage="browser")
        yield Found(
            code="sdk.method_not_callable",
            severity="error",
            expected=f"a function under {name}",
            observed=f"something of type {kind}",
        )
    elif other is not None:
        yield Line(subject=subject, mark="no", said=f"{other} instead of {name}", stage="browser")
        yield Found(
            code="sdk.method_missing",
            severity="error",
            expected=f"{name}, as the connector spells it",
            observed=f"{other}: another case, and JavaScript tells them apart",
            fix=f"Rename it to {name}, or set js_method to the page's spelling in the connector",
        )
    else:
        said = f"{name} is not there for a visitor who is not signed in; a login will tell"
        yield Line(subject=subject, mark="unknown", said=said, stage="browser")


def _registered(timeline: Timeline, connector: Connector) -> Line:
    """Say whether the page calls what the SDK offers it, which a page may do for consumers alone."""
    subject, name = "method in a browser", name_of(connector)
    if connector.page_method == "push":
        seen = bool(timeline.of("page_method.pushed"))
        said = f"the page pushes by {name}"
    else:
        found = timeline.of("page_method.found")
        seen = bool(found) and found[-1].data["status"] in ("function", "accessor")
        said = f"the page registers a provider by {name}"
    if seen:
        return Line(subject=subject, mark="yes", said=said, stage="browser")
    unknown = f"{name} is not called for a visitor who is not signed in; a login will tell"
    return Line(subject=subject, mark="unknown", said=unknown, stage="browser")

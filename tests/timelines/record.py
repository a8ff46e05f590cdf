"""Records the timelines of this folder again, in Chromium: ``python -m tests.timelines.record [NAME...]``.

Each is an extract of what a real browser and real servers did: the events without which the judgement would
be another one. So that the extracts are small, every other event is left out; those that stay are as they
were recorded.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

from harness import Case, Harness
from harness.browser.drive import drive
from harness.browser.recorder import Recorder
from harness.browser.surfaces import SurfaceDriver
from harness.catalogue.faults import faults
from harness.checks import Judgement, judge
from harness.config import Config
from harness.correlate import merge
from harness.judging import SUFFIX
from harness.matrix import prepared
from harness.opened import OpenCase, attention, opening
from harness.timeline import Event, Timeline

FOLDER = Path(__file__).parent
RUN = "corpus"

LATENCY_MS = 2_500
"""Longer than the page method is waited for."""


def opens_the_chat(shop: SurfaceDriver) -> None:
    """Open the chat once."""
    drive(shop)


def has_a_slow_network(shop: SurfaceDriver) -> None:
    """Open the chat of a page whose requests take long, and stay until the credential has come."""
    shop.open_page()
    slow = {"offline": False, "latency": LATENCY_MS, "downloadThroughput": -1, "uploadThroughput": -1}
    with shop.page.expect_event("requestfinished", lambda done: done.url.endswith("/chat/credential")):
        session = shop.context.new_cdp_session(shop.page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", slow)
        drive(shop, opened=True)


def loses_the_page(shop: SurfaceDriver) -> None:
    """Open the page, whose process dies then."""
    shop.open_page()
    with shop.page.expect_event("crash"), contextlib.suppress(Error):
        shop.page.goto("chrome://crash")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """How a timeline is brought about.

    Attributes:
        fault: A row of the catalogue; the sample as it is when left out.
        variation: Which of the fault's forms.
        axes: The case's axes, where they are not the fault's first.
        brand: What runs in the brand's page once it is there.
        window: What runs in the chat window's frame.
        act: What the consumer does, where it is not the fault's or the scenario's own.
    """

    fault: str | None = None
    variation: int = 0
    axes: Mapping[str, Any] = field(default_factory=dict)
    brand: str = ""
    window: str = ""
    act: Callable[[SurfaceDriver], None] | None = None


METHOD = "const ours = window.lpGetAuthenticationToken; window.lpGetAuthenticationToken ="

RECORDINGS: Mapping[str, Recording] = {
    "address-kept": Recording(fault="secret-left-in-url"),
    "broadcast": Recording(
        brand="const [tells, hears] = [new BroadcastChannel('auth'), new BroadcastChannel('auth')];"
        "const heard = new Promise((resolve) => { hears.onmessage = resolve; });"
        f"{METHOD} (callback, challenge) => ours((token, error) => {{"
        "  tells.postMessage(token.ssoKey ?? token); heard.then(() => callback(token, error));"
        "}, challenge);",
    ),
    "builtins-replaced": Recording(fault="page-overrides-builtins"),
    "cached-by-worker": Recording(fault="service-worker-caches-callback"),
    "challenge-ignored": Recording(fault="challenge-ignored"),
    "chain-incomplete": Recording(fault="tls-browser-ok-server-fails", axes={"surface": "popup"}),
    "clock-ahead": Recording(fault="clock-wrong-on-harness"),
    "codes-swapped": Recording(fault="pkce-swapped-codes"),
    "cookie-insecure": Recording(fault="samesite-none-without-secure"),
    "crashed": Recording(act=loses_the_page),
    "csp-blocked": Recording(fault="csp-frame-src"),
    "dialog": Recording(brand=f"{METHOD} (...given) => {{ confirm('Chat as Alice?'); ours(...given); }};"),
    "frame-reused": Recording(fault="postmessage-target-mismatch"),
    "frame-removed": Recording(fault="frame-removed-mid-flow"),
    "kept-in-attribute": Recording(fault="token-in-web-storage", variation=3),
    "kept-in-store": Recording(fault="token-in-web-storage"),
    "local-network": Recording(fault="local-network-access-blocked"),
    "logged": Recording(fault="token-logged-by-page"),
    "logged-out": Recording(axes={"scenario": "logged-out"}),
    "method-no-function": Recording(fault="method-not-callable"),
    "method-rejects": Recording(fault="method-rejects"),
    "method-throws": Recording(fault="method-throws"),
    "offline": Recording(fault="browser-offline"),
    "popup-closed": Recording(fault="popup-closed-by-user"),
    "recorder-failed": Recording(
        brand="const { proxy, revoke } = Proxy.revocable({}, {}); revoke();"
        "try { new BroadcastChannel('auth').postMessage(proxy); } catch {}",
    ),
    "recorder-full": Recording(
        brand="for (let n = 0; n < 1100; n += 1)"
        "  performance.mark('parley.sent', { detail: { to: '*', type: 'ready' } });",
    ),
    "referrer": Recording(fault="referrer-leak-same-origin"),
    "request-cancelled": Recording(fault="blocked-by-extension"),
    "returned": Recording(fault="method-returns-instead", variation=1),
    "returned-in-promise": Recording(fault="method-returns-instead"),
    "script-changed": Recording(fault="sri-mismatch"),
    "script-failed": Recording(
        brand=f"{METHOD} (callback) => {{ setTimeout(() => callback(nobody.token)); }};"
    ),
    "secret-served": Recording(fault="secret-in-page"),
    "silent-frame": Recording(fault="silent-iframe-login"),
    "slow-request": Recording(act=has_a_slow_network),
    "storage-access": Recording(
        fault="third-party-cookie-blocked", window="document.requestStorageAccess().catch(() => {});"
    ),
    "storage-denied": Recording(fault="web-storage-denied"),
    "strange-messages": Recording(fault="postmessage-garbage"),
    "tracked": Recording(fault="token-logged-by-page", variation=1),
}
"""By the names of the files."""


def recorded(harness: Harness, recording: Recording) -> Timeline:
    """Bring a case about and return its timeline, ready to be saved."""
    row = faults()[recording.fault] if recording.fault else None
    axes: dict[str, Any] = {"surface": "embedded", "flow": "implicit"}
    if row is not None:
        axes = {"surface": row.surfaces[0], "flow": row.flows[0], "policy": row.policy, "fault": row.id}
    case = Case(**{**axes, **recording.axes})
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(harness.arranged(row)) if row else harness
        if recording.act or recording.brand or recording.window:
            opened = _directed(own, case, recording)
        else:
            variation = row.variations(row.expect[0])[recording.variation] if row else None
            opened = stack.enter_context(own.open(case, variation=variation))
        return opened.saved(run=RUN, rules=own.config.rules)


def _directed(harness: Harness, case: Case, recording: Recording) -> OpenCase:
    """Run a case whose pages do more than the sample's, or whose consumer does."""
    sites = harness.config.sites
    with harness.surface(case) as shop:
        shop.context.add_init_script(
            f"if (top === window && location.origin === 'https://{sites.brand}')"
            f"  addEventListener('DOMContentLoaded', () => {{ {recording.brand} }});"
            f"if (top !== window && location.origin === 'https://{sites.platform}')"
            f"  addEventListener('DOMContentLoaded', () => {{ {recording.window} }});"
        )
        events = harness.server.store.events
        before = events.append("harness", "case.started", **opening(harness.config, case)).seq - 1
        with Recorder(shop.context, attention(harness.config, case)) as recorder:
            (recording.act or opens_the_chat)(shop)
            timeline = Timeline(merge(events.after(before), recorder.events()))
    _, conditions = harness.browser(case.engine, case.policy)
    return OpenCase(
        case=case, driven=None, timeline=timeline, conditions=conditions, login_ms=0, elapsed_ms=0
    )


def extract(timeline: Timeline) -> Timeline:
    """Leave out every event without which the judgement is the same, the latest first."""
    whole, kept = judge(timeline), timeline.events
    for event in reversed(timeline.events):
        fewer = tuple(one for one in kept if one is not event)
        kept = fewer if _judged(fewer) == whole else kept
    fewest = replace(timeline, events=kept)
    # Without the later ones an earlier one may not count any more.
    return fewest if len(kept) == len(timeline.events) else extract(fewest)


def _judged(events: tuple[Event, ...]) -> Judgement | None:
    try:
        return judge(Timeline(events))
    except (KeyError, IndexError):  # what a check relies on is gone
        return None


def main(names: list[str]) -> None:
    """Record the named timelines, or all of them and nothing else."""
    with Harness(prepared(Config())) as harness:
        for name in names or RECORDINGS:
            timeline = extract(recorded(harness, RECORDINGS[name]))
            (FOLDER / f"{name}{SUFFIX}").write_text(timeline.dumps(), "utf-8")
            judgement = judge(timeline)
            codes = ", ".join(dict.fromkeys(one.code for one in judgement.findings))
            print(f"{name}: {len(timeline.events)} events, {judgement.outcome}, {codes}")


if __name__ == "__main__":
    main(sys.argv[1:])

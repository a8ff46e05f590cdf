"""Sends the probes that a configuration asks for, one after the other, and says what each found."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from playwright.sync_api import Error

from harness.browser.authorizing import Authorizing
from harness.browser.own_page import OwnPopup
from harness.browser.steps import StepFailed
from harness.checks.found import finding, pinned
from harness.config import Config, Connector
from harness.matrix import Case
from harness.probing.asking import Asking, Unanswered
from harness.probing.table import PROBES, Probe
from harness.probing.token_endpoint import TokenEndpoint
from harness.report.model import Finding, ProbeResult
from harness.run import Harness
from harness.server import RunningServer
from harness.verification.outbound import Outbound


def probe(
    harness: Harness, rows: tuple[Case, ...], *, known: Set[str] = frozenset()
) -> tuple[ProbeResult, ...]:
    """Probe the authorization server of one connector, as its first account.

    Args:
        harness: The harness, of a brand of one's own.
        rows: What is checked: of their flows the first with a code is taken, else the first.
        known: Codes that were found without probes already, which are not found again.

    Returns:
        Every probe, in order; nothing where the configuration does not ask for them.
    """
    config = harness.config
    if config.brand is None or not config.probes.enabled or not rows:
        return ()
    connector = chosen(config, rows)
    if not connector.authorization_endpoint:
        return _unsent(connector, "no authorization_endpoint is named")
    if not connector.rfc_compliance:
        return _unsent(connector, "the older connector version has no redirect_uri of its own")
    popup = replace(rows[0], surface="popup", flow=connector.flow, scenario="sign-in", fault=None)
    try:
        with harness.surface(popup) as surface:
            assert isinstance(surface, OwnPopup), "the brand is one's own"
            browser = Authorizing(surface, config.sites.platform)
            results = send(_asking(config, harness.server, connector, browser), known=known)
    except StepFailed as error:
        return _unsent(connector, str(error))
    return tuple(
        one.model_copy(update={"findings": tuple(pinned(found, config.rules) for found in one.findings)})
        for one in results
    )


def chosen(config: Config, rows: tuple[Case, ...]) -> Connector:
    """Return the connector whose authorization server is probed."""
    connectors = [config.connector_for(flow) for flow in dict.fromkeys(case.flow for case in rows)]
    with_endpoint = [one for one in connectors if one.authorization_endpoint] or connectors
    return next((one for one in with_endpoint if one.response_type == "code"), with_endpoint[0])


def _asking(config: Config, server: RunningServer, connector: Connector, browser: Authorizing) -> Asking:
    out = Outbound(server.http, connect=config.deadlines.connect)
    others = (one for one in config.connectors if one.token_endpoint == connector.token_endpoint)

    def reachable(host: str) -> bool:
        return host not in config.served and server.names.names(host)

    return Asking(
        connector,
        config.window_url,
        browser,
        TokenEndpoint(out, config, connector),
        others=tuple(one for one in others if one.client_id != connector.client_id),
        reachable=reachable,
    )


def send(asking: Asking, *, known: Set[str] = frozenset()) -> tuple[ProbeResult, ...]:
    """Send every probe that fits, each once.

    Args:
        asking: What asks.
        known: Codes that are not found again.
    """
    return tuple(_sent(one, asking, known) for one in PROBES)


def _sent(one: Probe, asking: Asking, known: Set[str]) -> ProbeResult:
    already = len(asking.sent)
    findings, reason = _played(one, asking)
    if told := ", ".join(dict.fromkeys(found.code for found in findings if found.code in known)):
        reason = f"{told} was found already, without a probe"
    return ProbeResult(
        name=one.name,
        connector=asking.connector.id,
        what=one.what,
        sent=tuple(asking.sent[already:]),
        reason=reason,
        findings=tuple(found for found in findings if found.code not in known),
    )


def _played(one: Probe, asking: Asking) -> tuple[tuple[Finding, ...], str | None]:
    """Return what a probe found, or why it says nothing."""
    if unfit := one.unfit(asking.connector):
        return (), f"not sent: {unfit}"
    if one.controlled and asking.control is None:
        return (), "not sent: without a code that can be exchanged nothing could be learned"
    try:
        return tuple(finding(found) for found in one.check(one.play(asking))), None
    except Unanswered as error:
        return (), str(error)
    except Error:
        # Its message may hold an address with a code in it.
        return (), "the browser failed"


def _unsent(connector: Connector, reason: str) -> tuple[ProbeResult, ...]:
    return tuple(
        ProbeResult(name=one.name, connector=connector.id, what=one.what, reason=f"not sent: {reason}")
        for one in PROBES
    )

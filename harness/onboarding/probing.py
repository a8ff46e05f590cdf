"""The probes of a brand's authorization server that a configuration asks for."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from harness.browser.authorizing import Authorizing
from harness.browser.own_page import OwnPopup
from harness.browser.steps import StepFailed
from harness.config import Config, Connector
from harness.judging import probe_result
from harness.matrix import Case
from harness.probing import PROBES, send
from harness.probing.asking import Asking
from harness.probing.token_endpoint import TokenEndpoint
from harness.probing.wire import WireBrowser
from harness.report.model import ProbeResult
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
            asking = _asking(config, harness.server, connector, browser)
            sent = send(asking, harness.server.store.events)
            return tuple(probe_result(one, known, config.rules) for one in sent)
    except StepFailed as error:
        return _unsent(connector, str(error))


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
        stranger=lambda cookies: WireBrowser(out, total=config.deadlines.token, cookies=cookies),
        preflighted=True,
    )


def _unsent(connector: Connector, reason: str) -> tuple[ProbeResult, ...]:
    return tuple(
        ProbeResult(name=one.name, connector=connector.id, what=one.what, reason=f"not sent: {reason}")
        for one in PROBES
    )

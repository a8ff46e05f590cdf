"""The composition: every role under its own host name, as one ASGI application."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2
from joserfc.jwk import Key
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from harness import sample
from harness.clock import Clock, MovableClock
from harness.config import EMBEDDED, Config
from harness.held import Held
from harness.protocol.sealing import Sealer
from harness.roles import attacker, web
from harness.roles.bounds import Bounded
from harness.roles.brand import Brand
from harness.roles.canary import Canary
from harness.roles.idp.app import IdpApp
from harness.roles.idp.issuer import Issuer
from harness.roles.idp.keys import KeyRing
from harness.roles.mobile_app import MobileApp
from harness.roles.platform.backend_api import BackendApi
from harness.roles.platform.bus import Bus
from harness.roles.platform.conversations import Desk
from harness.roles.platform.services import Services
from harness.roles.platform.session_tokens import SessionTokens
from harness.roles.platform.window import Window
from harness.roles.platform.workspace import Workspace
from harness.roles.seams import Seams
from harness.shared import Shared, issuers
from harness.store import Store
from harness.verification.backend import Backend
from harness.verification.interface import BackendFailed, VerificationBackend
from harness.verification.remote import RemoteBackend


@dataclass(frozen=True, kw_only=True)
class Composition:
    """The running parts of one harness.

    Attributes:
        asgi: Everything, by Host.
        plain: What answers on port 80: the way to https.
        seams: Where faults take hold of the sample brand.
        bus: Wakes those who wait; closed before the server stops.
        encryption: The platform's encryption keys, whose public halves issuers of encrypted tokens need.
        agent_key: Opens the agent's workspace.
        backend_token: The bearer token of the embedded verification backend, where it is the one in use.
        engaged: Which engagement a brand's own page has at the moment.
        session_clock: Tells when what windows hold expires: where the brand is somebody's own, it can be set
            ahead without a word to those who verify what a real server issued a moment ago.
    """

    asgi: ASGIApp
    plain: ASGIApp
    seams: Held[Seams]
    bus: Bus
    encryption: KeyRing = field(repr=False)
    agent_key: str = field(repr=False)
    backend_token: str = field(repr=False)
    engaged: Held[str | None]
    session_clock: Clock


def compose(
    config: Config,
    store: Store,
    http: httpx2.Client,
    clock: Clock,
    *,
    shared: Shared | None = None,
    seams: Held[Seams] | None = None,
    platforms: httpx2.Client | None = None,
    strangers: httpx2.Client | None = None,
    verifier: httpx2.Client | None = None,
    mended: Mapping[str, ASGIApp] | None = None,
) -> Composition:
    """Put the brand, its authorization servers, the app and the platform together.

    Args:
        config: Host names, connectors, deadlines.
        store: Shared by all roles, each with its own records.
        http: The back channel.
        clock: The one clock.
        shared: The secrets that every process of this server has; new ones when left out.
        seams: Where faults take hold; a place of its own when left out.
        platforms: The back channel of the platform's servers, where it is not the brand's.
        strangers: The back channel to hosts that nobody configured.
        verifier: Reaches another verification backend, where the configuration names one.
        mended: What stands before hosts of a brand's own.
    """
    sites = config.sites
    seams, bus = seams or Held(Seams()), Bus()
    engaged = Held[str | None](None)
    shared = shared or Shared.fresh(config)
    encryption, curve = shared.encryption, shared.curve
    remote = None
    if config.platform.backend != EMBEDDED:
        remote = RemoteBackend(config=config, store=store, http=verifier or http)

    def private_keys() -> tuple[Key, ...]:
        return (*encryption.values(), curve)

    def platform_key(key_type: str = "RSA") -> Key:
        if remote is not None:
            # The failure is on the timeline, so whatever becomes of this token is nobody's fault.
            with contextlib.suppress(BackendFailed):
                return remote.encryption_key(key_type)
        return curve if key_type == "EC" else encryption["current"]

    def issuer(url: str) -> Issuer:
        return Issuer(
            url=url,
            keys=shared.signing,
            encryption_key=platform_key,
            store=store,
            clock=clock,
            seams=lambda: seams.now,
            code_seconds=config.deadlines.code,
        )

    own, partner = (issuer(url) for url in issuers(config))
    session_clock = clock if config.brand is None else MovableClock()
    tokens = SessionTokens(issuer=f"https://{sites.platform}", clock=session_clock, key=shared.session_key)
    desk = Desk(
        store=store,
        bus=bus,
        tokens=tokens,
        window_origin=f"https://{sites.platform}",
        agent_origin=f"https://{sites.agent}",
        # What a brand of somebody's own sells is not known here.
        services=Services(sample.PLANS if config.brand is None else ()),
    )
    embedded = Backend(
        config=config,
        store=store,
        http=platforms or http,
        clock=clock,
        sealer=Sealer(shared.sealing_key),
        strangers=strangers or http,
        habits=lambda: seams.now.habits,
        decryption_keys=lambda: {str(key.kid): key for key in private_keys()},
    )
    backend: VerificationBackend = remote or embedded
    window = Window(
        config=config,
        store=store,
        backend=backend,
        desk=desk,
        tokens=tokens,
        bus=bus,
        clock=clock,
        habits=lambda: seams.now.page_habits,
        engaged=lambda: engaged.now,
    )
    workspace = Workspace(config=config, store=store, desk=desk, key=shared.agent_key)
    canary, chat = Canary(sites).asgi(), window.asgi()
    apps: dict[str, ASGIApp] = {
        sites.platform: chat,
        sites.tag: chat,
        sites.agent: workspace.asgi(),
        sites.canary: canary,
        sites.canary_frame: canary,
    }
    if config.brand is None:
        brand = Brand(config=config, issuer=own, store=store, http=http, clock=clock, seams=seams)
        apps |= {
            sites.brand: brand.asgi(),
            sites.app: MobileApp(config).asgi(),
            attacker.host(sites): attacker.Attacker().asgi(),
        }
        registered = (*sample.clients(sites), *config.clients)
        for name, issuing in ((sites.idp, own), (sites.partner_idp, partner)):
            idp = IdpApp(issuer=issuing, clients=registered, store=store, clock=clock, sites=sites)
            apps[name] = web.Dated(idp.asgi(), lambda: clock.now() + seams.now.idp_clock)
    if remote is None:
        served = BackendApi(
            config=config,
            store=store,
            backend=embedded,
            encryption_key=platform_key,
            token=shared.backend_token,
        )
        apps[sites.verify] = served.asgi()
    # What stands before a host of the brand's own passes that host's answers on as they are.
    ours = {name: _guarded(one) for name, one in apps.items()}
    apps = {**(mended or {}), **ours}
    asgi = web.Dated(_by_host(apps, _guarded(_elsewhere(store, seams, chat))), clock.now)
    return Composition(
        asgi=asgi,
        plain=_plain(asgi, seams, config.window_url),
        seams=seams,
        bus=bus,
        encryption=encryption,
        agent_key=shared.agent_key,
        backend_token=shared.backend_token,
        engaged=engaged,
        session_clock=session_clock,
    )


def _guarded(answering: ASGIApp) -> ASGIApp:
    """Give every answer of ours the common headers, errors too, and every request its bounds."""
    return web.CommonHeaders(Bounded(answering))


def _plain(asgi: ASGIApp, seams: Held[Seams], window_url: str) -> ASGIApp:
    """Lead what comes over plain http to https (RFC 9110 section 15.4.9), unless a fault serves it plain.

    What comes to the window is the window's to refuse: led on, it would bring its credential along.
    """
    window = urlsplit(window_url)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        url = Request(scope).url if scope["type"] == "http" else None
        refused = url is not None and (url.hostname, url.path) == (window.hostname, window.path)
        if url is None or refused or seams.now.page.plain:
            await asgi(scope, receive, send)
        else:
            secure = url.replace(scheme="https")
            await web.CommonHeaders(RedirectResponse(str(secure), 308))(scope, receive, send)

    return answer


def _by_host(apps: Mapping[str, ASGIApp], elsewhere: ASGIApp) -> ASGIApp:
    """Let the application answer whose host name a request has, without regard to case and port.

    Every request passes here, and of a dozen applications Starlette's ``Host`` tries one after the other.

    Args:
        apps: The applications by their host names.
        elsewhere: What answers for any other name.

    Source: RFC 9110 sections 4.2.3 and 7.2.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        name = host.partition(b":")[0].decode("latin-1").lower()
        await apps.get(name, elsewhere)(scope, receive, send)

    return answer


def _elsewhere(store: Store, seams: Held[Seams], careless: ASGIApp) -> ASGIApp:
    """Refuse a host name that is not ours (RFC 9110 section 15.5.20), as one that a page has rebound."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if seams.now.own_habits.any_host:
            await careless(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            sentence = "This server does not answer for that host name."
            store.events.append(
                "harness", "request.refused", code="harness.host_forbidden", status=421, expected=sentence
            )
            await PlainTextResponse(sentence, 421)(scope, receive, send)

    return answer

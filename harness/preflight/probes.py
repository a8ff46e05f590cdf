"""The table of probes: what is asked of whom, and who judges the answer for which surfaces."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.config import SURFACES, Config, Connector, Mode
from harness.preflight import (
    authorization,
    authorization_answers,
    discovery,
    keys,
    page,
    page_headers,
    page_method,
    token_endpoint,
)
from harness.preflight.asking import Asker
from harness.preflight.discovery import Document
from harness.preflight.endpoints import Surfaces, connectors_of
from harness.preflight.page import Place
from harness.preflight.said import Said
from harness.preflight.undocumented import judge_documented

Documents = Mapping[str, Document]
"""Discovery documents by the issuer that is configured."""

Judge = Callable[[Any, Documents], Iterator[Said]]
"""Says what the answer of its own probe means."""

_EMBEDDED: Surfaces = frozenset(("embedded",))
_POPUP: Surfaces = frozenset(("popup",))
_PAGE = _EMBEDDED | _POPUP
_EVERY: Surfaces = frozenset(SURFACES)


@dataclass(frozen=True, kw_only=True)
class Probe:
    """Something that is asked once.

    Attributes:
        subject: What.
        label: The connector's name, which tells it from others of the same subject.
        url: Whom; one whose host is not reached is not asked, except where that is empty.
        ask: Asks; its answer is frozen.
        judges: Who says what the answer means, and for which surfaces.
    """

    subject: str
    label: str = ""
    url: str
    ask: Callable[[Asker], Any]
    judges: tuple[tuple[Surfaces, Judge], ...]


def probes_of(config: Config) -> tuple[Probe, ...]:
    """Return what is asked for a configuration, each question once."""
    asked: Surfaces = frozenset(config.matrix.surfaces)
    return tuple(
        Probe(
            subject=probe.subject,
            label=probe.label,
            url=probe.url,
            ask=probe.ask,
            judges=tuple((surfaces & asked, judge) for surfaces, judge in probe.judges if surfaces & asked),
        )
        for probe in _all(config, connectors_of(config), mode_of(config))
        if any(surfaces & asked for surfaces, _ in probe.judges)
    )


def mode_of(config: Config) -> Mode:
    """Return the mode in which findings are weighed: the strictest that is asked for."""
    return "strict" if "strict" in config.matrix.modes else "compat"


def judge_configured(config: Config) -> Iterator[tuple[Surfaces, tuple[Said, ...]]]:
    """Yield what the configuration alone says."""
    for connector in connectors_of(config):
        said = list(keys.judge_configured(connector, mode_of(config)))
        if config.brand is not None:
            said += judge_documented(connector)
        yield frozenset(config.matrix.surfaces), tuple(said)


def _all(config: Config, connectors: tuple[Connector, ...], mode: Mode) -> Iterator[Probe]:
    yield _page(Place.of(config), connectors, mode)
    for one in _each(connectors, lambda one: one.issuer):
        yield _issuer([other for other in connectors if other.issuer == one.issuer], mode)
    for one in _each(connectors, lambda one: one.jwks_uri):
        if one.jwks_uri:
            yield _key_set(one, one.jwks_uri, mode)
    strangers = {one.id for one in _each(connectors, lambda one: one.authorization_endpoint)}
    for one in connectors:
        if one.authorization_endpoint:
            # One request with an unregistered redirect URI is enough for an endpoint.
            yield _authorization(config, one, mode, with_stranger=one.id in strangers)
    clients = _each(connectors, lambda one: (one.token_endpoint, one.client_id))
    for one in clients:
        if one.response_type == "code" and one.token_endpoint:
            yield _token(config, one, mode)


def _each(connectors: Iterable[Connector], mark: Callable[[Connector], object]) -> list[Connector]:
    """Return the first connector of each mark."""
    found: dict[object, Connector] = {}
    for one in connectors:
        found.setdefault(mark(one), one)
    return list(found.values())


def _by(judge: Callable[..., Iterator[Said]], *more: object) -> Judge:
    """Return a judge that needs no discovery document."""
    return lambda seen, _: judge(seen, *more)


def _page(place: Place, connectors: tuple[Connector, ...], mode: Mode) -> Probe:
    methods = _each(connectors, lambda one: one.js_method)
    return Probe(
        subject=page.SUBJECT,
        url=place.url,
        ask=lambda asker: page.ask(asker, place),
        judges=(
            (_PAGE, _by(page.judge, place, mode)),
            (_PAGE, _by(page_headers.judge_policy, place, _PAGE)),
            (_EMBEDDED, _by(page_headers.judge_policy, place, _EMBEDDED)),
            (_EMBEDDED, _by(page_headers.judge_frame, place)),
            (_POPUP, _by(page_headers.judge_popup)),
            *((_EMBEDDED, _by(page_method.judge_method, one)) for one in methods),
        ),
    )


def _issuer(connectors: list[Connector], mode: Mode) -> Probe:
    # Whoever wants the most of the document decides what is looked for in it.
    widest = max(connectors, key=lambda one: (one.discovery, one.pkce))
    types = _each(connectors, lambda one: one.asked_response_type)
    return Probe(
        subject=discovery.SUBJECT,
        label=connectors[0].id,
        url="",
        ask=lambda asker: discovery.ask(asker, widest),
        judges=(
            (_EVERY, _by(discovery.judge, widest, mode)),
            *((_POPUP, _by(discovery.judge_response_type, one)) for one in types),
        ),
    )


def _key_set(connector: Connector, url: str, mode: Mode) -> Probe:
    return Probe(
        subject=keys.SET,
        label=connector.id,
        url=url,
        ask=lambda asker: keys.ask(asker, connector),
        judges=((_EVERY, _by(keys.judge_set, connector, mode)),),
    )


def _authorization(config: Config, connector: Connector, mode: Mode, *, with_stranger: bool) -> Probe:
    return Probe(
        subject=authorization.SUBJECT,
        label=connector.id,
        url=connector.authorization_endpoint,
        ask=lambda asker: authorization.ask(
            asker, connector, config.window_url, config.brand_origins[0], with_stranger=with_stranger
        ),
        judges=((_POPUP, _by(authorization_answers.judge, connector, mode)),),
    )


def _token(config: Config, connector: Connector, mode: Mode) -> Probe:
    popup = "popup" in config.matrix.surfaces
    redirect_uri = config.window_url if popup else config.platform.default_redirect_uri

    def judge(seen: Any, documents: Documents) -> Iterator[Said]:
        return token_endpoint.judge(seen, connector, mode, documents.get(connector.issuer, {}))

    return Probe(
        subject=token_endpoint.SUBJECT,
        label=connector.id,
        url=connector.token_endpoint,
        ask=lambda asker: token_endpoint.ask(asker, connector, redirect_uri),
        judges=((_EVERY, judge),),
    )

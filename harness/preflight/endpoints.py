"""Which endpoints a configuration names, what for, and the surfaces that stand or fall with each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.config import Config, Connector, Surface
from harness.preflight.addresses import Address, address_of
from harness.preflight.page import Place

Surfaces = frozenset[Surface]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """An address that a configuration names.

    Attributes:
        name: The key that names it.
        url: The address.
        surfaces: The surfaces that need it; none for an issuer that is a name only.
    """

    name: str
    url: str
    surfaces: Surfaces

    @property
    def address(self) -> Address:
        """Its host and port."""
        return address_of(self.url)


def connectors_of(config: Config) -> tuple[Connector, ...]:
    """Return the connectors that are asked for: all of one's own, one per flow of the sample's."""
    if config.brand is None:
        return tuple(config.connector_for(flow) for flow in config.matrix.flows)
    return tuple(one for one in config.connectors if one.flow in config.matrix.flows)


def endpoints_of(config: Config) -> tuple[Endpoint, ...]:
    """Return every endpoint that preflight looks at."""
    asked: Surfaces = frozenset(config.matrix.surfaces)
    found = [Endpoint(name="page", url=Place.of(config).url, surfaces=asked & {"embedded", "popup"})]
    for connector in connectors_of(config):
        found += _of(connector, asked)
    return tuple(one for one in found if one.surfaces or one.name == "issuer")


def _of(connector: Connector, asked: Surfaces) -> Iterator[Endpoint]:
    code = connector.response_type == "code"
    rows: tuple[tuple[str, str | None, bool, Surfaces], ...] = (
        ("issuer", connector.issuer, True, asked if connector.discovery else frozenset()),
        ("authorization_endpoint", connector.authorization_endpoint, True, asked & {"popup"}),
        ("token_endpoint", connector.token_endpoint, code, asked),
        ("jwks_uri", connector.jwks_uri, True, asked),
        ("userinfo_endpoint", connector.userinfo_endpoint, code, asked),
    )
    for name, url, needed, surfaces in rows:
        if url and needed:
            yield Endpoint(name=name, url=url, surfaces=surfaces)

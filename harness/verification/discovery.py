"""Discovery documents: fetched for connectors that ask for it, kept only when they were good.

OpenID Connect Discovery sections 4.2 and 4.3.
"""

from __future__ import annotations

import functools
import threading
from typing import Any
from urllib.parse import urlsplit

from harness.clock import Clock
from harness.config import Connector, Deadlines
from harness.protocol import metadata, strict_json
from harness.protocol.metadata import Metadata
from harness.protocol.problem import Refusal
from harness.verification.outbound import Answer, Outbound

DOCUMENT_LIMIT = 256 * 1024


class Discovery:
    """Fetches and keeps the documents.

    Args:
        outbound: The outbound client.
        clock: Gives the age of what is kept.
        deadlines: How long a document is kept.
    """

    def __init__(self, outbound: Outbound, clock: Clock, deadlines: Deadlines) -> None:
        self._outbound, self._clock, self._deadlines = outbound, clock, deadlines
        self._kept: dict[str, tuple[float, Metadata]] = {}
        self._lock = threading.Lock()

    def of(self, connector: Connector) -> Metadata:
        """Return what the connector's issuer says of itself.

        Raises:
            Refusal: ``disco.invalid``, ``disco.issuer_mismatch`` or a code of the family ``net``.
        """
        with self._lock:
            until, known = self._kept.get(connector.id, (0.0, None))
            if known is not None and self._clock.now() < until:
                return known
        found = self._fetch(connector)
        with self._lock:
            self._kept[connector.id] = self._clock.now() + self._deadlines.keys_cached, found
        return found

    def _fetch(self, connector: Connector) -> Metadata:
        url = metadata.well_known(connector.issuer)
        answer = self._outbound.get(url, limit=DOCUMENT_LIMIT, total=self._deadlines.keys)
        return metadata.read(document(answer), issuer=connector.issuer, pkce=connector.pkce)


def document(answer: Answer) -> Any:
    """Return the JSON of an answer to a request for a discovery document.

    Raises:
        Refusal: ``disco.invalid``.
    """
    if answer.status != 200:
        raise Refusal("disco.invalid", expected="status 200", observed=f"status {answer.status}")
    try:
        return strict_json.loads(answer.body)
    except strict_json.NotJson as error:
        raise Refusal("disco.invalid", expected="a JSON object", observed=str(error)) from None


def named_hosts(connector: Connector) -> frozenset[str]:
    """Return the hosts that the configuration itself names; only these may resolve to any address."""
    urls = (
        connector.issuer,
        connector.authorization_endpoint,
        connector.token_endpoint,
        connector.jwks_uri,
        connector.userinfo_endpoint,
    )
    return frozenset(host for url in urls if url and (host := _host(url)))


@functools.lru_cache(maxsize=256)
def _host(url: str) -> str | None:
    # Asked for every token, of the same few addresses.
    return urlsplit(url).hostname

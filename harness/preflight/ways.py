"""The ways to a brand's hosts: who is reached and how, and whose certificates are trusted."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Self

import httpx2

from harness import tls
from harness.config import Config, Deadlines
from harness.net import NameMap, Outside, back_channel


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How hosts are reached; nobody else is.

    Attributes:
        names: The hosts and the ways to them.
        trust: Whose certificates are accepted.
    """

    names: NameMap
    trust: ssl.SSLContext

    @classmethod
    def outward(cls, config: Config) -> Self:
        """Return the ways to what a configuration names, past any server of ours."""
        return cls(names=NameMap({}, outside=Outside.of(config)), trust=tls.outward(config.network.ca))

    def client(self, deadlines: Deadlines, *, cookies: bool = False) -> httpx2.Client:
        """Return a client that follows no redirects.

        Args:
            deadlines: How long is waited.
            cookies: Whether it keeps cookies, as logins need that lead from one page to the next.
        """
        client = back_channel(self.names, self.trust, connect=deadlines.connect, total=deadlines.token)
        if cookies:
            client.cookies = httpx2.Cookies()
        return client

"""Which party stands behind an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from harness.report.sequence.model import Lane, Row
from harness.timeline import Timeline


@dataclass(frozen=True)
class Parties:
    """Who is who in one case.

    Attributes:
        hosts: Host name to party.
        tag: How the address of the SDK begins.
        surface: Where the consumer chats.
    """

    hosts: Mapping[str, Lane]
    tag: str
    surface: str

    @classmethod
    def of(cls, timeline: Timeline) -> Parties:
        """Read them from a timeline's first event."""
        started = timeline.of("case.started")
        facts = started[0].data if started else {}
        sites = facts.get("sites", {})
        roles: dict[str, Lane] = {
            "brand": "page",
            "app": "page",
            "idp": "idp",
            "partner_idp": "idp",
            "tag": "platform",
            "platform": "platform",
            "verify": "platform",
        }
        hosts = {urlsplit(url).netloc: roles[role] for role, url in sites.items() if role in roles}
        for url in (facts.get("issuer"), facts.get("authorization_endpoint")):
            if url:
                hosts[urlsplit(url).netloc] = "idp"
        return cls(hosts, facts.get("tag") or "", facts.get("case", {}).get("surface", "embedded"))

    def at(self, url: str | None) -> Lane | None:
        """Return the party behind an address; ``None`` for anybody else's."""
        return self.hosts.get(urlsplit(url or "").netloc)

    def is_sdk(self, url: str | None) -> bool:
        """Tell whether an address is the platform's SDK."""
        return bool(self.tag) and (url or "").startswith(self.tag)


def path(url: str) -> str:
    """Return an address's path, with its host where nobody knows the host."""
    return urlsplit(url).path or "/"


def parameters(url: str) -> tuple[Row, ...]:
    """Return what an address carries in its query and its fragment, as redacted there."""
    parts = urlsplit(url)
    carried = [*parse_qsl(parts.query, keep_blank_values=True)]
    if "=" in parts.fragment:
        carried += parse_qsl(parts.fragment, keep_blank_values=True)
    return tuple(Row(name=name, value=value) for name, value in carried)

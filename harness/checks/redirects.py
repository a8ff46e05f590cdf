"""How a response got to where it was meant to go, and whether it can be led elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from harness.checks.found import Found
from harness.checks.seen import origin
from harness.timeline import Timeline

_DROPPED = re.compile(r"[\t\n\r]")
"""What browsers take out of an address before they read it (URL Standard section 4.4)."""


def check_open_redirect(timeline: Timeline) -> Iterator[Found]:
    """A callback leads to addresses of its own only, whatever it is told (RFC 9700 section 4.11.1)."""
    for answered in timeline.of("probe.answered"):
        if answered.data["probe"] != "return_address" or not answered.data["location"]:
            continue
        url, location = f"https://{answered.data['host']}", answered.data["location"]
        if origin(where(url, location)) != origin(url):
            yield Found(
                code="redirect.open_redirect",
                severity="error",
                expected=f"a callback that leads nowhere but to {origin(url)}",
                observed=f"status {answered.data['status']} and Location: {location!r}",
            )
            return


def where(base: str, location: str) -> str:
    """Return the address to which a browser goes from ``base`` (URL Standard section 4.4)."""
    text = _DROPPED.sub("", location.strip("".join(map(chr, range(33)))))
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text)
    special = scheme is None or scheme[0].lower() in ("http:", "https:")
    return urljoin(base, text.replace("\\", "/") if special else text)

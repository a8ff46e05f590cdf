"""Credentials in addresses, as a timeline shows them: by name and fingerprint."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from harness.checks.seen import credentials
from harness.timeline import Timeline

_ALWAYS = ("id_token", "access_token", "refresh_token")


class Addresses:
    """Tells which addresses of a case hold a credential.

    Args:
        timeline: The case.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._handed = credentials(timeline)

    def credential(self, url: str | None, *, fragment: bool = True) -> str | None:
        """Return the name of the parameter that is a credential, if one is.

        A parameter ``code`` may be a voucher: it counts when it was handed over in this case, or stands
        beside a ``state`` as in an authorization response (RFC 6749 section 4.1.2).

        Args:
            url: A redacted address.
            fragment: Whether the fragment is looked at.
        """
        try:
            parts = urlsplit(url or "")
        except ValueError:  # a page may write what is no address
            return None
        values = dict(parse_qsl(parts.query)) | (dict(parse_qsl(parts.fragment)) if fragment else {})
        for name in _ALWAYS:
            if values.get(name):
                return name
        code = values.get("code", "")
        if code and ("state" in values or code.removeprefix("fp:") in self._handed):
            return "code"
        return None


def parts(url: str | None) -> tuple[str, str]:
    """Return an address without its fragment, and the fragment."""
    before, _, fragment = (url or "").partition("#")
    return before, fragment

"""The part of the configuration that describes a brand of one's own: its page, its people, its network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from harness.settings import Settings

Verb = Literal["goto", "fill", "click", "check", "select", "press", "frame", "wait_for", "totp", "pause"]
VERBS: Mapping[Verb, str] = {
    "goto": "an address, or a path of the page's host",
    "fill": "a field by its label, with value, env or file",
    "click": "a button, a link or a text by its name",
    "check": "a box by its label",
    "select": "a list by its label, with value",
    "press": "a key, as Enter",
    "frame": "the frame in which the next steps are, by its title or name; empty for the page again",
    "wait_for": "a text that shows that it went well",
    "totp": "a field for a one-time code by its label, with env or file of the base32 secret",
    "pause": "what a person has to do meanwhile; needs --headed",
}
"""What a step may do, and what stands behind the word."""

TAG = "https://lptag.liveperson.net"
WINDOW_URL = "https://lpcdn.lpsnmedia.net/le_unified_window/index.html"
REPLACED = f"{TAG}/tag/tag.js*"

_HOST = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*\Z")
_LABELS = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?\Z|[0-9a-f:.]+\Z")
_ADDRESS = re.compile(r"[^\s/@:]+:[0-9]{1,5}\Z|\[[0-9a-f:]+\]:[0-9]{1,5}\Z")


HTTPS = "an https URL without user and password, its host in ASCII, as xn--bcher-kva.example"
"""What is taken for an address of the brand: as a browser sends it, so that every comparison is plain."""


_HOST_PORT = re.compile(r"(?:\[[^\[\]@]+\]|[^\[\]:@]+)(?::[0-9]*)?\Z")
"""What urlsplit would take as well has its brackets anywhere (RFC 3986 section 3.2)."""


def is_https(url: str) -> bool:
    """Tell whether a text is an address of :data:`HTTPS` (RFC 3986 section 3, RFC 5890 section 2.3.2.1)."""
    try:
        parts = urlsplit(url)
        readable = parts.scheme == "https" and _HOST_PORT.match(parts.netloc) and parts.port != 0
        return bool(readable) and _LABELS.match(parts.hostname or "") is not None
    except ValueError:
        return False


def as_browsers_write(url: str) -> str:
    """Return an https URL with a small host, without its usual port, with a path (WHATWG URL section 4.5)."""
    parts = urlsplit(url)
    netloc = parts.netloc.lower().removesuffix(":443").removesuffix(":")
    return parts._replace(netloc=netloc, path=parts.path or "/").geturl()


def _is_proxy(url: str) -> bool:
    try:
        parts = urlsplit(url)
        where = parts.netloc.rpartition("@")[2]
        return parts.scheme == "http" and _HOST_PORT.match(where) is not None and parts.port != 0
    except ValueError:
        return False


class Step(Settings):
    """One step that a person takes on a page, in the page's own words.

    Attributes:
        verb: What is done.
        target: To what, by the name that a person or a screen reader sees; after ``css=`` a selector.
        value: What is filled in or selected.
        concealed: Whether the value came from the environment or from a file of its own.
        optional: Whether it is left out where there is nothing of that name.
    """

    verb: Verb
    target: str
    value: SecretStr | None = None
    concealed: bool = False
    optional: bool = False


class Sdk(Settings):
    """How the platform's SDK gets into the page: answered under the page's own tag URL, or put in.

    Attributes:
        replace: The tag URL that the page loads; ``*`` stands for anything.
        inject: Whether the harness puts the SDK in, because the page has no tag yet.
    """

    replace: str | None = None
    inject: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.replace is not None) == self.inject:
            raise ValueError('sdk takes { replace = "https://…/tag.js*" } or { inject = true }')
        return self

    @field_validator("replace")
    @classmethod
    def _https(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not is_https(value):
            raise ValueError(f"replace is {value!r}; it takes {HTTPS}, with * in its path or query")
        return as_browsers_write(value)


class BrandPage(Settings):
    """The brand's page.

    Attributes:
        page: Where a signed-in consumer finds the chat.
        sdk: How the SDK gets into it.
        before: What has to be done each time before the chat is there, as to accept cookies.
        launcher: The step that opens the chat; the harness's own button when ``None``.
    """

    page: str
    sdk: Sdk = Sdk(replace=REPLACED)
    before: tuple[Step, ...] = ()
    launcher: Step | None = None

    @field_validator("page")
    @classmethod
    def _https(cls, value: str) -> str:
        if not is_https(value):
            raise ValueError(f"page is {value!r}; it takes {HTTPS}")
        return as_browsers_write(value)

    @property
    def origin(self) -> str:
        """The page's origin (RFC 6454 section 6.2)."""
        return f"https://{urlsplit(self.page).netloc}"


class Login(Settings):
    """How a person signs in.

    Attributes:
        on: On the brand's page, or on the authorization server's page in the popup.
        account: The person's name in the results.
        steps: What they do.
    """

    on: Literal["page", "authorize"] = "page"
    account: str = Field(default="alice", pattern=r"^[A-Za-z0-9_-]{1,64}$")
    steps: tuple[Step, ...] = Field(min_length=1)


class Network(Settings):
    """How the brand is reached.

    Attributes:
        allow: Further hosts that the browser may reach, ``*.`` for all below; they are never probed.
        map: Host name to ``address:port``, for what DNS does not know.
        ca: Certificate authorities that are trusted beside the public ones, PEM.
        proxy: The way out, an http URL; host names of ``map`` are reached past it.
    """

    allow: tuple[str, ...] = ()
    map: dict[str, str] = Field(default_factory=dict)
    ca: Path | None = None
    proxy: SecretStr | None = None

    @field_validator("allow")
    @classmethod
    def _hosts(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not _HOST.match(value.lower()):
                raise ValueError(
                    f"allow holds {value!r}; it takes host names in ASCII, without port, "
                    '"*.acme.example" for all below'
                )
        return tuple(value.lower() for value in values)

    @field_validator("map")
    @classmethod
    def _addresses(cls, values: dict[str, str]) -> dict[str, str]:
        for host, address in values.items():
            if not _HOST.match(host.lower()) or host.startswith("*") or not _ADDRESS.match(address):
                raise ValueError(f'map holds {host} = {address!r}; it takes "host" = "address:port"')
            if not 0 < int(address.rpartition(":")[2]) < 65_536:
                raise ValueError(f"map holds {host} = {address!r}; a port is 1 to 65535")
        return {host.lower(): address for host, address in values.items()}

    @field_validator("proxy")
    @classmethod
    def _http(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _is_proxy(value.get_secret_value()):
            raise ValueError("proxy is no http URL; it takes http://host:port")
        return value

    def open(self) -> Self:
        """Return the same network with every host allowed to the browser: to learn which are needed."""
        return self.model_copy(update={"allow": ("*",)})

    def allows(self, host: str) -> bool:
        """Tell whether the browser may reach a host that is named for it alone."""
        return any(fnmatchcase(host.lower(), one) for one in self.allow)

    def address(self, host: str) -> tuple[str, int] | None:
        """Return where a mapped host is, ``None`` for one that DNS knows."""
        if (found := self.map.get(host.lower())) is None:
            return None
        address, _, port = found.rpartition(":")
        return address.strip("[]"), int(port)


class Probes(Settings):
    """Active probes of the brand's authorization server.

    Attributes:
        enabled: Whether they are sent.
    """

    enabled: bool = False

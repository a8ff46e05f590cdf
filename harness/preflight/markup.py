"""What can be known of a page from its HTML alone."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin


@dataclass(frozen=True, kw_only=True)
class Script:
    """A script element.

    Attributes:
        url: Where it is loaded from, empty for one that stands in the page.
        nonce: Its nonce, empty without one.
        text: What stands in it.
    """

    url: str = ""
    nonce: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Markup:
    """A page.

    Attributes:
        title: Its title.
        scripts: Its script elements, in order.
        policies: Content security policies in its meta elements.
        asks_password: Whether it has a field for a password.
    """

    title: str = ""
    scripts: tuple[Script, ...] = ()
    policies: tuple[str, ...] = ()
    asks_password: bool = False


def read(html: str, url: str) -> Markup:
    """Read a page, as leniently as a browser; addresses are made absolute against ``url``."""
    reader = _Reader(url)
    with contextlib.suppress(AssertionError):  # html.parser asserts what a foreign "<![…" does not keep
        reader.feed(html)
        reader.close()
    return Markup(
        title=" ".join("".join(reader.title).split())[:120],
        scripts=tuple(reader.scripts),
        policies=tuple(reader.policies),
        asks_password=reader.asks_password,
    )


class _Reader(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._base = url
        self._inside = ""
        self._script = Script()
        self.title: list[str] = []
        self.scripts: list[Script] = []
        self.policies: list[str] = []
        self.asks_password = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in ("script", "title"):
            self._inside = tag
        if tag == "script":
            source = values.get("src", "").strip()
            self._script = Script(url=_joined(self._base, source), nonce=values.get("nonce", ""))
            self.scripts.append(self._script)
        elif tag == "base" and values.get("href"):
            self._base = _joined(self._base, values["href"])
        elif tag == "meta" and values.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(values.get("content", ""))
        elif tag == "input" and values.get("type", "").lower() == "password":
            self.asks_password = True

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title.append(data)
        elif self._inside == "script":
            last = self.scripts[-1]
            self.scripts[-1] = Script(url=last.url, nonce=last.nonce, text=last.text + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""


def _joined(base: str, url: str) -> str:
    if not url:
        return ""
    try:
        return urljoin(base, url)
    except ValueError:
        return ""

"""A visitor of a served brand who has no browser: cookies, redirects and forms over HTTP alone."""

from __future__ import annotations

import contextlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

from .serving import Served

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Goes where a consumer goes; the platform's own hosts are as far as it gets.

    Attributes:
        served: The brand.
        http: The connection, which keeps cookies.
    """

    served: Served
    http: httpx2.Client

    @classmethod
    @contextlib.contextmanager
    def of(cls, served: Served) -> Iterator[Visitor]:
        """Give a visitor without any cookie."""
        transport = _Mapped(served)
        with httpx2.Client(transport=transport) as http:
            yield cls(served=served, http=http)

    def get(self, url: str, **more: Any) -> httpx2.Response:
        """Go to an address, and on until something is shown or the brand's hosts end."""
        return self._follow(self.http.get(url, **more))

    def submit(self, shown: httpx2.Response, path: str, **fields: str) -> httpx2.Response:
        """Submit a form of a page that is shown, with its hidden fields."""
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(shown.text)}
        url = urljoin(str(shown.url), path)
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(str(shown.url)))
        return self._follow(self.http.post(url, data={**hidden, **fields}, headers={"Origin": origin}))

    def sign_in(self, shown: httpx2.Response, username: str) -> httpx2.Response:
        """Fill a login form in, with the password that the configuration file would read."""
        (password,) = [
            value for name, value in self.served.site.environment.items() if f"_{username.upper()}_" in name
        ]
        return self.submit(shown, "/login", username=username, password=password)

    def _follow(self, response: httpx2.Response) -> httpx2.Response:
        while response.has_redirect_location and self._is_here(response):
            response = self.http.get(urljoin(str(response.url), response.headers["location"]))
        return response

    def _is_here(self, response: httpx2.Response) -> bool:
        target = urlsplit(urljoin(str(response.url), response.headers["location"]))
        return target.hostname in self.served.site.hosts


class _Mapped(httpx2.HTTPTransport):
    """Sends every request to the brand's socket, under the name that it is for."""

    def __init__(self, served: Served) -> None:
        super().__init__(verify=served.trust())
        self._address = served.address

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        host, port = self._address
        extensions = {**request.extensions, "sni_hostname": request.url.host}
        url = request.url.copy_with(host=host, port=port)
        mapped = httpx2.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=extensions
        )
        return super().handle_request(mapped)


def parameters(response: httpx2.Response) -> dict[str, str]:
    """Return the parameters of an authorization response, in query or fragment of its ``Location``."""
    parts = urlsplit(response.headers["location"])
    return dict(parse_qsl(parts.query or parts.fragment))

"""A browser without pages: authorization requests over HTTP, as somebody who is signed in or as nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urljoin, urlsplit

from harness.browser.authorizing import Went
from harness.checks.probing import Shown
from harness.protocol.problem import Refusal
from harness.verification.outbound import Answer, Outbound

MOST_HOPS = 5
LIMIT = 1024 * 1024
PAGE = "text/html"
_REDIRECTS = (301, 302, 303, 307, 308)
_NEXT_COOKIE = re.compile(r",\s*(?=[^;,=\s]+=)")


class WireBrowser:
    """Goes where one server redirects, and no further than to that server.

    Args:
        out: The outbound client, which follows no redirects and keeps no cookies.
        total: Seconds for an answer.
        cookies: The server's cookies that it has from the start.

    Attributes:
        cookies: Those that it has now.
    """

    def __init__(self, out: Outbound, *, total: float, cookies: Mapping[str, str] | None = None) -> None:
        self._out, self._total = out, total
        self.cookies = dict(cookies or {})

    def go(
        self,
        url: str,
        home: Callable[[str], bool],
        *,
        patient: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> Went:
        """Send one request, and follow what it leads to on the same server.

        Args:
            url: The authorization request.
            home: Tells whether an address is where the response is awaited.
            patient: Whether a page is waited at; here nobody fills any in.
            headers: Further headers of the first request.

        Returns:
            Where it led; the status is 0 where no answer came.
        """
        landings, pages, own = [(url, "")], [], urlsplit(url).netloc
        answer = self._get(url, headers)
        first = answer.headers if answer else {}
        for _ in range(MOST_HOPS):
            target = _target(answer, url)
            if target:
                landings.append((target, ""))
            if not target or home(target) or urlsplit(target).netloc != own:
                break
            url, answer = target, self._get(target)
        text = ""
        if answer is not None and answer.content_type == PAGE:
            text = answer.body.decode("utf-8", "replace")
            if answer.status < 300:
                pages.append(Shown(address=url.partition("?")[0], headers=dict(answer.headers)))
        return Went(
            status=answer.status if answer else 0,
            landings=tuple(landings),
            pages=tuple(pages),
            text=text,
            headers=first,
        )

    def post(self, url: str, form: Mapping[str, str], *, origin: str) -> int:
        """Send a form as a page of an origin does, and return the status; 0 where no answer came."""
        try:
            answer = self._out.post(
                url, form, {**self._sent(), "Origin": origin}, limit=LIMIT, total=self._total
            )
        except Refusal:
            return 0
        self._keep(answer)
        return answer.status

    def _get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer | None:
        sent = {"Accept": PAGE, **self._sent(), **(headers or {})}
        try:
            answer = self._out.get(url, limit=LIMIT, total=self._total, headers=sent)
        except Refusal:
            return None
        self._keep(answer)
        return answer

    def _sent(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": pairs} if pairs else {}

    def _keep(self, answer: Answer) -> None:
        for one in _NEXT_COOKIE.split(answer.headers.get("set-cookie", "")):
            name, _, value = one.partition(";")[0].strip().partition("=")
            if name and "max-age=0" in one.lower().replace(" ", ""):
                self.cookies.pop(name, None)
            elif name:
                self.cookies[name] = value


def _target(answer: Answer | None, url: str) -> str:
    """Return where an answer redirects, absolute; empty where it does not."""
    if answer is None or answer.status not in _REDIRECTS or "location" not in answer.headers:
        return ""
    try:
        return urljoin(url, answer.headers["location"])
    except ValueError:
        return ""

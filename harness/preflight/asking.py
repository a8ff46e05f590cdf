"""Sends the requests of a preflight: each is listed, each answer is kept with the time at which it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from harness.clock import Clock
from harness.config import Deadlines
from harness.preflight.addresses import Address, address_of, shown
from harness.preflight.ways import Ways
from harness.protocol.problem import Problem, Refusal
from harness.report.model import Sent
from harness.verification.exchange import ANSWER_LIMIT
from harness.verification.outbound import Answer, Outbound

LIMIT = 8 * 1024 * 1024
"""Octets of a page or of one of its scripts that are read."""

LONGEST = 8.0
"""Seconds that a token endpoint may take, however patient the configuration is."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What came of a request.

    Attributes:
        url: What was asked for.
        answer: The answer; ``None`` where none came.
        problem: Why none came.
        at: When, in seconds since the epoch by this machine's clock.
    """

    url: str = field(repr=False)
    answer: Answer | None = None
    problem: Problem | None = None
    at: float = 0

    @property
    def status(self) -> int:
        """The status code, 0 where no answer came."""
        return self.answer.status if self.answer else 0

    def header(self, name: str) -> str:
        """Return a header, empty where there is none."""
        return self.answer.headers.get(name, "") if self.answer else ""

    @property
    def text(self) -> str:
        """The body as text, clipped at no place but what is no UTF-8."""
        return self.answer.body.decode("utf-8", "replace") if self.answer else ""


class Asker:
    """Sends requests to hosts that are named, and remembers them; a context manager.

    Args:
        ways: How hosts are reached.
        deadlines: How long is waited.
        clock: This machine's clock.
        up: The hosts that are named and were reached; no other is asked.
        cookies: Whether cookies are kept.

    Attributes:
        sent: Every request, in the order in which they left.
        heard: Every answer.
    """

    def __init__(
        self, ways: Ways, deadlines: Deadlines, clock: Clock, *, up: Set[Address], cookies: bool = False
    ) -> None:
        self._ways, self._deadlines, self._clock, self._up = ways, deadlines, clock, up
        self._http = ways.client(deadlines, cookies=cookies)
        self.sent: list[Sent] = []
        self.heard: list[Heard] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def alone(self) -> Asker:
        """Return one that keeps cookies of its own and puts its requests on the same lists."""
        other = Asker(self._ways, self._deadlines, self._clock, up=self._up, cookies=True)
        other.sent, other.heard = self.sent, self.heard
        return other

    def may(self, url: str) -> bool:
        """Tell whether an address is https at a host that is named and was reached."""
        return urlsplit(url).scheme == "https" and address_of(url) in self._up

    def get(
        self,
        what: str,
        url: str,
        *,
        accept: str = "application/json",
        limit: int = LIMIT,
        notable: bool = False,
    ) -> Heard:
        """Send a GET, without following where it leads.

        Args:
            what: What it asks for, in words.
            url: Where to.
            accept: The media types that are asked for.
            limit: The largest body that is read, in octets.
            notable: Whether it is one that no consumer causes.
        """

        def send(out: Outbound) -> Answer:
            return out.get(url, limit=limit, total=self._deadlines.keys, headers={"Accept": accept})

        return self._told(_listed(what, "GET", url, notable=notable), url, send)

    def post(
        self,
        what: str,
        url: str,
        form: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        notable: bool = False,
    ) -> Heard:
        """Send a form, once; what it carries is not listed."""

        def send(out: Outbound) -> Answer:
            return out.post(url, form, headers, limit=ANSWER_LIMIT, total=min(self._deadlines.token, LONGEST))

        return self._told(_listed(what, "POST", url, notable=notable), url, send)

    def _told(self, listed: Sent, url: str, send: Callable[[Outbound], Answer]) -> Heard:
        self.sent.append(listed)
        answer, problem = None, None
        try:
            answer = send(Outbound(self._http, connect=self._deadlines.connect))
        except Refusal as refusal:
            problem = refusal.problem
        heard = Heard(url=url, answer=answer, problem=problem, at=self._clock.now())
        self.heard.append(heard)
        return heard


def _listed(what: str, method: str, url: str, *, notable: bool) -> Sent:
    """Return how a request is listed: without its query, which may hold more than an address."""
    return Sent(what=what, method=method, url=shown(url), notable=notable)

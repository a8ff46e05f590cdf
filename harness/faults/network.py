"""Faults of the network between the platform's servers and the authorization server, and of their clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from harness.roles import line as lines
from harness.roles.line import Line, Sent
from harness.roles.seams import Seams


def line(
    *,
    name: Literal["known", "unknown", "unanswered"] = "known",
    refused: bool = False,
    proxy: str | None = None,
    handshake: Literal["good", "old", "incomplete"] = "good",
    slow: float = 0,
    answer: tuple[Mapping[str, Any], ...] = (),
    for_browsers: bool = False,
) -> Seams:
    """Give the platform's servers a bad line to the authorization server; see :class:`Line`.

    Args:
        name: What the name server says of the host.
        refused: Whether nobody takes the connection.
        proxy: What a proxy in between answers to the request for a tunnel.
        handshake: How the far end greets.
        slow: Seconds that each exchange takes.
        answer: What becomes of each answer, one after the other: the keys of :data:`CHANGES`, each with what
            it is told.
        for_browsers: Whether the consumer's browser has the same line.
    """
    changes = tuple(CHANGES[how](told) for one in answer for how, told in one.items())
    return Seams(
        line=Line(
            name=name,
            refused=refused,
            proxy=None if proxy is None else proxy.encode(),
            handshake=handshake,
            slow=slow,
            answer=changes,
            for_browsers=for_browsers,
        )
    )


def _repeated(told: Mapping[str, Any]) -> Callable[[Sent], Sent]:
    octets = "".join(f"X-{number}: {'x' * told['length']}\r\n" for number in range(told["count"]))
    return lines.fields(octets.encode())


CHANGES: Mapping[str, Callable[[Any], Callable[[Sent], Sent]]] = {
    "with": lambda octets: lines.answer_with(octets.encode()),
    "cut": lines.cut,
    "reset": lambda _: lines.reset(),
    "field": lambda octets: lines.fields(f"{octets}\r\n".encode()),
    "fields": _repeated,
    "chunked": lambda told: lines.chunked(**told),
}
"""What can become of an answer."""


def idp_clock(*, ahead: float) -> Seams:
    """Let the authorization server have another time of day.

    Args:
        ahead: Seconds by which it is ahead, negative when it is behind.
    """
    return Seams(idp_clock=ahead)

"""The parts of a sequence diagram; templates read them, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.report.model import Finding

Lane = Literal["page", "sdk", "window", "idp", "platform"]
Kind = Literal["request", "redirect", "message", "call", "answer", "inner"]
Status = Literal["good", "info", "warning", "bad"]

LANES: Mapping[Lane, str] = {
    "page": "Brand page",
    "sdk": "SDK",
    "window": "Chat window",
    "idp": "Authorization server",
    "platform": "Platform",
}
"""Everybody who takes part, in the order of the columns."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One fact of a message.

    Attributes:
        name: What it is called on the wire.
        value: What it is, redacted.
        good: Whether it was checked and right, wrong, or not checked.
    """

    name: str
    value: str
    good: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """Facts under one heading."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message from one party to another, or what a party does by itself.

    Attributes:
        key: What it is, for those who look for it: an event type, or ``request`` and where it goes.
        seq: The event's place in the timeline.
        at_ms: Milliseconds since the case began.
        took_ms: Milliseconds until it was answered, where that is known.
        sender: Who says it.
        receiver: Who hears it; the sender itself for what it does by itself.
        kind: How it travels.
        text: What is said, in a few words.
        status: How it went.
        sections: What can be opened.
        findings: What went wrong here, the first reason of the outcome first.
    """

    key: str
    seq: int
    at_ms: float
    took_ms: float | None = None
    sender: Lane
    receiver: Lane
    kind: Kind
    text: str
    status: Status = "good"
    sections: tuple[Section, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A case in messages.

    Attributes:
        lanes: Who takes part, with the name over the column, in order.
        messages: In order.
        failing: The place in ``messages`` where it went wrong; ``None`` where it did not, or nobody knows.
    """

    lanes: Mapping[Lane, str]
    messages: tuple[Message, ...]
    failing: int | None = None

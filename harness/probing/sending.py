"""Sends probes, one after the other; what each saw goes on the timeline, and what that means is a check's."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from playwright.sync_api import Error

from harness.checks.probing import Seen
from harness.probing.asking import Asking, Unanswered
from harness.probing.table import PROBES, Probe
from harness.store.events import EventLog
from harness.timeline import Event

CONTROL = "code-reuse"
"""The probe whose first exchange shows that a fresh code can be exchanged at all."""


def send(asking: Asking, events: EventLog, *, names: Collection[str] = ()) -> tuple[Event, ...]:
    """Send every probe that fits, each once.

    Args:
        asking: What asks.
        events: Where it is recorded what each saw.
        names: Which alone are sent, with the one that has to go before; all of them when empty.

    Returns:
        What was recorded, one event of the type ``probe.answered`` for each.
    """
    chosen = tuple(one for one in PROBES if not names or one.name in names)
    if any(one.controlled for one in chosen) and CONTROL not in {one.name for one in chosen}:
        chosen = (*(one for one in PROBES if one.name == CONTROL), *chosen)
    return tuple(_sent(one, asking, events) for one in chosen)


def _sent(one: Probe, asking: Asking, events: EventLog) -> Event:
    already = len(asking.sent)
    seen, reason = _played(one, asking)
    return events.append(
        "harness",
        "probe.answered",
        probe=one.name,
        what=one.what,
        connector=asking.connector.id,
        host=urlsplit(asking.connector.authorization_endpoint).hostname,
        sent=[sent.model_dump(mode="json") for sent in asking.sent[already:]],
        reason=reason,
        seen=None if seen is None else seen.model_dump(mode="json", exclude_defaults=True),
    )


def _played(one: Probe, asking: Asking) -> tuple[Seen | None, str | None]:
    """Return what a probe saw, or why it says nothing."""
    if unfit := one.unfit(asking.connector):
        return None, f"not sent: {unfit}"
    if one.before and asking.preflighted:
        return None, "not sent: the preflight has asked that"
    if one.controlled and asking.control is None:
        return None, "not sent: without a code that can be exchanged nothing could be learned"
    try:
        return one.play(asking), None
    except Unanswered as error:
        return None, str(error)
    except Error:
        # Its message may hold an address with a code in it.
        return None, "the browser failed"

"""Errors in the page's own scripts that nobody handled, where they explain what did not happen."""

from __future__ import annotations

from collections.abc import Container

from harness.checks.seen import path
from harness.timeline import Event, Timeline


def unhandled(timeline: Timeline, documents: Container[int], *, since: int = 0) -> str | None:
    """Describe the first error in some documents that nobody handled.

    Args:
        timeline: The case.
        documents: The documents whose scripts count.
        since: From which place on the timeline on.

    Returns:
        Name, place and message, as far as they are known; ``None`` where there was no error.
    """
    for failed in timeline.of("script.failed"):
        if failed.data["document"] in documents and failed.seq > since:
            name, where, said = failed.data["error"] or "an error", _where(failed), _said(timeline, failed)
            return f"{name}{where} that nobody handled" + (f": {said}" if said else "")
    return None


def _where(failed: Event) -> str:
    source = path(failed.data["source"])
    return f" in line {failed.data['line']} of {source}" if source else ""


def _said(timeline: Timeline, failed: Event) -> str | None:
    """Return the message, which the page's own script does not pass on, because it may be a credential."""
    for error in timeline.of("error.unhandled"):
        if error.data["page"] == failed.data["page"] and error.data["error"] == failed.data["error"]:
            text: str | None = error.data["text"]
            return text
    return None

"""A preflight for a terminal: what was looked at, what is wrong, and per surface who must act. 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from harness.preflight.model import Line, Mark, Preflight, Undetermined
from harness.redact import visible
from harness.report.model import Sent
from harness.report.text import WIDTH, finding

_SIGNS: Mapping[Mark, str] = {"yes": "✓", "no": "✗", "warning": "!", "unknown": "?"}
_READY: Mapping[bool | None, str] = {True: "✓", False: "✗", None: "?"}
_WIDEST = 24


def render(result: Preflight) -> str:
    """Return the result as plain text."""
    parts = (
        _checked(result),
        "\n\n".join(finding(one) for one in result.findings),
        _listed("Could not be seen from here:", [_unseen(one) for one in result.undetermined]),
        _listed("Sent, and odd in a log:", [_sent(one) for one in result.sent if one.notable]),
        _surfaces(result),
    )
    return visible("\n\n".join(part for part in parts if part), lines=True)


def _checked(result: Preflight) -> str:
    width = min(_WIDEST, max((len(one.subject) for one in result.checked), default=0))
    return "\n".join(line(one, width=width) for one in result.checked)


def line(one: Line, *, width: int = _WIDEST) -> str:
    """Return one thing that was looked at; what is longer than a line goes on below."""
    head = f"{_SIGNS[one.mark]} {one.subject:{width}} "
    rest = " " * (width + 3)
    if len(one.subject) > width:
        return f"{head.rstrip()}\n{_filled(one.said, rest, rest)}"
    return _filled(one.said, head, rest)


def _filled(text: str, first: str, rest: str) -> str:
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _listed(head: str, lines: list[str]) -> str:
    return "\n".join((head, *lines)) if lines else ""


def _unseen(one: Undetermined) -> str:
    return _filled(f"{one.subject}: {one.reason}", "  ", "    ")


def _sent(one: Sent) -> str:
    return _filled(f"{one.method} {one.url}: {one.what}", "  ", "    ")


def _surfaces(result: Preflight) -> str:
    lines = [_filled(one.sentence, f"{_READY[one.ready]} ", "  ") for one in result.surfaces]
    return "\n".join((*lines, f"{_verdict(result)} ({result.seconds:.1f} s)"))


def _verdict(result: Preflight) -> str:
    return {
        True: "Ready; go on with harness check",
        False: "Not ready; mend what is marked ✗ and ask again",
        None: "Nothing is wrong, and not everything could be seen",
    }[result.outcome]

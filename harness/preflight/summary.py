"""What everything that was said amounts to."""

from __future__ import annotations

from collections.abc import Iterable

from harness.checks.found import Found, finding, pinned
from harness.config import Config, Surface
from harness.preflight.model import Line, Preflight, Undetermined
from harness.preflight.said import Part
from harness.preflight.undocumented import CODE
from harness.report.model import Finding, Readiness, Sent


def summarise(config: Config, parts: Iterable[Part], *, sent: tuple[Sent, ...], seconds: float) -> Preflight:
    """Return what everything that was said amounts to.

    Args:
        config: The configuration.
        parts: What was said, the earlier hops before the later ones; of several stages one after the other.
        sent: The requests that were sent.
        seconds: How long it took.
    """
    parts = tuple(parts)
    found = dict.fromkeys(
        pinned(finding(one), config.rules) for part in parts for one in part.said if isinstance(one, Found)
    )
    open_ = dict.fromkeys(one for part in parts for one in part.said if isinstance(one, Undetermined))
    surfaces = tuple(_readiness(surface, parts, config.rules) for surface in config.matrix.surfaces)
    return Preflight(
        ready=all(one.ready for one in surfaces),
        stages=tuple(dict.fromkeys(one.stage for one in lines_of(parts))),
        surfaces=surfaces,
        findings=tuple(sorted(found, key=lambda one: _WEIGHTS.index(one.severity))),
        undetermined=tuple(open_),
        checked=lines_of(parts),
        sent=sent,
        seconds=round(seconds, 2),
    )


_WEIGHTS = ("error", "warning", "info")


def _readiness(surface: Surface, parts: tuple[Part, ...], rules: str) -> Readiness:
    said = [one for part in parts if surface in part.surfaces for one in part.said]
    found = (pinned(finding(one), rules) for one in said if isinstance(one, Found))
    errors = [one for one in found if one.severity == "error"]
    if errors:
        return _not_ready(surface, errors)
    if unseen := [one for one in said if isinstance(one, Undetermined)]:
        sentence = f"{surface}: not known; {unseen[0].subject}: {unseen[0].reason}"
        return Readiness(surface=surface, ready=None, sentence=sentence)
    sentence = f"{surface}: ready, as far as can be known without a login"
    if any(isinstance(one, Found) and one.code == CODE for one in said):
        sentence += f", by something that the platform does not document ({CODE}); ask it first"
        return Readiness(surface=surface, ready=True, code=CODE, sentence=sentence)
    return Readiness(surface=surface, ready=True, sentence=sentence)


def _not_ready(surface: Surface, errors: list[Finding]) -> Readiness:
    first = errors[0]
    roles = dict.fromkeys(f"the {one.role}" for one in errors)
    return Readiness(
        surface=surface,
        ready=False,
        code=first.code,
        hop=first.hop,
        role=first.role,
        sentence=f"{surface}: not ready; first {first.code} ({first.hop}); {' and '.join(roles)} must act",
    )


def lines_of(parts: tuple[Part, ...]) -> tuple[Line, ...]:
    """Return every line once; where the connectors differ, with the connector's name."""
    labels: dict[Line, set[str]] = {}
    everywhere: dict[str, set[str]] = {}
    for part in parts:
        for one in part.said:
            if isinstance(one, Line):
                labels.setdefault(one, set()).add(part.label)
                everywhere.setdefault(one.subject, set()).add(part.label)
    return tuple(
        line
        if labels[line] == everywhere[line.subject]
        else line.model_copy(update={"subject": f"{line.subject} {', '.join(sorted(labels[line]))}"})
        for line in labels
    )

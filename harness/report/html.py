"""The report as one HTML file that needs nothing else: no network, no second file, not even a script."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import jinja2
from markupsafe import Markup

from harness.catalogue.codes import codes
from harness.report.matrix import grids
from harness.report.merged import actors, merged, troubles
from harness.report.model import CaseResult, Conditions, Readiness, Report
from harness.report.picture import Picture
from harness.report.plain import cleaned, plain
from harness.report.text import short_name
from harness.report.view import CaseView, anchors, conditions, view
from harness.report.waterfall import LANES
from harness.roles.web import environment, web_root
from harness.timeline import Timeline

STYLES = ("report/report.css", "report/sequence.css")
SCRIPTS = ("report/report.js",)

PICTURES_OCTETS = 2_200_000
"""How much all pictures may weigh: with their encoding and the rest, a file that a mail still takes."""

SAMPLE = "the sample brand"

UNKNOWN_FILE = "brand.toml"
"""Stands for the file of a brand where a saved run does not say which it was."""

DETAILED = 40
"""How many cases are shown with their timelines, those first that need it."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """What there is of a run beside its report; cases by their place in it.

    Attributes:
        readiness: Whether each surface is ready, where the report itself does not say.
        timelines: What happened.
        pictures: What it looked like.
        file: The configuration file; ``None`` where that is not known, or there was none.
    """

    readiness: tuple[Readiness, ...] = ()
    timelines: Mapping[int, Timeline] = field(default_factory=dict)
    pictures: Mapping[int, tuple[Picture, ...]] = field(default_factory=dict)
    file: str | None = None

    @property
    def subjects(self) -> tuple[str, ...]:
        """Whose sign-ins they are; saved timelines of several runs may be of several brands."""
        pages = (self.page(place) for place in sorted(self.timelines))
        return tuple(dict.fromkeys(page or SAMPLE for page in pages)) or (SAMPLE,)

    def page(self, place: int) -> str | None:
        """Return the page of a brand of one's own, which a timeline begins with."""
        timeline = self.timelines.get(place)
        started = timeline.of("case.started") if timeline else ()
        return next((str(one.data["page"]) for one in started if one.data.get("page")), None)

    def repeated_with(self, place: int) -> str | None:
        """Return the file that repeating a case takes."""
        return self.file or (UNKNOWN_FILE if self.page(place) else None)


def render(report: Report, material: Material | None = None, *, escapes: bool = True) -> str:
    """Return the file.

    Args:
        report: The run.
        material: What there is beside; without it, a case has neither waterfall nor pictures.
        escapes: Whether foreign text is shown as text, as it must be.
    """
    material, report = material or Material(), cleaned(report)
    ready = report.readiness or material.readiness
    found, cases = merged(report), _views(report, material)
    styles, scripts = (_joined(names) for names in (STYLES, SCRIPTS))
    return (
        _templates(escapes)
        .get_template("report/report.html")
        .render(
            report=report,
            subjects=material.subjects,
            policy=_policy(styles, scripts),
            styles=Markup(styles),  # noqa: S704 - a file of ours
            scripts=Markup(scripts),  # noqa: S704 - a file of ours
            ready=ready,
            troubles=troubles(report, ready),
            actors=actors(found),
            grids=grids(report.cases),
            cases=cases,
            anchor=_anchor(cases),
            short_name=short_name,
            environments=_environments(report.cases),
            at=_began(material),
            codes=codes(),
            lanes=LANES,
        )
    )


@functools.cache
def _templates(escapes: bool) -> jinja2.Environment:
    """Return the template environment; besides being escaped, texts from elsewhere are made harmless."""
    return environment().overlay(finalize=_harmless, autoescape=escapes)


def _harmless(value: object) -> object:
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _joined(names: tuple[str, ...]) -> str:
    return "\n".join((web_root() / "static" / name).read_text("utf-8") for name in names)


def _policy(styles: str, scripts: str) -> str:
    """Return the content security policy: the file's own style and script, by their hashes, and no more."""
    return (
        f"default-src 'none'; style-src {_source(styles)}; script-src {_source(scripts)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    octets = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(octets).decode('ascii')}'"


def _views(report: Report, material: Material) -> tuple[CaseView, ...]:
    named = anchors(report.cases)
    # What needs a look comes first where there is not room for all.
    urgent = sorted(named, key=lambda place: (report.cases[place].passed, place))
    detailed, pictured = frozenset(urgent[:DETAILED]), _within(urgent, material.pictures)
    return tuple(
        view(
            case,
            named[place],
            timeline=material.timelines.get(place) if place in detailed else None,
            pictures=material.pictures[place] if place in pictured else (),
            file=material.repeated_with(place),
            own=material.page(place) is not None,
        )
        for place, case in enumerate(report.cases)
    )


def _anchor(cases: tuple[CaseView, ...]) -> Callable[[CaseResult], str]:
    """Return what tells a case's anchor; cases that came to the same are told apart."""
    known = {id(one.result): one.anchor for one in cases}
    return lambda case: known[id(case)]


def _within(urgent: list[int], pictures: Mapping[int, tuple[Picture, ...]]) -> frozenset[int]:
    """Return the cases whose pictures there is room for."""
    room, taken = PICTURES_OCTETS, set()
    for place in urgent:
        size = sum(len(one.jpeg) for one in pictures.get(place, ()))
        if size and size <= room:
            room -= size
            taken.add(place)
    return frozenset(taken)


def _environments(cases: tuple[CaseResult, ...]) -> tuple[tuple[tuple[tuple[str, str], ...], int], ...]:
    """Return each set of conditions that held, with the number of cases in which it did."""
    counts: dict[Conditions, int] = {}
    for case in cases:
        counts[case.conditions] = counts.get(case.conditions, 0) + 1
    return tuple((conditions(held), number) for held, number in counts.items())


def _began(material: Material) -> str:
    moments = [one.events[0].at for one in material.timelines.values() if one.events]
    return datetime.fromtimestamp(min(moments), UTC).strftime("%Y-%m-%d %H:%M UTC") if moments else ""

"""What is told of a word; field names are those of ``harness explain --format json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from harness.catalogue.examples import Example
from harness.config import Flow, Mode, Surface
from harness.protocol.problem import Severity
from harness.report.model import Outcome, Result


class Showing(Result):
    """A fault that shows a code.

    Attributes:
        fault: Its id.
        title: What is broken.
        command: What shows it.
        demo: What shows it hop by hop in a browser; ``None`` where the demo cannot.
    """

    fault: str
    title: str
    command: str
    demo: str | None = None


class CodeSheet(Result):
    """What is known of a code.

    Attributes:
        party: The side that must act.
        role: Who there.
        hop: Where on the way it is found.
        spec: The requirement tag.
        link: Where that is written.
        severity: What it weighs, per mode.
        since: The set of checks that it came with.
        shown_by: The faults that show it, those first that a browser can show.
        example: What a finding said once; ``None`` where none was collected.
    """

    kind: Literal["code"] = "code"
    word: str
    title: str
    party: str
    role: str
    hop: str
    spec: str
    link: str
    fix: str
    severity: Mapping[Mode, Severity]
    since: str
    shown_by: tuple[Showing, ...] = ()
    example: Example | None = None


class Demanded(Result):
    """What one entry of a fault must lead to.

    Attributes:
        where: Which form of the fault, surface, flow and mode it speaks of, in words; empty for all.
    """

    where: str
    outcome: Outcome
    code: str | None
    findings: tuple[tuple[str, Severity], ...]


class FaultSheet(Result):
    """What is known of a fault.

    Attributes:
        where: At which hop it is put in.
        group: The catalogue's group, or the extension.
        browser_only: Whether only a browser can show it.
        demanded: What must be diagnosed.
        command: What shows it.
        demo: What shows it hop by hop in a browser; ``None`` where the demo cannot.
        twin: What runs the same without it; ``None`` where only the self-test can.
        examples: What the findings said once, by code.
    """

    kind: Literal["fault"] = "fault"
    word: str
    title: str
    where: str
    group: str
    surfaces: tuple[Surface, ...]
    flows: tuple[Flow, ...]
    browser_only: bool
    demanded: tuple[Demanded, ...]
    command: str
    demo: str | None
    twin: str | None
    examples: Mapping[str, Example]


class TermSheet(Result):
    """What is known of a term.

    Attributes:
        also: What other documents call it.
        spec: Where a word of the field is defined; empty where nowhere.
        link: Where that is written.
    """

    kind: Literal["term"] = "term"
    word: str
    means: str
    also: tuple[str, ...] = ()
    spec: str = ""
    link: str = ""


class ListSheet(Result):
    """Codes that begin alike, the faults of a group, or the codes of a requirement.

    Attributes:
        title: What they have in common.
        entries: Each name with its title.
    """

    kind: Literal["list"] = "list"
    word: str
    title: str
    entries: tuple[tuple[str, str], ...]


Sheet = CodeSheet | FaultSheet | TermSheet | ListSheet

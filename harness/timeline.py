"""The recorded timeline of one case: ordered, append-only, JSON Lines out and in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from harness.config import EngineName, Flow, Mode, Scenario, Surface
from harness.errors import TimelineError
from harness.protocol import strict_json
from harness.report.model import Conditions, Timings

Source = Literal["page", "sdk", "window", "idp", "brand", "app", "platform", "browser", "harness"]

SCHEMA: Literal[1] = 1
"""The version of the file's form; a reader refuses every other one."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened.

    Attributes:
        seq: Position in the store or in the timeline, ascending.
        at: Seconds since the epoch, by the machine's own clock.
        source: Who saw it.
        type: What it was, ``subject.verb``.
        flow: The platform's transaction, where it is known.
        data: Facts as JSON; credentials only as fingerprints.
    """

    seq: int
    at: float
    source: Source
    type: str
    flow: str | None
    data: dict[str, Any]


class Facts(BaseModel):
    """What a result says about a case beside its judgement; the fields are those of the report.

    Attributes:
        id: The case's name: its axes, and the fault where one is set.
        policy: The browser conditions that were asked for.
        connector: The connector's id, where there are several of a flow.
        fault: What was put in; ``None`` for nothing.
        conditions: What really held in the browser.
        timings_ms: How long it took, in milliseconds.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    id: str
    surface: Surface
    flow: Flow
    engine: EngineName
    policy: str
    mode: Mode
    scenario: Scenario
    connector: str | None = None
    fault: str | None = None
    conditions: Conditions
    timings_ms: Timings


class Header(BaseModel):
    """The first line of a saved timeline.

    Attributes:
        schema_: The version of the form.
        run: The run that the case belongs to.
        rules: The set of checks that it was first judged by.
        case: The case's axes, conditions and timings.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal[1] = Field(default=SCHEMA, alias="schema")
    run: str
    rules: str
    case: Facts


@dataclass(frozen=True)
class Timeline:
    """The events of one case, in order.

    Attributes:
        events: Ascending by ``seq``.
        header: What a saved timeline says about its case; checks are not shown it.
    """

    events: tuple[Event, ...]
    header: Header | None = None

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def of(self, *types: str) -> tuple[Event, ...]:
        """Return the events of these types."""
        return tuple(event for event in self.events if event.type in types)

    def dumps(self) -> str:
        """Return JSON Lines: the header, then one event per line.

        Raises:
            ValueError: When there is no header.
        """
        if self.header is None:
            raise ValueError("a timeline is saved with a header; it has none")
        lines = [
            self.header.model_dump(mode="json", by_alias=True),
            *(asdict(event) for event in self.events),
        ]
        return "".join(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n" for line in lines)

    @classmethod
    def loads(cls, octets: bytes, *, file: Path | None = None) -> Timeline:
        """Read what :meth:`dumps` wrote, strictly.

        Args:
            octets: The file's content, UTF-8.
            file: Its name, for the sentence.

        Raises:
            TimelineError: One sentence with file, line and what was found.
        """
        lines = octets.split(b"\n")
        if lines.pop() != b"" or not lines:
            raise TimelineError(
                "the file is cut off: its last line has no end", file=file, line=len(lines) + 1
            )
        header = _read(lines[0], _HEADER, file, 1)
        events: list[Event] = []
        for number, line in enumerate(lines[1:], 2):
            event = Event(**_read(line, _EVENT, file, number).model_dump())
            if events and (event.seq <= events[-1].seq or event.at < events[-1].at):
                found = f"seq {event.seq} at {event.at} after seq {events[-1].seq} at {events[-1].at}"
                raise TimelineError(f"the event is out of order: {found}", file=file, line=number)
            events.append(event)
        return cls(tuple(events), header)


class _Line(BaseModel):
    """The form of an event's line."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    seq: int
    at: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    source: Source
    type: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(\.[a-z_]+)?$")]
    flow: str | None
    data: dict[str, Any]


_HEADER, _EVENT = TypeAdapter(Header), TypeAdapter(_Line)


def _read(line: bytes, kind: TypeAdapter[Any], file: Path | None, number: int) -> Any:
    try:
        return kind.validate_python(strict_json.loads(line))
    except strict_json.NotJson as error:
        raise TimelineError(f"expected a JSON object, found {error}", file=file, line=number) from None
    except ValidationError as error:
        raise TimelineError(_sentence(error), file=file, line=number) from None


def _sentence(error: ValidationError) -> str:
    """Say where the first mistake is, what may stand there, and what was found."""
    first = error.errors(include_url=False)[0]
    where, given = ".".join(str(part) for part in first["loc"]), first["input"]
    found = repr(given)[:60] if isinstance(given, str | int | float) else type(given).__name__
    return f"{where + ': ' if where else ''}{first['msg']}, found {found}"

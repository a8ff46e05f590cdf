"""The reports that ``harness runs merge`` is given, and the folder that it leaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness.cli import output
from harness.errors import UsageError
from harness.history import Place, Runs
from harness.judging import REPORT, SUFFIX, TIMELINES, pictures_of
from harness.report.folder import Folder
from harness.report.model import Report
from harness.timeline import Timeline

Sources = Sequence[tuple[str, int]]
"""For each case of a run the shard that it comes from, and its place there."""


def reports(names: Sequence[str], place: Callable[[], Place]) -> dict[str, Report]:
    """Return the reports that are named: folders, files, or kept runs.

    Args:
        names: What was given.
        place: Where runs are kept; asked where a name is of no file.

    Raises:
        UsageError: When one cannot be read, or is named twice.
    """
    found: dict[str, Report] = {}
    for name in names:
        if name in found:
            raise UsageError(f"{name} is named twice; name each shard once")
        found[name] = _read(Path(name)) if Path(name).exists() else _kept(name, place)
    return found


def _read(path: Path) -> Report:
    file = path / REPORT if path.is_dir() else path
    try:
        values = json.loads(file.read_bytes())
        # A kept run that was shown as JSON holds its report.
        return Report.model_validate(values.get("report", values))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}; name the folder of a run") from None
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise UsageError(
            f"{file} is no report of a run; name what harness check --out or --format json left"
        ) from None


def _kept(name: str, find: Callable[[], Place]) -> Report:
    try:
        place = find()
    except UsageError:
        raise UsageError(f"there is no {name}; name what harness check --shard left with --out") from None
    if not place.exists:
        raise UsageError(f"there is no {name}, and no run is kept in {place.shown} that could be meant")
    with Runs(place) as kept:
        return kept.find(name).report


def save(out: Path, report: Report, sources: Sources) -> None:
    """Write a run that was merged into a folder, with timelines and pictures where every shard has them.

    Raises:
        UsageError: When the folder holds another run.
    """
    folder = Folder(out)
    timelines = {name: tuple(sorted((Path(name) / TIMELINES).glob(f"*{SUFFIX}"))) for name, _ in sources}
    if all(number < len(timelines[name]) for name, number in sources):
        for path in _files(timelines, sources):
            timeline = Timeline.loads(path.read_bytes(), file=path)
            assert timeline.header is not None, "a timeline that was read has a header"
            folder.keep(replace(timeline, header=timeline.header.model_copy(update={"run": report.run})))
            folder.look(pictures_of(path))
    folder.finish(report, output.ready(report))


def _files(timelines: dict[str, tuple[Path, ...]], sources: Sources) -> Iterator[Path]:
    for name, number in sources:
        yield timelines[name][number]

"""What a recorded demo leaves beside pictures: the report, timelines, and traces that tell no secret."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path

from harness.demo.show import Recorded
from harness.judging import file_name
from harness.opened import attention
from harness.redact import Redactor

SCRUBBER, PAGE = "harness.scrub.trace", "harness.report.html"
"""Parts of the harness that an installation may be too old to have."""


def here(name: str) -> bool:
    """Tell whether this installation has a part of the harness."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def leave_report(recorded: Recorded, folder: Path) -> Path:
    """Write the report and each case's timeline; return the file to look at first."""
    timelines = folder / "timelines"
    timelines.mkdir()
    for number, one in enumerate(recorded.shown, 1):
        assert one.timeline.header is not None, "a case is saved with its header"
        (timelines / file_name(number, one.timeline.header.case)).write_text(one.timeline.dumps(), "utf-8")
    data = folder / "report.json"
    data.write_text(recorded.report.as_json() + "\n", "utf-8")
    if not here(PAGE):
        return data
    html = importlib.import_module(PAGE)
    by_place = {place: one.timeline for place, one in enumerate(recorded.shown)}
    page = folder / "report.html"
    page.write_text(html.render(recorded.report, html.Material(timelines=by_place)), "utf-8")
    return page


def leave_traces(recorded: Recorded, private: Path, folder: Path) -> tuple[Path, ...]:
    """Scrub Playwright's traces on their way out of a private folder; return what was left.

    Args:
        recorded: What was shown.
        private: Where the traces are, as Playwright wrote them.
        folder: Where they go.
    """
    scrub = importlib.import_module(SCRUBBER).scrub_trace
    secrets = {one for shown in recorded.shown for one in attention(recorded.config, shown.case).secrets}
    folder.mkdir()
    left = []
    for file in sorted(private.glob("*.zip")):
        scrub(file, folder / file.name, Redactor(sorted(secrets)), pages=True)
        file.unlink()
        left.append(folder / file.name)
    return tuple(left)

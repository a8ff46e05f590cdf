"""What a run leaves: a folder with its report in every form, its timelines, and its pictures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from harness import files
from harness.errors import UsageError
from harness.judging import PICTURES, SUFFIX, TIMELINES, file_name, pictures_of
from harness.last_gate import sealed_report, sealed_timeline
from harness.redact import Redactor
from harness.report import html, junit, markdown
from harness.report.html import Material
from harness.report.model import Readiness, Report
from harness.report.picture import Picture
from harness.timeline import Facts, Timeline

REPORT = "report.html"
FORMS: Mapping[str, Callable[[Report, Material], str]] = {
    REPORT: html.render,
    "report.json": lambda report, _: report.as_json() + "\n",
    "junit.xml": lambda report, _: junit.render(report),
    "summary.md": lambda report, material: markdown.render(report, material.readiness),
}
"""The report in every form, by the names of the files."""

_OF_A_RUN = (*FORMS, TIMELINES, PICTURES)


class Folder:
    """The folder of one run.

    Args:
        path: Where it is; made with the first thing that is written.
        secrets: Values that may be in nothing that is written.
        forms: Which forms of the report are written.
        named: Names the file of a case.

    Raises:
        UsageError: When it holds another run.
    """

    def __init__(
        self,
        path: Path,
        *,
        secrets: Sequence[str] = (),
        forms: Collection[str] = tuple(FORMS),
        named: Callable[[int, Facts], str] = file_name,
    ) -> None:
        if any(files.is_taken(path / name) for name in _OF_A_RUN) or any(path.glob(f"*{SUFFIX}")):
            raise UsageError(f"--out {path} holds another run already; name another folder")
        self._path, self._gate, self._forms = path, Redactor(secrets), forms
        self._named = named
        self._saved: list[Path] = []

    @property
    def report(self) -> Path:
        """The file to open."""
        return self._path / REPORT

    def keep(self, timeline: Timeline) -> None:
        """Save a case's timeline; the order of calls is that of the report."""
        assert timeline.header is not None, "a timeline is saved with its header"
        name = self._named(len(self._saved) + 1, timeline.header.case)
        path = self._path / TIMELINES / name
        files.make_folder(path.parent)
        files.leave(path, sealed_timeline(timeline, self._gate, file=path).dumps().encode())
        self._saved.append(path)

    def look(self, pictures: tuple[Picture, ...]) -> None:
        """Save the pictures of the case whose timeline was saved last."""
        folder = self._path / PICTURES / self._saved[-1].stem
        for number, one in enumerate(pictures, 1):
            files.make_folder(folder.parent)
            files.make_folder(folder)
            files.leave(folder / f"{number:02} {one.step}.jpg", one.jpeg)

    def finish(self, report: Report, readiness: tuple[Readiness, ...], *, file: Path | None = None) -> None:
        """Write the report in every form.

        Args:
            report: The run.
            readiness: Whether each surface is ready, where the report itself does not say.
            file: The configuration file.
        """
        report = Report.model_validate(sealed_report(report.model_dump(), self._gate))
        timelines = {
            place: Timeline.loads(path.read_bytes(), file=path) for place, path in enumerate(self._saved)
        }
        pictures = {place: pictures_of(path) for place, path in enumerate(self._saved)}
        material = Material(
            readiness=readiness,
            timelines=timelines,
            pictures=pictures,
            file=str(file) if file else None,
        )
        self._path.mkdir(parents=True, exist_ok=True)
        for name in self._forms:
            files.leave(self._path / name, FORMS[name](report, material).encode())

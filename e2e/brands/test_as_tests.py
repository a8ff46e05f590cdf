"""The matrix of a brand's file as tests of a suite, in workers, in another browser, with all that is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Tree

from .conftest import Serve
from .serving import Served
from .twins import RIGHT, TWINS

WIDER = 'surfaces = ["embedded"]\nscenarios = ["sign-in", "logged-out", "twice"]'
EMBEDDED = "embedded/implicit/chromium/chrome-today/strict"


def widened(served: Served) -> str:
    """Ask for more scenarios; return the file as it was."""
    text = served.file.read_text("utf-8")
    served.file.write_text(text.replace('surfaces = ["embedded"]', WIDER), "utf-8")
    return text


def pytest_over(file: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in an empty folder over a configuration file and nothing else."""
    folder.mkdir()
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "--junitxml", "junit.xml"]
    return subprocess.run(
        [*command, "--harness-config", str(file), str(file), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def cases(folder: Path) -> dict[str, Tree.Element]:
    """Return the tests that JUnit XML tells of, by the case's name."""
    document = Tree.parse(folder / "junit.xml")  # noqa: S314 - written by pytest
    return {str(one.get("name")): one for one in document.iter("testcase")}


def test_each_case_is_a_test_in_two_workers_with_its_trace(serve: Serve, tmp_path: Path) -> None:
    """Each worker has a harness of its own; what a test leaves is named in JUnit XML and is there."""
    served, folder = serve("classic", RIGHT["classic"]), tmp_path / "suite"
    text = widened(served)
    try:
        done = pytest_over(served.file, folder, "-n", "2", "--tracing", "on")
    finally:
        served.file.write_text(text, "utf-8")

    assert 0 == done.returncode, done.stdout
    found = cases(folder)
    names = {
        f"embedded/implicit/chromium/chrome-today/strict/{name}"
        for name in ("sign-in", "logged-out", "twice")
    }
    assert names == set(found)
    for one in found.values():
        told = {str(each.get("name")): str(each.get("value")) for each in one.iter("property")}
        assert (folder / told["playwright_trace"]).is_file()


def test_in_another_browser_a_broken_brand_is_red(serve: Serve, tmp_path: Path) -> None:
    """Its case says which hop, who must act and how; the report and the trace are kept, since it failed."""
    (twin,) = (one for one in TWINS if one.id == "classic-pasted-token")
    served, folder = serve(twin.brand, twin.variation), tmp_path / "suite"

    done = pytest_over(served.file, folder, "--browser", "firefox", "--tracing", "retain-on-failure")

    said = " ".join(done.stdout.split())
    assert 1 == done.returncode
    for words in (f"{twin.hop}: {twin.code}", f"{twin.party}, ", "observed", "fix", "report.html"):
        assert words in said
    (case,) = cases(folder)
    assert case.startswith("embedded/implicit/firefox/firefox-default/")
    assert {"report.html", "trace.zip"} <= {path.name for path in (folder / "test-results").rglob("*")}

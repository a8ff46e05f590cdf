"""What a run leaves, and what a build is told of it; saved timelines stand for the run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from harness.cli import run
from harness.errors import UsageError
from harness.report.folder import Folder
from harness.report.picture import Picture
from harness.timeline import Timeline
from tests.made import report, result, told

TIMELINES = Path(__file__).parent.parent / "timelines"
BLOCKED = TIMELINES / "csp-blocked.jsonl"
FORMS = {"report.html", "report.json", "junit.xml", "summary.md"}


@pytest.fixture(autouse=True)
def _no_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be no build on GitHub, unless a test is one."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


def timeline() -> Timeline:
    """Return a saved case."""
    return Timeline.loads(BLOCKED.read_bytes())


def test_a_run_is_left_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And said to be, where nobody parses it; what judged it first is beside, to be judged again."""
    out = tmp_path / "again"
    code = run(["judge", str(BLOCKED), "--out", str(out)])
    said = capsys.readouterr()

    assert 1 == code
    assert {*FORMS, "timelines"} == {one.name for one in out.iterdir()}
    assert f"harness: the report is {out / 'report.html'}" in said.err
    assert "the report is" not in said.out
    assert 1 == run(["judge", str(out), "--format", "json"])
    assert json.loads(capsys.readouterr().out) == json.loads((out / "report.json").read_text("utf-8"))


def test_what_holds_another_run_is_left_alone(tmp_path: Path) -> None:
    """Reports of two runs in one folder could not be told apart; an older folder has the timelines itself."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    shutil.copy(BLOCKED, old)
    Folder(new).keep(timeline())

    for folder in (old, new):
        with pytest.raises(UsageError, match="holds another run already; name another folder"):
            Folder(folder)


@pytest.mark.parametrize("name", [*sorted(FORMS), "timelines", "pictures", "001 case.jsonl"])
def test_a_folder_with_a_link_in_our_place_is_left_alone(tmp_path: Path, name: str) -> None:
    """Be it a link to nothing, behind which there would be a file then."""
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(UsageError, match="holds another run already; name another folder"):
        Folder(tmp_path)


def test_a_link_that_comes_meanwhile_is_not_followed(tmp_path: Path) -> None:
    """What is written takes its place, and where it leads nothing happens."""
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    folder = Folder(out)
    folder.keep(timeline())
    (kept,) = (out / "timelines").iterdir()
    pictures = out / "pictures" / kept.stem
    pictures.mkdir(parents=True)
    links = [*(out / name for name in FORMS), pictures / "01 login.jpg"]
    for link in links:
        link.symlink_to(elsewhere)
    folder.look((Picture(step="login", jpeg=b"\xff\xd8\xff"),))
    folder.finish(report(result(None)), ())

    assert not elsewhere.exists()
    assert [] == [link for link in links if link.is_symlink() or not link.stat().st_size]


@pytest.mark.parametrize("name", ["timelines", "pictures"])
def test_no_folder_of_a_run_is_a_link(tmp_path: Path, name: str) -> None:
    """One that comes meanwhile ends the run with a sentence, and nothing is where it leads."""
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    for one in (out, elsewhere):
        one.mkdir()
    folder = Folder(out)
    (out / name).symlink_to(elsewhere)

    def write() -> None:
        folder.keep(timeline())
        folder.look((Picture(step="login", jpeg=b"\xff\xd8\xff"),))

    with pytest.raises(UsageError, match=f"{name} is a link, and nothing is written through it"):
        write()
    assert [] == list(elsewhere.iterdir())


def test_pictures_stay_with_their_case(tmp_path: Path) -> None:
    """Judged again, the report has them again."""
    first = Folder(tmp_path / "first")
    first.keep(timeline())
    first.look((Picture(step="page open", jpeg=b"\xff\xd8\xff"), Picture(step="login", jpeg=b"\xff\xd8\xff")))
    run(["judge", str(tmp_path / "first"), "--out", str(tmp_path / "second")])
    page = (tmp_path / "second" / "report.html").read_text("utf-8")

    assert page.index("1. page open") < page.index("2. login")
    assert 2 == len(list((tmp_path / "second" / "pictures").rglob("*.jpg")))


def test_secrets_are_kept_out_of_all_that_is_written(tmp_path: Path) -> None:
    """Whatever put them there: the gate is the last one."""
    saved = timeline()
    assert saved.header is not None
    folder = Folder(tmp_path / "run", secrets=("open sesame",))
    careless = saved.header.case.conditions.model_copy(update={"engine_version": 'open sesame & "more"'})
    case = saved.header.case.model_copy(update={"conditions": careless})
    folder.keep(Timeline(saved.events, saved.header.model_copy(update={"case": case})))
    run(["judge", str(tmp_path / "run"), "--out", str(tmp_path / "again")])

    texts = [path.read_text("utf-8") for path in tmp_path.rglob("*.*") if path.is_file()]
    assert 6 == len(texts)
    assert not [text for text in texts if "open sesame" in text]


@pytest.mark.parametrize("secret", ["embedded", "chromium", "findings", "harness", "strict", "secret"])
def test_a_secret_that_is_a_word_of_ours_spoils_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    """The report is written, nothing that was said holds the word, and the run is judged again as before."""
    found = Folder(tmp_path / "run", secrets=(secret,))
    found.keep(Timeline.loads((TIMELINES / "secret-served.jsonl").read_bytes()))
    case = result(None, told("brand.secret_exposed", observed=f"the {secret} there"))
    found.finish(report(case), ())
    written = json.loads((tmp_path / "run" / "report.json").read_text("utf-8"))

    assert {*FORMS, "timelines"} == {one.name for one in (tmp_path / "run").iterdir()}
    assert "the … there" == written["cases"][0]["findings"][0]["observed"]
    judged = []
    for path in (TIMELINES / "secret-served.jsonl", tmp_path / "run"):
        run(["judge", str(path), "--format", "json"])
        (row,) = json.loads(capsys.readouterr().out)["cases"]
        judged.append((row["outcome"], row["code"], [one["code"] for one in row["findings"]]))
    assert judged[0] == judged[1]


@pytest.mark.parametrize(
    ("form", "begins"),
    [("text", " "), ("json", "{"), ("junit", "<?xml"), ("markdown", "## Consumer authentication")],
)
def test_stdout_has_the_form_that_was_asked_for(
    form: str, begins: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing else."""
    run(["judge", str(BLOCKED), "--format", form])

    assert capsys.readouterr().out.startswith(begins)


def test_a_build_on_github_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By annotations on stderr and by the step's summary, to which others may have written."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", "utf-8")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    code = run(["judge", str(BLOCKED), "--format", "json"])
    said = capsys.readouterr()

    assert 1 == code
    assert "::error title=browser.csp_blocked at the brand page::" in said.err
    assert "::" not in said.out.splitlines()[0]
    assert summary.read_text("utf-8").startswith("before\n## Consumer authentication\n")


def test_a_summary_that_cannot_be_written_decides_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and the exit code is that of the checks."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))

    assert 1 == run(["judge", str(BLOCKED)])
    assert "cannot be written" in capsys.readouterr().err


def test_a_summary_is_not_made_through_a_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that leads to a file is followed, because the build has named it."""
    summary, there = tmp_path / "summary.md", tmp_path / "there.md"
    summary.symlink_to(there)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    run(["judge", str(BLOCKED)])
    assert "cannot be written: No such file" in capsys.readouterr().err
    assert not there.exists()

    there.touch()
    run(["judge", str(BLOCKED)])
    assert there.read_text("utf-8").startswith("## Consumer authentication\n")


def test_json_holds_no_command_of_a_build(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """GitHub looks for an older form of them anywhere in a line; the value is the same."""
    saved = tmp_path / "saved.jsonl"
    saved.write_text(
        BLOCKED.read_text("utf-8").replace('"engine_version": "', '"engine_version": "##[error]'), "utf-8"
    )
    run(["judge", str(saved), "--format", "json"])
    shown = capsys.readouterr().out

    assert "##[" not in shown
    assert json.loads(shown)["cases"][0]["conditions"]["engine_version"].startswith("##[error]")

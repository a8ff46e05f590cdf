"""What Playwright recorded is scrubbed when it is finished, and the original is gone whatever happened."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.browser.tracing import Recorded, Recording, Recordings
from harness.config import Config
from harness.errors import UsageError
from harness.redact import Redactor
from tests.leaks import below, leaks
from tests.scrub import recorded

CASE = "popup/code/chromium/chrome-today/strict/sign-in"
STEM = "001-popup-code-chromium-chrome-today-strict-sign-in"


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    """Give recordings of both kinds, into a folder that is not there yet."""
    return Recordings(tmp_path / "out", trace=True, har=True)


@pytest.fixture
def known(recordings: Recordings) -> Callable[[], Redactor]:
    """Give what says what is secret."""
    return lambda: recordings.redactor((recorded.PASSWORD,), iter((recorded.PERSON,)))


def _recorded(recording: Recording, folder: Path) -> Path:
    """Put down what Playwright would, for one context, and return the private folder."""
    har = Path(recording.context_options()["record_har_path"])
    plain = recorded.har(folder, recorded.entry())
    with zipfile.ZipFile(har, "w") as archive:
        archive.write(plain, "har.har")
    plain.unlink()
    shutil.move(recorded.trace(folder), har.parent / har.name.replace(".har.", ".trace."))
    return har.parent


def test_a_case_leaves_a_trace_and_a_har_file(
    recordings: Recordings, known: Callable[[], Redactor], tmp_path: Path
) -> None:
    """Named like its timeline, scrubbed, and nothing else is left anywhere."""
    with recordings.case(CASE, Config(), known) as recording:
        private = _recorded(recording, tmp_path)
        assert not (tmp_path / "out").exists()

    assert [f"har/{STEM}.har", f"traces/{STEM}.zip"] == sorted(
        str(path.relative_to(tmp_path / "out")) for path in recordings.kept
    )
    assert not private.exists()
    assert [] == leaks({"code": recorded.CODE, "person": recorded.PERSON}, below(tmp_path))
    assert (
        f"2 recordings in {tmp_path / 'out'}, scrubbed; left out: bodies 2, files 1, lines 2, messages 2, "
        "pictures 2, sources 1"
    ) == recordings.summary()


def test_a_second_context_of_a_case_has_a_number(
    recordings: Recordings, known: Callable[[], Redactor], tmp_path: Path
) -> None:
    """As two windows on one device have, or two people after each other."""
    with recordings.case(CASE, Config(), known) as recording:
        _recorded(recording, tmp_path)
        _recorded(recording, tmp_path)

    assert {f"{STEM}.har", f"{STEM}-2.har"} == {path.name for path in (tmp_path / "out" / "har").iterdir()}


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt()])
def test_of_a_case_that_did_not_end_nothing_is_left(
    recordings: Recordings, known: Callable[[], Redactor], tmp_path: Path, error: BaseException
) -> None:
    """Neither the original nor anything of it, after an error and after Ctrl-C."""
    private: list[Path] = []

    def run() -> None:
        with recordings.case(CASE, Config(), known) as recording:
            private.append(_recorded(recording, tmp_path))
            raise error

    with pytest.raises(type(error)):
        run()
    assert [False] == [path.exists() for path in private]
    assert [] == list(tmp_path.iterdir())


def test_what_cannot_be_read_is_left_out(
    recordings: Recordings, known: Callable[[], Redactor], tmp_path: Path
) -> None:
    """The run goes on, the other recordings are kept, and nothing of the file is repeated."""
    with recordings.case(CASE, Config(), known) as recording:
        private = _recorded(recording, tmp_path)
        (private / "1.har.zip").write_text(f"{{{recorded.COOKIE}", "utf-8")

    assert [f"{STEM}.zip"] == [path.name for path in recordings.kept]
    assert recordings.kept == [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not private.exists()
    assert "1 recordings" in recordings.summary()
    assert "unusable recordings 1" in recordings.summary()
    assert recorded.COOKIE not in recordings.summary()


def test_where_nothing_can_be_written_the_run_goes_on(
    recordings: Recordings, known: Callable[[], Redactor], tmp_path: Path
) -> None:
    """As on a full disk: each recording is counted, and no original stays."""
    (tmp_path / "out").write_text("no folder", "utf-8")
    with recordings.case(CASE, Config(), known) as recording:
        private = _recorded(recording, tmp_path)

    assert ([], {"unusable recordings": 2}) == (recordings.kept, recordings.left_out)
    assert not private.exists()


@pytest.mark.parametrize("kind", ["traces", "har"])
def test_nothing_is_recorded_through_a_link(
    recordings: Recordings, known: Callable[[], Redactor], tmp_path: Path, kind: str
) -> None:
    """One that is there is told before anything runs; of one that comes later the recording is left out."""
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    for folder in (out, elsewhere):
        folder.mkdir()
    (out / kind).symlink_to(elsewhere)
    with recordings.case(CASE, Config(), known) as recording:
        _recorded(recording, tmp_path)

    assert (1, {"unusable recordings": 1}) == (
        len(recordings.kept),
        {name: count for name, count in recordings.left_out.items() if name.startswith("unusable")},
    )
    with pytest.raises(UsageError, match=f"{kind} is a link, and nothing is written through it"):
        Recordings(out, trace=True, har=True)
    assert [] == list(elsewhere.iterdir())


def test_what_another_process_recorded_is_kept_through_no_link(
    recordings: Recordings, tmp_path: Path
) -> None:
    """It takes the link's place."""
    target = tmp_path / "out" / "har" / "001-case.har"
    target.parent.mkdir(parents=True)
    target.symlink_to(tmp_path / "elsewhere")
    recordings.adopt(Recorded(files=(("har", "case.har", b"{}"),)))

    assert (False, b"{}") == (target.is_symlink(), target.read_bytes())
    assert not (tmp_path / "elsewhere").exists()


def test_of_a_brand_of_one_s_own_bodies_are_not_even_recorded(tmp_path: Path) -> None:
    """Documents and bodies are the sample's alone."""
    options = [
        Recording(tmp_path, trace=False, har=True, pages=pages).context_options()["record_har_content"]
        for pages in (True, False)
    ]

    assert ["embed", "omit"] == options


def test_what_was_not_asked_for_is_not_recorded(tmp_path: Path) -> None:
    """Without HAR a context is made as ever."""
    assert {} == Recording(tmp_path, trace=True, har=False, pages=True).context_options()


def test_one_person_has_one_mark_in_a_run_and_another_in_the_next(tmp_path: Path) -> None:
    """The key is the run's own, so that marks of two runs cannot be compared, nor guessed."""
    first, second = (Recordings(tmp_path, trace=True, har=True) for _ in range(2))

    def shown(recordings: Recordings) -> str:
        return recordings.redactor((), iter((recorded.PERSON,))).text(json.dumps(recorded.PERSON))

    assert shown(first) == shown(first) != shown(second)

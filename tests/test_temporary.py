"""A temporary folder goes with its owner, whatever becomes of that one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness import temporary

OWNER = (
    "import sys\n"
    "from harness import temporary\n"
    "with temporary.folder() as made:\n"
    "    (made / 'secret').write_text('kept by a process that is killed')\n"
    "    print(made, flush=True)\n"
    "    sys.stdin.read()\n"
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder in which temporary ones are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def owner(place: Path) -> subprocess.Popen[str]:
    """Start a process that has a folder, and keeps it until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(place)},
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def test_a_folder_is_private_and_gone_after_the_block(place: Path) -> None:
    """With everything in it."""
    with temporary.folder("demo-") as made:
        (made / "file").write_text("text")
        assert 0o700 == made.stat().st_mode & 0o777
        assert (place, True) == (made.parent, made.name.startswith("harness-demo-"))

    assert [] == list(place.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="there, folders have no locks")
def test_what_a_killed_owner_left_goes_with_the_next_folder(place: Path) -> None:
    """Nobody is asked for process ids, which come again."""
    with owner(place) as process:
        process.kill()
    (left,) = place.iterdir()
    assert (left / "secret").exists()

    with temporary.folder() as made:
        assert [made] == list(place.iterdir())


def test_the_folder_of_a_living_owner_is_left_alone(place: Path) -> None:
    """Of another process, and of this one."""
    with owner(place) as process, temporary.folder() as made, temporary.folder():
        (theirs,) = {path for path in place.iterdir() if (path / "secret").exists()}
        assert made.exists()
        assert theirs.exists()
        process.communicate()


def test_what_has_no_lock_of_ours_is_left_alone(place: Path) -> None:
    """A folder of an older version, a stranger's, and a link that only looks like ours."""
    others = [place / name for name in ("harness-older", "somebody-else.held", "harness-link.held")]
    for one in others[:2]:
        one.mkdir()
    others[2].symlink_to(others[0])

    with temporary.folder():
        assert all(one.exists() for one in others)

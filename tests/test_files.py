"""Files that are there whole or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from harness import files
from harness.errors import UsageError


def test_a_draft_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    """As after Ctrl-C."""
    with pytest.raises(KeyboardInterrupt), files.draft(tmp_path / "brand.toml", "half"):
        raise KeyboardInterrupt

    assert [] == list(tmp_path.iterdir())


def test_a_draft_gets_its_name_whole(tmp_path: Path) -> None:
    """And is all that is left."""
    path = tmp_path / "brand.toml"
    with files.draft(path, "text ä\n") as written:
        assert not path.exists()
        files.settle(written, path)

    assert [path] == list(tmp_path.iterdir())
    assert "text ä\n" == path.read_text("utf-8")


def test_a_file_that_came_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """The draft goes instead."""
    path = tmp_path / "brand.toml"
    with files.draft(path, "ours") as written:
        path.write_text("theirs")
        with pytest.raises(UsageError, match="exists already and is not overwritten"):
            files.settle(written, path)

    assert [path] == list(tmp_path.iterdir())
    assert "theirs" == path.read_text()


def test_a_replaced_file_is_read_by_the_same_people(tmp_path: Path) -> None:
    """Its permissions stay."""
    path = tmp_path / "brand.toml"
    path.write_text("before")
    path.chmod(0o640)
    files.replace(path, "after")

    assert ("after", 0o640) == (path.read_text(), stat.S_IMODE(path.stat().st_mode))


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """With the file's name."""
    with (
        pytest.raises(UsageError, match=r"brand\.toml cannot be written: No such file"),
        files.draft(tmp_path / "nowhere" / "brand.toml", ""),
    ):
        pass


def test_a_file_arrives_whole(tmp_path: Path) -> None:
    """It has its name when everything is written, and no sooner."""
    path = tmp_path / "a.zip"
    with files.arriving(path) as written:
        written.write_text("all of it", "utf-8")
        assert not path.exists()

    assert "all of it" == path.read_text("utf-8")
    assert [path] == list(tmp_path.iterdir())


def test_a_file_that_fails_does_not_arrive(tmp_path: Path) -> None:
    """And leaves nothing behind; what was there before stays."""
    path = tmp_path / "a.zip"
    path.write_text("before", "utf-8")

    def write() -> None:
        with files.arriving(path) as written:
            written.write_text("half", "utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert "before" == path.read_text("utf-8")
    assert [path] == list(tmp_path.iterdir())

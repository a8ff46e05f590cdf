"""Files that are there whole or not at all, and through no link of whoever prepared their folder."""

from __future__ import annotations

import os
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


def test_a_name_that_a_link_has_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of a link to nothing, and where the file system knows no hard links."""
    path, elsewhere = tmp_path / "brand.toml", tmp_path / "elsewhere"
    path.symlink_to(elsewhere)

    def settle() -> None:
        with files.draft(path, "ours") as written:
            files.settle(written, path)

    def unknown(*_: object) -> None:
        raise PermissionError

    with pytest.raises(UsageError, match="exists already and is not overwritten"):
        settle()
    monkeypatch.setattr(os, "link", unknown)
    with pytest.raises(UsageError, match="exists already and is not overwritten"):
        settle()
    assert ([path], True) == (list(tmp_path.iterdir()), path.is_symlink())


@pytest.mark.parametrize("there", [True, False])
def test_what_is_left_goes_through_no_link(tmp_path: Path, there: bool) -> None:
    """It has the name itself, and the permissions of any new file; the link is gone."""
    theirs, path, other = tmp_path / "theirs", tmp_path / "report.html", tmp_path / "other"
    if there:
        theirs.write_text("theirs", "utf-8")
    path.symlink_to(theirs)
    files.leave(path, b"ours")
    other.touch()

    assert there == theirs.exists()
    assert not there or "theirs" == theirs.read_text("utf-8")
    assert (False, b"ours") == (path.is_symlink(), path.read_bytes())
    assert other.stat().st_mode == path.stat().st_mode


@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_taken_for_no_folder(tmp_path: Path, there: bool) -> None:
    """Wherever it leads; a folder that is there already is."""
    theirs, path = tmp_path / "theirs", tmp_path / "timelines"
    for _ in range(2):
        files.make_folder(tmp_path / "one" / "two")
    if there:
        theirs.mkdir()
    path.symlink_to(theirs)

    with pytest.raises(UsageError, match=r"timelines is a link, and nothing is written through it; name an"):
        files.make_folder(path)
    assert there == theirs.exists()

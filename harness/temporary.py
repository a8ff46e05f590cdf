"""Temporary folders that are gone with their owner, even with one that was killed.

Whoever has a folder holds a lock on it, which the system takes back however a process ends. What a killed one
has left is removed when somebody makes the next folder; nothing is asked about process ids, which come again.
Where the system has no such locks, nothing is removed that is not one's own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

if sys.platform != "win32":
    import fcntl

PREFIX = "harness-"
"""What our temporary folders begin with."""

_NEW, _HELD = ".new", ".held"
"""What their names end in: before the lock is there, and with it. Without a lock it is nobody's to remove."""


@contextlib.contextmanager
def folder(kind: str = "") -> Iterator[Path]:
    """Give a private folder for the length of the block, and remove those whose owners were killed.

    Args:
        kind: What stands in its name after the prefix, for those who look.
    """
    sweep(Path(tempfile.gettempdir()))
    made = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{kind}", suffix=_NEW))
    lock = None
    try:
        lock = _locked(made)
        if lock is not None:
            made = made.rename(made.with_suffix(_HELD))
        yield made
    finally:
        # Processes that are about to end may still write there.
        shutil.rmtree(made, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def sweep(place: Path) -> None:
    """Remove the folders in a place whose owners are gone; those of other users are left alone.

    Args:
        place: The folder in which they are.
    """
    for one in place.glob(f"{PREFIX}*{_HELD}"):
        if _is_ours(one) and (lock := _locked(one)) is not None:
            try:
                shutil.rmtree(one, ignore_errors=True)
            finally:
                os.close(lock)


def _is_ours(path: Path) -> bool:
    """Tell whether a path is a folder of this user's, and no link to one."""
    with contextlib.suppress(OSError):
        return path.is_dir() and not path.is_symlink() and path.lstat().st_uid == os.geteuid()
    return False


def _locked(path: Path) -> int | None:
    """Return the descriptor that holds the lock of a folder, ``None`` where it is not to be had."""
    if sys.platform == "win32":
        return None
    try:
        found = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody holds it, or the file system knows no locks
        os.close(found)
        return None
    return found

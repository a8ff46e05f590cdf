"""Files that are there whole or not at all, and through no link of whoever prepared their folder."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness.errors import UsageError


@contextlib.contextmanager
def draft(path: Path, text: str) -> Iterator[Path]:
    """Give a file beside another one that holds a text, and remove it when the block ends.

    Args:
        path: The file that it may become, by :func:`settle` or :func:`replace`.
        text: What it holds.

    Raises:
        UsageError: When nothing can be written there.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    written = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        yield written
    finally:
        with contextlib.suppress(FileNotFoundError):
            written.unlink()


def settle(written: Path, path: Path) -> None:
    """Give a draft its name, which nothing may have yet.

    Raises:
        UsageError: When there is such a file by now.
    """
    written.chmod(0o666 & ~_umask())
    try:
        os.link(written, path)
    except FileExistsError:
        raise UsageError(exists_already(path)) from None
    except OSError:
        # A file system without hard links; two that write at the same moment are not told apart there.
        if is_taken(path):
            raise UsageError(exists_already(path)) from None
        written.rename(path)


@contextlib.contextmanager
def arriving(path: Path) -> Iterator[Path]:
    """Give a file that gets its name when the block ends, and is removed when the block fails.

    Args:
        path: The file that it becomes; one of this name is replaced, and so is a link.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
    os.close(descriptor)
    written = Path(name)
    try:
        yield written
        written.chmod(0o666 & ~_umask())
        written.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            written.unlink()


def leave(path: Path, content: bytes) -> None:
    """Write a file in a folder that somebody else may have prepared; a link of its name is not followed."""
    with arriving(path) as written:
        written.write_bytes(content)


def make_folder(path: Path) -> None:
    """Make a folder, unless it is there, within one that somebody else may have prepared.

    Raises:
        UsageError: When a link has its name.
    """
    refuse_link(path)
    path.mkdir(parents=True, exist_ok=True)


def refuse_link(path: Path) -> None:
    """See that what is written into a folder does not go where a link leads.

    Raises:
        UsageError: When a link has the folder's name.
    """
    if path.is_symlink():
        raise UsageError(f"{path} is a link, and nothing is written through it; name another folder")


def replace(path: Path, text: str) -> None:
    """Replace a file's text, keeping who may read it.

    Raises:
        UsageError: When nothing can be written there.
    """
    with draft(path, text) as written:
        written.chmod(path.stat().st_mode & 0o777)
        written.replace(path)


def is_taken(path: Path) -> bool:
    """Return whether something has a name already, be it a link that leads nowhere."""
    return os.path.lexists(path)


def exists_already(path: Path) -> str:
    """Return the sentence for a file that is not overwritten."""
    return f"{path} exists already and is not overwritten; name another file"


def _umask() -> int:
    # There is no way to read it but to set it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

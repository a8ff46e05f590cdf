"""Files that are there whole or not at all."""

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
        if path.exists():
            raise UsageError(exists_already(path)) from None
        written.rename(path)


@contextlib.contextmanager
def arriving(path: Path) -> Iterator[Path]:
    """Give a file that gets its name when the block ends, and is removed when the block fails.

    Args:
        path: The file that it becomes; one of this name is replaced.
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


def replace(path: Path, text: str) -> None:
    """Replace a file's text, keeping who may read it.

    Raises:
        UsageError: When nothing can be written there.
    """
    with draft(path, text) as written:
        written.chmod(path.stat().st_mode & 0o777)
        written.replace(path)


def exists_already(path: Path) -> str:
    """Return the sentence for a file that is not overwritten."""
    return f"{path} exists already and is not overwritten; name another file"


def _umask() -> int:
    # There is no way to read it but to set it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask

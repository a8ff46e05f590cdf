"""What a process and those that it started hold: memory, files, sockets, temporary folders.

Linux tells in ``/proc``; elsewhere what is not told is ``None``, never 0.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.temporary import PREFIX

_PROC, _OPEN = Path("/proc"), Path("/proc/self/fd")


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What is held at one moment.

    Attributes:
        process: The process's id.
        server_octets: Resident memory of the process, whose threads are the servers.
        browser_octets: Resident memory of all that it started: the driver, the browser and its parts.
        files: Open files, sockets among them.
        sockets: Open sockets.
        folders: Temporary folders of ours.
    """

    process: int
    server_octets: int | None
    browser_octets: int | None
    files: int | None
    sockets: int | None
    folders: int


def usage() -> Usage:
    """Return what this process holds now."""
    opened = tuple(_opened()) if _OPEN.is_dir() else None
    own = os.getpid()
    return Usage(
        process=own,
        server_octets=_resident(own),
        browser_octets=_below(own),
        files=None if opened is None else len(opened),
        sockets=None if opened is None else sum(one.startswith("socket:") for one in opened),
        folders=sum(1 for _ in Path(tempfile.gettempdir()).glob(f"{PREFIX}*")),
    )


def _opened() -> Iterator[str]:
    for one in tuple(_OPEN.iterdir()):
        with suppress(OSError):  # that with which the folder was read is closed by now
            yield str(one.readlink())


def _resident(process: int) -> int | None:
    try:
        pages = int((_PROC / str(process) / "statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _below(process: int) -> int | None:
    """Return the memory of a process's descendants; ``None`` where nobody tells."""
    if not _OPEN.is_dir():
        return None
    parents: dict[int, list[int]] = {}
    for one in _PROC.glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            # A program's name may hold anything, a bracket too: what follows the last one is numbers.
            fields = (one / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(one.name))
    found, looked = 0, list(parents.get(process, ()))
    while looked:
        child = looked.pop()
        found += _resident(child) or 0
        looked += parents.get(child, ())
    return found

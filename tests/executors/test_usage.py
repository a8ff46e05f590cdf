"""What a process holds, as it tells of itself."""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from harness.executors.usage import usage
from harness.temporary import PREFIX

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it in /proc")


@linux
def test_an_open_socket_is_counted() -> None:
    """Among the files too; it is gone when it is closed."""
    before = usage()
    with socket.socket():
        during = usage()
    after = usage()

    assert before.sockets is not None
    assert before.files is not None
    assert (before.sockets + 1, before.files + 1) == (during.sockets, during.files)
    assert (before.sockets, before.files) == (after.sockets, after.files)


@linux
def test_memory_is_that_of_this_process_and_what_it_started() -> None:
    """In octets."""
    found = usage()

    assert os.getpid() == found.process
    assert found.server_octets is not None
    assert found.server_octets > 1_000_000
    assert found.browser_octets is not None


def test_a_temporary_folder_of_ours_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others are not."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (tmp_path / "somebody-else").mkdir()
    assert 0 == usage().folders

    with tempfile.TemporaryDirectory(prefix=PREFIX):
        assert 1 == usage().folders

"""What a recorded demo leaves to look at is where it was asked for."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import Page

from harness.demo.pictures import Pictures

PAGE = cast("Page", SimpleNamespace(screenshot=lambda animations: b"a picture"))
PROGRAM = """#!/bin/sh
for last; do :; done
echo a video >"$last"
"""


def test_screenshots_and_video_go_through_no_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They take the place of one that somebody has put there; whoever makes the video would follow it."""
    out, frames, program = tmp_path / "out", tmp_path / "frames", tmp_path / "ffmpeg"
    frames.mkdir()
    program.write_text(PROGRAM, "utf-8")
    program.chmod(0o700)
    monkeypatch.setattr(shutil, "which", lambda _: str(program))
    taken = Pictures(out, frames)
    links = out / "01-shop.png", out / "demo.mp4"
    for link in links:
        link.symlink_to(tmp_path / "elsewhere")
    taken.keep(PAGE, "shop")
    taken.frame(PAGE, PAGE, 1)

    assert links[1] == taken.video(out)
    assert [(False, b"a picture"), (False, b"a video\n")] == [
        (link.is_symlink(), link.read_bytes()) for link in links
    ]
    assert not (tmp_path / "elsewhere").exists()

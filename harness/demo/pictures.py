"""What a recorded demo leaves to look at: numbered screenshots, and a video where ffmpeg is here."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, Page

from harness import files

PANEL_SIZE = {"width": 440, "height": 720}
STAGE_SIZE = {"width": 1280, "height": 720}

_FRAMES_PER_SECOND = 5
_BACKGROUND = "0x0c1413"

ENCODERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("libx264", "demo.mp4", ("-preset", "veryfast", "-tune", "stillimage", "-crf", "22")),
    ("libvpx", "demo.webm", ("-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M")),
)
"""What ffmpeg may have to make a video with, the best first: encoder, file, options."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What is on the screen for a while.

    Attributes:
        stage: A picture of what is driven.
        panel: A picture of the panel.
        seconds: For how long.
    """

    stage: Path
    panel: Path
    seconds: float


class Pictures:
    """Takes pictures while a demo runs.

    Args:
        folder: Where the screenshots are left.
        frames: A private folder for the video's pictures; ``None`` where no video can be made.
    """

    def __init__(self, folder: Path, frames: Path | None) -> None:
        self._folder, self._frames_folder = folder, frames
        self._numbers, self._frame_numbers = itertools.count(1), itertools.count(1)
        self._frames: list[Frame] = []
        files.make_folder(folder)

    def keep(self, page: Page, name: str) -> None:
        """Leave a screenshot under the next number; a page that is gone leaves none."""
        octets = _seen(page)
        if octets:
            files.leave(self._folder / f"{next(self._numbers):02}-{name}.png", octets)

    def frame(self, stage: Page, panel: Page, seconds: float) -> None:
        """Take what is on the screen now into the video, to stay for some seconds."""
        if self._frames_folder is None:
            return
        seen = [_seen(stage), _seen(panel)]
        number = next(self._frame_numbers)
        files = [self._frames_folder / f"{side}-{number:04}.png" for side in ("stage", "panel")]
        for file, octets in zip(files, seen, strict=True):
            if octets:
                file.write_bytes(octets)
        if all(seen):
            self._frames.append(Frame(stage=files[0], panel=files[1], seconds=seconds))

    def video(self, folder: Path) -> Path | None:
        """Join the frames; ``None`` where there are none or nothing here can."""
        program = shutil.which("ffmpeg")
        if program is None or self._frames_folder is None or not self._frames:
            return None
        joined = _arguments(self._frames, self._frames_folder)
        for encoder, name, options in ENCODERS:
            made = self._frames_folder / name
            command = [program, *joined, "-c:v", encoder, *options, str(made)]
            # Nothing in it comes from a page.
            done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
            if done.returncode == 0:
                # ffmpeg would follow a link of this name.
                files.leave(folder / name, made.read_bytes())
                return folder / name
        return None


def _seen(page: Page) -> bytes | None:
    try:
        return page.screenshot(animations="disabled")
    except Error:
        return None


def _arguments(frames: Sequence[Frame], folder: Path) -> list[str]:
    """Return what makes one picture of the two, frame after frame: the stage left, the panel right."""
    inputs: list[str] = []
    for side in ("stage", "panel"):
        listed = folder / f"{side}.txt"
        listed.write_text("\n".join(_lines(frames, side)), "utf-8")
        inputs += ["-f", "concat", "-safe", "0", "-i", str(listed)]
    filters = ";".join((_scaled(0, STAGE_SIZE), _scaled(1, PANEL_SIZE), "[s0][s1]hstack=shortest=1[v]"))
    return ["-v", "error", "-y", *inputs, "-filter_complex", filters, "-map", "[v]", "-pix_fmt", "yuv420p"]


def _lines(frames: Sequence[Frame], side: str) -> Iterator[str]:
    """Yield a list as ffmpeg's concat demuxer reads it; named once, the last picture would not stay."""
    for frame in frames:
        yield f"file '{getattr(frame, side).name}'"
        yield f"duration {frame.seconds:.2f}"
    yield f"file '{getattr(frames[-1], side).name}'"


def _scaled(number: int, size: dict[str, int]) -> str:
    box = f"{size['width']}:{size['height']}"
    return (
        f"[{number}:v]fps={_FRAMES_PER_SECOND},scale={box}:force_original_aspect_ratio=decrease,"
        f"pad={box}:(ow-iw)/2:(oh-ih)/2:{_BACKGROUND},setsar=1[s{number}]"
    )

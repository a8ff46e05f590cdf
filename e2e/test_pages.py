"""Every page in every state: readable, reachable and whole, at three widths, light and dark.

The screenshots are in pytest-playwright's output folder, one folder a page.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page, expect

from e2e.scenes import LOGIN, SCENES, SHOP, Stage
from harness import Harness
from harness.browser.surfaces import ChatWindow, SurfaceDriver, Workspace
from harness.opened import OpenCase

SIZES = ((360, 740), (768, 1024), (1440, 900))
"""A small phone, a tablet and a desk, in CSS pixels."""

PHONE = {"width": 360, "height": 740}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LOOKS = (Path(__file__).parent / "looks.js").read_text("utf-8")

# Every rule, best practices included; frames are asked one by one, since they are of other origins.
AXE_OPTIONS = {"resultTypes": ["violations"], "iframes": False}


@pytest.fixture
def stage(
    harness: Harness,
    open_surface: Callable[..., SurfaceDriver],
    run_flow: Callable[..., OpenCase],
    request: pytest.FixtureRequest,
) -> Stage:
    """What scenes are made with."""
    return Stage(
        harness=harness,
        surface=open_surface,
        run=run_flow,
        desk=lambda: request.getfixturevalue("workspace"),
    )


def violations(frame: Frame) -> list[str]:
    """Return what axe-core finds in one frame: impact, rule, and where."""
    if not frame.evaluate("typeof axe === 'object'"):
        frame.evaluate(AXE_SCRIPT)
    found = frame.evaluate(f"axe.run({json.dumps(AXE_OPTIONS)})")["violations"]
    return [
        f"{one['impact']} {one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", SCENES)
def test_a_page_is_accessible_and_whole_at_every_width(name: str, stage: Stage, output_path: str) -> None:
    """No violation of axe-core's rules, nothing cut off or too small for a thumb, light and dark."""
    page = SCENES[name](stage)
    wrong = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(output_path, f"{name}-{width}-{scheme}.png"))
            ill = [
                sentence
                for frame in page.frames
                for sentence in (
                    *frame.evaluate(LOOKS, {"touch": width == PHONE["width"]}),
                    *violations(frame),
                )
            ]
            wrong += [f"{width} px, {scheme}: {sentence}" for sentence in ill]

    assert [] == wrong

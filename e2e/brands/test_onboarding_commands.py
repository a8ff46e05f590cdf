"""The commands with which a brand's developer begins, with the test as the person before the browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from harness.cli import run
from harness.cli.login import keep, own_config

from .conftest import Serve
from .serving import Served
from .twins import RIGHT


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept goes into the test's folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def check(served: Served, capsys: pytest.CaptureFixture[str], *narrowed: str) -> tuple[Any, str]:
    """Run the command and return its report, and what it said meanwhile."""
    run(["check", str(served.file), "--format", "json", *narrowed])
    said = capsys.readouterr()
    return json.loads(said.out), said.err


def sign_in(page: Page, served: Served, variable: str) -> None:
    """Sign Alice in on the form before us, as she would."""
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill(served.site.environment[variable])
    page.get_by_role("button", name="Sign in").click()


def test_who_signed_in_once_is_signed_in_in_later_runs(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """A login that needs a person is done once: the file's steps could not do it."""
    served = serve("classic", RIGHT["classic"])
    text = served.file.read_text("utf-8")
    sign_in_step = '{ click = "Sign in" } ]'
    second_factor = '{ click = "Sign in" }, { pause = "the second factor" } ]'
    steps = text.replace(sign_in_step, second_factor, 1)
    served.file.write_text(steps, "utf-8")

    def alice(page: Page) -> None:
        sign_in(page, served, "LARKSPUR_ALICE_PASSWORD")
        page.get_by_role("heading", name="Hello Alice").wait_for()
        page.close()

    try:
        refused = run(["check", str(served.file)]), capsys.readouterr().err
        config = own_config(served.file)
        keep(served.file, config, account="alice", engine="chromium", hours=1, headed=False, person=alice)
        capsys.readouterr()
        report, said = check(served, capsys)
    finally:
        served.file.write_text(text, "utf-8")

    (case,) = report["cases"]
    assert 2 == refused[0]
    assert "has a step pause, in which a person acts; add --headed" in refused[1]
    assert ("authenticated", 0) == (case["outcome"], case["timings_ms"]["login"])
    assert "harness: alice is signed in in chromium by what harness login kept" in said

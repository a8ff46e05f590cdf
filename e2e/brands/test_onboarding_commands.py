"""The commands with which a brand's developer begins, with the test as the person before the browser."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from harness.cli import run
from harness.cli.login import keep, own_config
from harness.cli.record import show

from .conftest import Serve
from .serving import Served
from .twins import RIGHT


@pytest.fixture(autouse=True)
def _state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept goes into the test's folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def check(file: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Any, str]:
    """Run the command and return its report, and what it said meanwhile."""
    run(["check", str(file), "--format", "json"])
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
        report, said = check(served.file, capsys)
    finally:
        served.file.write_text(text, "utf-8")

    (case,) = report["cases"]
    assert 2 == refused[0]
    assert "has a step pause, in which a person acts; add --headed" in refused[1]
    assert ("authenticated", 0) == (case["outcome"], case["timings_ms"]["login"])
    assert "harness: alice is signed in in chromium by what harness login kept" in said


def test_a_few_answers_and_one_login_make_a_file_that_passes(
    serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The person mistypes once; what they type stays in the page, and the recorded steps sign in."""
    served, file = serve("classic", RIGHT["classic"]), tmp_path / "new.toml"
    password = served.site.environment["LARKSPUR_ALICE_PASSWORD"]
    monkeypatch.setenv("ALICE_PASSWORD", password)

    def alice(page: Page) -> None:
        page.get_by_label("Username").fill("alise")
        page.get_by_label("Password").fill("open sesame")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("alert").wait_for()
        page.get_by_label("Username").fill("alice")
        page.get_by_label("Password").fill(password)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Hello Alice").wait_for()

    made = run(["init", str(file), "--yes", *answers(served)])
    show(file, yes=True, headed=False, person=alice)
    shown = capsys.readouterr()
    (login,) = tomllib.loads(file.read_text("utf-8"))["login"]
    report, _ = check(file, capsys)

    assert 0 == made
    assert [
        {"fill": "Username", "value": "alice"},
        {"fill": "Password", "env": "ALICE_PASSWORD"},
        {"click": "Sign in"},
    ] == login["steps"]
    assert "an attempt that was made again was left out" in shown.err
    assert not any(secret in shown.out + shown.err for secret in ("open sesame", password))
    assert ["authenticated"] == [case["outcome"] for case in report["cases"]]


def answers(served: Served) -> list[str]:
    """Return the options that tell of a brand without a discovery document."""
    origin, (address, port) = "https://www.larkspur.example", served.address
    return [
        *("--no-discovery", "--issuer", origin, "--flow", "implicit", "--client-id", "conversations"),
        *("--keys", f"{origin}/jwks.json", "--page", f"{origin}/account"),
        *("--map", f"www.larkspur.example={address}:{port}", "--ca", str(served.folder / "ca.pem")),
    ]


def test_a_login_in_the_popup_is_recorded_too(
    serve: Serve, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done on the page, as to open the chat, and in the platform's window is no part of it."""
    served = serve("spa", RIGHT["spa"])
    text = served.file.read_text("utf-8")
    monkeypatch.setenv("CAROL_PASSWORD", password := served.site.environment["MARLOW_ALICE_PASSWORD"])

    def alice(page: Page) -> None:
        with page.expect_popup() as opening:
            page.get_by_role("button", name="Chat with us").click()
        popup = opening.value
        popup.get_by_label("Username").fill("alice")
        popup.get_by_label("Password").fill(password)
        popup.get_by_role("button", name="Sign in").click()
        popup.wait_for_url("https://lpcdn.lpsnmedia.net/**")

    try:
        show(served.file, account="carol", on="authorize", yes=True, headed=False, person=alice)
        written = tomllib.loads(served.file.read_text("utf-8"))
    finally:
        served.file.write_text(text, "utf-8")

    assert {
        "on": "authorize",
        "account": "carol",
        "steps": [
            {"fill": "Username", "value": "alice"},
            {"fill": "Password", "env": "CAROL_PASSWORD"},
            {"click": "Sign in"},
        ],
    } == written["login"][-1]
    assert "other windows" not in capsys.readouterr().err

"""The demo in real browsers: what it shows, what people can do in it, and what a recorded one leaves."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness.demo import Choice, Demo, Play
from harness.demo.show import Show, opened
from harness.sample import CUSTOMERS, PLATFORM_SECRET

ONCE = Play(do="play", choice=Choice())
QUICK = Demo(first=ONCE, pace="none")

PICKS = """async () => {
  const pick = document.querySelector(".pick");
  const form = pick.querySelector("form");
  const end = () => new Promise((done) => {
    const watcher = new MutationObserver(() => pick.open && done(watcher.disconnect()));
    watcher.observe(pick, { attributes: true });
  });
  await end();
  form.elements.fault.value = "jwt-in-code-flow";
  form.querySelector("[value=play]").click();
  await end();
  console.log("leave");
}"""
"""What a person does in the panel: waits for the end, picks a fault, plays it, and leaves."""

ENDS = """() => {
  const pick = document.querySelector(".pick");
  const watcher = new MutationObserver(() => pick.open && (watcher.disconnect(), console.log("leave")));
  watcher.observe(pick, { attributes: true });
}"""
"""What a person does who leaves at the end."""


def person(page: Page, does: str, leave: Callable[[], None]) -> None:
    """Let somebody act in a page while the test is busy watching, and do something when they have done.

    A listener may ask the driver; a binding, which answers the page, may not.
    """
    page.on("console", lambda line: leave() if line.text == "leave" else None)
    page.evaluate(f"() => {{ ({does})(); }}")


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A screen that nobody sees, of a small notebook's size."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("Xvfb is not here (apt-get install xvfb)")
    read, write = os.pipe()
    command = [program, "-displayfd", str(write), "-screen", "0", "1366x768x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=(write,), stderr=subprocess.DEVNULL) as running:
        os.close(write)
        with os.fdopen(read) as number:
            monkeypatch.setenv("DISPLAY", f":{number.readline().strip()}")
        yield
        running.terminate()


def alone(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test in a thread: a demo starts a driver, and the suite's own runs in the main one."""

    @functools.wraps(test)
    def run(**given: object) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(test, **given).result()

    return run


def quick() -> contextlib.AbstractContextManager[Show]:
    """Open a demo that waits for nobody."""
    return opened(QUICK, headed=False)


@alone
def test_people_pick_a_fault_in_the_panel_and_are_told_who_must_mend_it() -> None:
    """The second case is played at the press of a button, and its end waits for people again."""
    seen: list[str] = []
    with quick() as show:
        panel = show.guide.panel.page

        def leave() -> None:
            seen.append(panel.locator(".findings").inner_text())
            panel.close()

        person(panel, PICKS, leave)

        show.until_closed(ONCE)

    first, second = (one.result for one in show.acts.shown)
    assert ("authenticated", None) == (first.outcome, first.code)
    assert ("refused", "sdk.flow_mismatch") == (second.outcome, second.code)
    assert "brand page, client-side developer:" in seen[0]


@alone
def test_the_page_stays_what_it_is_under_a_caption() -> None:
    """Nothing of the caption is found by the page's scripts, by a pointer or by a screen reader."""
    with quick() as show, contextlib.ExitStack() as stack:
        show.perform(ONCE, stack)
        page = show.guide.front
        assert page is not None
        show.guide.say("harness", "consumer", "The platform has verified who this is.")
        caption = page.locator("harness-caption")
        expect(caption).to_have_attribute("aria-hidden", "true")
        assert page.evaluate("document.querySelector('harness-caption').shadowRoot") is None
        under = "document.elementFromPoint(60, innerHeight - 60).tagName"
        assert "HARNESS-CAPTION" != page.evaluate(under)
        assert 0 == page.get_by_text("The platform has verified").count()


@alone
def test_a_fault_of_a_policy_or_a_name_that_is_not_here_is_told_in_the_panel() -> None:
    """The demo goes on."""
    with quick() as show:
        panel = show.guide.panel.page
        person(
            panel,
            """async () => {
              const refused = document.querySelector(".refused");
              await new Promise((done) => {
                const watcher = new MutationObserver(() => !refused.hidden && done(watcher.disconnect()));
                watcher.observe(refused, { attributes: true });
              });
              console.log("leave");
            }""",
            panel.close,
        )

        show.until_closed(
            Play(do="play", choice=Choice(surface="embedded", flow="code", fault="nonce-mismatch"))
        )

        assert [] == show.acts.shown


@alone
def test_on_a_screen_the_tour_ends_with_a_chat_that_is_signed_in(screen: None) -> None:
    """The windows stand side by side, and closing the shop's ends the demo."""
    tour = Play(do="tour", choice=Choice())
    with opened(Demo(first=tour, pace="none"), headed=True) as show:
        panel = show.guide.panel.page
        at_end: list[tuple[str | None, int, int]] = []

        def leave() -> None:
            shop = show.guide.front
            assert shop is not None
            status = shop.frame_locator("iframe[title=Chat]").get_by_role("status").text_content()
            at_end.append((status, shop.evaluate("screenX + outerWidth"), panel.evaluate("screenX")))
            shop.close()

        person(panel, ENDS, leave)

        show.until_closed(tour)

        outcomes = [one.result.outcome for one in show.acts.shown]
        assert ["authenticated", "authenticated", "refused"] == outcomes
        ((status, stage_ends, panel_begins),) = at_end
        assert "Signed in as Alice Abel" in (status or "")
        assert stage_ends <= panel_begins


def test_a_recorded_demo_leaves_pictures_video_and_report(tmp_path: Path) -> None:
    """And says where; no secret is in what can be read."""
    folder = tmp_path / "shown"
    command = [sys.executable, "-m", "harness", "demo", "--surface", "popup", "--flow", "implicit"]
    env = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [*command, "--record", str(folder)], capture_output=True, text=True, check=False, env=env
    )

    assert 0 == done.returncode, done.stderr
    names = [path.name for path in sorted((folder / "screenshots").iterdir())]
    assert ["01-shop.png", "02-login.png"] == names[:2]
    assert {"chat", "workspace", "panel"} <= {name[3:-4] for name in names}
    report = json.loads((folder / "report.json").read_text("utf-8"))
    (case,) = report["cases"]
    assert "authenticated" == case["outcome"]
    assert 1 == len(list((folder / "timelines").iterdir()))
    assert all(word in done.stdout for word in ("screenshots", "video", "traces", "report", "timelines"))
    assert 1 == len(list((folder / "traces").iterdir()))
    assert "<!doctype html>" in (folder / "report.html").read_text("utf-8").lower()
    if shutil.which("ffmpeg"):
        (video,) = folder.glob("demo.*")
        assert video.stat().st_size > 10_000
    secrets = {PLATFORM_SECRET, *(customer.password for customer in CUSTOMERS)}
    for path in (*folder.rglob("*.json*"), folder / "report.html"):
        assert not any(secret in path.read_text("utf-8") for secret in secrets)

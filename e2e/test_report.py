"""The report that a run leaves, as it is opened: alone, without a network, by people who look first."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from harness import Case, Harness
from harness.browser.camera import Camera
from harness.opened import OpenCase, known_secrets
from harness.protocol.fingerprint import fingerprint
from harness.report import html
from harness.report.folder import Folder
from harness.report.model import Report, summarise

DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
FIRST_SCREEN = 700
"""How far down, in pixels, somebody sees without doing anything."""


HOSTILE = "</p><script>window.pwned = 1</script><img src='https://evil.example/x' onerror='window.pwned = 1'>"


@pytest.fixture(scope="module")
def reading(harness: Harness) -> Browser:
    """Give the browser of somebody who reads reports."""
    return harness.browser("chromium")[0]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a run in which the authorization server issues expired id_tokens."""
    folder = tmp_path_factory.mktemp("broken") / "run"
    command = ["check", "--surface", "embedded,popup", "--flow", "code-pkce", "--fault", "exp-past"]
    done = subprocess.run(
        [sys.executable, "-m", "harness", *command, "--out", str(folder)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert 1 == done.returncode, done.stderr
    assert f"the report is {folder / 'report.html'}" in done.stderr
    return folder


class Reader:
    """Somebody who opens a report with the network off.

    Attributes:
        page: What they see.
        asked: What it asked for from elsewhere.
        said: What it said in the console.
    """

    def __init__(self, browser: Browser, file: Path, size: ViewportSize, *, scripts: bool = True) -> None:
        context = browser.new_context(viewport=size, offline=True, java_script_enabled=scripts)
        self.page, self.asked, self.said = context.new_page(), list[str](), list[str]()
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(file.as_uri())

    def elsewhere(self, file: Path) -> list[str]:
        """Return what was asked for beside the file itself and what it holds."""
        return [url for url in self.asked if url != file.as_uri() and not url.startswith("data:")]


def test_the_first_screen_says_which_hop_who_and_how(broken: Path, reading: Browser) -> None:
    """Within what is seen at once on a desk; on a phone the sentences say where and who."""
    page = Reader(reading, broken / "report.html", DESKTOP).page
    shown = {
        "Not ready: embedded, popup": page.get_by_role("heading", level=1),
        "id_token payload": page.locator(".trouble .hop"),
        "identity administrator (idp)": page.locator(".trouble .who"),
        "Issue the id_token when it is asked for": page.locator(".trouble .fix"),
    }

    for said, place in shown.items():
        expect(place).to_contain_text(said)
        box = place.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < FIRST_SCREEN
    on_a_phone = Reader(reading, broken / "report.html", PHONE).page
    box = on_a_phone.locator(".surfaces li").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE["height"] / 2
    expect(on_a_phone.locator(".surfaces li").first).to_contain_text("The identity administrator (idp)")


def test_it_is_whole_with_the_network_off(broken: Path, reading: Browser) -> None:
    """It asks for nothing, complains of nothing, shows its pictures, and its links lead somewhere."""
    file = broken / "report.html"
    reader = Reader(reading, file, DESKTOP)
    page = reader.page
    page.get_by_role("button", name="Open all").click()
    pictures = page.locator("img")
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("picture => picture.naturalWidth") > 0
    lost = page.evaluate(
        "Array.from(document.querySelectorAll('a[href^=\"#\"]'), link => link.hash.slice(1))"
        ".filter(id => !document.getElementById(id))"
    )

    assert ([], []) == (lost, reader.said)
    assert [] == reader.elsewhere(file)
    assert pictures.count() >= 4


def test_a_cell_leads_to_its_case_and_opens_it(broken: Path, reading: Browser) -> None:
    """With scripts by our own; without, by the browser."""
    for scripts in (True, False):
        page = Reader(reading, broken / "report.html", DESKTOP, scripts=scripts).page
        page.locator("#matrix").get_by_role("link").nth(1).click()

        expect(page.locator("details.case[open]")).to_have_count(1)
        expect(page.get_by_role("heading", name="Repeat just this case")).to_be_visible()
        expect(page.get_by_text("harness check --surface popup --flow code-pkce --engine")).to_be_visible()
        expect(page.locator(".here:visible")).to_have_text("✗ failed here: claims.expired")


def test_the_timeline_can_be_searched(broken: Path, reading: Browser) -> None:
    """What is typed is looked for in every column."""
    page = Reader(reading, broken / "report.html", DESKTOP).page
    page.get_by_role("button", name="Open all").click()
    page.get_by_text("Timeline, ").first.click()
    page.get_by_label("Show only lines with").first.fill("verdict")

    expect(page.locator("details.timeline[open] tbody tr:visible")).to_have_count(1)


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_is_wider_than_the_window(width: int, broken: Path, reading: Browser) -> None:
    """With everything open."""
    page = Reader(reading, broken / "report.html", {"width": width, "height": 900}).page
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_paper_everything_is_open(broken: Path, reading: Browser) -> None:
    """Also where no script runs."""
    page = Reader(reading, broken / "report.html", DESKTOP, scripts=False).page
    page.emulate_media(media="print")

    expect(page.locator("details.timeline tbody tr").first).to_be_visible()
    expect(page.get_by_role("navigation")).to_be_hidden()


def test_the_other_forms_tell_the_same(broken: Path) -> None:
    """Two cases, one code, in each of them."""
    report = json.loads((broken / "report.json").read_text("utf-8"))

    assert 2 == report["summary"]["failed"]
    assert 2 == (broken / "junit.xml").read_text("utf-8").count('<failure type="claims.expired"')
    assert "&#95;token" in (broken / "summary.md").read_text("utf-8")
    assert 2 == len(list((broken / "timelines").glob("*.jsonl")))


@pytest.fixture(scope="module")
def opened(harness: Harness) -> Iterator[OpenCase]:
    """Give a real sign-in through the popup, where the credential passes the browser, with its pictures."""
    case = Case(surface="popup", flow="implicit", scenario="logged-out")
    with harness.open(case, camera=Camera(masked=False)) as opened:
        yield opened


def artefacts(opened: OpenCase, harness: Harness, folder: Path) -> dict[str, str]:
    """Return every text that a run of one case leaves; a careless finding holds a secret."""
    secrets = known_secrets(harness.config)
    written = Folder(folder, secrets=secrets)
    written.keep(opened.saved(run="1", rules=harness.config.rules))
    written.look(opened.pictures)
    result = opened.result()
    careless = [one.model_copy(update={"observed": " ".join(secrets)}) for one in result.findings]
    result = result.model_copy(update={"findings": tuple(careless)})
    written.finish(Report(run="1", cases=(result,), summary=summarise((result,), 1)), ())
    return {
        path.name: path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.suffix != ".jpg" and path.is_file()
    }


def test_no_secret_is_in_anything_that_is_left(opened: OpenCase, harness: Harness, tmp_path: Path) -> None:
    """Passwords, client secrets, cookies, and every credential whose fingerprint is on the timeline."""
    assert opened.driven is not None
    cookies = {one["value"] for one in opened.driven.surface.context.cookies() if len(one["value"]) >= 16}
    texts = artefacts(opened, harness, tmp_path / "run")
    saved = next(text for name, text in texts.items() if name.endswith(".jsonl"))
    marks = set(re.findall(r"(?<![0-9a-f])[0-9a-f]{12}(?![0-9a-f])", saved))
    secrets = {*known_secrets(harness.config), *cookies}

    assert "authenticated" == opened.outcome
    assert cookies
    assert len(marks) > 3
    for name, text in texts.items():
        shown = re.sub(r"data:image/jpeg;base64,[A-Za-z0-9+/=]+", "", text)
        words = set(re.findall(r"[A-Za-z0-9_.~+/=-]{16,}", shown))
        assert [] == [secret for secret in secrets if secret in shown], name
        assert set() == {fingerprint(one) for one in words} & marks, name
        assert not re.search(r"\bey[JA-Z][A-Za-z0-9_-]{10,}\.", shown), name


def test_the_login_is_among_the_pictures(opened: OpenCase) -> None:
    """What the consumer saw: the page, the login in the popup, the chat."""
    assert ["page open", "login", "chat open"] == [one.step for one in opened.pictures][:3]
    assert all(one.jpeg.startswith(b"\xff\xd8\xff") for one in opened.pictures)


def test_hostile_text_does_nothing_in_a_browser(broken: Path, reading: Browser, tmp_path: Path) -> None:
    """No script of it runs, nothing is asked for, and the policy has nothing to forbid."""
    report = Report.model_validate_json((broken / "report.json").read_text("utf-8"))
    bad = dict.fromkeys(("expected", "observed", "fix"), HOSTILE)
    cases = tuple(
        case.model_copy(update={"findings": tuple(one.model_copy(update=bad) for one in case.findings)})
        for case in report.cases
    )
    file = tmp_path / "report.html"
    file.write_text(html.render(report.model_copy(update={"cases": cases, "learned": HOSTILE})), "utf-8")
    reader = Reader(reading, file, DESKTOP)
    reader.page.get_by_role("button", name="Open all").click()

    expect(reader.page.get_by_text(HOSTILE).first).to_be_visible()
    assert reader.page.evaluate("window.pwned") is None
    assert [] == reader.elsewhere(file)
    assert [] == reader.said

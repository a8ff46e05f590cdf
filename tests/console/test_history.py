"""The pages of earlier runs."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from harness.checks import judgement
from harness.console import Console
from harness.console.history import HistoryPages
from harness.history import KeptRun, Place, Runs, place_of
from harness.report.model import Readiness, Unavailable
from tests.history.made import EMBEDDED, POPUP, refused, run, timed, undetermined
from tests.made import result, told

PORT = 8123
OWN = f"http://harness.localhost:{PORT}"
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


class Page(HTMLParser):
    """What a page holds, as far as the tests ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html, self.tags = html, list[tuple[str, dict[str, str | None]]]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Remember an element."""
        self.tags.append((tag, dict(attrs)))

    def attributes(self, name: str) -> list[str]:
        """Return the values of an attribute, in order."""
        return [str(attrs[name]) for _, attrs in self.tags if name in attrs]


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Place:
    """Give a place of kept runs."""
    found = place_of(named=str(tmp_path / "runs.db"))
    assert found is not None
    return found


@pytest.fixture(name="visitor")
def _visitor(place: Place) -> TestClient:
    """Give a browser that has been let in."""
    console = Console(HistoryPages(place), port=PORT)
    client = TestClient(console.asgi(), base_url=OWN)
    client.get(console.url)
    return client


def keep(place: Place, *kept: KeptRun) -> None:
    """Keep runs."""
    with Runs(place, make=True) as runs:
        for one in kept:
            runs.keep(one, newest=200)


def seen(visitor: TestClient, path: str, status: int = 200) -> Page:
    """Return a page."""
    answer = visitor.get(path)
    assert status == answer.status_code
    return Page(answer.text)


def test_an_empty_history_says_how_it_fills(visitor: TestClient) -> None:
    """And is no error."""
    assert "harness check keeps every run" in seen(visitor, "/runs").html


def test_the_first_page_shows_the_latest_series(place: Place, visitor: TestClient) -> None:
    """Its runs, the newest first; the other series are a link away."""
    keep(place, run(name="first"), run(name="second"), run(name="other", narrowing=("--surface popup",)))
    latest = seen(visitor, "/runs").attributes("href")
    _, plain = (one for one in latest if "series=" in one)
    others = seen(visitor, plain).attributes("href")

    assert ["/runs/other"] == list(dict.fromkeys(one for one in latest if one.startswith("/runs/")))
    assert ["/runs/second", "/runs/first"] == list(
        dict.fromkeys(one for one in others if one.startswith("/runs/") and one != "/runs/other")
    )[:2]


def test_a_trend_is_drawn_and_stands_in_a_table(place: Place, visitor: TestClient) -> None:
    """Whoever sees no picture reads the numbers; the picture has a name."""
    keep(place, run(timed(EMBEDDED, 200), refused(POPUP)), run(timed(EMBEDDED, 300), undetermined(POPUP)))
    page = seen(visitor, "/runs")
    kinds = {one for one in page.attributes("class") if one.startswith("bar-")}
    pictures = [attrs for tag, attrs in page.tags if tag == "svg"]

    assert {"bar-passed", "bar-failed", "bar-undetermined"} == kinds
    assert 3 == len(pictures)  # nobody signed in anew, so that no login was timed
    assert all(one["role"] == "img" and one["aria-label"] for one in pictures)
    assert '<td class="number">300</td>' in page.html
    assert "Not measured in these runs." in page.html


def test_two_runs_of_a_series_can_be_chosen(place: Place, visitor: TestClient) -> None:
    """The latest two are, until somebody chooses others."""
    keep(place, run(name="first"), run(refused(EMBEDDED), name="second"))
    picks = {
        str(attrs["name"]): str(attrs["value"])
        for tag, attrs in seen(visitor, "/runs").tags
        if tag == "input" and "checked" in attrs
    }

    assert {"a": "first", "b": "second"} == picks
    assert "Something is worse" in visitor.get("/runs/diff", params=picks).text


def test_a_comparison_shows_a_lost_check(
    place: Place, visitor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although nothing fails."""
    keep(place, run(name="first"))
    without = tuple(one for one in judgement.CHECKS if one.__name__ != "check_csp")
    monkeypatch.setattr(judgement, "CHECKS", without)
    keep(place, run(name="second"))
    page = seen(visitor, "/runs/diff")

    assert "Something is worse" in page.html
    assert "<code>checks.obstacles.check_csp</code>" in page.html
    assert "lost-checks" in page.attributes("id")


def test_a_comparison_without_a_change_says_so(place: Place, visitor: TestClient) -> None:
    """In its heading."""
    keep(place, run(name="first"), run(name="second"))

    assert "Nothing is worse" in seen(visitor, "/runs/diff?a=first&b=second").html


def test_a_comparison_without_some_cases_does_not_say_that_nothing_is_worse(
    place: Place, visitor: TestClient
) -> None:
    """Nobody knows: they were not looked at again."""
    keep(place, run(result(EMBEDDED), result(POPUP), name="first"), run(name="second"))

    assert "Some cases are gone" in seen(visitor, "/runs/diff?a=first&b=second").html
    assert "1 case gone since the run before" in seen(visitor, "/runs/second").html


def test_a_runs_page_shows_what_it_came_to(place: Place, visitor: TestClient) -> None:
    """Who must act, the command that repeats it, and what could not run."""
    case = result(EMBEDDED, told("claims.expired"), outcome="refused", code="claims.expired")
    said = {
        "readiness": (Readiness(surface="embedded", ready=False, sentence="embedded: not ready"),),
        "unavailable": (Unavailable(engine="webkit", reason="it is not installed"),),
    }
    keep(place, run(name="before"))
    keep(place, run(case, timed(POPUP, 200), name="now", said=said, command="harness check brand.toml"))
    page = seen(visitor, "/runs/now")

    for part in (
        "embedded: not ready",
        "identity administrator",
        "harness check brand.toml",
        "it is not installed",
        "1 new failure since the run before",
        "checks ran",
    ):
        assert part in page.html
    assert "/runs/diff?a=before&b=now" in page.attributes("href")
    links = {one.removeprefix("#") for one in page.attributes("href") if one.startswith("#case-")}
    assert 2 == len(links & set(page.attributes("id")))


def test_an_unknown_run_is_told(place: Place, visitor: TestClient) -> None:
    """With a way back, in one sentence."""
    keep(place, run())
    page = seen(visitor, "/runs/nobody", 404)

    assert "no run is called" in page.html
    assert "/runs" in page.attributes("href")


def test_a_broken_history_is_told(place: Place, visitor: TestClient) -> None:
    """As that of a newer version; the console stays up."""
    assert place.file is not None
    place.file.write_text("a diary, " * 200, "utf-8")

    assert "file is not a database" in seen(visitor, "/runs", 503).html


def test_what_others_said_stays_text(place: Place, visitor: TestClient) -> None:
    """On every page, nothing of it is markup, and no page has a style or a script of its own."""
    case = result(EMBEDDED, told("claims.expired", observed=HOSTILE, fix=HOSTILE), outcome="refused")
    said = {"unseen": (f"{HOSTILE}: {HOSTILE}",), "preflight": (told("claims.expired", expected=HOSTILE),)}
    hostile = {"said": said, "subject": HOSTILE, "command": HOSTILE}
    keep(place, run(name="first", subject=HOSTILE), run(case, name="second", **hostile))
    for path in ("/runs", "/runs/second", "/runs/diff?a=first&b=second"):
        page = seen(visitor, path)

        assert "alert(" in page.html
        assert not {"script", "img", "style"} & {tag for tag, _ in page.tags}
        assert not [
            name for _, attrs in page.tags for name in attrs if name == "style" or name.startswith("on")
        ]

"""What ``harness check brand.toml`` says of each brand and of each of its twins, in a real browser."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.cli import run

from .conftest import Serve
from .serving import Served
from .twins import BUILD, RIGHT, TWINS, Brand, Twin


def check(served: Served, capsys: pytest.CaptureFixture[str], *narrowed: str) -> dict[str, Any]:
    """Run the command as a developer of the brand would, and return its report."""
    run(["check", str(served.file), "--format", "json", *narrowed])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return report


@pytest.mark.parametrize("brand", BUILD)
def test_a_brand_without_a_mistake_passes_without_a_word(
    brand: Brand, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """On every surface that its file names: not even a warning."""
    report = check(serve(brand, RIGHT[brand]), capsys)

    assert report["summary"]["cases"] == report["summary"]["passed"]
    assert {(case["outcome"], len(case["findings"])) for case in report["cases"]} == {("authenticated", 0)}


SCENARIOS = "sign-in,logged-out,twice,expired,switch-user"


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
@pytest.mark.parametrize("brand", ["provider", "push"])
def test_another_family_of_page_methods_does_what_this_platforms_does(
    brand: Brand, engine: str, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """In every scenario of the embedded window: strangers are nobody, and an expired sign-in is renewed."""
    served = serve(brand, RIGHT[brand])

    report = check(served, capsys, "--scenario", SCENARIOS, "--engine", engine)
    if report["unavailable"]:
        pytest.skip(report["unavailable"][0]["reason"])

    outcomes = {case["scenario"]: case["outcome"] for case in report["cases"] if case["passed"]}
    assert {
        name: "not_authenticated" if name == "logged-out" else "authenticated"
        for name in SCENARIOS.split(",")
    } == outcomes


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.id)
def test_a_twin_gets_its_code_its_party_and_its_cause(
    twin: Twin, serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """The outcome, the code, how much it weighs, who must act; and what an overlay mends is confirmed."""
    served = serve(twin.brand, twin.variation)

    report = check(served, capsys, "--surface", twin.surface, "--scenario", twin.scenario, "--confirm")

    (case,) = report["cases"]
    found = {(one["code"], one["severity"], one["party"], one["hop"]) for one in case["findings"]}
    assert (twin.outcome, _ends(twin)) == (case["outcome"], case["code"])
    assert (twin.code, twin.severity, twin.party, twin.hop) in found
    confirmed = {one["confirmed"] for one in case["findings"] if one["code"] == twin.code}
    assert confirmed == {True} or twin.overlay is None


def test_a_login_that_the_file_does_not_describe_is_named(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """The popup asks for it, nobody is blamed, and the report says what to add."""
    served = serve("spa", RIGHT["spa"])
    text = served.file.read_text("utf-8")
    short = served.file.with_name("short.toml")
    kept = [part for part in text.split("\n\n") if 'on = "authorize"' not in part]
    short.write_text("\n\n".join(kept), "utf-8")

    run(["check", str(short), "--format", "json", "--surface", "popup"])

    (case,) = json.loads(capsys.readouterr().out)["cases"]
    assert ("undetermined", "harness.login_unknown") == (case["outcome"], case["code"])
    assert ["harness"] == [one["party"] for one in case["findings"]]


def _ends(twin: Twin) -> str | None:
    """Return the code of the case: none where the consumer was signed in all the same."""
    return None if twin.outcome == "authenticated" else twin.code

"""What ``harness preflight brand.toml`` sees in a browser in which nobody is signed in."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from harness import config_file
from harness.onboarding.first_look import first_look
from harness.preflight.model import Line
from harness.preflight.said import Part
from harness.run import Harness

from .conftest import Serve
from .twins import RIGHT, Brand


def lines(parts: tuple[Part, ...]) -> dict[str, tuple[str, str]]:
    """Return the mark and the words of everything that was looked at."""
    said = (one for part in parts for one in part.said if isinstance(one, Line))
    return {one.subject: (one.mark, one.said) for one in said}


def test_the_command_looks_at_the_page_in_a_browser_too(
    serve: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a server client has found nothing wrong; the SDK starts and the method is there."""
    from harness.cli import run

    run(["preflight", str(serve("classic", RIGHT["classic"]).file), "--format", "json"])
    result: dict[str, Any] = json.loads(capsys.readouterr().out)

    assert (True, ["server", "browser"]) == (result["ready"], result["stages"])
    seen = {one["subject"]: one["mark"] for one in result["checked"] if one["stage"] == "browser"}
    assert {"SDK in a browser": "yes", "method in a browser": "yes"} == seen


def test_a_method_in_another_case_is_named_by_its_own_spelling(serve: Serve) -> None:
    """As it stands in the page, so that nobody has to look for the difference."""
    served = serve("nested", replace(RIGHT["nested"], method="other-case"))
    with Harness(config_file.read(served.file)) as harness:
        seen = lines(first_look(harness))

    mark, said = seen["method in a browser"]
    assert "no" == mark
    assert said.startswith("getAuthenticationtoken instead of")


@pytest.mark.parametrize(("brand", "words"), [("provider", "registers a provider"), ("push", "pushes by")])
def test_what_a_page_calls_is_seen_without_a_login(brand: Brand, words: str, serve: Serve) -> None:
    """A provider is registered for strangers too, and a push may say that nobody is signed in."""
    with Harness(config_file.read(serve(brand, RIGHT[brand]).file)) as harness:
        seen = lines(first_look(harness))

    mark, said = seen["method in a browser"]
    assert "yes" == mark
    assert words in said

"""Who is contacted: the hosts that a configuration file names, and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cli import run

from . import classic
from .canary import NAME, PLACES, Canary, asking
from .classic import Classic
from .serving import Served, serving


@pytest.fixture
def canary() -> Iterator[Canary]:
    """A listening server that the file does not name."""
    with Canary().listening() as listening:
        yield listening


@pytest.fixture
def curious(canary: Canary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """A brand whose page asks for the canary in every way, and whose page method needs its answer."""
    with serving(asking(classic.build(Classic()), canary), tmp_path) as served:
        for name, value in served.site.environment.items():
            monkeypatch.setenv(name, value)
        yield served


def report(capsys: pytest.CaptureFixture[str], *command: str) -> dict[str, Any]:
    """Run a command and return its report."""
    run([*command, "--format", "json"])
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def allow(served: Served, canary: Canary) -> None:
    """Name the canary in the configuration file, for the browser, and trust its authority."""
    text = served.file.read_text("utf-8")
    mapped = f'allow = ["{NAME}"]\nmap = {{ "{NAME}" = "{canary.address}", '
    served.file.write_text(text.replace("map = { ", mapped), "utf-8")
    canary.authority.cert_pem.write_to_path(served.folder / "ca.pem", append=True)


def test_a_host_that_the_file_does_not_name_is_never_contacted(
    curious: Served, canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither before a login nor in one; the report has the line to add, and nobody is blamed."""
    report(capsys, "preflight", str(curious.file))
    checked = report(capsys, "check", str(curious.file))

    assert (0, False) == (canary.connections, canary.heard_a_datagram())
    (case,) = checked["cases"]
    assert ("undetermined", "harness.target_forbidden") == (case["outcome"], case["code"])
    assert {"info"} == {one["severity"] for one in case["findings"]}
    asked = {
        f"script of {NAME}, asked for by {classic.ISSUER}/account",
        f"fetch of 127.0.0.1, asked for by {classic.ISSUER}/account",
    }
    assert asked <= {one["observed"] for one in case["findings"]}
    assert {f'Add "{host}" to allow in [network], if the page needs it' for host in (NAME, *PLACES)} == {
        one["fix"] for one in case["findings"] if one["code"] == case["code"]
    }


def test_a_host_that_is_allowed_is_the_browsers_alone(
    curious: Served, canary: Canary, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page gets what it needs; no server of ours asks there, although the brand names it to us."""
    allow(curious, canary)

    asked = report(capsys, "preflight", str(curious.file), "--no-browser")
    before = canary.connections
    checked = report(capsys, "check", str(curious.file))

    assert 0 == before
    assert any(NAME in one["said"] for one in asked["checked"])
    (case,) = checked["cases"]
    assert ("authenticated", None) == (case["outcome"], case["code"]), case["findings"]
    assert {"/script.js", "/image", "/consent", "/frame"} <= canary.agents.keys()
    assert "/jwks" not in canary.agents
    assert {True} == {agent.startswith("Mozilla/") for agent in canary.agents.values()}

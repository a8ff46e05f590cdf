"""Every benchmark runs and has every row; how fast anything is, no test says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.bench.menu import BENCHMARKS
from e2e.processes import ROOT

KINDS = ("twin, in page", "flow_in_page", "twin, whole test", "whole case")
SERVERS = (
    "floor: only signs",
    "harness",
    "oidc-provider (npm)",
    "oauth2-mock-server (npm)",
    "oidc-provider-mock (PyPI)",
)
OURS: dict[str, set[str]] = {
    "browser": {f"{surface}, chromium: {kind}" for surface in ("embedded", "popup") for kind in KINDS},
    "verification": {
        *(f"signed, {name}" for name in ("harness, strict", "joserfc", "PyJWT", "jwcrypto")),
        *(f"nested, {name}" for name in ("harness, strict", "joserfc", "jwcrypto")),
        "signed, cryptography, signature alone",
        "nested, cryptography, no checks",
    },
    "flows": {f"{kind}, {name}" for kind in ("flow", "flows per second") for name in SERVERS[:2]},
    "cold-start": {"first verdict of a check"},
    "workers": {"selftest, 40 faults, 1 worker", "matrix, chromium, 1 worker"},
    "memory": set(),
    "load": {"sign-in, quiet server", "sign-in under load"},
}
"""What needs nothing but the harness and Chromium, and is measured everywhere."""

OTHERS: dict[str, set[str]] = {
    "verification": {"nested, PyJWT"},
    "flows": {f"{kind}, {name}" for kind in ("flow", "flows per second") for name in SERVERS[2:]}
    | {f"server CPU per flow, {name}" for name in SERVERS},
    "workers": {"popups, firefox, 1 worker"},
    "memory": {"RSS over 100 flows", "growth by 1,000 flows, when warm"},
    "load": {"memory that the load adds"},
}
"""What is measured where it can be, and else listed with the reason."""


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_has_every_row(name: str, tmp_path: Path) -> None:
    """What cannot be measured here is listed with its reason, and the harness itself always can."""
    out = tmp_path / "bench.json"
    command = (sys.executable, "-m", "e2e.bench", name, "--share", "0.01", "--out", out)

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)

    assert (0, "") == (done.returncode, "" if done.returncode == 0 else done.stderr)
    (section,) = json.loads(out.read_text("utf-8"))["benchmarks"]
    rows = {row["name"]: row for row in section["rows"]}
    firefox = {one for one in rows if one.startswith(("embedded, firefox", "popup, firefox"))}
    assert OURS[name] | OTHERS.get(name, set()) == rows.keys() - firefox
    assert {} == {one: rows[one]["missing"] for one in OURS[name] if rows[one]["missing"]}
    assert all(row["missing"] or row["samples"] for row in rows.values())
    assert section["title"].split()[0] in done.stdout


def test_the_benchmarks_are_listed() -> None:
    """Each with what it measures; nothing is run."""
    command = (sys.executable, "-m", "e2e.bench", "--list")

    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)

    assert list(BENCHMARKS) == [line.split()[0] for line in done.stdout.splitlines()]

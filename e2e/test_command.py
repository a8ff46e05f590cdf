"""The command as a user types it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


def harness(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command and return what it printed."""
    command = [sys.executable, "-m", "harness", *arguments]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)  # noqa: S603 - our own command


def test_check_without_arguments_signs_in_twelve_times() -> None:
    """Three surfaces by four flows, every one authenticated, exit 0."""
    done = harness("check", "--format", "json")

    report = json.loads(done.stdout)
    assert 0 == done.returncode
    assert {"cases": 12, "passed": 12, "failed": 0, "flaky": 0, "undetermined": 0}.items() <= report[
        "summary"
    ].items()
    assert {"authenticated"} == {case["outcome"] for case in report["cases"]}
    assert 12 == len({case["id"] for case in report["cases"]})
    assert 1 == report["schema"]


def test_check_with_a_fault_says_who_must_act() -> None:
    """A failed check exits 1 and names code, party and fix."""
    done = harness("check", "--surface", "popup", "--flow", "implicit", "--fault", "nonce-mismatch")

    assert 1 == done.returncode
    assert "claims.nonce_mismatch" in done.stdout
    assert "idp, identity administrator: Copy the request's nonce" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("chek",), "check, doctor, selftest, serve"),
        (("check", "--surface", "telephone"), "embedded, popup, app"),
        (("check", "--flow", "hybrid"), "implicit, implicit-jwe, code, code-pkce"),
        (("check", "--engine", "webkit"), "--engine chromium"),
        (("check", "--fault", "sunspots"), "exp-past"),
        (("check", "--fault", "nonce-mismatch", "--surface", "app"), "popup"),
        (("check", "no-such-file.toml"), "leave it out"),
    ],
)
def test_bad_input_gets_one_sentence_that_says_what_to_do(arguments: tuple[str, ...], told: str) -> None:
    """Exit 2, nothing on stdout, one line on stderr."""
    done = harness(*arguments)

    assert 2 == done.returncode
    assert "" == done.stdout
    assert 1 == len(done.stderr.strip().splitlines())
    assert told in done.stderr


def test_doctor_finds_a_browser() -> None:
    """The machine that runs this suite has Chromium."""
    done = harness("doctor")

    assert 0 == done.returncode
    assert "✓ chromium" in done.stdout

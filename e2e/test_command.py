"""The command as a user types it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.cli import run


def harness(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command and return what it printed."""
    command = [sys.executable, "-m", "harness", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, env=env
    )


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


def test_device_and_placement_are_options_of_the_command() -> None:
    """Both stand in the conditions of every case."""
    done = harness(
        *("check", "--surface", "popup", "--flow", "implicit"),
        *("--device", "phone", "--placement", "cross-site", "--format", "json"),
    )

    (case,) = json.loads(done.stdout)["cases"]
    assert 0 == done.returncode
    assert ("phone", "cross-site") == (case["conditions"]["device"], case["conditions"]["idp_placement"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("chek",),
            "check, demo, doctor, explain, init, judge, keys, login, preflight, record, runs, selftest,",
        ),
        (("check", "--surface", "telephone"), "embedded, popup, app"),
        (("check", "--flow", "hybrid"), "implicit, implicit-jwe, code, code-pkce"),
        (("check", "--engine", "webkit"), "--engine chromium"),
        (("check", "--fault", "exp-pats"), "exp-past"),
        (("check", "--fault", "jti-repeated"), "harness selftest --fault jti-repeated"),
        (("check", "--surface", ""), "embedded, popup, app"),
        (("serve", "--port", "7001", "--proxy-port", "7001"), "must differ"),
        (("check", "--fault", "nonce-mismatch", "--surface", "app"), "popup"),
        (("check", "no-such-file.toml"), "leave it out"),
        (("check", "--connect", "http://127.0.0.1/"), "ws://"),
    ],
)
def test_bad_input_gets_one_sentence_that_says_what_to_do(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, nothing on stdout, one line on stderr."""
    with ThreadPoolExecutor(1) as pool:  # a driver that is started must not meet the suite's own
        status = pool.submit(run, list(arguments)).result()

    said = capsys.readouterr()
    assert (2, "") == (status, said.out)
    assert 1 == len(said.err.strip().splitlines())
    assert told in said.err


def test_doctor_finds_a_browser() -> None:
    """The machine that runs this suite has Chromium."""
    done = harness("doctor")

    assert 0 == done.returncode
    assert "✓ chromium" in done.stdout


def test_serve_stops_when_it_is_told_to_and_leaves_nothing() -> None:
    """SIGTERM ends the servers, and the folder of the run is gone."""
    command = [sys.executable, "-m", "harness", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            lines = [next(serving.stdout) for _ in range(15)]
            folder = Path(lines[7].split("--user-data-dir=")[1].split("/profile")[0])
            assert folder.is_dir()
        finally:
            serving.terminate()
            serving.communicate()

    assert "https://www.brand.test/" in lines[0]
    assert lines[14].startswith("  http://harness.localhost:")
    assert len(lines[14]) <= 81
    assert 0 == serving.returncode
    assert not folder.exists()


def test_a_port_in_use_is_named() -> None:
    """The sentence says which port, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = harness("serve", "--port", str(port))

    assert 2 == done.returncode
    assert f"port {port}" in done.stderr


def test_without_a_browser_the_sentence_says_how_to_get_one(tmp_path: Path) -> None:
    """A machine without any browser is told the command that installs one."""
    empty = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = harness("check", "--surface", "embedded", "--flow", "implicit", env=empty)

    assert 2 == done.returncode
    assert "playwright install chromium" in done.stderr

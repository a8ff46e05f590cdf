"""In an empty folder: what ``pip install`` of the built wheel gives, used as whoever installed it would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from e2e.brands.serving import serving
from e2e.brands.spa import Spa, build

ROOT = Path(__file__).parents[1]

SUITE = """\
import pytest
from playwright.sync_api import expect


@pytest.mark.harness(surface="embedded", flow="code-pkce")
def test_the_consumer_is_known(flow, workspace):
    assert flow.outcome == "authenticated"
    expect(flow.window.status).to_have_text("Signed in as Alice Abel")
    workspace.choose("Alice Abel")
    expect(workspace.verified).to_contain_text("FH-100-234")
"""

TYPED = """\
from harness import Case, Config, Harness, Report

def check(config: Config) -> Report:
    with Harness(config) as harness:
        return harness.check([Case(surface="embedded", flow="code-pkce")])

Harness(7)  # type: ignore[arg-type]
Case(surface="telephone", flow="code")  # type: ignore[arg-type]
"""
"""Under mypy's strict mode an ignored mistake that it does not see is a mistake too."""


@dataclass(frozen=True, kw_only=True)
class Installed:
    """An environment with the wheel in it, and nothing of the checkout.

    Attributes:
        programs: Where its commands are.
    """

    programs: Path

    def run(self, folder: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in a folder, and return what it printed."""
        done = subprocess.run(
            [str(self.programs / command), *arguments],
            cwd=folder,
            env=environment(self.programs),
            capture_output=True,
            text=True,
            check=False,
        )
        # As wide as the terminal is, the words are the same.
        done.stdout = " ".join(done.stdout.split())
        return done


def environment(programs: Path) -> dict[str, str]:
    """Return the environment variables, those of this pytest and this Python excepted."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    return {**ours, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "HARNESS_HISTORY": "off"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheel and install it, and mypy, in a fresh environment with the versions that are tested."""
    if not (ROOT / "web").is_dir():
        pytest.skip("there is nothing to build here: the tests run without the source of the package")
    folder = tmp_path_factory.mktemp("installed")
    programs = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    build_command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    subprocess.run(build_command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    # The versions alone: with a hash for one package pip asks for a hash of every one, the wheel's too.
    pins = re.findall(r"^[^ #]+==[^ \n]+", (ROOT / "requirements.lock").read_text("utf-8"), re.MULTILINE)
    (folder / "versions.txt").write_text("\n".join(pins), "utf-8")
    subprocess.run((sys.executable, "-m", "venv", str(folder / "venv")), check=True)
    subprocess.run(
        [
            *(str(programs / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"),
            *("--no-input", "-c", str(folder / "versions.txt"), str(wheel), "mypy"),
        ],
        cwd=folder,
        env=environment(programs),
        check=True,
    )
    return Installed(programs=programs)


def test_a_suite_of_ten_lines_is_green(installed: Installed, tmp_path: Path) -> None:
    """A marker and the fixture ``flow`` are all that it takes."""
    (tmp_path / "test_chat.py").write_text(SUITE, "utf-8")

    done = installed.run(tmp_path, "pytest")

    assert (0, "") == (done.returncode, done.stderr)
    assert "1 passed" in done.stdout


def test_a_broken_page_is_red_with_hop_party_and_fix(installed: Installed, tmp_path: Path) -> None:
    """Whoever reads the terminal knows where it broke, who must act, and what to do."""
    broken = SUITE.replace('"code-pkce"', '"code-pkce", fault="method-not-global"')
    (tmp_path / "test_chat.py").write_text(broken, "utf-8")

    done = installed.run(tmp_path, "pytest")

    assert 1 == done.returncode
    assert "1 failed" in done.stdout
    assert "sdk.method_missing (brand page; platform contract)" in done.stdout
    assert "fix brand page, client-side developer: Assign the method to window" in done.stdout


def test_a_brand_of_ones_own_with_a_broken_page_is_red(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its file is all that pytest is given: no test code, no fault, a mistake in the page."""
    with serving(build(Spa(method="own-pair")), tmp_path) as served:
        for name, value in served.site.environment.items():
            monkeypatch.setenv(name, value)
        done = installed.run(tmp_path, "pytest", "--harness-config", str(served.file))

    assert 1 == done.returncode
    assert "pkce.verification_failed (token endpoint;" in done.stdout
    assert "fix brand page, client-side developer:" in done.stdout


def test_the_command_signs_a_consumer_in(installed: Installed, tmp_path: Path) -> None:
    """Outside the checkout, with the pages of the wheel."""
    done = installed.run(tmp_path, "harness", "check", "--surface", "app", "--flow", "code")

    assert 0 == done.returncode
    assert "1 of 1 cases authenticated" in done.stdout


def test_the_doctor_names_the_engines(installed: Installed, tmp_path: Path) -> None:
    """Chromium is here, and the command to go on with."""
    done = installed.run(tmp_path, "harness", "doctor", "--engine", "chromium")

    assert (0, "") == (done.returncode, done.stderr)
    assert "✓ chromium" in done.stdout


def test_a_type_checker_sees_the_types(installed: Installed, tmp_path: Path) -> None:
    """What is right passes in mypy's strict mode, what is wrong does not."""
    (tmp_path / "typed.py").write_text(TYPED, "utf-8")

    done = installed.run(tmp_path, "mypy", "--strict", "typed.py")

    assert (0, "Success: no issues found in 1 source file") == (done.returncode, done.stdout)

"""The recipes for continuous integration do what they say, line by line, in a folder with a brand's file."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from .serving import serving
from .twins import BUILD, RIGHT

RECIPES = Path(__file__).parents[2] / "docs" / "examples" / "ci"
BASH = ("bash", "-e", "-o", "pipefail", "-c")
"""As both services run what a recipe says."""


def github(*names: str) -> str:
    """Return what steps on GitHub run."""
    steps = YAML(typ="safe").load(RECIPES / "github.yml")["jobs"]["sign-in"]["steps"]
    scripts = {step["name"]: step["run"] for step in steps if "run" in step}
    return "\n".join(scripts[name] for name in names)


def gitlab(job: str) -> str:
    """Return what a job on GitLab runs after its preparation."""
    return "\n".join(YAML(typ="safe").load(RECIPES / "gitlab-ci.yml")[job]["script"])


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_the_recipes_run(tmp_path: Path) -> None:
    """GitHub's steps leave results, report, summary and a kept run; GitLab's job compares with that one."""
    site = BUILD["classic"](RIGHT["classic"])
    shutil.copy(RECIPES / "test_sign_in.py", tmp_path)
    summary, output, history = (tmp_path / name for name in ("summary", "output", ".harness/runs.db"))
    report = tmp_path / "harness-report"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GITHUB_"))},
        **site.environment,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "HARNESS_HISTORY": str(history),
        "GITHUB_OUTPUT": str(output),
    }

    def bash(script: str, **more: str) -> str:
        ran = _bash(script, tmp_path, {**environment, **more})
        assert 0 == ran.returncode, ran.stdout + ran.stderr
        return ran.stdout

    with serving(site, tmp_path):
        bash(github("Ask which browsers belong to it", "Look at what this machine can do", "Run the suite"))
        bash(github("Check the brand"), GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
        left = {one.name for one in report.iterdir()}
        shutil.rmtree(report)  # the next job begins with a clean checkout and the history
        compared = bash(gitlab("brand"))

    assert output.read_text("utf-8").startswith("version=1.")
    assert 'tests="2"' in (tmp_path / "test-results" / "junit.xml").read_text("utf-8")
    assert {"report.html", "junit.xml"} <= left
    assert "embedded" in summary.read_text("utf-8")
    assert "nothing is worse" in compared
    assert history.is_file()


def _bash(script: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*BASH, script),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

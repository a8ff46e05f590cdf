"""The recipes for continuous integration: valid where they are used, and in step with what they run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from harness.cli import cli

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "docs" / "examples" / "ci"
GITHUB, GITLAB, DOCKER = RECIPES / "github.yml", RECIPES / "gitlab-ci.yml", RECIPES / "Dockerfile"
PAGE = ROOT / "docs" / "ci.md"

CURRENT = {
    "actions/cache": 6,
    "actions/cache/restore": 6,
    "actions/cache/save": 6,
    "actions/checkout": 7,
    "actions/setup-python": 7,
    "actions/upload-artifact": 7,
}
"""The newest major of each action, as of 2026-11."""

IMAGE = re.compile(r"mcr\.microsoft\.com/playwright/python:v([0-9.]+)-noble")


def github_steps() -> list[Mapping[str, Any]]:
    """Return the steps of the one job on GitHub."""
    ((_, job),) = YAML(typ="safe").load(GITHUB)["jobs"].items()
    steps: list[Mapping[str, Any]] = job["steps"]
    return steps


def gitlab_jobs() -> Mapping[str, Mapping[str, Any]]:
    """Return the jobs on GitLab by name."""
    whole: Mapping[str, Any] = YAML(typ="safe").load(GITLAB)
    return {name: job for name, job in whole.items() if name not in ("workflow", "variables")}


def pinned(requirements: Path) -> list[str]:
    """Return the versions of Playwright that a file asks for."""
    return re.findall(r"^playwright==([^ \n]+)", requirements.read_text("utf-8"), re.MULTILINE)


def scripts() -> Iterator[str]:
    """Yield every line of shell in the recipes and on the page."""
    for step in github_steps():
        yield from str(step.get("run", "")).splitlines()
    for job in gitlab_jobs().values():
        yield from (line for key in ("before_script", "script") for line in job.get(key, ()))
    docker = dict(re.findall(r"^(ENTRYPOINT|CMD) \[(.*)\]$", DOCKER.read_text("utf-8"), re.MULTILINE))
    yield f"{docker['ENTRYPOINT']} {docker['CMD']}".replace(",", "").replace('"', "")
    yield from re.findall(r"^\| `((?:harness|pytest).*?)` \|", PAGE.read_text("utf-8"), re.MULTILINE)


def commands(program: str) -> tuple[tuple[str, ...], ...]:
    """Return the arguments of every call of a program, each once."""
    found = (
        tuple(shlex.split(call[1]))
        for line in scripts()
        for call in re.finditer(rf"(?:^|\|\| ){program}\b(.*)$", line)
    )
    return tuple(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("schema", "recipe"), [("github-workflows", GITHUB), ("gitlab-ci", GITLAB)], ids=["github", "gitlab"]
)
def test_a_recipe_is_what_its_service_accepts(schema: str, recipe: Path) -> None:
    """By the schema that the service's own editor uses."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(recipe)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stdout + done.stderr


def test_every_action_is_of_its_newest_major() -> None:
    """Older ones run on a Node.js that GitHub has taken away."""
    used = [step["uses"] for step in github_steps() if "uses" in step]

    assert {f"{name}@v{major}" for name, major in CURRENT.items()} == set(used)


def test_image_and_browsers_are_those_of_the_locked_playwright() -> None:
    """In the container, on GitLab and in what pip installs: another version finds no browser in the image."""
    texts = (one.read_text("utf-8") for one in (DOCKER, GITLAB))
    tags = [found for text in texts for found in IMAGE.findall(text)]
    (locked,) = pinned(ROOT / "requirements.lock")

    assert [locked] * 3 == [*tags, *pinned(RECIPES / "requirements.txt")]


@pytest.mark.parametrize("arguments", commands("harness"), ids=" ".join)
def test_a_command_of_ours_is_one_that_we_understand(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every option of it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "brand.toml").touch()
    left = list(arguments)
    command: click.Command = cli
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), left.pop(0))
        assert found is not None
        command = found

    assert command.make_context(command.name, left).params


@pytest.mark.parametrize("arguments", commands("pytest"), ids=" ".join)
def test_a_call_of_pytest_is_one_that_it_understands(
    arguments: tuple[str, ...], pytestconfig: pytest.Config
) -> None:
    """With pytest-playwright's options and ours."""
    known, unknown = pytestconfig._parser.parse_known_and_unknown_args(list(arguments))

    assert ([], []) == (unknown, known.file_or_dir)


def test_both_services_and_the_container_check_alike() -> None:
    """One command, whose report is kept whatever comes of it."""
    assert 1 == len({arguments for arguments in commands("harness") if arguments[0] == "check"})
    kept = next(step for step in github_steps() if "upload-artifact" in step.get("uses", ""))
    brand = gitlab_jobs()["brand"]
    assert "harness-report/" in kept["with"]["path"]
    assert "!cancelled()" in kept["if"]
    assert (["harness-report"], "always") == (
        brand["artifacts"]["paths"],
        gitlab_jobs()[brand["extends"]]["artifacts"]["when"],
    )


def test_no_secret_stands_in_a_recipe() -> None:
    """The services give them to the environment of the one step that needs them."""
    (check,) = [step for step in github_steps() if "secrets." in str(step)]

    assert check["run"].startswith("harness check")
    assert {name: f"${{{{ secrets.{name} }}}}" for name in check["env"]} == check["env"]
    assert not re.search(r"(?i)(password|secret)\w*[:=] *['\"]?\w", GITLAB.read_text("utf-8"))


@pytest.mark.parametrize("recipe", sorted(RECIPES.iterdir()), ids=lambda recipe: recipe.name)
def test_the_page_shows_each_recipe_as_it_is(recipe: Path) -> None:
    """A reader copies what was tested."""
    name = recipe.relative_to(ROOT).as_posix()
    shown = re.search(
        rf"<!-- {re.escape(name)} -->\n```\w+\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )

    assert shown is not None
    assert recipe.read_text("utf-8") == shown[1]

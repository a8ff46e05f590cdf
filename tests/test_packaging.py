"""What is published: the wheel and the sdist hold every file, and what they ask for is what was tested."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.metadata import RawMetadata, parse_email
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import harness

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUNTIME = tuple(map(Requirement, PROJECT["project"]["dependencies"]))
EXTRAS = tuple(
    Requirement(one) for extra in PROJECT["project"]["optional-dependencies"].values() for one in extra
)
DEV = tuple(map(Requirement, PROJECT["dependency-groups"]["dev"]))
EVERY = sorted({*RUNTIME, *EXTRAS, *DEV}, key=str)

COMES_WITH = {
    "anyio": "starlette",
    "httpcore2": "httpx2",
    "markupsafe": "jinja2",
    "pydantic-core": "pydantic",
}
"""What another requirement of ours brings along in the one version or line that fits it."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a build leaves.

    Attributes:
        wheel: The wheel.
        again: The wheel that the sdist builds.
        sdist: The sdist, unpacked.
    """

    wheel: Path
    again: Path
    sdist: Path


def build(source: Path, target: str, out: Path) -> Path:
    """Build a target of a source tree, without the network, and return the file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build the wheel and the sdist of the checkout, and from the sdist the wheel again."""
    if not (ROOT / "web").is_dir():
        pytest.skip("there is nothing to build here: the tests run without the source of the package")
    folder = tmp_path_factory.mktemp("built")
    wheel = build(ROOT, "wheel", folder / "wheel")
    with tarfile.open(build(ROOT, "sdist", folder / "sdist")) as archive:
        archive.extractall(folder, filter="data")
    (sdist,) = folder.glob("consumer_auth_harness-*")
    return Built(wheel=wheel, again=build(sdist, "wheel", folder / "again"), sdist=sdist)


@pytest.fixture(scope="session")
def metadata(built: Built) -> RawMetadata:
    """Give the wheel's metadata."""
    with zipfile.ZipFile(built.wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        raw, unknown = parse_email(archive.read(name))
    assert {} == unknown
    return raw


def below(folder: Path, prefix: str) -> dict[str, bytes]:
    """Return every file below a folder by its name in the wheel, what Python compiled excepted."""
    return {
        f"{prefix}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_of_the_package_and_of_its_pages(built: Built) -> None:
    """Modules, catalogue, py.typed, templates, scripts, styles: octet for octet, nothing else."""
    source = {**below(ROOT / "harness", "harness"), **below(ROOT / "web", "harness/web")}
    with zipfile.ZipFile(built.wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}

    assert sorted(source) == sorted(packed)
    assert [] == [name for name, octets in source.items() if packed[name] != octets]


def test_the_sdist_builds_the_same_wheel(built: Built) -> None:
    """Whoever builds from the sdist has what we have, octet for octet."""
    assert built.wheel.name == built.again.name
    assert built.wheel.read_bytes() == built.again.read_bytes()


def test_the_sdist_holds_whatever_the_repository_holds(built: Built) -> None:
    """Tests, documentation, the versions that are tested and the command that runs it all."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no repository of git's")
    listed = subprocess.run(
        [git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    tracked = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]

    assert [] == [name for name in tracked if not (built.sdist / name).is_file()]


def test_the_version_is_written_in_one_place(metadata: RawMetadata) -> None:
    """What pip shows is what the package says of itself."""
    assert harness.__version__ == metadata["version"]


def test_the_description_is_the_readme(metadata: RawMetadata) -> None:
    """A package index shows it as Markdown."""
    assert "text/markdown" == metadata["description_content_type"]
    assert (ROOT / "README.md").read_text("utf-8").strip() == metadata["description"].strip()


def locked(name: str) -> dict[str, Version]:
    """Return the versions that a lock file names."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    # A marker may follow, and a backslash before the hashes.
    pins = (re.split(r"[ ;\\]", line)[0].split("==") for line in lines if "==" in line and line[:1].isalnum())
    return {canonicalize_name(package.split("[")[0]): Version(version) for package, version in pins}


@pytest.mark.parametrize("requirement", EVERY, ids=str)
def test_the_lowest_version_is_tested(requirement: Requirement) -> None:
    """What we say is enough is what ./run versions lowest installs."""
    (floor,) = requirement.specifier

    assert ">=" == floor.operator
    assert Version(floor.version) == locked("requirements-lowest.lock")[canonicalize_name(requirement.name)]


@pytest.mark.parametrize("requirement", EVERY, ids=str)
def test_the_usual_version_fits(requirement: Requirement) -> None:
    """What ./run installs is within what we ask for."""
    assert locked("requirements.lock")[canonicalize_name(requirement.name)] in requirement.specifier


def imported() -> set[str]:
    """Return the packages of others that the harness imports, wherever in a module."""
    found = set()
    for path in Path(harness.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
            elif isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
    return found - {"harness"} - sys.stdlib_module_names


def test_what_is_imported_is_asked_for() -> None:
    """Nothing is here by the luck of another package's requirements."""
    known = packages_distributions()
    needed = {canonicalize_name(known[module][0]) for module in imported()}
    asked = {canonicalize_name(requirement.name) for requirement in (*RUNTIME, *EXTRAS)}

    assert set() == needed - asked - set(COMES_WITH)
    assert set(COMES_WITH.values()) <= asked

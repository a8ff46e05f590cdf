"""What we install: the files that the locks name, of versions that no known advisory is about."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = (
    "requirements.lock",
    "requirements-lowest.lock",
    "requirements-audit.lock",
    "e2e/peers/requirements.txt",
)

FLOORS = {
    "joserfc": ("1.8", "CVE-2026-49852: an empty HMAC key verified"),
    "pyjwt": ("2.15", "CVE-2026-101918: RecursionError past the documented errors"),
    "authlib": ("1.9", "CVE-2026-41425, CVE-2026-44681: requests across sites"),
    "cryptography": ("49", "CVE-2026-69248, CVE-2026-69249: X.509 verification"),
    "jinja2": ("3.1.6", "CVE-2025-27516: a way out of the sandbox"),
    "python-multipart": ("0.0.31", "CVE-2026-53537, CVE-2026-53538: fields smuggled into forms"),
    "starlette": ("1.3.1", "CVE-2026-54282, CVE-2026-54283: limits of forms"),
    "pytest": ("9.0.3", "CVE-2025-71176: temporary folders"),
}
"""The lowest version of a package, and the advisory that is about those below."""

NEVER = ("python-jose",)
"""Packages that confuse algorithms to this day."""


def required() -> dict[str, Version]:
    """Return the lowest versions that pyproject.toml allows."""
    groups = PROJECT["dependency-groups"]
    texts = [*PROJECT["project"]["dependencies"], *(one for group in groups.values() for one in group)]
    requirements = map(Requirement, texts)
    return {
        canonicalize_name(one.name): Version(bound.version) for one in requirements for bound in one.specifier
    }


def entries(lock: str) -> dict[str, str]:
    """Return what a lock says of each package, whole."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line[:1].isalnum()]
    return {canonicalize_name(re.split(r"[=\[ ;<>~!]", line)[0]): line for line in lines}


def pinned(entry: str) -> Version:
    """Return the one version of an entry."""
    found = re.match(r"[A-Za-z0-9._-]+(?:\[[a-z,]+\])?==([^ ;]+)", entry)
    assert found, entry
    return Version(found[1])


@pytest.mark.parametrize(("package", "floor"), [(name, floor) for name, (floor, _) in FLOORS.items()])
def test_no_version_with_a_known_advisory_is_allowed(package: str, floor: str) -> None:
    """Neither by what we ask for nor in what we test with, the oldest versions included."""
    assert required()[package] >= Version(floor)
    for lock in LOCKS:
        found = entries(lock).get(package)
        assert found is None or pinned(found) >= Version(floor), lock


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_one_version_of_known_files(lock: str) -> None:
    """Each is pinned, and each of its files is known by its SHA-256."""
    found = entries(lock)

    assert len(found) > 10
    for entry in found.values():
        pinned(entry)
        assert re.search(r"--hash=sha256:[0-9a-f]{64}( |$)", entry), entry
        assert not re.search(r"--hash=(?!sha256:)", entry)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_says_how_it_is_made_again(lock: str) -> None:
    """By the command in its head, from what is in the repository, and from no other index than pip's own."""
    text = (ROOT / lock).read_text("utf-8")
    command = text.splitlines()[1].lstrip("# ").split()

    assert ["uv", "pip", "compile"] == command[:3]
    assert ["-o", lock] == command[-2:]
    assert "--generate-hashes" in command
    assert "index-url" not in text
    sources = [word.split(":")[0] for word in command if word.endswith(".in") or "pyproject.toml" in word]
    assert sources
    assert all((ROOT / source).is_file() for source in sources)


@pytest.mark.parametrize("package", NEVER)
def test_what_confuses_algorithms_is_nowhere(package: str) -> None:
    """Neither asked for nor brought along."""
    assert package not in required()
    assert [] == [lock for lock in LOCKS if package in entries(lock)]


def commands() -> list[str]:
    """Return the commands of ``./run``, each on one line."""
    return (ROOT / "run").read_text("utf-8").replace("\\\n", " ").splitlines()


def test_what_run_installs_is_held_to_the_hashes() -> None:
    """Every lock is installed with its hashes, and the harness itself by what the lock brought."""
    from_locks = [line for line in commands() if re.search(r"install .*-r ", line)]
    itself = [line for line in commands() if re.search(r"install .*-e ", line)]

    assert len(LOCKS) == len(from_locks)
    assert all("--require-hashes" in line for line in from_locks)
    assert 1 == len(itself)
    assert "--no-build-isolation --no-deps" in itself[0]
    assert {"hatchling", "editables"} <= entries("requirements.lock").keys()


FREE = (
    '--no-build-isolation --no-deps -e "$here"',
    '--upgrade "pip>=25.1"',
    '--group "$here/pyproject.toml:dev"',
    '"$venv"/dist/*.whl',
)
"""What is installed without hashes: the harness itself, and what PyPI has today where just that is tested."""


def test_what_is_not_held_to_hashes_is_named() -> None:
    """The checkout, the wheel that was built of it, and the newest versions of all that it allows."""
    installs = [
        " ".join(one.split())
        for line in commands()
        for one in re.split(r"&&|\|\|", line)
        if re.search(r"pip\b.* install -q", one)
    ]
    free = [one for one in installs if "--require-hashes" not in one]

    assert len(FREE) == len(free)
    assert all(any(words in one for one in free) for words in FREE)


def test_ci_audits_before_it_tests() -> None:
    """An advisory ends the build; that PyPI's advisories cannot be reached does not."""
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()

    assert lines.index("./run audit || [ $? = 4 ]") < lines.index("./run test -ra")


def test_the_packages_of_npm_are_known_files_too() -> None:
    """Each has the digest that its registry gave; npm ci takes no other."""
    packages = json.loads((ROOT / "e2e/peers/node/package-lock.json").read_text("utf-8"))["packages"]

    assert [] == [name for name, one in packages.items() if name and "integrity" not in one]
    assert any("npm ci" in line for line in commands())

"""``./run fuzz``: the table, the exit code, and what it says of itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from e2e.fuzz.menu import TARGETS
from e2e.fuzz.model import Found, Ran
from e2e.fuzz.runner import pieces
from e2e.fuzz.table import table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "fuzzing.md"


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = (sys.executable, "-m", "e2e.fuzz", *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_the_targets_are_listed() -> None:
    """Each with what it reads; nothing is run."""
    done = fuzz("--list")

    assert list(TARGETS) == [line.split()[0] for line in done.stdout.splitlines()]


def test_a_run_ends_with_a_table() -> None:
    """Data on stdout, progress on stderr, zero where nothing was found."""
    done = fuzz("200", "--target", "base64url", "--workers", "1")

    assert 0 == done.returncode, done.stderr
    assert ["target", "base64url"] == [line.split()[0] for line in done.stdout.splitlines()]
    assert "200" == done.stdout.splitlines()[1].split()[1]
    assert done.stderr.startswith("fuzz: base64url: ")


def test_an_unknown_target_is_refused() -> None:
    """With those that there are."""
    done = fuzz("--target", "nothing")

    assert 2 == done.returncode
    assert "'base64url'" in done.stderr


@pytest.mark.parametrize("inputs", [1, 7, 1_000])
def test_the_pieces_of_a_run_are_all_of_it(inputs: int) -> None:
    """However they are cut."""
    cut = list(pieces(("json", "timeline"), inputs))

    assert {"json": inputs, "timeline": inputs} == {
        name: sum(size for one, _, size in cut if one == name) for name in ("json", "timeline")
    }
    assert len(cut) == len({(name, number) for name, number, _ in cut})


def test_the_table_counts_what_was_found() -> None:
    """One defect of two pieces is one; the lines fit into a terminal."""
    found = Found(target="json", kind="exception", said="KeyError", octets=b"")
    ran = Ran(target="json", inputs=10, seconds=1, accepted=4, found=(found,))

    rows = table({"json": ran.and_(ran)}).splitlines()

    assert ["json", "20", "10", "8", "0", "0", "1"] == rows[1].split()
    assert 80 >= max(map(len, rows))


def test_the_page_names_every_target() -> None:
    """With what it reads, in the order of the command."""
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| ([^|]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)

    assert [(one.name, one.title) for one in TARGETS.values()] == rows

"""What a run leaves holds no secret, nobody's data, and nothing that a terminal or a browser would obey."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from harness.sample import BRAND_SECRET, CUSTOMERS
from tests.leaks import below, leaks
from tests.planting import HOSTILE, PLATFORM_SECRET

ALICE = CUSTOMERS[0]
MARKUP = "<img src=x onerror"


@dataclass(frozen=True)
class Left:
    """What a run left behind in its own folder and in the history of runs, and what it knew.

    Attributes:
        folder: The report's and the history's.
        temporary: What it had in temporary folders right before it deleted them.
        beside: Where its temporary folders were.
    """

    folder: Path
    temporary: Path
    beside: Path
    printed: subprocess.CompletedProcess[bytes] = field(repr=False)
    noted: tuple[str, ...] = field(repr=False)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Give what four cases left that kept everything that can be kept."""
    folder = tmp_path_factory.mktemp("left")
    notes, left, beside = folder / "notes.json", folder / "left", folder / "tmp"
    beside.mkdir()
    arguments = ("check", "--surface", "embedded,popup", "--flow", "implicit,code-pkce")
    command = [sys.executable, "-m", "tests.planting", str(notes), *arguments]
    printed = subprocess.run(
        [*command, "--out", str(left / "out"), "--trace", "--har"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "XDG_STATE_HOME": str(left / "state"), "TMPDIR": str(beside)},
        check=False,
    )
    return Left(left, folder / "temporary", beside, printed, tuple(json.loads(notes.read_bytes())))


def test_the_run_itself_went_well(left: Left) -> None:
    """Four cases signed in, each with a timeline, a trace and a HAR file, and secrets were noted."""
    assert b"4 of 4 cases authenticated" in left.printed.stdout, left.printed.stderr.decode()
    assert (4, 4, 4) == tuple(len(list(left.folder.glob(f"**/*.{kind}"))) for kind in ("jsonl", "zip", "har"))
    assert 20 < len(left.noted)
    assert any(one.startswith("ey") for one in left.noted)


def test_what_is_looked_for_was_said(left: Left) -> None:
    """Pages wrote the client's secret into the console, an error and an address: a search can find it."""
    for saved in left.folder.glob("out/timelines/*.jsonl"):
        text = saved.read_text("utf-8")
        planted = ("the secret is …", "no good: …", "/nowhere?…", "/nowhere?note=…")
        assert [] == [one for one in planted if one not in text]


def test_playwright_s_own_reader_opens_the_traces(left: Left, tmp_path: Path) -> None:
    """With what was done, what was requested, and the documents of each step."""
    for trace in left.folder.glob("out/traces/*.zip"):
        told = [_trace(tmp_path, *words) for words in (("open", str(trace)), ("actions",), ("requests",))]
        click = next(line for line in told[1].splitlines() if " Click " in line).split(".")[0].strip()

        assert "Errors:" in told[0]
        assert "www.brand.test/account" in told[1]
        assert " 200 " in told[2]
        assert "before, action, after" in _trace(tmp_path, "action", click)
        _trace(tmp_path, "close")


def _trace(folder: Path, *words: str) -> str:
    """Return what ``playwright trace`` says, which reads traces as the viewer does."""
    node, script = compute_driver_executable()
    done = subprocess.run(
        [node, script, "trace", *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_no_secret_is_left(left: Left) -> None:
    """No code, token, cookie, verifier, state, nonce, key, client secret or password, in whatever form."""
    assert [] == leaks(_secrets(left), (*below(left.folder), *_printed(left)))


def test_no_secret_is_in_the_database(left: Left) -> None:
    """Nor in another temporary file: whoever reads them during a run can use nothing of it."""
    (database,) = left.temporary.glob("*/harness.db")
    with contextlib.closing(sqlite3.connect(database)) as connection:
        # A conversation's name opens nothing: what may be read in it, a session decides.
        names = {name for (name,) in connection.execute("SELECT id FROM conversations")}
        kept = connection.execute("SELECT count(*) FROM sessions").fetchone()[0]
    values = {name: value for name, value in _secrets(left).items() if value not in names}

    assert len(names) >= 4
    assert kept > 0
    assert [] == leaks(values, below(left.temporary))


def test_no_temporary_file_is_left(left: Left) -> None:
    """Neither of ours nor of the browser's."""
    assert [] == [*left.beside.iterdir()]


def _secrets(left: Left) -> dict[str, str]:
    values = {f"noted {number}": one for number, one in enumerate(left.noted)}
    values |= {"the platform's secret": PLATFORM_SECRET, "the brand's secret": BRAND_SECRET}
    return values | {f"{one.username}'s password": one.password for one in CUSTOMERS}


def test_nobody_s_data_is_left(left: Left) -> None:
    """The consumer's name, addresses, numbers and bills are in no file and not on the screen."""
    values = {
        "name": ALICE.name,
        "given name": ALICE.given_name,
        "family name": ALICE.family_name,
        "e-mail": ALICE.email,
        "phone": ALICE.phone_number,
        "account number": ALICE.account_number,
        "package": ALICE.package,
        "subject": ALICE.sub,
        **{f"bill of {bill.date}": f"€{bill.amount / 100:.2f}" for bill in ALICE.bills},
    }

    assert [] == leaks(values, (*below(left.folder), *_printed(left)))


def test_the_terminal_is_told_nothing_that_it_would_obey(left: Left) -> None:
    """Controls and directions that a page wrote come out as text."""
    for _, octets in _printed(left):
        obeyed = {one for one in octets.decode() if unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp")}
        assert obeyed <= {"\n"}


def test_what_pages_say_is_no_markup_in_a_page(left: Left) -> None:
    """No file that a browser takes for a document holds what a page wrote as markup."""
    assert MARKUP in HOSTILE

    documents = (
        one for one in below(left.folder) if one[0].endswith((".html", ".svg", ".xml", ".xhtml", ".md"))
    )
    assert [] == [where for where, octets in documents if MARKUP.encode() in octets]


def _printed(left: Left) -> tuple[tuple[str, bytes], ...]:
    return (("stdout", left.printed.stdout), ("stderr", left.printed.stderr))

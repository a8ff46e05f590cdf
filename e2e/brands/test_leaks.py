"""A brand of one's own, whose people nobody knows beforehand, leaves nothing of them in what a run keeps."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.leaks import below, leaks

from .conftest import Serve
from .twins import RIGHT, Brand

PEOPLE = {
    "given name": "Alice",
    "family name": "Archer",
    "e-mail": "alice@mail.example",
    "subject": "-204117",
    "the other's family name": "Bristow",
}


@pytest.mark.parametrize("brand", ["classic", "spa"])
def test_nothing_of_a_brand_s_own_people_is_left(
    brand: Brand, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No password, no credential of either side, no name, no address: not in timelines, traces, HAR files."""
    noted, made = set(), secrets.token_urlsafe

    def note(nbytes: int | None = None) -> str:
        noted.add(value := made(nbytes))
        return value

    monkeypatch.setattr(secrets, "token_urlsafe", note)
    left, notes = tmp_path / "left", tmp_path / "notes.json"
    monkeypatch.setenv("XDG_STATE_HOME", str(left / "state"))
    served = serve(brand, RIGHT[brand])
    command = [sys.executable, "-m", "tests.planting", str(notes), "check", str(served.file)]
    done = subprocess.run(
        [*command, "--out", str(left / "out"), "--trace", "--har"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )

    values = {f"noted {number}": one for number, one in enumerate((*noted, *json.loads(notes.read_bytes())))}
    values |= {**served.site.environment, **PEOPLE}
    kept = tuple(below(left))
    assert {".jsonl", ".zip", ".har"} <= {Path(where).suffix for where, _ in kept}, done.stderr.decode()
    assert [] == leaks(values, (*kept, ("stdout", done.stdout), ("stderr", done.stderr)))

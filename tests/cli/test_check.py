"""``harness check`` as a user types it, as far as no browser is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import run


def test_a_fault_is_for_the_sample_alone(
    brand_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing can be broken on a brand of one's own, so a result under a fault's name would be a lie."""
    monkeypatch.setenv("NOT_SET_ANYWHERE", "x")

    assert 2 == run(["check", str(brand_file), "--fault", "exp-past"])
    assert "leave it out for a brand of one's own" in capsys.readouterr().err

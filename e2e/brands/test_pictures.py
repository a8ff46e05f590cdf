"""Pictures of a brand of one's own are taken under the mask."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.browser import camera
from harness.cli import run

from .conftest import Serve
from .twins import RIGHT


def test_what_is_kept_of_a_brands_own_page_cannot_be_read(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the mask there is no picture at all, and the case ends as it does."""
    served = serve("classic", RIGHT["classic"])
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    masked, bare = tmp_path / "masked", tmp_path / "bare"

    kept = run(["check", str(served.file), "--out", str(masked)])
    monkeypatch.setattr(camera, "_sources", lambda: ("", "(css, mode) => mode === 'off'"))
    monkeypatch.setattr(camera, "_PATIENCE_MS", 50)
    without = run(["check", str(served.file), "--out", str(bare)])

    assert (0, 0) == (kept, without)
    assert ["01 page open.jpg", "02 chat open.jpg"] == sorted(one.name for one in masked.rglob("*.jpg"))[:2]
    assert [] == list(bare.rglob("*.jpg"))
    assert "Taken under a mask" in (masked / "report.html").read_text("utf-8")
    assert str(served.file) in (masked / "report.html").read_text("utf-8")

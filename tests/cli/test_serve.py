"""The command, as far as nothing is served."""

from __future__ import annotations

import pytest

from harness.cli import run


def test_the_help_says_whose_flow_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody waits for what they do by hand."""
    assert 0 == run(["serve", "--help"])

    told = " ".join(capsys.readouterr().out.split())
    assert "the flow of each case that the walkthrough runs, not of what you do by hand in the shop" in told

"""The suite uses the plugin as a user would: it overrides the configuration, and keeps no run."""

from __future__ import annotations

import pytest

from harness.config import Config


@pytest.fixture(autouse=True)
def _no_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep no run of a test in the history of whoever runs the tests."""
    monkeypatch.setenv("HARNESS_HISTORY", "off")


@pytest.fixture(scope="session")
def harness_config() -> Config:
    """The sample brand, with a page method that is given up on after two seconds."""
    return Config().impatient(2)

"""Leaves pytest-playwright's ``--output`` as it is in a worker of pytest-xdist.

Each worker would empty the folder before its first test, when another one may have left something there
already. The process that started the workers empties it before that.
"""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def delete_output_dir() -> None:
    """Do nothing, in the place of pytest-playwright's fixture."""

"""The matrix of a configuration file as tests: each case is one, without a line of test code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import config_file
from harness.config import Config
from harness.errors import HarnessError
from harness.matrix import Case, cases
from harness.opened import OpenCase

Play = Callable[[Case], OpenCase]


def asked(config: Config, engines: tuple[str, ...]) -> tuple[Case, ...]:
    """Return the cases of a configuration's matrix.

    Args:
        config: The configuration.
        engines: What pytest-playwright's ``--browser`` names, instead of the matrix's own engines.
    """
    matrix = config.matrix
    return cases(matrix.model_copy(update={"engines": engines}) if engines else matrix)


class MatrixFile(pytest.File):
    """A configuration file whose matrix is tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each case.

        Raises:
            CollectError: When the file cannot be read, with its sentence.
        """
        try:
            config = config_file.read(self.path)
        except HarnessError as error:
            raise self.CollectError(str(error)) from None
        for case in asked(config, tuple(self.config.getoption("--browser"))):
            yield CaseItem.from_parent(self, name=case.id, callobj=_played(case), case=case)


class CaseItem(pytest.Function):
    """A test that passes when its case does.

    Args:
        case: The case.
    """

    def __init__(self, *, case: Case, **given: Any) -> None:
        super().__init__(**given)
        self.case = case

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say that the test is in the configuration file."""
        return self.path, None, self.name


def _played(case: Case) -> Callable[..., None]:
    """Return the test of a case; it takes the fixture that plays cases and says how they ended."""

    def test(_harness_verdict: Callable[[Case], None]) -> None:
        _harness_verdict(replace(case))

    return test

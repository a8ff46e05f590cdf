"""What is printed fits a terminal, and its commands are ones that the harness takes."""

from __future__ import annotations

import pytest

from harness.catalogue.codes import codes
from harness.catalogue.faults import faults
from harness.catalogue.glossary import glossary
from harness.explain import index, look_up
from harness.explain.text import render, render_index
from harness.extension import Catalogue

PACKAGED = Catalogue.of()
WORDS = (*codes(), *faults(), *glossary(), "claims", "A")
ADDRESS = "https://"


@pytest.mark.parametrize("word", WORDS)
def test_what_is_told_of_a_word_fits_into_eighty_columns(word: str) -> None:
    """Addresses alone may be longer: one that is broken in two leads nowhere."""
    told = render(look_up(word, PACKAGED))

    assert [] == [line for line in told.splitlines() if len(line) > 80 and ADDRESS not in line]


def test_the_index_fits_too_and_names_every_group_and_term() -> None:
    """It is short: counts of codes and faults, and the terms themselves."""
    told = render_index(index(PACKAGED))

    assert max(map(len, told.splitlines())) <= 80
    assert all(f"  {group}  " in told for group in PACKAGED.groups)


def test_a_code_says_who_acts_how_where_that_is_written_and_what_is_printed() -> None:
    """All that a report's reader may ask."""
    told = render(look_up("claims.expired", PACKAGED))

    known = codes()["claims.expired"]
    assert all(word in told for word in (known.title, known.role, known.spec, known.link))
    assert "error in strict, error in compat" in told
    assert "  error: claims.expired (id_token payload; OIDCC-3.1.3.7-9)\n    expected  " in told


def test_what_only_a_brand_of_one_s_own_shows_says_so() -> None:
    """No command is named that would show nothing."""
    assert "No fault of the sample shows it" in render(look_up("harness.step_failed", PACKAGED))


def test_a_long_command_is_one_that_a_shell_takes() -> None:
    """Its lines are joined by backslashes."""
    told = render(look_up("claims.expired", PACKAGED))

    assert "harness check --fault token-cached-expired --surface embedded --flow \\\n      implicit\n" in told

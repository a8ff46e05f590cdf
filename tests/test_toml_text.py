"""TOML as text: what is written reads back."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.toml_text import inline, parsed, quoted

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
def test_a_string_reads_back(text: str) -> None:
    """Quotes, backslashes, line ends and control characters too."""
    assert {"key": text} == tomllib.loads(f"key = {quoted(text)}")


@given(st.dictionaries(TEXTS, TEXTS | st.booleans()))
def test_a_table_reads_back(table: dict[str, str | bool]) -> None:
    """Its keys are quoted where they have to be."""
    assert {"key": table} == tomllib.loads(f"key = {inline(table)}")


@pytest.mark.parametrize(
    "text",
    ["a = " + one * 5_000 for one in ("[", "9", "{a=")] + ["[a"],
    ids=["list", "digits", "table", "header"],
)
def test_what_cannot_be_read_is_no_toml(text: str) -> None:
    """Also where Python's own limits end it."""
    with pytest.raises(tomllib.TOMLDecodeError):
        parsed(text)


def test_toml_is_read() -> None:
    """As it is written."""
    assert {"a": {"b": [1, "x"]}} == parsed('[a]\nb = [1, "x"]')

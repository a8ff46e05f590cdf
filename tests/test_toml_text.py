"""TOML as text: what is written reads back."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from harness.toml_text import inline, quoted

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
def test_a_string_reads_back(text: str) -> None:
    """Quotes, backslashes, line ends and control characters too."""
    assert {"key": text} == tomllib.loads(f"key = {quoted(text)}")


@given(st.dictionaries(TEXTS, TEXTS | st.booleans()))
def test_a_table_reads_back(table: dict[str, str | bool]) -> None:
    """Its keys are quoted where they have to be."""
    assert {"key": table} == tomllib.loads(f"key = {inline(table)}")

"""The page of what breaks lists the tests that break it, and each stage at which something is killed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT
from tests.killing.ear import STAGES

PAGE = (DOCS / "robustness.md").read_text("utf-8")
FILES = ("tests/killing/test_server_killed.py", "tests/killing/test_adverse.py", "e2e/test_killed.py")
BESIDE = {"test_none_is_reached_before_the_one_above_it", "test_the_check_after_a_killed_one"}
"""Tests of these files that are about the stages, or about more of a row that is there."""

_ROW = re.compile(r"^\| (?P<what>.+?) \| .+ \| `(?P<file>[\w/.]+)` `(?P<test>\w+)` \|$", re.M)
_STAGE = re.compile(r"^\| (?P<stage>[a-z ]+) \| (?:`(?P<event>[a-z_.]+)`|the message .+) \|$", re.M)


def found_in(file: str) -> dict[str, ast.FunctionDef]:
    """Return the test functions of a file by their names."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_the_page_lists_the_stages_in_their_order() -> None:
    """With the events by which they are reached; a message has none."""
    listed = {row["stage"]: row["event"] for row in _STAGE.finditer(PAGE) if row["stage"] != "stage"}

    assert {stage: None if event == "said" else event for stage, event in STAGES.items()} == listed
    assert list(STAGES) == list(listed)


@pytest.mark.parametrize("file", FILES)
def test_every_test_is_a_row_and_every_row_a_test(file: str) -> None:
    """A row without a test promises what nobody sees, and a test without a row is found by nobody."""
    listed = {row["test"] for row in _ROW.finditer(PAGE) if row["file"] == file}

    assert found_in(file).keys() - BESIDE == listed


def test_each_process_that_is_killed_is_killed_at_each_stage() -> None:
    """The parametrisation is the table of the stages, not a choice from it."""
    killed = [row for row in _ROW.finditer(PAGE) if row["test"].startswith("test_a_killed_")]

    assert 7 == len(killed)
    for row in killed:
        marks = {ast.unparse(one) for one in found_in(row["file"])[row["test"]].decorator_list}
        assert "pytest.mark.parametrize('stage', STAGES)" in marks, row["test"]
        assert Path(row["file"]).is_relative_to("e2e") == ("check" in row["what"])

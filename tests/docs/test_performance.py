"""The published measurements are those of one whole run, and what they miss is explained."""

from __future__ import annotations

import json
from typing import Any

from e2e.bench.menu import WHOLE
from e2e.bench.model import Results, Row, Section, Target
from e2e.bench.table import table
from tests.docs.pages import DOCS, EXAMPLES, inline_code

PAGE = DOCS / "performance.md"
MEASURED: dict[str, Any] = json.loads((DOCS / "performance.json").read_text("utf-8"))
EIGHT_MINUTES = 480


def row(read: dict[str, Any]) -> Row:
    """Return a row as it was measured."""
    target = Target(**read["target"]) if read["target"] else None
    return Row(**{name: value for name, value in read.items() if name != "reached"} | {"target": target})


def results() -> Results:
    """Return the published run."""
    sections = tuple(
        Section(**{**section, "rows": tuple(row(one) for one in section["rows"])})
        for section in MEASURED["benchmarks"]
    )
    machine, date, share = (MEASURED[name] for name in ("machine", "date", "share"))
    return Results(date=date, machine=machine, share=share, sections=sections)


def test_the_table_is_that_of_the_published_numbers() -> None:
    """Nobody has touched either by hand: `./run bench --out docs/performance.json` makes both."""
    assert table(results()) + "\n" == (EXAMPLES / "performance.txt").read_text("utf-8")


def test_one_run_in_earnest_measured_everything_in_eight_minutes() -> None:
    """With every sample, every benchmark, and what it was measured on."""
    assert 1 == MEASURED["share"]
    assert [*WHOLE] == [section["name"] for section in MEASURED["benchmarks"]]
    assert EIGHT_MINUTES > MEASURED["seconds"]
    assert {"cpu", "cores", "python", "browsers", "libraries"} <= MEASURED["machine"].keys()


def test_what_misses_its_target_is_explained() -> None:
    """By its name, on the page; and nothing is explained there that does not miss it."""
    rows = [row for section in MEASURED["benchmarks"] for row in section["rows"]]
    missed = {row["name"] for row in rows if row["reached"] is False}

    assert missed == {code for code in inline_code(PAGE) if code in {row["name"] for row in rows}}

from __future__ import annotations

import pytest

from e2e.bench.model import Results, Row, Section, Target, measured
from e2e.bench.table import WIDTH, number, table

TWIN = measured("embedded, chromium: twin", [60.0])
ROWS = (
    TWIN,
    measured("embedded, chromium: flow_in_page", [84.0], twin=TWIN, target=Target(limit=1.5)),
    measured("a name that is longer than its column is wide", [0.5], twin=TWIN, target=Target(limit=0.001)),
    measured("memory", [123.4], unit="MiB", note="a note"),
    Row(name="a peer", missing="it is not here, and " + "why that is so takes more than one line " * 2),
)


def text(share: float = 1.0) -> str:
    """Return the table of some rows."""
    section = Section(name="browser", title="flows beside twins", rows=ROWS, seconds=7.4)
    machine = {"cpu": "one", "libraries": {f"library-{one}": "1.2.3" for one in range(12)}}
    return table(Results(date="2026-11-21T12:00:00+00:00", machine=machine, share=share, sections=(section,)))


def test_no_line_is_wider_than_a_terminal() -> None:
    """80 columns hold everything, and no line ends in blanks."""
    lines = text().splitlines()

    assert WIDTH >= max(map(len, lines))
    assert lines == [line.rstrip() for line in lines]


def test_a_row_says_whether_its_target_is_reached() -> None:
    """Beside the limit stands a tick or a cross."""
    lines = {line.strip().partition("  ")[0]: line for line in text().splitlines()}

    assert lines["embedded, chromium: flow_in_page"].split()[-5:] == ["1.40", "≤", "1.5", "×", "✓"]  # noqa: RUF001
    assert "✗" == lines["a name that is longer than its"][-1]


def test_what_is_missing_is_listed_with_its_reason() -> None:
    """A peer that is not here is not left out."""
    assert "  a peer\n    not measured: it is not here, and why" in text()


def test_a_table_of_few_samples_says_so() -> None:
    """Nobody shall take its numbers for a measurement."""
    assert "Fewer samples than in earnest" in text(share=0.1)
    assert "Fewer samples" not in text()


@pytest.mark.parametrize(
    ("value", "said"),
    [(1234.5, "1234"), (100, "100"), (12.34, "12.3"), (1.234, "1.23"), (0.1234, "0.123"), (-2.5, "-2.50")],
)
def test_a_number_has_three_digits(value: float, said: str) -> None:
    """More would be noise."""
    assert said == number(value)

"""The matrix: one table for each circumstance, one cell for each case."""

from __future__ import annotations

from harness.matrix import Case
from harness.report.matrix import grids

from ..made import CONDITIONS, report, result, told


def test_circumstances_make_tables() -> None:
    """Surface by flow within; what was not asked for is empty."""
    cases = (
        result(Case(surface="embedded", flow="code")),
        result(Case(surface="popup", flow="implicit")),
        result(Case(surface="popup", flow="implicit", engine="firefox")),
    )
    first, second = grids(report(*cases).cases)

    assert ("chromium", "chrome-today", "strict", "sign-in") == first.circumstances
    assert "firefox · firefox-default · strict · sign-in" == second.name
    assert ("implicit", "code") == first.flows
    assert [("embedded", [False, True]), ("popup", [True, False])] == [
        (row.surface, [cell is not None for cell in row.cells]) for row in first.rows
    ]


def test_a_cell_says_which_way_its_case_went() -> None:
    """Passed, with warnings, the code of the first failing hop, or undetermined."""
    ends = {
        "code": result(Case(surface="app", flow="code"), told("claims.expired", "warning")),
        "implicit": result(
            Case(surface="app", flow="implicit"),
            told("claims.expired"),
            outcome="refused",
            code="claims.expired",
        ),
        "implicit-jwe": result(Case(surface="app", flow="implicit-jwe"), outcome="undetermined"),
        "code-pkce": result(Case(surface="app", flow="code-pkce")),
    }
    (grid,) = grids(tuple(ends.values()))
    (row,) = grid.rows

    assert [
        ("failed", "claims.expired"),
        ("open", "undetermined"),
        ("warned", "passed, 1 warning"),
        ("passed", "passed"),
    ] == [(cell.state, cell.word) for cell in row.cells if cell]


def test_a_phone_is_a_circumstance_except_for_the_app() -> None:
    """The app is on one either way."""
    phone = CONDITIONS.model_copy(update={"device": "phone"})
    cases = [result(Case(surface=one, flow="code"), conditions=phone) for one in ("popup", "app")]

    assert [True, False] == ["phone" in grid.circumstances for grid in grids(tuple(cases))]

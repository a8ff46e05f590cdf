"""Which command shows a fault."""

from __future__ import annotations

from harness.catalogue.faults import Expectation, FaultRow, faults

USUAL = "chromium"


def checked(row: FaultRow, entry: Expectation) -> bool:
    """Tell whether ``harness check --fault`` shows an entry: it puts in what the row itself names."""
    return row.checkable and not (entry.each or entry.connector or entry.consumer)


def command(row: FaultRow, entry: Expectation) -> str:
    """Return the command that shows what one entry of a fault speaks of."""
    if not checked(row, entry):
        return f"harness selftest --fault {row.id}"
    mode = " --mode compat" if entry.mode == "compat" else ""
    return f"harness check --fault {row.id} {_place(row, entry)}{mode}"


def demo(row: FaultRow, entry: Expectation) -> str | None:
    """Return the demo that shows it; the demo knows the package's own faults, and the strict mode alone."""
    if not checked(row, entry) or not row.in_browser or entry.mode == "compat" or row.id not in faults():
        return None
    if USUAL in row.not_visible:
        return None
    return f"harness demo --fault {row.id} {_place(row, entry)}"


def twin(row: FaultRow, entry: Expectation) -> str | None:
    """Return the command that runs the same case with nothing put in."""
    if not checked(row, entry):
        return None
    policy = f" --policy {row.policy}" if row.policy else ""
    return f"harness check {_place(row, entry)}{policy}"


def _place(row: FaultRow, entry: Expectation) -> str:
    """Return the options that name a case in which it shows."""
    words = f"--surface {entry.surface or row.surfaces[0]} --flow {entry.flow or row.flows[0]}"
    if USUAL not in row.not_visible:
        return words
    engine = "firefox" if "firefox" not in row.not_visible else "webkit"
    return f"{words} --engine {engine}"

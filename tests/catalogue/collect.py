"""``python -m tests.catalogue.collect``: keeps what a finding of each code says, for ``harness explain``.

Of each code of which there is none yet, one fault is put into the sample that must be diagnosed with it, in
process; with ``--browser`` those too that only a browser shows.
"""

from __future__ import annotations

import sys
from pathlib import Path

import harness
from harness import Harness, selftest
from harness.catalogue.examples import Example, examples
from harness.catalogue.faults import Step
from harness.checks import Judgement
from harness.config import Config
from harness.matrix import prepared
from harness.report.model import Finding
from harness.selftest import Entry, InProcess
from harness.toml_text import quoted

FILE = Path(harness.__file__).parent / "catalogue" / "examples.toml"
HEAD = "# What a finding of each code said once. Made by python -m tests.catalogue.collect\n"


def main(*, browser: bool) -> None:
    """Write what was found to what is there, after each: whoever stops it loses nothing."""
    known = dict(examples())
    lacking = _lacking(known, browser=browser)
    with Harness(prepared(Config())) as browsers, InProcess(tuple(lacking.values())) as process:
        for code, entry in lacking.items():
            seen = _shown(browsers, entry) if browser else process.judgement(entry, _variation(entry))
            known |= {one.code: _example(one) for one in seen.findings if one.code == code}
            rows = "".join(_row(code, known[code]) for code in sorted(known))
            FILE.write_text(HEAD + rows, "utf-8")


def _lacking(known: dict[str, Example], *, browser: bool) -> dict[str, Entry]:
    """Return one entry for each code that lacks an example."""
    found: dict[str, Entry] = {}
    for entry in selftest.entries():
        if entry.in_browser == browser and entry.unavailable is None:
            # What neither is put in nor done by a browser needs more than one case.
            shown = not browser or entry.row.in_browser or entry.row.sites or entry.row.connector
            for code, _ in (*entry.expectation.findings, *entry.row.weakened.findings) if shown else ():
                if code not in known:
                    found.setdefault(code, entry)
    return found


def _shown(browsers: Harness, entry: Entry) -> Judgement:
    case, _ = entry.runs[-1] if entry.row.own_side else entry.runs[0]
    with browsers.arranged(entry.row) as own, own.open(case, variation=_variation(entry)) as opened:
        return opened.judgement


def _variation(entry: Entry) -> tuple[Step, ...]:
    """Return what is put in; of our own side the first run is the product's, in which nothing is found."""
    return entry.variations[-1 if entry.row.own_side else 0]


def _example(one: Finding) -> Example:
    return Example(expected=one.expected, observed=one.observed)


def _row(code: str, one: Example) -> str:
    return f'\n["{code}"]\nexpected = {quoted(one.expected)}\nobserved = {quoted(one.observed)}\n'


if __name__ == "__main__":
    main(browser="--browser" in sys.argv)

"""``python -m tests.catalogue.collect``: keeps what a finding of each code says, for ``harness explain``.

Of each code of which there is none yet, one fault is put into the sample that must be diagnosed with it, in
process; with ``--browser`` those too that only a browser shows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import harness
from harness import Harness, selftest
from harness.catalogue.examples import Example, examples
from harness.config import Config
from harness.report.model import Finding
from harness.selftest import Entry, InProcess
from harness.toml_text import quoted

FILE = Path(harness.__file__).parent / "catalogue" / "examples.toml"
HEAD = "# What a finding of each code said once. Made by python -m tests.catalogue.collect\n"


def main(*, browser: bool) -> None:
    """Write what was found to what is there."""
    known = dict(examples())
    for code, entry in _lacking(known, browser=browser).items():
        known |= {one.code: _example(one) for one in _seen(entry) if one.code == code}
    FILE.write_text(HEAD + "".join(_row(code, known[code]) for code in sorted(known)), "utf-8")


def _lacking(known: dict[str, Example], *, browser: bool) -> dict[str, Entry]:
    """Return one entry for each code that lacks an example."""
    found: dict[str, Entry] = {}
    for entry in selftest.entries():
        if entry.in_browser == browser and entry.unavailable is None:
            for code, _ in entry.expectation.findings:
                if code not in known:
                    found.setdefault(code, entry)
    return found


def _seen(entry: Entry) -> Iterator[Finding]:
    variation = entry.variations[0]
    if not entry.in_browser:
        with InProcess((entry,)) as process:
            yield from process.judgement(entry, variation).findings
        return
    with (
        Harness(selftest.prepared(Config())) as browsers,
        browsers.arranged(entry.row) as arranged,
        arranged.open(entry.case, variation=variation) as opened,
    ):
        yield from opened.findings


def _example(one: Finding) -> Example:
    return Example(expected=one.expected, observed=one.observed)


def _row(code: str, one: Example) -> str:
    return f'\n["{code}"]\nexpected = {quoted(one.expected)}\nobserved = {quoted(one.observed)}\n'


if __name__ == "__main__":
    main(browser="--browser" in sys.argv)

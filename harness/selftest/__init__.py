"""The self-test: every fault of the catalogue against the sample, held against what it must get.

A fault that needs no page to show runs in process, over HTTP; the rest runs in a browser.
"""

from harness.selftest.comparing import compare
from harness.selftest.entries import PACKAGED, Entry, covering, entries
from harness.selftest.in_process import InProcess
from harness.selftest.running import run, run_in_processes
from harness.selftest.score import Row, Run, SelfTest, Verdict

__all__ = [
    "PACKAGED",
    "Entry",
    "InProcess",
    "Row",
    "Run",
    "SelfTest",
    "Verdict",
    "compare",
    "covering",
    "entries",
    "run",
    "run_in_processes",
]

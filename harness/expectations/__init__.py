"""Findings that are known and expected for a while: read from their file, and held against a report."""

from harness.expectations.holding import held, marked
from harness.expectations.reading import read

__all__ = ["held", "marked", "read"]

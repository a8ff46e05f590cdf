"""Checks: pure functions of a timeline that find what is wrong, and the judgement over all of them."""

from harness.checks.judgement import Judgement, judge

__all__ = ["Judgement", "judge"]

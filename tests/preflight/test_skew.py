"""What the Date of the answers says about clocks."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from harness.checks.found import Found
from harness.preflight.asking import Heard
from harness.preflight.skew import judge_clocks

from .conftest import ISSUER, NOW, PAGE, found, heard, marks


def at(url: str, seconds: float, age: int = 0) -> Heard:
    """Return an answer of a server whose clock is that far ahead."""
    return heard(url, date=formatdate(NOW + seconds - age, usegmt=True), age=str(age))


@pytest.mark.parametrize(("seconds", "expected"), [(59, {}), (61, {"harness.clock_skew": "warning"})])
def test_clocks_may_differ_by_a_minute(seconds: int, expected: dict[str, str]) -> None:
    """Ahead or behind."""
    assert expected == found(judge_clocks([at(PAGE, seconds)]))
    assert expected == found(judge_clocks([at(PAGE, -seconds)]))


def test_what_a_cache_kept_is_older_than_its_server_is_late() -> None:
    """The Age of an answer is taken off (RFC 9111 section 5.1)."""
    assert [("clocks", "yes")] == marks(judge_clocks([at(PAGE, 0, age=3600)]))


def test_a_single_host_is_named_and_all_of_them_mean_this_machine() -> None:
    """Whoever differs from everybody is wrong."""
    one = [at(PAGE, 0), at(ISSUER, 300)]
    all_ = [at(PAGE, 300), at(ISSUER, 300)]

    (first,) = (said for said in judge_clocks(one) if isinstance(said, Found))
    (second,) = (said for said in judge_clocks(all_) if isinstance(said, Found))
    assert "the clock of login.acme.example" in str(first.fix)
    assert "this machine's clock" in str(second.fix)


def test_an_answer_without_a_date_says_nothing() -> None:
    """Neither does one that no calendar knows."""
    assert [] == list(judge_clocks([heard(), heard(date="yesterday"), Heard(url=PAGE)]))

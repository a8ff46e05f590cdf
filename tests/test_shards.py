"""A run in parts: every case is in exactly one of them, and the parts make the run again."""

from __future__ import annotations

from typing import Any

import pytest

from harness.config import ENGINES, FLOWS, SURFACES, Config
from harness.errors import UsageError
from harness.matrix import Case, cases, with_settings
from harness.report.model import Expectation, Readiness, Report
from harness.shards import Part, as_part, whole

from .made import report, result

ROWS = cases(Config().matrix)
WIDE = tuple(
    Case(surface=surface, flow=flow, engine=engine)
    for engine in ENGINES[:2]
    for surface in SURFACES
    for flow in FLOWS
)
STALE = Expectation(
    code="claims.expired", where="", owner="o", reason="r", until="2027-01-31", place="f:1", state="stale"
)


def part(number: int, of: int, rows: tuple[Case, ...] = ROWS, **changes: Any) -> Report:
    """Return the report of a part in which every case passed."""
    asked = Part(number, of)
    done = report(*(result(case) for case in asked.rows(rows)), **changes)
    return as_part(done.model_copy(update={"run": f"run-{number}"}), asked, Config(), rows)


def parts(of: int, rows: tuple[Case, ...] = ROWS) -> dict[str, Report]:
    """Return the reports of all parts, the last one first."""
    return {f"shard-{number}": part(number, of, rows) for number in range(of, 0, -1)}


@pytest.mark.parametrize("of", range(1, len(ROWS) + 1))
def test_every_case_is_in_exactly_one_shard(of: int) -> None:
    """And no shard has two cases more than another one."""
    shares = [Part(number, of).rows(ROWS) for number in range(1, of + 1)]

    assert sorted(one.id for one in ROWS) == sorted(one.id for share in shares for one in share)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_a_shard_without_a_case_is_refused() -> None:
    """It would pass for nothing."""
    with pytest.raises(UsageError, match="there are 12 cases; take at most 12 parts"):
        Part(1, 13).rows(ROWS)


@pytest.mark.parametrize("of", [1, 2, 5])
def test_all_shards_make_the_run_that_was_not_split(of: int) -> None:
    """Its cases are in its order, browser by browser, whatever the order of the shards."""
    merged, sources = whole(parts(of, WIDE))

    assert [one.id for one in WIDE] == [one.id for one in merged.cases]
    assert len(WIDE) == merged.summary.passed == len(set(sources))
    assert merged.shard is None


def test_where_a_case_comes_from_is_known() -> None:
    """By the name of its shard, and its place in that."""
    _, sources = whole(parts(2))

    assert [("shard-1", 0), ("shard-2", 0), ("shard-1", 1)] == list(sources[:3])


def test_the_same_shards_make_the_same_run() -> None:
    """However often, and in whatever order they are named."""
    there = parts(3)
    back = dict(reversed(there.items()))

    assert whole(there)[0].run == whole(back)[0].run


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"a": report(result())}, "a is a whole run, no shard"),
        ({"a": part(1, 3), "b": part(3, 3)}, "shard 2/3 is missing; name all 3 of the run"),
        ({"a": part(1, 2), "b": part(1, 2)}, "a and b are both shard 1/2"),
        ({"a": part(1, 2), "b": part(2, 3)}, "they are parts of 2 and 3"),
        ({"a": part(1, 2), "b": part(2, 2, WIDE)}, "their configurations or their cases differ"),
        ({"a": part(1, 2), "b": part(2, 2, rules="2025.9")}, "they were judged by rules 2026.1 and 2025.9"),
    ],
)
def test_what_does_not_belong_together_is_refused(given: dict[str, Report], said: str) -> None:
    """One sentence names the two, and what differs."""
    with pytest.raises(UsageError, match=said):
        whole(given)


def test_shards_of_other_versions_are_refused() -> None:
    """Their checks may differ."""
    one, other = part(1, 2), part(2, 2)
    assert other.shard is not None
    older = other.model_copy(update={"shard": other.shard.model_copy(update={"harness": "0.0.1"})})

    with pytest.raises(UsageError, match=r"come from harness .* and 0\.0\.1"):
        whole({"a": one, "b": older})


def test_no_secret_is_in_what_tells_that_shards_belong_together() -> None:
    """A fingerprint of it would be in every report; only that there is one counts."""
    config = Config()

    def marked(secret: str) -> str:
        named = (with_settings(one, {"client_secret": secret}) for one in config.connectors)
        changed = config.model_copy(update={"connectors": tuple(named)})
        shard = as_part(report(), Part(1, 2), changed, ROWS).shard
        assert shard is not None
        return shard.mark

    assert marked("one secret") == marked("another one")


@pytest.mark.parametrize(
    ("states", "state"),
    [(("stale", "stale"), "stale"), (("stale", "met"), "met"), (("not run", "stale"), "stale"),
     (("not run", "not run"), "not run"), (("overdue", "met"), "overdue")],
)  # fmt: skip
def test_what_was_expected_is_stale_where_no_shard_has_it(states: tuple[Any, Any], state: str) -> None:
    """A shard alone does not fail because another one has the finding."""
    given = {
        str(number): part(number, 2, expectations=(STALE.model_copy(update={"state": one}),))
        for number, one in enumerate(states, 1)
    }

    assert "stale" not in {one.state for report in given.values() for one in report.expectations}
    assert [state] == [one.state for one in whole(given)[0].expectations]


def test_a_surface_is_ready_where_every_shard_says_so() -> None:
    """The worst counts."""
    said = [Readiness(surface="popup", ready=ready, sentence=str(ready)) for ready in (True, False, None)]
    given = {str(number): part(number, 3, readiness=(one,)) for number, one in enumerate(said, 1)}

    assert [False] == [one.ready for one in whole(given)[0].readiness]

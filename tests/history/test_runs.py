"""The kept runs, on both databases."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, update

from harness.errors import HistoryUnavailable, UsageError
from harness.history import Place, Runs, database
from harness.history.tables import form
from harness.history.tables import runs as runs_table
from harness.store.database import open_engine
from tests.history.made import EMBEDDED, NOON, POPUP, refused, run, timed
from tests.made import result

MANY = 200


def test_a_run_comes_back_as_it_was_kept(runs: Runs) -> None:
    """Report, checks and all."""
    kept = run(refused(EMBEDDED), timed(POPUP, 240), command="harness check --surface popup")
    runs.keep(kept, newest=MANY)

    assert kept == runs.find()


def test_runs_are_listed_the_newest_first(runs: Runs) -> None:
    """Those of one series, where one is asked for."""
    first, second, other = run(), run(), run(narrowing=("--surface popup",))
    for one in (second, other, first):
        runs.keep(one, newest=MANY)

    assert [other.id, second.id, first.id] == [one.id for one in runs.heads()]
    assert [second.id, first.id] == [one.id for one in runs.heads(series=first.series)]
    assert [other.id] == [one.id for one in runs.heads(limit=1)]
    assert [other.id, second.id] == [one.id for one in runs.series()]


def test_a_run_is_found_by_its_first_letters(runs: Runs) -> None:
    """As long as they are nobody else's; the whole name always counts."""
    for name in ("abc1", "abc12", "abd"):
        runs.keep(run(name=name), newest=MANY)

    assert ["abd", "abc1", "abc12"] == [runs.find(word).id for word in ("abd", "abc1", "abc12")]
    with pytest.raises(UsageError, match=r"several runs begin with 'ab'.*one letter more"):
        runs.find("ab")
    with pytest.raises(UsageError, match=r"no run is called 'xyz'.*runs list"):
        runs.find("xyz")
    with pytest.raises(UsageError, match="no run is called '%'"):
        runs.find("%")


def test_the_run_before_is_of_the_same_series(runs: Runs) -> None:
    """A run that was narrowed otherwise is no comparison."""
    first, other, second = run(), run(narrowing=("--fault exp-past",)), run()
    for one in (first, other, second):
        runs.keep(one, newest=MANY)

    assert first == runs.before(second)
    assert runs.before(first) is None
    assert (first, second) == runs.pair()
    assert (first, second) == runs.pair(first.id)
    assert (other, first) == runs.pair(other.id, first.id)


def test_a_comparison_without_another_run_is_told(runs: Runs) -> None:
    """What to do about it as well."""
    with pytest.raises(UsageError, match="no run is kept"):
        runs.pair()
    only = run()
    runs.keep(only, newest=MANY)
    with pytest.raises(UsageError, match=r"only run of sample brand.*once more"):
        runs.pair()
    with pytest.raises(UsageError, match="latest run of its series"):
        runs.pair(only.id)


def test_the_newest_runs_of_each_series_are_kept(runs: Runs) -> None:
    """What is beyond goes with its cases, and other series stay as they are."""
    other = run(narrowing=("--surface popup",))
    runs.keep(other, newest=2)
    kept = [run() for _ in range(4)]
    for one in kept:
        runs.keep(one, newest=2)

    assert [kept[3].id, kept[2].id, other.id] == [one.id for one in runs.heads()]
    assert [1, 1] == [len(one.attempts) for one in runs.trails(kept[0].series, limit=9)]


def test_whoever_keeps_a_run_again_keeps_it_once(runs: Runs) -> None:
    """The later form counts."""
    runs.keep(run(name="same"), newest=MANY)
    again = run(refused(EMBEDDED), name="same")
    runs.keep(again, newest=MANY)

    assert [again.id] == [one.id for one in runs.heads()]
    assert "failed" == runs.find("same").verdict


def test_trails_are_the_oldest_first_and_end_where_they_should(runs: Runs) -> None:
    """With every attempt at a case, in its order."""
    runs_kept = [run(timed(EMBEDDED, 100 + number), refused(EMBEDDED)) for number in range(3)]
    for one in runs_kept:
        runs.keep(one, newest=MANY)
    trails = runs.trails(runs_kept[0].series, until=runs_kept[1].at, limit=9)

    assert [100, 101] == [one.attempts[0].flow_in_page for one in trails]
    assert [True, False] == [one.passed for one in trails[0].attempts]
    assert {"flaky"} == set(trails[0].standings().values())


@pytest.mark.parametrize(
    ("chosen", "left"),
    [({"before": NOON + 100}, ["new", "newer"]), ({"keep": 1}, ["newer"]), ({"before": 0, "keep": 0}, None)],
)
def test_a_purge_chooses_by_age_and_by_number(
    chosen: dict[str, Any], left: list[str] | None, runs: Runs
) -> None:
    """By both where both are named."""
    for name, at in (("old", NOON), ("new", NOON + 200), ("newer", NOON + 300)):
        runs.keep(run(name=name, at=at), newest=MANY)
    runs.remove(runs.chosen(**chosen))

    assert (left or ["old", "new", "newer"]) == sorted(
        (one.id for one in runs.heads()), key=["old", "new", "newer"].index
    )


def test_writers_at_the_same_moment_both_have_their_run_kept(
    place: Place, in_parallel: Callable[[Callable[[int], Any], int], list[Any]]
) -> None:
    """Also where neither found a database yet."""

    def keep(number: int) -> None:
        with Runs(place, make=True) as runs:
            for turn in range(4):
                runs.keep(run(name=f"{number}-{turn}", at=NOON + turn), newest=MANY)

    in_parallel(keep, 3)

    with Runs(place) as runs:
        assert {f"{number}-{turn}" for number in range(3) for turn in range(4)} == {
            one.id for one in runs.heads()
        }


@pytest.mark.parametrize(
    ("version", "told"), [(2, "a newer harness.*upgrade it"), (0, "an older harness.*move it")]
)
def test_another_versions_form_is_refused(version: int, told: str, place: Place) -> None:
    """In one sentence that says what to do, before anything is read or written."""
    with Runs(place, make=True):
        pass
    engine = create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(update(form).values(version=version))
    engine.dispose()

    for make in (True, False):
        with pytest.raises(HistoryUnavailable, match=told):
            Runs(place, make=make)


def test_reading_makes_no_file(file: Place) -> None:
    """Who only looks leaves nothing behind."""
    with pytest.raises(UsageError, match=r"no run is kept in .*runs\.db yet; harness check keeps every run"):
        Runs(file)
    assert file.file is not None
    assert not file.file.parent.exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_the_file_is_its_users_alone(file: Place) -> None:
    """And so is what SQLite puts beside it, and the folder."""
    assert file.file is not None
    with Runs(file, make=True) as runs:
        runs.keep(run(), newest=MANY)
        modes = {stat.S_IMODE(one.stat().st_mode) for one in file.file.parent.iterdir()}

    assert {0o600} == modes
    assert 0o700 == stat.S_IMODE(file.file.parent.stat().st_mode)


def test_a_link_is_followed_to_a_file_only(file: Place) -> None:
    """The user has named it; what it leads to is not made."""
    assert file.file is not None
    there = file.file.with_name("there.db")
    there.parent.mkdir()
    file.file.symlink_to(there)
    with pytest.raises(HistoryUnavailable, match=r"runs\.db cannot be used: it is a link to nothing"):
        Runs(file, make=True)
    assert [file.file] == list(there.parent.iterdir())

    there.touch()
    with Runs(file, make=True) as runs:
        runs.keep(run(), newest=MANY)
    assert there.stat().st_size


def test_what_is_no_database_is_told(file: Place) -> None:
    """In one sentence."""
    assert file.file is not None
    file.file.parent.mkdir()
    file.file.write_text("a diary, " * 200, "utf-8")
    with pytest.raises(HistoryUnavailable, match=r"runs\.db cannot be used: file is not a database"):
        Runs(file)


def test_a_folder_that_cannot_be_made_is_told(file: Place) -> None:
    """As on a disk that is read-only."""
    assert file.file is not None
    file.file.parent.write_text("", "utf-8")
    with pytest.raises(HistoryUnavailable, match=r"cannot be used: (File exists|Not a directory)"):
        Runs(file, make=True)


def test_what_is_removed_is_in_the_file_no_more(file: Place) -> None:
    """Whoever purges means it."""
    assert file.file is not None
    with Runs(file, make=True) as runs:
        runs.keep(run(result(EMBEDDED), subject="a-brand-to-forget"), newest=MANY)
        runs.remove(runs.chosen())

        assert not [one for one in file.file.parent.iterdir() if b"a-brand-to-forget" in one.read_bytes()]


def test_what_is_beyond_the_newest_is_in_the_file_no_more(
    file: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What keeping a run drops is overwritten, however this SQLite was built."""
    assert file.file is not None

    def as_sqlite_is_by_default(url: str) -> Engine:
        engine = open_engine(url)
        event.listen(engine, "connect", lambda made, _: made.execute("PRAGMA secure_delete=OFF").close())
        return engine

    monkeypatch.setattr(database, "open_engine", as_sqlite_is_by_default)
    said = {"learned": "a-brand-to-forget " * 2_000}
    for number, one in enumerate((run(said=said), run(), run())):
        with Runs(file, make=True) as runs:
            runs.keep(one, newest=1 if number else MANY)

    assert not [one for one in file.file.parent.iterdir() if b"a-brand-to-forget" in one.read_bytes()]


def test_a_history_is_an_ordinary_sqlite_file(file: Place) -> None:
    """Anybody may look into it with any tool."""
    with Runs(file, make=True) as runs:
        runs.keep(run(), newest=MANY)
    assert file.file is not None
    connection = sqlite3.connect(file.file)
    found = connection.execute("select verdict, title from history_runs").fetchall()
    connection.close()

    assert [("passed", "sample brand")] == found


def test_a_run_in_words_that_nobody_knows_is_told(place: Place) -> None:
    """A later version may have known other outcomes; which run it is, is said."""
    with Runs(place, make=True) as runs:
        runs.keep(run(name="odd"), newest=MANY)
    engine = create_engine(place.url)
    with engine.begin() as connection:
        connection.execute(update(runs_table).values(verdict="splendid"))
    engine.dispose()

    with (
        Runs(place) as runs,
        pytest.raises(HistoryUnavailable, match=r"run odd, of harness .*, says verdict"),
    ):
        runs.find("odd")

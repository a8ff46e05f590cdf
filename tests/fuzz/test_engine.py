"""The engine tells refusals from defects, and makes a defect's input small."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from e2e.fuzz import engine, vary
from e2e.fuzz.model import Read, Target


@pytest.fixture(autouse=True)
def _watched() -> Iterator[None]:
    """Let what takes too long end."""
    with engine.watched():
        yield


def target(read: Read, *refuses: type[Exception], seconds: float = 1.0) -> Target:
    """Return a target of the corpus of JSON."""
    return Target(
        name="json", title="", prepare=lambda: read, refuses=refuses, vary=vary.octets(), seconds=seconds
    )


def raising(error: Exception) -> Read:
    """Return a reader that always raises."""

    def read(_: bytes) -> None:
        raise error

    return read


def test_what_is_documented_is_a_refusal() -> None:
    """An exception that the reader names, or a word that it returns."""
    odd = raising(UnicodeError())

    assert ("UnicodeError", None) == engine.attempt(target(odd, ValueError), odd, b"")
    assert ("no", None) == engine.attempt(target(lambda _: "no"), lambda _: "no", b"")
    assert (None, None) == engine.attempt(target(lambda _: None), lambda _: None, b"")


def test_any_other_exception_is_a_defect() -> None:
    """It is named without its text, which may differ from input to input."""
    _, defect = engine.attempt(target(raising(KeyError("x")), ValueError), raising(KeyError("x")), b"")

    assert ("exception", "KeyError") == defect


def test_what_never_ends_is_a_defect() -> None:
    """Also where the reader takes every exception for its own."""

    def read(_: bytes) -> None:
        while True:
            with contextlib.suppress(Exception):
                sum(range(1_000))

    _, defect = engine.attempt(target(read, seconds=0.05), read, b"")

    assert defect is not None
    assert "too slow" == defect[0]


def test_what_eats_memory_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what the process needed most, more than which an input may not ask for."""
    monkeypatch.setattr(engine, "MEMORY", -1)

    _, defect = engine.attempt(target(lambda _: None), lambda _: None, b"")

    assert defect is not None
    assert "memory" == defect[0]


def test_the_smallest_input_is_kept() -> None:
    """What has nothing to do with a defect is cut away."""
    octets = b"a" * 100 + b"{" + b"b" * 57 + b"x" + b"c" * 9

    assert b"{x" == engine.smallest(octets, lambda one: b"{" in one and b"x" in one)


def test_a_run_counts_and_finds_each_defect_once() -> None:
    """Every input is accepted, refused or shows a defect."""

    def read(octets: bytes) -> str | None:
        if octets[:1] == b"[":
            raise KeyError(octets)
        return None if octets[:1] == b"{" else "neither"

    ran = engine.run(target(read), inputs=300, seed="a")

    assert 1 == len(ran.found)
    assert b"[" == ran.found[0].octets
    assert ran.accepted > 0 < ran.refused["neither"]


def test_a_seed_makes_the_same_inputs() -> None:
    """And another seed makes others."""
    seen: dict[str, list[bytes]] = {}
    for name, seed in (("first", "a"), ("again", "a"), ("other", "b")):
        engine.run(target(seen.setdefault(name, []).append), inputs=50, seed=seed)

    assert seen["first"] == seen["again"] != seen["other"]

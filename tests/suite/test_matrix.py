"""The matrix of a configuration file is tests, without a line of test code."""

from __future__ import annotations

import pytest

from .conftest import Suite

NARROW = '[matrix]\nsurfaces = ["embedded", "popup"]\nflows = ["code"]\n'
OWN = "def test_of_their_own():\n    pass\n"
CASE = "narrow.toml::{}/code/{}/strict/sign-in"
CHROMIUM = tuple(CASE.format(surface, "chromium/chrome-today") for surface in ("embedded", "popup"))
FIREFOX = tuple(CASE.format(surface, "firefox/firefox-default") for surface in ("embedded", "popup"))
FILES = {"narrow.toml": NARROW, "test_own.py": OWN}
COLLECT = ("--collect-only", "-q", "--harness-config", "narrow.toml")


def collected(said: str) -> tuple[str, ...]:
    """Return the tests that were collected."""
    return tuple(line for line in said.splitlines() if "::" in line)


def test_each_case_is_a_test(suite: Suite) -> None:
    """Beside the tests that are there, in the order of the matrix, each once."""
    ended = suite(*COLLECT, **FILES)

    assert {*CHROMIUM, "test_own.py::test_of_their_own"} == set(collected(ended.said))
    assert 3 == len(collected(ended.said))


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (("narrow.toml",), CHROMIUM),
        (("test_own.py",), ("test_own.py::test_of_their_own",)),
        (("narrow.toml", "--browser", "firefox"), FIREFOX),
        (("narrow.toml", "-k", "popup"), CHROMIUM[1:]),
        ((CHROMIUM[0],), CHROMIUM[:1]),
    ],
)
def test_what_is_named_is_collected(suite: Suite, named: tuple[str, ...], expected: tuple[str, ...]) -> None:
    """The file or a case of it like any other, in pytest-playwright's browsers where those are named."""
    ended = suite(*COLLECT, *named, **FILES)

    assert expected == collected(ended.said)


def test_a_line_in_the_suites_own_file_does_the_same(suite: Suite) -> None:
    """Its path is relative to that file."""
    ended = suite(
        "--collect-only", "-q", **FILES, **{"pytest.ini": "[pytest]\nharness_config = narrow.toml\n"}
    )

    assert set(CHROMIUM) < set(collected(ended.said))


def test_a_mistake_in_the_file_is_one_sentence(suite: Suite) -> None:
    """With its line; nothing runs."""
    ended = suite(*COLLECT, **{"narrow.toml": '[matrix]\nflows = ["coed"]\n'})

    assert 2 == ended.code
    assert "narrow.toml:2:" in ended.said
    assert "Traceback" not in ended.said


@pytest.mark.parametrize(
    ("arguments", "line", "said"),
    [
        (("--harness-config", "narow.toml"), "", "there is no file"),
        ((), "harness_report = always", "choose from on, off, retain-on-failure"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    suite: Suite, arguments: tuple[str, ...], line: str, said: str
) -> None:
    """It says what is allowed or what to do."""
    ended = suite(*arguments, **{"test_own.py": OWN, "pytest.ini": f"[pytest]\n{line}\n"})

    assert 4 == ended.code
    assert said in ended.said
    assert "Traceback" not in ended.said

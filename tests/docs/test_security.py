"""The page on security promises nothing without a test that shows it."""

from __future__ import annotations

import ast
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.docs.pages import DOCS, ROOT

PAGE = DOCS / "security.md"
HEADINGS = ("what holds", "test")
TEST = re.compile(r"test_\w+")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One sentence of the page.

    Attributes:
        section: The heading above it.
        says: The sentence.
        named: The names in backticks of its second column, in order: files, each before its functions.
    """

    section: str
    says: str
    named: tuple[str, ...]

    @property
    def tests(self) -> tuple[tuple[str, str], ...]:
        """File and function of each test; no file where a function stands before any."""
        found, file = [], ""
        for name in self.named:
            if TEST.fullmatch(name):
                found.append((file, name))
            else:
                file = name
        return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A heading of the page with the tables below it."""

    title: str
    heads: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]


def sections(text: str) -> Iterator[Section]:
    """Yield the sections of a page."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    starts = [n for n, one in enumerate(tokens) if one.type == "heading_open" and one.tag == "h2"]
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        title = tokens[start + 1].content
        tables = list(_lines(tokens[start:end]))
        rows = tuple(
            Row(section=title, says=cells[0].content, named=_named(cells[-1]))
            for kind, cells in tables
            if kind == "td"
        )
        heads = tuple(tuple(one.content for one in cells) for kind, cells in tables if kind == "th")
        yield Section(title=title, heads=heads, rows=rows)


def _lines(tokens: list[Token]) -> Iterator[tuple[str, list[Token]]]:
    """Yield the lines of tables: whether it is a head's, and its cells."""
    kind, cells = "", list[Token]()
    for before, token in itertools.pairwise(tokens):
        if token.type == "tr_open":
            cells = []
        elif before.type in ("th_open", "td_open"):
            kind, cells = before.tag, [*cells, token]
        elif token.type == "tr_close":
            yield kind, cells


def _named(cell: Token) -> tuple[str, ...]:
    return tuple(child.content for child in cell.children or () if child.type == "code_inline")


@functools.cache
def functions(file: str) -> frozenset[str]:
    """Return the tests of a file: its own functions, and those of its classes."""
    path = ROOT / file
    if not re.fullmatch(r"(tests|e2e)/[\w/]+\.py", file) or not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text("utf-8"))
    bodies = [tree.body, *(one.body for one in tree.body if isinstance(one, ast.ClassDef))]
    return frozenset(
        one.name
        for body in bodies
        for one in body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and TEST.fullmatch(one.name)
    )


SECTIONS = tuple(sections(PAGE.read_text("utf-8")))
ROWS = tuple(row for section in SECTIONS for row in section.rows)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.title)
def test_a_section_promises_something(section: Section) -> None:
    """In a table of sentences and tests."""
    assert section.rows
    assert {HEADINGS} == set(section.heads)


@pytest.mark.parametrize("row", ROWS, ids=lambda one: f"{one.section}: {one.says[:60]}")
def test_a_sentence_has_a_test(row: Row) -> None:
    """At least one, and every one that is named exists in the file that is named before it."""
    assert row.says
    assert row.tests
    assert [] == [(file, name) for file, name in row.tests if name not in functions(file)]


@pytest.mark.parametrize("row", ROWS, ids=lambda one: f"{one.section}: {one.says[:60]}")
def test_a_file_is_named_for_its_tests(row: Row) -> None:
    """None stands there by itself."""
    assert {name for name in row.named if not TEST.fullmatch(name)} == {file for file, _ in row.tests}


def test_a_sentence_stands_once() -> None:
    """Who looks for it finds one."""
    said = [row.says for row in ROWS]

    assert len(said) == len(set(said))


BROKEN = """
## With a row

| what holds | test |
|---|---|
| One | `tests/docs/test_security.py` `test_a_sentence_stands_once`, `test_that_there_is_none` |
| Two | by looking |
| Three | `test_a_sentence_stands_once` |
| Four | `tests/docs/missing.py` `test_a_sentence_stands_once` |

## Without
"""


def test_what_is_missing_is_seen() -> None:
    """A test that does not exist, none at all, one without its file, a file that is not there, no row."""
    with_rows, without = sections(BROKEN)
    lost = [[name for file, name in row.tests if name not in functions(file)] for row in with_rows.rows]

    assert [["test_that_there_is_none"], [], ["test_a_sentence_stands_once"]] == lost[:3]
    assert ["test_a_sentence_stands_once"] == lost[3]
    assert [2, 0, 1, 1] == [len(row.tests) for row in with_rows.rows]
    assert () == without.rows

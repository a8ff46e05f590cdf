"""Nothing in the documentation is believed: examples are run, commands are read, links lead somewhere."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from harness.catalogue.codes import codes
from harness.catalogue.faults import faults
from harness.errors import HarnessError
from tests.docs.commands import NotACommand
from tests.docs.glossary import PAGE, page_text
from tests.docs.pages import (
    DOCS,
    EXAMPLES,
    PAGES,
    ROOT,
    Fence,
    anchors,
    fences,
    info_of,
    inline_code,
    links,
    updated,
)
from tests.docs.reference import REFERENCE

UPDATE = "python -m tests.docs.update"
FENCES = [fence for page in PAGES for fence in fences(page)]
PAGE_NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

PROGRAMS = ("harness ", "./run ", "pytest ")
FINDING = re.compile(r"(?:error|warning|info): (?P<code>[a-z_.]+) \((?P<hop>[^;]+); (?P<spec>[^)]+)\)")
FAMILIES = "|".join(sorted({code.partition(".")[0] for code in codes()}))
CODE = re.compile(rf"\b(?:{FAMILIES})\.[a-z]+_[a-z_]+\b")


@pytest.mark.parametrize("fence", FENCES, ids=[fence.name for fence in FENCES])
def test_a_fence_is_a_file_or_commands_or_what_one_prints(fence: Fence) -> None:
    """No text that looks like code stands in a page and is nobody's."""
    if fence.file is not None:
        assert EXAMPLES in fence.file.parents, "examples are files of docs/examples"
        assert info_of(fence.file) == fence.info
    elif fence.command is not None:
        assert "text" == fence.info
    else:
        assert "console" == fence.info, "name the file before it, or say of which command it is the output"
        assert all(line.startswith(("$ ", "    ")) for line in fence.text.splitlines())


@pytest.mark.parametrize("source", PAGES, ids=PAGE_NAMES)
def test_a_page_shows_its_files_as_they_are(source: Path) -> None:
    """What is run is what is read."""
    assert updated(source) == source.read_text("utf-8"), f"the page is older than its files: {UPDATE}"


def test_every_example_is_on_a_page() -> None:
    """What nobody shows is deleted; test files that a page leaves out would be shown by nobody."""
    files = {path for path in EXAMPLES.rglob("*") if path.is_file() and path.suffix != ".pyc"}

    assert files == {fence.file for fence in FENCES if fence.file is not None}


COMMANDS = [(fence.name, line) for fence in FENCES for line in fence.commands]
COMMANDS += [(fence.name, fence.command) for fence in FENCES if fence.command is not None]


@pytest.mark.parametrize(("where", "line"), COMMANDS, ids=[f"{where} {line}" for where, line in COMMANDS])
def test_a_command_is_one_that_its_program_takes(
    where: str, line: str, read_command: Callable[[str], None]
) -> None:
    """Options and values are known; nothing is run."""
    read_command(line)


MENTIONED = sorted(
    {
        (page.name, code)
        for page in PAGES
        for code in inline_code(page)
        if code.startswith(PROGRAMS) and "…" not in code
    }
)


@pytest.mark.parametrize(("where", "code"), MENTIONED, ids=[" ".join(one) for one in MENTIONED])
def test_a_command_in_a_sentence_is_one_too(
    where: str, code: str, read_command: Callable[[str], None]
) -> None:
    """With a word in brackets for what may be left out; also where it only names the command."""
    whole = re.sub(r"\[(\w+)\]", r"\1", code)
    try:
        read_command(whole)
    except NotACommand:
        read_command(f"{whole} pytest")


SAID = [fence for fence in FENCES if "text" == fence.info]


@pytest.mark.parametrize("fence", SAID, ids=[fence.name for fence in SAID])
def test_what_is_printed_names_codes_as_the_catalogue_does(fence: Fence) -> None:
    """A finding has its code's hop and specification."""
    for found in FINDING.finditer(fence.text):
        known = codes()[found["code"]]
        assert (known.hop, known.spec) == (found["hop"], found["spec"])
    assert set(CODE.findall(fence.text)) <= codes().keys()


@pytest.mark.parametrize("source", PAGES, ids=PAGE_NAMES)
def test_every_link_leads_somewhere(source: Path) -> None:
    """Files and headings of ours; addresses of others are https."""
    lost = []
    for link in links(source):
        if "://" in link:
            assert link.startswith("https://")
            continue
        name, _, heading = link.partition("#")
        target = (source.parent / name).resolve() if name else source
        known = target.exists() and (not heading or heading in named(target))
        lost += [] if known else [link]

    assert [] == lost


@functools.cache
def named(page: Path) -> frozenset[str]:
    """Return what a link into a page may end in: its headings, and what it names itself."""
    return frozenset({*anchors(page), *re.findall(r'<a id="([^"]+)">', page.read_text("utf-8"))})


def test_the_index_names_every_page() -> None:
    """A page that nobody finds is not read."""
    index = {link.partition("#")[0] for link in links(DOCS / "README.md")}

    assert {page.name for page in DOCS.glob("*.md")} - {"README.md"} == {
        link for link in index if link.endswith(".md") and "/" not in link
    }


def test_the_glossary_is_made_of_its_table() -> None:
    """One list of words, for the page and for the command line."""
    assert page_text() == PAGE.read_text("utf-8"), f"the page is older than its table: {UPDATE}"


@pytest.mark.parametrize("made", REFERENCE, ids=[made.name for made in REFERENCE])
def test_the_reference_is_made_of_its_table(made: Path) -> None:
    """No code and no fault without its entry, and none that says something older."""
    assert REFERENCE[made]() == made.read_text("utf-8"), f"the page is older than its table: {UPDATE}"


@pytest.mark.parametrize(("page", "names"), [("codes.md", codes()), ("faults.md", faults())])
def test_every_code_and_every_fault_can_be_linked(page: str, names: Mapping[str, object]) -> None:
    """By its own name."""
    assert names.keys() <= named(DOCS / page)


def test_a_line_of_text_fits_beside_another_window() -> None:
    """Sources are read too: lines of prose have at most 120 characters; tables and links may have more."""
    shown = {line for fence in FENCES for line in fence.text.splitlines()}
    long = [
        f"{page.relative_to(ROOT)}:{number}"
        for page in PAGES
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1)
        if len(line) > 120 and not line.startswith(("|", "![")) and line not in shown
    ]

    assert [] == long


def test_the_page_on_python_names_every_error_with_its_exit_code() -> None:
    """Whoever catches one finds it in the table."""
    rows = re.findall(r"^\| `(\w+)` \| (\d) \|", (DOCS / "python.md").read_text("utf-8"), re.MULTILINE)
    known = [one for one in HarnessError.__subclasses__() if one.__module__ == HarnessError.__module__]

    assert {(one.__name__, one.exit_code) for one in known} == {(name, int(code)) for name, code in rows}

"""The documentation's pages: what is fenced in them, where it is from, and which commands they name.

A fence is one of three things, and a test holds each page to that:

- a file of ``docs/examples``, named in a comment on the line before: ``<!-- docs/examples/x.toml -->``;
- commands, in a fence ``console``, each line of which begins with ``$``;
- what a command prints, shortened to what matters, after ``<!-- output of harness check -->``.

``python -m tests.docs.update`` copies the files into the pages, and the glossary from its table.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
PAGES = (ROOT / "README.md", *sorted(DOCS.glob("*.md")))

INFO = {
    ".py": "python",
    ".toml": "toml",
    ".ini": "ini",
    ".js": "javascript",
    ".html": "html",
    ".json": "json",
    ".sh": "sh",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".txt": "text",
}
"""What stands after the three backticks, by a file's ending."""


def info_of(file: Path) -> str:
    """Return what stands after the three backticks where a file is shown."""
    return "dockerfile" if file.name == "Dockerfile" else INFO.get(file.suffix, "text")


_COMMENT = re.compile(r"<!-- (?P<kind>output of )?(?P<what>.+?) -->\s*")
_READER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True, kw_only=True)
class Fence:
    """A fenced block of a page.

    Attributes:
        page: The page.
        line: Where it begins, counted from 1.
        info: What stands after the backticks.
        text: What is in it.
        file: The file of ``docs/examples`` that the comment before it names, if any.
        command: The command whose output it is, if the comment before it says so.
    """

    page: Path
    line: int
    info: str
    text: str
    file: Path | None = None
    command: str | None = None

    @property
    def name(self) -> str:
        """The page and the line."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands of a console, each on one line."""
        joined = self.text.replace("\\\n", " ")
        return tuple(line.removeprefix("$ ") for line in joined.splitlines() if line.startswith("$ "))


def fences(page: Path) -> Iterator[Fence]:
    """Yield the blocks of code of a page, indented ones too."""
    before = None
    for token in _READER.parse(page.read_text("utf-8")):
        if token.type in ("fence", "code_block"):
            line = (token.map or [0])[0] + 1
            yield _fence(page, line, token.info.strip(), token.content, before)
        before = token.content if token.type == "html_block" else None


def _fence(page: Path, line: int, info: str, text: str, comment: str | None) -> Fence:
    named = _COMMENT.fullmatch(comment or "")
    if named is None:
        return Fence(page=page, line=line, info=info, text=text)
    if named["kind"]:
        return Fence(page=page, line=line, info=info, text=text, command=named["what"])
    return Fence(page=page, line=line, info=info, text=text, file=ROOT / named["what"])


def inline_code(page: Path) -> Iterator[str]:
    """Yield what is between single backticks, in tables too."""
    for token in _READER.parse(page.read_text("utf-8")):
        yield from (child.content for child in token.children or () if child.type == "code_inline")


def links(page: Path) -> Iterator[str]:
    """Yield the addresses of links and pictures."""
    for token in _READER.parse(page.read_text("utf-8")):
        for child in token.children or ():
            address = child.attrs.get("href" if child.type == "link_open" else "src")
            if child.type in ("link_open", "image") and isinstance(address, str):
                yield address


def anchors(page: Path) -> frozenset[str]:
    """Return the names under which a page's headings can be linked, as GitHub makes them."""
    tokens = _READER.parse(page.read_text("utf-8"))
    pairs = itertools.pairwise(tokens)
    return frozenset(anchor(after.content) for one, after in pairs if one.type == "heading_open")


def anchor(heading: str) -> str:
    """Return a heading's anchor: small letters, spaces as hyphens, without punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.lower().replace("`", "")).replace(" ", "-")


def updated(page: Path) -> str:
    """Return a page's text with every fence that names a file equal to it."""
    lines = page.read_text("utf-8").splitlines(keepends=True)
    for fence in sorted(fences(page), key=lambda one: -one.line):
        if fence.file is not None and fence.file.is_file():
            first = fence.line
            last = next(n for n in range(first, len(lines)) if lines[n].startswith("```"))
            lines[first - 1 : last] = [f"```{info_of(fence.file)}\n", fence.file.read_text("utf-8")]
    return "".join(lines)

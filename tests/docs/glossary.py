"""The page of the glossary, made of its table."""

from __future__ import annotations

from collections.abc import Iterator

from harness.catalogue.glossary import Word, glossary
from tests.docs.pages import DOCS, anchor

PAGE = DOCS / "glossary.md"

HEAD = """# Glossary

One meaning for each word, here, in the reports and in the code. In italics: what OAuth, the platform's
documents or other tools say for it.

<!-- Made of harness/catalogue/glossary.toml by python -m tests.docs.update -->
"""

PARTS = {"harness": "Words of this harness", "field": "Words of the field"}


def page_text() -> str:
    """Return the page."""
    return HEAD + "".join(f"\n## {title}\n\n" + "".join(_rows(part)) for part, title in PARTS.items())


def _rows(part: str) -> Iterator[str]:
    yield "| word | means |\n|---|---|\n"
    words = (one for one in glossary().values() if one.part == part)
    for one in sorted(words, key=lambda one: one.word.casefold()):
        yield f'| <a id="{anchor(one.word)}"></a>**{one.word}** | {_meaning(one)} |\n'


def _meaning(one: Word) -> str:
    also = f" *{', '.join(one.also)}*" if one.also else ""
    spec = f" ([{one.spec}]({one.link}))" if one.spec else ""
    return f"{one.means}{also}{spec}"

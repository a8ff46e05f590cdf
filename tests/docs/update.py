"""``python -m tests.docs.update``: copies examples into the pages, makes glossary and reference."""

from __future__ import annotations

from tests.docs.glossary import PAGE, page_text
from tests.docs.pages import PAGES, updated
from tests.docs.reference import REFERENCE


def main() -> None:
    """Write what has changed."""
    PAGE.write_text(page_text(), "utf-8")
    for made, text_of in REFERENCE.items():
        made.write_text(text_of(), "utf-8")
    for page in PAGES:
        text = updated(page)
        if text != page.read_text("utf-8"):
            page.write_text(text, "utf-8")
            print(f"updated {page.name}")


if __name__ == "__main__":
    main()

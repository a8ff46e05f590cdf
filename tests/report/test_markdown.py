"""Markdown for the summary of a step: what is ready, who must act, the matrix; nothing else acts."""

from __future__ import annotations

from markdown_it import MarkdownIt

from harness.catalogue.codes import codes
from harness.report import markdown
from harness.report.model import Readiness

from ..made import report, result, told
from .hostile import harmless, hostile, run
from .test_html import Structure

READY = (Readiness(surface="embedded", ready=True, sentence="embedded: ready; 1 of 1 cases passed."),)


def shown(text: str) -> Structure:
    """Return what a reader of Markdown with tables and HTML makes of it."""
    return Structure(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


def test_a_good_run_is_short() -> None:
    """The counts, each surface, the matrix."""
    text = markdown.render(report(result()), READY)

    assert "**1 of 1 cases passed** in 1.5 s" in text
    assert "embedded: ready; 1 of 1 cases passed." in shown(text).text
    assert "✅ passed" in text


def test_who_must_act_comes_before_the_matrix() -> None:
    """With the hop, what was expected and received, the fix, and the specification."""
    text = markdown.render(
        report(result(None, told("claims.expired"), outcome="refused", code="claims.expired"))
    )
    page = shown(text)

    assert text.index("must act") < text.index("| embedded |")
    for said in (
        "Identity administrator (idp) must act",
        "id_token payload",
        "Issue the id_token when",
        "claims.expired",
    ):
        assert said in page.text
    assert codes()["claims.expired"].link in page.all("href")


def test_hostile_text_is_text() -> None:
    """No link, picture, heading, cell or mention comes from what was tested."""
    bad, good = (markdown.render(run(word)[0]) for word in (hostile, harmless))

    assert shown(good).elements == shown(bad).elements
    assert set(shown(bad).all("href")) <= {one.link for one in codes().values()}
    assert "<script>window.pwned = 1</script>" in shown(bad).text
    assert "@" not in bad
    assert "https://evil" not in bad


def test_what_is_too_much_is_counted() -> None:
    """The summary of a step has a limit."""
    several = [told("claims.expired", fix=f"do {number}") for number in range(markdown.MOST + 5)]
    text = markdown.render(report(result(None, *several, outcome="refused")))

    assert "… and 5 more findings in the report." in text

"""The page of a report: whole in itself, the same whoever wrote the texts in it, and complete."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

from harness.catalogue.codes import codes
from harness.matrix import Case
from harness.report import html
from harness.report.html import Material
from harness.report.model import Readiness
from harness.report.picture import Picture

from ..made import report, result, told
from .hostile import EVERYTHING, TEXTS, harmless, hostile, run


class Structure(HTMLParser):
    """What a page consists of, without its texts.

    Attributes:
        elements: Each start tag with its attributes' names.
        values: Each attribute with its value.
        text: All that is shown.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a start tag; where a long word may be broken follows from the word."""
        if tag != "wbr":
            self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.values += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note what is shown."""
        self.text += data

    def all(self, name: str) -> list[str]:
        """Return the values of an attribute."""
        return [value for _, attribute, value in self.values if attribute == name]


def page(**changes: str) -> str:
    """Return the page of a run with one failed case."""
    found = told("claims.expired", **changes)
    return html.render(report(result(None, found, outcome="refused", code="claims.expired")))


def test_hostile_text_is_text() -> None:
    """The page has the same elements and attributes, whoever wrote what stands in them."""
    shown, expected = (Structure(html.render(*run(word))) for word in (hostile, harmless))

    assert expected.elements == shown.elements
    assert not [name for _, names in shown.elements for name in names if name.startswith("on")]
    assert "<script>window.pwned = 1</script>" in shown.text
    assert all(one.split()[0] in EVERYTHING for one in TEXTS)


def test_addresses_lead_into_the_page_or_to_a_specification() -> None:
    """None of them comes from what was tested."""
    shown = Structure(html.render(*run(hostile)))
    specifications = {one.link for one in codes().values()}

    assert {"#", "h", "d"} == {address[0] for address in shown.all("href")}
    assert {one for one in shown.all("href") if one.startswith("h")} <= specifications
    assert all(one.startswith("data:image/jpeg;base64,") for one in shown.all("src"))


def test_every_anchor_leads_somewhere() -> None:
    """And no id is there twice, also where cases came twice."""
    cases = (result(), result(), result(Case(surface="popup", flow="code", fault="exp-past")))
    shown = Structure(html.render(report(*cases)))
    inside = {one[1:] for one in shown.all("href") if one.startswith("#")}

    assert inside <= set(shown.all("id"))
    assert len(shown.all("id")) == len(set(shown.all("id")))
    assert {"case-embedded-code-pkce-chromium-chrome-today-strict-sign-in-2"} <= inside


def test_the_policy_names_the_files_own_style_and_script_and_nothing_else() -> None:
    """By their hashes, so that nothing that got in could act."""
    text = html.render(report(result()))
    (policy,) = (one for one in Structure(text).all("content") if one.startswith("default-src"))
    inline = [re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL) for tag in ("style", "script")]
    digests = [hashlib.sha256(one[1].encode()).digest() for one in inline if one]
    hashes = [f"'sha256-{base64.b64encode(one).decode()}'" for one in digests]

    assert (
        f"default-src 'none'; style-src {hashes[0]}; script-src {hashes[1]}; img-src data:; "
        "base-uri 'none'; form-action 'none'" == policy
    )
    assert "style" not in {name for _, names in Structure(text).elements for name in names}


def test_what_is_wrong_comes_before_the_matrix() -> None:
    """Which hop, who must act, and how; of the sample brand too, from its cases."""
    failed = result(None, told("claims.expired"), outcome="refused", code="claims.expired")
    ready = Readiness(surface="embedded", ready=False, code="claims.expired", sentence="embedded: no.")
    text = html.render(report(failed), Material(readiness=(ready,)))
    overview = text[text.index('id="overview"') : text.index('id="matrix"')]

    for said in (
        "Not ready: embedded",
        "id_token payload",
        "identity administrator",
        "(idp)",
        "Issue the id_token",
    ):
        assert said in overview


def test_a_cause_is_called_confirmed_where_it_was() -> None:
    """And only there."""
    assert "✓ Cause confirmed" in page(confirmed=True, overlay="it is mended")  # type: ignore[arg-type]
    assert "Cause confirmed" not in page()


def test_pictures_have_a_limit_and_failures_come_first() -> None:
    """A file that cannot be sent helps nobody."""
    big = (Picture(step="page open", jpeg=bytes(html.PICTURES_OCTETS // 2 + 1)),)
    failed = result(None, told("claims.expired"), outcome="refused", code="claims.expired")
    shown = html.render(report(result(), failed), Material(pictures={0: big, 1: big}))

    assert 1 == shown.count("data:image/jpeg")
    assert shown.index("data:image/jpeg") > shown.index('class="case failed"')


def test_all_that_a_report_has_is_on_its_page() -> None:
    """Nothing that is in the JSON is left out."""
    shown, material = run(harmless)
    text = Structure(html.render(shown, replace(material, file="brand.toml"))).text

    for word in (
        "unseen",
        "learned",
        "no-verifier",
        "back",
        "reason",
        "reached",
        "version",
        "gone when overlay",
        "expected so, observed such",
        "member",
    ):
        assert word in text
    assert "harness check brand.toml --surface embedded --flow code-pkce --engine chromium" in text

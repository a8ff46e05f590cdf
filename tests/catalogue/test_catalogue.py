"""The catalogue is complete: every code has its meaning, every fault its injector."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness
from harness.behaviour import BEHAVIOURS
from harness.browser.deeds import DEEDS
from harness.catalogue.codes import Code, codes
from harness.catalogue.faults import FaultRow, faults
from harness.event_types import EVENT_TYPES
from harness.faults import INJECTORS, inject
from harness.roles.seams import Seams
from harness.roles.web import web_root

FAMILIES = (
    "popup|browser|brand|sdk|authz|token|net|pkce|jwt|idtoken|jwe|jwks|config|claims|platform|idp"
    "|redirect|harness"
)
EMITTED = re.compile(rf'"((?:{FAMILIES})\.[a-z0-9_]+)"')
EVENTS = {"token.issued", "token.refused", *EVENT_TYPES}


def emitted() -> set[str]:
    """Return every code that stands in the code that diagnoses."""
    package = Path(harness.__file__).parent
    folders = ("protocol", "verification", "checks", "preflight")
    texts = (path.read_text("utf-8") for folder in folders for path in (package / folder).rglob("*.py"))
    return {code for text in texts for code in EMITTED.findall(text)} - EVENTS


def test_every_code_that_can_be_emitted_is_explained() -> None:
    """No finding without title, party, specification and fix."""
    assert set() == emitted() - codes().keys()


@pytest.mark.parametrize("code", codes().values(), ids=list(codes()))
def test_a_code_says_who_must_act_and_how(code: Code) -> None:
    """Each entry is whole sentences, a specification and a weight in both modes."""
    assert all((code.title, code.role, code.hop, code.spec, code.fix))
    assert {"strict", "compat"} == code.severity.keys()
    assert code.link.startswith("https://")


OPENID = "https://openid.net/specs/"
HTML = "https://html.spec.whatwg.org/multipage/"
PLAYWRIGHT = "https://playwright.dev/python/docs/"
DRAFT = "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-"
RFC = "https://www.rfc-editor.org/rfc/rfc"
PLATFORM = "https://developers.liveperson.com/consumer-authentication-introduction.html"

NUMBER = r"\d+(?:\.\d+)*"
NAME = "[A-Za-z]+(?:-[A-Za-z]+)*"
FORMS = {
    rf"OIDCC-{NUMBER}(?:-\d+)?": rf"{OPENID}openid-connect-core-1_0.html#\w+",
    rf"OIDCD-{NUMBER}": rf"{OPENID}openid-connect-discovery-1_0.html#\w+",
    rf"OIDCBCL-{NUMBER}": rf"{OPENID}openid-connect-backchannel-1_0.html(?:#\w+)?",
    rf"OAuth2-FP-{NUMBER}": rf"{OPENID}oauth-v2-form-post-response-mode-1_0.html#\w+",
    rf"OAuth2-RT-{NUMBER}": rf"{OPENID}oauth-v2-multiple-response-types-1_0.html#\w+",
    rf"RFC(\d+)-({NUMBER})": rf"{RFC}{{0}}#section-{{1}}",
    rf"RFC(\d+)A-([A-Z]\.{NUMBER})": rf"{RFC}{{0}}#appendix-{{1}}",
    rf"RFC6265bis-({NUMBER})": rf"{DRAFT}{{0}}",
    r"CWE-(\d+)": r"https://cwe.mitre.org/data/definitions/{0}\.html",
    rf"HTML-{NUMBER}": rf"{HTML}[\w-]+.html#[\w-]+",
    rf"HTML-({NAME})": rf"{HTML}[\w-]+.html#{{0}}",
    rf"Fetch-{NUMBER}": r"https://fetch.spec.whatwg.org/#[\w-]+",
    rf"CSP3-{NUMBER}": r"https://www.w3.org/TR/CSP3/#[\w-]+",
    rf"SRI-{NUMBER}": r"https://www.w3.org/TR/SRI/#[\w-]+",
    rf"SecureContexts-{NUMBER}": r"https://www.w3.org/TR/secure-contexts/#[\w-]+",
    rf"MixedContent-{NUMBER}": r"https://www.w3.org/TR/mixed-content/#[\w-]+",
    rf"TrustedTypes-{NUMBER}": r"https://www.w3.org/TR/trusted-types/#[\w-]+",
    rf"LNA-{NUMBER}": r"https://wicg.github.io/local-network-access/#[\w-]+",
    rf"StorageAccess-{NUMBER}": r"https://privacycg.github.io/storage-access/#[\w-]+",
    rf"Chrome-({NAME})": r"https://developer.chrome.com/docs/extensions/reference/api/{0}",
    rf"Playwright-({NAME})": rf"{PLAYWRIGHT}(?:api/[\w-]+#)?{{0}}",
    "platform contract": PLATFORM,
}
"""The forms that a requirement is named in, as the OpenID conformance suite writes them, each with its link.

In a link ``{0}`` is what the form's first group has found. What is not OAuth or OpenID Connect has a form of
the same kind: the specification, a hyphen, and its section or, where it has no numbers, its anchor.
"""


@pytest.mark.parametrize("code", codes().values(), ids=list(codes()))
def test_a_code_s_requirement_has_one_of_the_forms_and_its_link_leads_there(code: Code) -> None:
    """Of an RFC to the very section, of everything else into the document."""
    found = {link: named for form, link in FORMS.items() if (named := re.fullmatch(form, code.spec))}
    ((link, named),) = found.items()
    for number, group in enumerate(named.groups()):
        link = link.replace(f"{{{number}}}", re.escape(group))

    assert re.fullmatch(link, code.link)


@pytest.mark.parametrize("fault", faults().values(), ids=list(faults()))
def test_a_fault_has_an_injector_that_takes_its_arguments(fault: FaultRow) -> None:
    """A row that cannot be put in is no row, and one that changes nothing is no fault."""
    for expectation in fault.expect:
        for variation in fault.variations(expectation):
            behaves = fault.consumer or expectation.consumer or fault.connector or fault.deed or fault.sites
            behaves = behaves or fault.weakened.policy
            assert Seams() != inject(fault, variation) or behaves


@pytest.mark.parametrize("fault", faults().values(), ids=list(faults()))
def test_a_fault_expects_codes_that_exist(fault: FaultRow) -> None:
    """What a fault must get is a code of the catalogue, and a refusal has one."""
    for expectation in fault.expect:
        assert {code for code, _ in expectation.findings} <= codes().keys()
        assert (expectation.code is None) == (expectation.outcome == "authenticated")


def test_every_injector_is_used() -> None:
    """What no row uses is deleted."""
    used = {
        name
        for fault in faults().values()
        for expectation in fault.expect
        for variation in fault.variations(expectation)
        for step in variation
        for name in step
    }

    assert INJECTORS.keys() == used


def test_every_behaviour_is_used() -> None:
    """What no row does is deleted."""
    done = {
        done
        for fault in faults().values()
        for done in (fault.consumer, *(expectation.consumer for expectation in fault.expect))
        if done
    }

    assert BEHAVIOURS.keys() == done


def put_in() -> Iterator[Seams]:
    """Yield what every variation of every fault puts in."""
    for fault in faults().values():
        for expectation in fault.expect:
            for variation in fault.variations(expectation):
                yield inject(fault, variation)


def test_every_page_method_is_used() -> None:
    """Each script of a page method is the correct one or a fault's."""
    scripts = {path.stem for path in (web_root() / "static" / "brand" / "page-method").glob("*.js")}

    assert {"correct", *(seams.page_method for seams in put_in())} == scripts


def test_every_further_script_of_the_page_is_used() -> None:
    """Each is a fault's."""
    scripts = {path.stem for path in (web_root() / "static" / "brand" / "extra").glob("*.js")}

    used = {one for seams in put_in() for one in (*seams.page.scripts, seams.page.worker) if one}
    assert {script.partition(":")[0] for script in used} == scripts


def test_every_script_of_the_login_is_used() -> None:
    """Each is a fault's."""
    scripts = {path.stem for path in (web_root() / "static" / "idp" / "extra").glob("*.js")}

    assert {script for seams in put_in() for script in seams.idp_scripts} == scripts


def test_every_weak_script_of_the_platform_is_used() -> None:
    """Each is a fault's, and the product has none."""
    scripts = {path.stem for path in (web_root() / "static" / "weak-platform").glob("*.js")}

    assert {script for seams in put_in() for script in seams.page_habits.scripts} == scripts
    assert () == Seams().page_habits.scripts


def test_every_deed_is_used() -> None:
    """What no row does in a browser is deleted, and what a row does exists."""
    assert DEEDS.keys() == {fault.deed for fault in faults().values() if fault.deed}

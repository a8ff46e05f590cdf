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
    assert code.link.startswith("https://") or code.spec == "platform limits"


WRITTEN_IN = {
    "CWE": "https://cwe.mitre.org/data/definitions/",
    "CSP3": "https://www.w3.org/TR/CSP3/#",
    "Fetch": "https://fetch.spec.whatwg.org/#",
    "HTML": "https://html.spec.whatwg.org/multipage/",
    "Local Network Access": "https://wicg.github.io/local-network-access/#",
    "OAuth2-Form-Post": "https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html#",
    "OAuth2-Multiple-Response-Types": "https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#",
    "OIDC-BackChannel": "https://openid.net/specs/openid-connect-backchannel-1_0.html",
    "OIDCC": "https://openid.net/specs/openid-connect-core-1_0.html#",
    "OIDCD": "https://openid.net/specs/openid-connect-discovery-1_0.html#",
    "Storage Access API": "https://privacycg.github.io/storage-access/#",
    "W3C Mixed Content": "https://www.w3.org/TR/mixed-content/#",
    "W3C SRI": "https://www.w3.org/TR/SRI/#",
    "W3C Secure Contexts": "https://www.w3.org/TR/secure-contexts/#",
    "W3C Trusted Types": "https://www.w3.org/TR/trusted-types/#",
    "platform contract": "https://developers.liveperson.com/consumer-authentication-introduction.html",
    "platform limits": "",
}
RFC = re.compile(r"RFC(?P<number>\d+)-(?P<section>[\d.]+|A\.\d+)")
DRAFT = re.compile(r"RFC6265bis-(?P<section>[\d.]+)")


@pytest.mark.parametrize("code", codes().values(), ids=list(codes()))
def test_a_code_s_link_leads_to_the_section_that_it_names(code: Code) -> None:
    """Of an RFC to the very section, of everything else into the document."""
    if named := RFC.fullmatch(code.spec):
        kind = "section" if named["section"][0].isdigit() else "appendix"
        assert f"https://www.rfc-editor.org/rfc/rfc{named['number']}#{kind}-{named['section']}" == code.link
    elif named := DRAFT.fullmatch(code.spec):
        draft = "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis"
        assert f"{draft}#section-{named['section']}" == code.link
    else:
        (where,) = [link for name, link in WRITTEN_IN.items() if re.fullmatch(rf"{name}([- ].*)?", code.spec)]
        assert code.link.startswith(where)


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

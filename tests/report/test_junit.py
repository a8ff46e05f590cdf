"""JUnit XML: valid, complete, and nothing that is open looks passed."""

from __future__ import annotations

from xml.etree import ElementTree as Tree

import pytest

from harness.matrix import Case
from harness.report import junit
from harness.report.model import ProbeResult, Readiness, Unavailable

from ..made import report, result, told
from .hostile import TEXTS, hostile, run

# junit-10.xsd of Jenkins' xUnit plugin, as far as it is used: what an element may hold, must say and may say.
SCHEMA: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
    ),
    "properties": ({"property"}, set(), set()),
    "property": (set(), {"name", "value"}, set()),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name"},
        {"time", "classname", "group"},
    ),
    "failure": (set(), set(), {"type", "message"}),
    "error": (set(), set(), {"type", "message"}),
    "skipped": (set(), set(), {"type", "message"}),
    "system-out": (set(), set(), set()),
}

FAILED = result(None, told("claims.expired"), outcome="refused", code="claims.expired")
OPEN = result(Case(surface="popup", flow="code"), told("harness.target_forbidden"), outcome="undetermined")
AWAY = Unavailable(engine="webkit", policy="safari-like", reason="WebKit is not here")


def document(text: str) -> Tree.Element:
    """Return the document, having seen that it is valid."""
    root = Tree.fromstring(text)  # noqa: S314 - our own
    for element in root.iter():
        children, must, may = SCHEMA[element.tag]
        assert {child.tag for child in element} <= children
        assert must <= set(element.keys()) <= must | may
    return root


def test_every_case_is_a_test_with_its_properties() -> None:
    """Axes, conditions, outcome, findings, timings, specification."""
    root = document(junit.render(report(result(), FAILED)))
    _, failed = root.findall("testsuite")
    properties = {one.attrib["name"]: one.attrib["value"] for one in failed.iter("property")}

    assert {
        "surface": "embedded",
        "flow": "code-pkce",
        "outcome": "refused",
        "code": "claims.expired",
        "condition.third_party_cookies": "allowed",
        "condition.partitioning": "yes",
        "timing_ms.case": "0",
        "finding.1.code": "claims.expired",
        "finding.1.spec": "OIDCC-3.1.3.7-9",
    }.items() <= properties.items()
    assert ("2", "1", "0") == tuple(root.attrib[name] for name in ("tests", "failures", "errors"))


def test_a_failure_says_where_what_and_how() -> None:
    """In the line that a list of failures shows."""
    (failure,) = document(junit.render(report(FAILED))).iter("failure")

    assert (
        "id_token payload: claims.expired; expected this; observed that; idp, identity administrator: "
        "Issue the id_token when it is asked for, and set the issuer's clock" == failure.attrib["message"]
    )
    assert "claims.expired" == failure.attrib["type"]


def test_what_is_open_is_an_error_and_what_is_not_here_is_skipped() -> None:
    """Neither looks passed; only the one that could be decided elsewhere counts."""
    root = document(junit.render(report(OPEN, unavailable=(AWAY,))))
    (skipped,) = root.iter("skipped")

    assert ["undetermined"] == [one.attrib["type"] for one in root.iter("error")]
    assert ("1", "0") == (root.attrib["errors"], root.attrib["failures"])
    assert "WebKit is not here" == skipped.attrib["message"] == skipped.text


def failures(root: Tree.Element) -> list[tuple[str, str, str]]:
    """Return suite, test and type of each failure, having seen that the numbers say the same."""
    assert root.attrib["tests"] == str(len(list(root.iter("testcase"))))
    assert root.attrib["failures"] == str(len(list(root.iter("failure"))))
    for suite in root.iter("testsuite"):
        assert suite.attrib["tests"] == str(len(list(suite.iter("testcase"))))
        assert suite.attrib["failures"] == str(len(list(suite.iter("failure"))))
    return [
        (suite.attrib["name"], test.attrib["name"], one.attrib["type"])
        for suite in root.iter("testsuite")
        for test in suite.iter("testcase")
        for one in test.iter("failure")
    ]


def test_what_fails_before_any_login_fails_here() -> None:
    """Each error is a test; what is no error fails nothing."""
    error, warning = told("net.connect_failed"), told("net.connect_failed", "warning")
    found = failures(document(junit.render(report(result(), preflight=(error, warning, error)))))

    assert [
        ("before any login", "1: net.connect_failed", "net.connect_failed"),
        ("before any login", "2: net.connect_failed", "net.connect_failed"),
    ] == found


def test_a_preflight_that_found_no_error_is_one_test_that_passed() -> None:
    """It tells the rest; the sample brand, which needs none, has none."""
    warning = told("net.connect_failed", "warning")
    root = document(junit.render(report(result(), preflight=(warning,), unseen=("page: it is away",))))

    assert [] == failures(root)
    (said,) = root.iter("system-out")
    assert "warning: net.connect_failed" in (said.text or "")
    assert "could not be seen: page: it is away" in (said.text or "")
    assert ["before any login", result().id] == [one.attrib["name"] for one in root.iter("testsuite")]
    assert 1 == len(list(document(junit.render(report(result()))).iter("testsuite")))


def test_a_probe_that_found_an_error_fails() -> None:
    """One that found none is no test, because nothing says whether it could."""
    bad, good = (
        ProbeResult(name=name, connector="acme", what="a code", findings=(told("claims.expired", severity),))
        for name, severity in (("code-reuse", "error"), ("caching", "warning"))
    )
    found = failures(document(junit.render(report(result(), probes=(bad, good)))))

    assert [("probe code-reuse (acme)", "1: claims.expired", "claims.expired")] == found


@pytest.mark.parametrize("ready", [True, None])
def test_a_surface_that_is_not_ready_fails_once(ready: bool | None) -> None:
    """By a case of its own that has failed, else by itself; one that may be ready does not."""
    readiness = (
        Readiness(surface="embedded", ready=False, code="claims.expired", sentence="embedded: not ready."),
        Readiness(surface="popup", ready=False, sentence="popup: not ready."),
        Readiness(surface="app", ready=ready, sentence="app: who knows."),
    )
    root = document(junit.render(report(FAILED, OPEN, readiness=readiness)))

    assert [
        (FAILED.id, FAILED.id.removeprefix("embedded/code-pkce/"), "claims.expired"),
        ("readiness of popup", "popup", "not_ready"),
    ] == failures(root)
    assert "popup: not ready." in [one.attrib["message"] for one in root.iter("failure")]


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_leaves_the_document_valid(text: str) -> None:
    """What XML cannot hold is named, and nothing in it is an element."""
    root = document(junit.render(run(lambda _: text)[0]))

    assert 1 == len(list(root.iter("failure")))


def test_hostile_text_is_no_command_of_a_build() -> None:
    """The document may be printed where a build's log is read."""
    shown = junit.render(run(hostile)[0])

    assert not [one for one in shown.splitlines() if one.lstrip().startswith("::")]

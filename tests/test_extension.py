"""Checks and faults of somebody's own: known everywhere, refused in one sentence, told when they are gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness import Extension, Harness, selftest
from harness.catalogue.codes import codes
from harness.catalogue.faults import faults
from harness.checks import judge
from harness.checks.additions import Additions
from harness.config import Config
from harness.errors import ExtensionError, UsageError
from harness.extension import HOPS, Catalogue, Event, Problem, Timeline
from harness.history import compare
from harness.history.inventory import checks_of
from harness.report import html, markdown
from harness.report.model import Report
from tests.history.made import run
from tests.made import report, result

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "extension"

CODE = {
    "title": "Something is odd",
    "party": "idp",
    "role": "identity administrator",
    "hop": "id_token payload",
    "spec": "Acme 1",
    "fix": "Mend it",
    "severity": {"strict": "error", "compat": "warning"},
}
FAULT = {
    "title": "Something odd",
    "where": "id_token payload",
    "put": [{"claims": {"set": {"odd": True}}}],
    "surfaces": ["embedded"],
    "flows": ["implicit"],
    "expect": [{"outcome": "authenticated", "findings": [["acme.odd", "error"]]}],
}


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The example of the documentation, as a test engineer's suite imports it."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    import acme_checks  # type: ignore[import-not-found]

    yield acme_checks
    sys.modules.pop("acme_checks", None)


def examined(mode: str = "strict", **claims: str) -> Timeline:
    """Return a timeline of a good sign-in with some claims."""
    verdict: dict[str, Any] = {
        "outcome": "authenticated",
        "code": None,
        "problems": [],
        "mode": mode,
        "profile": 1,
    }
    verdict |= {"issuer": "https://login.brand.test", "account": None, "subject": "a"}
    told: tuple[tuple[str, dict[str, Any]], ...] = (
        ("id_token.examined", {"headers": [], "claims": claims, "steps": []}),
        ("verdict", verdict),
    )
    return Timeline(
        tuple(
            Event(seq=seq, at=seq, source="platform", type=type_, flow=None, data=data)
            for seq, (type_, data) in enumerate(told, 1)
        )
    )


def odd(timeline: Timeline) -> Iterator[Problem]:
    """Find something in every timeline."""
    yield Problem(code="acme.odd", expected="this", observed="that")


def extension(**changes: Any) -> Extension:
    """Return an extension with one code, one check and one fault."""
    values = {"name": "acme", "codes": {"acme.odd": CODE}, "checks": (odd,), "faults": {"acme-odd": FAULT}}
    return Extension(**{**values, **changes})


def added(check: Callable[[Timeline], Any]) -> Additions:
    """Return what is added by an extension with one check."""
    return Catalogue.of((extension(checks=(check,)),)).added


def test_every_fault_of_the_example_gets_its_diagnosis(acme: ModuleType) -> None:
    """By the self-test, with the check and the injector of the example."""
    catalogue = Catalogue.of((acme.EXTENSION,))
    chosen = tuple(selftest.entries(groups=("acme",), catalogue=catalogue))

    score = selftest.run(chosen, catalogue=catalogue)

    assert ((), (2, 2)) == (score.wrong, score.score())


@pytest.mark.parametrize(("mode", "severity"), CODE["severity"].items())  # type: ignore[attr-defined]
def test_a_finding_says_what_the_extension_knows_of_its_code(mode: str, severity: str) -> None:
    """Party, role, hop, specification and fix, and what it weighs in the platform's mode."""
    (found,) = judge(examined(mode), Catalogue.of((extension(),)).added).findings

    assert (severity, "this", "that", "Something is odd") == (
        found.severity,
        found.expected,
        found.observed,
        found.title,
    )
    assert {name: CODE[name] for name in ("party", "role", "hop", "spec", "fix")} == {
        name: getattr(found, name) for name in ("party", "role", "hop", "spec", "fix")
    }


def test_an_error_of_an_extension_fails_a_case_that_was_authenticated() -> None:
    """As any other error does; the outcome stays what it was."""
    judged = judge(examined(), Catalogue.of((extension(),)).added)

    assert ("authenticated", None, False) == (judged.outcome, judged.code, judged.passed)


def test_reports_explain_a_code_that_the_catalogue_does_not_know() -> None:
    """Also for a reader who does not have the extension: its title, and where its specification is."""
    link = "https://acme.example/rules#1"
    own = extension(codes={"acme.odd": {**CODE, "link": link}})
    judged = judge(examined(), Catalogue.of((own,)).added)
    shown = Report.model_validate_json(report(result(None, *judged.findings)).model_dump_json())

    for page in (html.render(shown), markdown.render(shown)):
        assert "Something is odd" in page
        assert link in page


def test_a_check_that_fails_is_told_without_what_it_saw() -> None:
    """One sentence with the check and the line; never a part of the timeline."""

    def fails(timeline: Timeline) -> Iterator[Problem]:
        raise ValueError("secret-of-alice")

    with pytest.raises(
        ExtensionError, match=r"fails failed \(ValueError in test_extension.py, line \d+\)"
    ) as caught:
        judge(examined(), added(fails))
    assert "alice" not in str(caught.value)


@pytest.mark.parametrize("yields", ["acme.odd", Problem(code="claims.expired", expected="a", observed="b")])
def test_a_check_finds_what_its_extension_explains(yields: object) -> None:
    """Something else than a problem, and a code of somebody else, are refused."""
    with pytest.raises(
        ExtensionError, match=r"it takes a Problem whose code its extension explains: acme\.odd"
    ):
        judge(examined(), added(lambda _: [yields]))


def test_a_check_that_returns_nothing_has_found_nothing() -> None:
    """It need not be a generator."""
    assert () == judge(examined(), added(lambda _: None)).findings


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a name with which our codes begin": ({"name": "claims"}, "codes of the catalogue begin so"),
    "a name that is none": ({"name": "My checks"}, "small letters and digits"),
    "a code of ours": ({"codes": {"claims.expired": CODE}}, r"'claims.expired': its name has to be acme\."),
    "a fault of ours": ({"faults": {"exp-past": FAULT}}, r"'exp-past': its name has to be acme-"),
    "an injector of ours": ({"injectors": {"claims": dict}}, r"'claims': its name has to be acme-"),
    "a key that there is not": (
        {"codes": {"acme.odd": {**CODE, "why": ""}}},
        "unknown key why; allowed are code",
    ),
    "a key that is missing": ({"codes": {"acme.odd": {"title": "Odd"}}}, "lacks party; add it"),
    "a party that there is not": ({"codes": {"acme.odd": {**CODE, "party": "me"}}}, "party is 'me'"),
    "a hop that there is not": (
        {"codes": {"acme.odd": {**CODE, "hop": "here"}}},
        "hop names 'here'.*allowed are",
    ),
    "one mode alone": ({"codes": {"acme.odd": {**CODE, "severity": {"strict": "error"}}}}, "lacks compat"),
    "a link that is none": ({"codes": {"acme.odd": {**CODE, "link": "javascript:1"}}}, "begins with https"),
    "a fault's group": ({"faults": {"acme-odd": {**FAULT, "group": "A"}}}, "its group is acme"),
    "a place that there is not": ({"faults": {"acme-odd": {**FAULT, "where": "here"}}}, "where names 'here'"),
    "an injector that there is not": (
        {"faults": {"acme-odd": {**FAULT, "put": [{"claim": {}}]}}},
        "put names 'claim', which there is not; near are claims",
    ),
    "an argument that there is not": (
        {"faults": {"acme-odd": {**FAULT, "put": [{"claims": {"colour": 1}}]}}},
        "what it puts in cannot be: TypeError: .*colour",
    ),
    "two injectors of one place": (
        {"faults": {"acme-odd": {**FAULT, "put": [{"claims": {"set": {"a": 1}}}] * 2}}},
        "two injectors change claims",
    ),
    "a code that nobody explains": ({"codes": {}}, "expect names 'acme.odd'"),
    "a behaviour that there is not": (
        {"faults": {"acme-odd": {**FAULT, "consumer": "juggles"}}},
        "consumer names 'juggles'",
    ),
    "a deed that there is not": (
        {"faults": {"acme-odd": {**FAULT, "deed": "juggles"}}},
        "deed names 'juggles'",
    ),
    "a policy that there is not": ({"faults": {"acme-odd": {**FAULT, "policy": "x"}}}, "policy names 'x'"),
    "a fault that nowhere occurs": ({"faults": {"acme-odd": {**FAULT, "surfaces": []}}}, "each name one"),
    "a check that is none": ({"checks": ("odd",)}, "it is a str, and takes functions"),
    "a check without its comma": ({"checks": odd}, r"checks=\(one,\)"),
}


@pytest.mark.parametrize(("changes", "said"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_work_is_refused_in_one_sentence(changes: dict[str, Any], said: str) -> None:
    """When the extension is made, long before the first case."""
    with pytest.raises(ExtensionError, match=said) as caught:
        extension(**changes)
    assert 1 == len(str(caught.value).splitlines())


def test_a_fault_of_ours_that_begins_like_an_extension_is_not_shadowed() -> None:
    """The id of a catalogue's row stays the catalogue's."""
    assert "exp-past" in faults()
    with pytest.raises(ExtensionError, match="the catalogue has one of that name"):
        Extension(name="exp", faults={"exp-past": FAULT})


def test_two_extensions_have_two_names() -> None:
    """Else one would take the other's place."""
    with pytest.raises(ExtensionError, match="two extensions are called acme"):
        Catalogue.of((extension(), extension()))


def test_a_harness_takes_extensions_alone() -> None:
    """A module in the place of what it holds is told at once."""
    with pytest.raises(ExtensionError, match="extensions holds a module"):
        Harness(extensions=(sys,))  # type: ignore[arg-type]


def test_a_harness_without_the_extension_knows_nothing_of_it() -> None:
    """Two harnesses in one process have each their own; nothing is registered."""
    assert "acme-odd" in Harness(extensions=(extension(),)).catalogue.faults
    with pytest.raises(UsageError, match="there is no fault 'acme-odd'"):
        Harness().catalogue.fault("acme-odd")
    assert "acme.odd" not in codes()


def test_a_hop_of_an_extension_is_one_of_the_closed_list() -> None:
    """The list is that of the catalogue."""
    assert {"brand page", "id_token payload", "token endpoint"} <= HOPS


def test_the_inventory_has_an_extension_s_checks_with_their_codes() -> None:
    """By module and function, found in the code of its own package."""
    kept_checks = checks_of(
        Config(), report(result()), preflight=False, added=Catalogue.of((extension(),)).added
    )
    (own,) = (one for one in kept_checks if one.name.endswith("test_extension.odd"))

    assert ("acme.odd",) == own.codes


def test_an_extension_that_is_gone_is_a_lost_check() -> None:
    """A suite that quietly lost its own checks stays green: the diff says so."""
    found = compare(run(added=Catalogue.of((extension(),)).added), run())

    assert found.worse
    assert any("test_extension.odd" in str(one) for one in found.lost_checks)


@pytest.fixture
def installed_example(tmp_path: Path) -> dict[str, str]:
    """An environment in which the example's distribution is installed beside the harness."""
    info = tmp_path / "acme_checks-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-checks\nVersion: 1.0\n", "utf-8")
    named = "[harness.extensions]\nacme = acme_checks:EXTENSION\n"
    (info / "entry_points.txt").write_text(named, "utf-8")
    paths = os.pathsep.join((str(tmp_path), str(EXAMPLE)))
    return {**os.environ, "PYTHONPATH": paths, "HARNESS_HISTORY": "off"}


def harness(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    command = (sys.executable, "-m", "harness", *arguments)
    return subprocess.run(command, env=env, capture_output=True, text=True)


def test_the_command_line_finds_what_is_installed(installed_example: dict[str, str]) -> None:
    """By its entry point: the faults are listed, and the self-test puts them in."""
    listed = harness("selftest", "--groups", "acme", "--list", env=installed_example)
    done = harness("selftest", "--groups", "acme", env=installed_example)

    assert ["acme-birthdate", "acme-home-address"] == [line.split()[1] for line in listed.stdout.splitlines()]
    assert (0, "Group acme: 2 of 2") == (done.returncode, done.stdout.splitlines()[0])


def test_the_command_line_judges_with_what_is_installed(
    installed_example: dict[str, str], tmp_path: Path
) -> None:
    """A saved timeline, without a browser."""
    from tests.test_judging import saved

    recorded = saved("code", "authenticated")
    path = tmp_path / "case.jsonl"
    events = examined(birthdate="string, 10 characters").events
    path.write_text(replace(recorded, events=events).dumps(), "utf-8")

    done = harness("judge", str(path), env=installed_example)

    assert 1 == done.returncode
    assert "error: acme.personal_claim (id_token payload; GDPR 5-1-c)" in done.stdout


def test_what_cannot_be_loaded_is_one_sentence(tmp_path: Path, installed_example: dict[str, str]) -> None:
    """With the entry point that names it, and exit code 2."""
    (tmp_path / "acme_checks-1.0.dist-info" / "entry_points.txt").write_text(
        "[harness.extensions]\nacme = acme_checks:NOTHING\n", "utf-8"
    )

    done = harness("selftest", "--list", env=installed_example)

    assert 2 == done.returncode
    assert done.stderr.startswith(
        "harness: the installed extension acme (acme_checks:NOTHING) cannot be loaded"
    )
    assert 1 == len(done.stderr.splitlines())

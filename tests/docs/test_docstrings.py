"""Every public name says what it is: arguments, fields, units, errors, and where a rule is written."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

import harness
from tests.docs import api

CLASSES = api.classes()
METHODS = tuple(api.methods())
NAMED = (*api.properties(), *api.fixtures())

PLAIN = re.compile(
    r"Case|Config|Timeline|Report|CaseResult|ChatWindow|Locator|FaultRow|SurfaceDriver|Harness|Extension|Playwright|"
    r"Surface|Flow|Mode|EngineName|Scenario|Severity|Outcome|Device|Placement|Summary|Conditions|Timings|Algorithm|"
    r"Self|Path|Settings"
)
"""Types of ours that say all where a name is theirs: ``case: Case``, ``engine: EngineName``."""

MEASURED = re.compile(r"^float\b")
UNIT = re.compile(r"\b(milli)?seconds?\b|\boctets\b|\bcolumns\b", re.IGNORECASE)
SOURCE = re.compile(
    r"RFC \d+|OpenID Connect (Core|Discovery|Back-Channel)|NIST SP|FIPS|CVE-\d+|OpenAPI 3"
    r"|platform contract|codes\.toml"
)
SECTION = re.compile(
    r"section|appendix|RFC \d+\)|RFC \d+[,;]|platform contract|codes\.toml|OpenAPI|CVE|SP|FIPS"
)


def plain(name: str, kind: str) -> bool:
    """Tell whether a type of ours says what something is: it has the type's name."""
    types = [one for one in re.findall(r"[A-Za-z]\w*", kind) if one not in ("None", "tuple", "Optional")]
    return len(types) == 1 and PLAIN.fullmatch(types[0]) is not None and spelled(name) in spelled(types[0])


def spelled(name: str) -> str:
    """Return a name's letters, without its plural."""
    return re.sub(r"[^a-z]", "", name.lower()).removesuffix("s")


def said(name: str, text: str) -> bool:
    """Tell whether a text speaks of something by its name, in whatever number."""
    words = re.findall(r"[a-z]+", name.lower())
    return all(re.search(rf"{word.removesuffix('s')}", text.lower()) for word in words)


@pytest.mark.parametrize("one", CLASSES, ids=[one.__name__ for one in CLASSES])
def test_a_class_says_what_it_is(one: type) -> None:
    """In a docstring of its own, not its base's."""
    assert vars(one).get("__doc__")


@pytest.mark.parametrize("one", CLASSES, ids=[one.__name__ for one in CLASSES])
def test_a_field_says_what_it_holds(one: type) -> None:
    """Under Attributes, or Args where it is what a caller gives; where its type does not say all."""
    doc = inspect.cleandoc(one.__doc__ or "")
    named = {**api.entries(doc, "Attributes"), **api.entries(doc, "Args")}

    assert [] == [
        name for name, kind in api.own_fields(one).items() if name not in named and not plain(name, kind)
    ]


@pytest.mark.parametrize("one", CLASSES, ids=[one.__name__ for one in CLASSES])
def test_a_measured_field_has_a_unit(one: type) -> None:
    """Whoever reads a number of type float need not guess."""
    doc = inspect.cleandoc(one.__doc__ or "")
    named = {**api.entries(doc, "Attributes"), **api.entries(doc, "Args")}
    measured = [name for name, kind in api.own_fields(one).items() if MEASURED.search(kind)]

    assert [] == [name for name in measured if not UNIT.search(named.get(name, "") + doc.splitlines()[0])]


@pytest.mark.parametrize("one", METHODS, ids=[one.name for one in METHODS])
def test_an_argument_says_what_it_is(one: api.Function) -> None:
    """Under Args, in the sentence by its name, or by a type of ours."""
    summary = one.doc.partition("\n\nArgs:")[0]
    given = api.entries(one.doc, "Args")
    arguments = [
        a for a in inspect.signature(one.function).parameters.values() if a.name not in ("self", "cls")
    ]

    assert one.doc
    assert [] == [
        a.name
        for a in arguments
        if a.name not in given and not plain(a.name, str(a.annotation)) and not said(a.name, summary)
    ]


@pytest.mark.parametrize("one", METHODS, ids=[one.name for one in METHODS])
def test_an_argument_that_is_explained_exists(one: api.Function) -> None:
    """What has gone from the signature goes from the text."""
    given = set(api.entries(one.doc, "Args")) - {"self"}

    assert set() == given - set(inspect.signature(one.function).parameters)


@pytest.mark.parametrize("one", METHODS, ids=[one.name for one in METHODS])
def test_an_error_of_ours_is_named(one: api.Function) -> None:
    """Whoever calls it knows what to catch: what it raises, and its private helpers."""
    assert set() == api.raised(one.function) - set(api.entries(one.doc, "Raises"))


@pytest.mark.parametrize(("name", "doc"), NAMED, ids=[name for name, _ in NAMED])
def test_a_property_and_a_fixture_say_what_they_are(name: str, doc: str) -> None:
    """In one sentence at least."""
    assert doc.splitlines()[0].endswith((".", "…"))


RULES = sorted(
    path
    for folder in ("protocol", "verification")
    for path in (Path(harness.__file__).parent / folder).glob("*.py")
    if path.name != "__init__.py"
)


@pytest.mark.parametrize("path", RULES, ids=[f"{path.parent.name}/{path.name}" for path in RULES])
def test_a_module_of_rules_names_its_source(path: Path) -> None:
    """The specification and the section, or the platform's contract; in the text that is read first."""
    doc = " ".join((ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split())

    assert SOURCE.search(doc)
    assert SECTION.search(doc)

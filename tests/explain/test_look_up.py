"""A word is found by itself, by what others say for it, and nearly by how it is spelled."""

from __future__ import annotations

import pytest

from harness.catalogue.codes import codes
from harness.catalogue.faults import faults
from harness.catalogue.glossary import glossary
from harness.errors import UsageError
from harness.explain import CodeSheet, FaultSheet, ListSheet, TermSheet, commands, index, look_up
from harness.extension import Catalogue, Extension

PACKAGED = Catalogue.of()
WORDS = (*codes(), *faults(), *glossary())


@pytest.mark.parametrize("word", WORDS)
def test_every_code_fault_and_term_is_found(word: str) -> None:
    """By its own name."""
    assert word in [one.word for one in look_up(word, PACKAGED)]


def code_of(word: str, catalogue: Catalogue = PACKAGED) -> CodeSheet:
    """Return the one sheet of a code."""
    (sheet,) = look_up(word, catalogue)
    assert isinstance(sheet, CodeSheet)
    return sheet


def fault_of(word: str, catalogue: Catalogue = PACKAGED) -> FaultSheet:
    """Return the one sheet of a fault."""
    (sheet,) = look_up(word, catalogue)
    assert isinstance(sheet, FaultSheet)
    return sheet


def test_a_code_names_the_faults_that_show_it_with_a_command_for_each() -> None:
    """In a browser where one can; the example is what a finding said."""
    sheet = code_of("claims.expired")
    shown = {one.fault: one for one in sheet.shown_by}

    assert "harness check --fault exp-past --surface embedded --flow code-pkce" == shown["exp-past"].command
    assert "harness demo --fault exp-past --surface embedded --flow code-pkce" == shown["exp-past"].demo
    assert sheet.example is not None


def test_what_no_browser_can_show_names_the_self_test() -> None:
    """A fault that needs a client of its own at the login is shown without a browser."""
    sheet = fault_of("client-id-unknown")

    assert ("harness selftest --fault client-id-unknown", None, None) == (
        sheet.command,
        sheet.demo,
        sheet.twin,
    )


def test_what_shows_in_one_mode_alone_names_that_mode() -> None:
    """The command brings it about; the demo, which is strict, is left out."""
    row = faults()["exp-past"]
    entry = row.expect[0].model_copy(update={"mode": "compat"})

    assert commands.command(row, entry).endswith("--mode compat")
    assert commands.demo(row, entry) is None


def test_a_term_is_found_by_what_others_say_for_it() -> None:
    """Capitals do not count."""
    assert ["app"] == [one.word for one in look_up("Mobile SDK", PACKAGED) if isinstance(one, TermSheet)]


@pytest.mark.parametrize(("word", "name"), [("claims", "claims.expired"), ("l", "exp-past")])
def test_the_beginning_of_codes_and_a_group_are_lists(word: str, name: str) -> None:
    """Whoever knows no name finds one."""
    lists = [one for one in look_up(word, PACKAGED) if isinstance(one, ListSheet)]

    assert name in dict(lists[0].entries)


def test_a_requirement_names_its_codes() -> None:
    """As it is printed beside a finding."""
    (sheet,) = look_up("rfc7636-4.6", PACKAGED)

    assert isinstance(sheet, ListSheet)
    assert {code.code for code in codes().values() if code.spec == "RFC7636-4.6"} == dict(
        sheet.entries
    ).keys()


@pytest.mark.parametrize(
    ("word", "meant"),
    [("claims.expird", "claims.expired"), ("expired", "claims.expired"), ("exp-pats", "exp-past")],
)
def test_what_is_spelled_alike_is_named(word: str, meant: str) -> None:
    """Also where only the part behind the dot was written."""
    with pytest.raises(UsageError, match=rf"there is no code, fault or term '{word}'; near are .*{meant}"):
        look_up(word, PACKAGED)


def test_a_word_like_no_other_is_one_sentence() -> None:
    """It says where there is more."""
    with pytest.raises(UsageError, match="'zzzzzz'; harness explain says what there is to ask for"):
        look_up("zzzzzz", PACKAGED)


def test_codes_and_faults_of_an_extension_are_explained(acme: Extension) -> None:
    """As ours, with the command that shows them."""
    catalogue = Catalogue.of((acme,))

    assert "acme-birthdate" == code_of("acme.personal_claim", catalogue).shown_by[0].fault
    assert fault_of("acme-birthdate", catalogue).command.startswith("harness check --fault acme-birthdate")
    assert 2 == index(catalogue).faults["acme"]

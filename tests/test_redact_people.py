"""People and what can be guessed: hidden without a key, marked by a key that nobody else has."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from harness.redact import HIDDEN, Redactor
from harness.scrub import personal_values, sample_people

KEY = b"k" * 32


def test_without_a_key_nothing_is_kept() -> None:
    """A fingerprint of a name could be found by trying names."""
    redactor = Redactor()
    redactor.learn_person("Alice Abel")

    assert f"Hello {HIDDEN}." == redactor.text("Hello Alice Abel.")


def test_with_a_key_the_same_value_has_the_same_mark() -> None:
    """Eight characters, so that no mark is taken for the recorder's own of twelve."""
    redactor = Redactor(["hunter-two"], key=KEY)
    redactor.learn_person("Alice Abel")

    first, second = redactor.text("Alice Abel and hunter-two"), redactor.text("hunter-two and Alice Abel")
    assert re.fullmatch(r"~[0-9a-f]{8} and ~[0-9a-f]{8}", first)
    assert first.split(" and ") == second.split(" and ")[::-1]
    assert first != Redactor(["hunter-two"], key=b"l" * 32).text("Alice Abel and hunter-two")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello, Abel!", True),
        ("name=Abel", True),
        ("%20Abel%2C", True),
        (json.dumps("line\nAbel"), True),
        (quote("ö Abel ö"), True),
        ("Abelian", False),
        ("McAbel", False),
    ],
)
def test_a_name_is_found_as_a_word(text: str, found: bool) -> None:
    """Not inside another one; what an escape leaves before it is no part of the word."""
    redactor = Redactor(key=KEY)
    redactor.learn_person("Abel")

    assert found == ("Abel" not in redactor.body(text))


@pytest.mark.parametrize(("text", "found"), [("€48.90", True), ("148.90", False), ("48.901", False)])
def test_a_number_is_found_as_a_number(text: str, found: bool) -> None:
    """Not inside a longer one."""
    redactor = Redactor(key=KEY)
    redactor.learn_person("48.90")

    assert found == ("48.90" not in redactor.body(text))


@pytest.mark.parametrize("value", ["", "no", "true", "none", "1234", "https://idp.test"])
def test_what_says_nothing_about_anybody_is_not_learned(value: str) -> None:
    """Hiding it everywhere would hide the facts."""
    redactor = Redactor(key=KEY)
    redactor.learn_person(value)

    assert f"a {value} b" == redactor.body(f"a {value} b")


def test_verified_claims_are_what_a_person_is_known_by() -> None:
    """However deep they stand; who issued a token and when says nothing about anybody."""
    claims = {
        "iss": "https://idp.test",
        "sub": "fh-1",
        "email": "zoe@a.test",
        "exp": 5,
        "lp_sdes": [{"type": "personal", "personal": {"firstname": "Zoë", "contacts": [{"phone": "+43 1"}]}}],
    }

    assert ["fh-1", "zoe@a.test", "Zoë", "+43 1"] == list(personal_values([claims]))


def test_the_sample_s_people_are_known_in_the_forms_of_its_pages() -> None:
    """Names, addresses, numbers and bills."""
    known = set(sample_people())

    assert {"Alice Abel", "Alice", "alice@customers.example", "FH-100-234", "48.90", "2026-11-01"} <= known

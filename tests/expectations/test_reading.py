"""The file of expected findings: what it says, and every mistake with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from harness import config_file, expectations
from harness.errors import ConfigError

GOOD = """# Known of Acme
[[expected]]
code = "claims.expired"
owner = "identity team"
reason = "the clock of the second node"
until = 2027-01-31

[[expected]]
code = "sdk.method_missing"
surface = "embedded"
owner = "web team"
reason = "the new bundle"
until = 2026-12-01
"""


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    path = tmp_path / "expected.toml"
    path.write_text(GOOD, "utf-8")
    return path


def test_an_entry_says_what_is_expected_of_whom_and_until_when(file: Path) -> None:
    """With the line that it begins in."""
    first, second = expectations.read(file)

    assert ("claims.expired", None, date(2027, 1, 31)) == (first.code, first.surface, first.until)
    assert ("embedded", "web team", "expected.toml:8") == (second.surface, second.owner, second.place)


def test_a_configuration_file_names_it_by_a_path_of_its_own(file: Path) -> None:
    """Relative to its folder."""
    brand = file.with_name("brand.toml")
    brand.write_text('expected = "expected.toml"\n', "utf-8")

    assert 2 == len(config_file.read(brand).expected)


def test_a_configuration_file_that_names_none_is_one_sentence(tmp_path: Path) -> None:
    """With its line."""
    brand = tmp_path / "brand.toml"
    brand.write_text('mode = "strict"\nexpected = "gone.toml"\n', "utf-8")

    with pytest.raises(ConfigError, match=r"brand.toml:2: expected names 'gone.toml', and there is no such"):
        config_file.read(brand)


def test_a_code_of_an_extension_is_allowed(file: Path) -> None:
    """It begins as none of ours; one that never comes is stale."""
    file.write_text(GOOD.replace("claims.expired", "acme.personal_claim"), "utf-8")

    assert "acme.personal_claim" == expectations.read(file)[0].code


@pytest.mark.parametrize(
    ("found", "instead", "said"),
    [
        (
            'code = "claims.expired"',
            'code = "claims.expird"',
            ":3: there is no code 'claims.expird'",
        ),
        ('owner = "web team"', 'owner = ""', ":11: owner is ''; it takes words"),
        ('owner = "web team"\n', "", ":8: the entry lacks owner; it takes code, owner, reason, until"),
        ("2027-01-31", '"soon"', ":6: until is 'soon'; it takes a day, until = 2027-01-31"),
        ("2027-01-31", "2027-01-31T10:00:00Z", ":6: until is"),
        ('"embedded"', '"embeded"', ":10: surface is 'embeded'; allowed are embedded, popup, app"),
        ("surface", "surfase", ":10: unknown key 'surfase'; allowed are code, owner"),
        ("[[expected]]", "[[expcted]]", ": expcted is not known here; allowed are tables"),
        ("[[expected]]", "[expected", ": this is not TOML"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_line(file: Path, found: str, instead: str, said: str) -> None:
    """What was found, and what is allowed."""
    file.write_text(GOOD.replace(found, instead, 1), "utf-8")

    with pytest.raises(ConfigError) as raised:
        expectations.read(file)

    assert f"expected.toml{said}" in str(raised.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """No traceback."""
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        expectations.read(tmp_path / "gone.toml")

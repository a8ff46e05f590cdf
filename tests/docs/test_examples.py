"""Every example is run by a test: tables are read here, what needs a browser is in e2e/test_docs.py."""

from __future__ import annotations

import datetime
import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from harness import Extension, config_file, expectations
from harness.encryption_keys import make
from harness.extension import ENTRY_POINTS
from tests.docs.pages import EXAMPLES, ROOT

RUN_BY = {
    "*.toml": "tests/docs/test_examples.py",
    "*.py": "e2e/test_docs.py",
    "suite/*.py": "e2e/test_docs.py",
    "output/*.txt": "e2e/test_docs.py",
    "extension/*.py": "e2e/test_docs.py",
    "extension/*.toml": "tests/test_extension.py",
    "ci/*": "tests/docs/test_ci.py",
    "adapters/*.toml": "tests/docs/test_examples.py",
    "adapters/*.js": "e2e/test_page_method_families.py",
    "performance.txt": "tests/docs/test_performance.py",
    "how-it-is-built.txt": "tests/test_architecture.py",
}
"""Which test runs which examples."""

ENVIRONMENT = re.compile(r'\benv = "([A-Z_]+)"')
BELONGS_TO = {"probes.toml": "brand.toml"}
"""Tables that are a part of another one's file."""

EXPECTED = EXAMPLES / "expected.toml"
TABLES = sorted({*EXAMPLES.glob("*.toml"), *EXAMPLES.glob("adapters/*.toml")} - {EXPECTED})


def test_every_example_is_run() -> None:
    """A file that no row of the table names is run by nobody."""
    files = {path for path in EXAMPLES.rglob("*") if path.is_file() and path.suffix != ".pyc"}

    assert set() == files - {path for form in RUN_BY for path in EXAMPLES.glob(form)}
    assert all((ROOT / test).is_file() for form, test in RUN_BY.items() if [*EXAMPLES.glob(form)])


@pytest.mark.parametrize("table", TABLES, ids=[path.name for path in TABLES])
def test_a_configuration_is_one_that_the_harness_reads(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a value in each environment variable that it names, and the key file that it expects."""
    text = (EXAMPLES / BELONGS_TO[table.name]).read_text("utf-8") if table.name in BELONGS_TO else ""
    text += table.read_text("utf-8")
    for name in ENVIRONMENT.findall(text):
        monkeypatch.setenv(name, "abc.def")
    make(tmp_path / "platform-encryption.json", now=datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC))
    (tmp_path / table.name).write_text(text, "utf-8")

    config = config_file.read(tmp_path / table.name)

    assert config.connectors


def test_the_expected_findings_are_ones_that_the_harness_reads() -> None:
    """Each entry of the example, with its day."""
    assert ["claims.expired", "sdk.callback_timeout"] == [one.code for one in expectations.read(EXPECTED)]


def test_the_extension_is_named_by_its_distribution(acme: Extension, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its entry point leads to it."""
    project = tomllib.loads((EXAMPLES / "extension" / "pyproject.toml").read_text("utf-8"))["project"]
    ((name, value),) = project["entry-points"][ENTRY_POINTS].items()

    assert acme is EntryPoint(name=name, value=value, group=ENTRY_POINTS).load()
    assert name == acme.name

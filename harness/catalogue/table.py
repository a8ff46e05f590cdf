"""Reads a table of the catalogue from the package."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any


def read(name: str) -> dict[str, Any]:
    """Return the rows of ``codes.toml``, ``faults.toml`` or ``glossary.toml`` by their names."""
    return tomllib.loads((files("harness.catalogue") / name).read_text("utf-8"))

"""The structure: imports point one way, and the side that diagnoses cannot know what was broken."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import harness

PACKAGE = Path(harness.__file__).parent

LAYERS = (
    (
        "own_habits",
        "errors",
        "clock",
        "held",
        "own_thread",
        "protocol",
        "settings",
        "toml_text",
        "files",
        "temporary",
        "kept_sessions",
        "quiet",
    ),
    ("own_brand", "config_steps", "page_methods"),
    (
        "config",
        "sample",
        "report.model",
        "report.picture",
        "redact",
        "scrub",
        "timeline",
        "event_types",
        "correlate",
        "tls",
        "net",
        "proxy",
    ),
    ("catalogue", "store", "stories", "expectations"),
    ("verification", "checks", "last_gate"),
    ("overlays", "preflight", "report.sequence", "live"),
    ("roles",),
    ("faults",),
    ("encryption_keys", "serving", "own_pages"),
    ("app", "server", "workers", "shared", "far_end", "matrix", "config_file"),
    ("brand_file",),
    ("browser",),
    (
        "extension",
        "run",
        "consumers",
        "opened",
        "learning",
        "checking",
        "executors",
        "shards",
        "soaking",
        "judging",
        "report",
        "doctor",
        "wire",
        "probing",
        "scene",
        "attacks",
        "own_attacks",
        "behaviour",
    ),
    ("selftest", "recording", "explain"),
    ("onboarding", "history"),
    ("console",),
    ("demo",),
    ("suite",),
    ("pytest_plugin", "cli", "__main__"),
)
"""Bottom first; a module may import from its own layer and from those before it."""

DIAGNOSING = (
    "protocol",
    "verification",
    "checks",
    "preflight",
    "report",
    "roles.platform",
    "timeline",
    "event_types",
    "correlate",
    "redact",
    "judging",
    "catalogue.codes",
)
SECRET = (
    "harness.faults",
    "harness.catalogue.faults",
    "harness.roles.seams",
    "harness.roles.line",
    "harness.extension",
)


def modules() -> dict[str, Path]:
    """Return every module of the package by its name below ``harness``."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name:
            found[name] = path
    return found


def imports(path: Path) -> Iterator[str]:
    """Yield every module of ours that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("harness"):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("harness"))


def layer(name: str) -> int | None:
    """Return the number of a module's layer."""
    for number, members in enumerate(LAYERS):
        if any(name == member or name.startswith(f"{member}.") for member in members):
            return number
    return None


@pytest.mark.parametrize("name", modules())
def test_imports_point_one_way(name: str) -> None:
    """Nothing imports from a layer above its own."""
    own = layer(name)
    if name == "report":
        own = layer("report.model")

    assert own is not None, f"{name} has no layer yet"
    above = {
        target
        for target in imports(modules()[name])
        if (number := layer(target.removeprefix("harness."))) is not None and number > own
    }
    # The default configuration is the sample brand's; config names it inside one function.
    assert above - {"harness.sample"} == set()


@pytest.mark.parametrize("name", [name for name in modules() if name.startswith(DIAGNOSING)])
def test_what_diagnoses_cannot_see_the_fault(name: str) -> None:
    """Protocol, verification, platform, checks and report import no fault and no seam."""
    assert [] == [target for target in imports(modules()[name]) if target.startswith(SECRET)]


@pytest.mark.parametrize("name", [name for name in modules() if name.startswith("protocol")])
def test_the_protocol_does_nothing_but_compute(name: str) -> None:
    """No clock, no network, no web framework in the protocol."""
    tree = ast.parse(modules()[name].read_text("utf-8"))
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert not imported & {"time", "datetime", "socket", "ssl", "httpx2", "starlette", "sqlalchemy", "os"}

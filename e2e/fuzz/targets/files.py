"""Readers of files: configuration, expected findings, extensions, timelines, reports, kept sessions."""

from __future__ import annotations

import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

from e2e.fuzz import vary
from e2e.fuzz.model import Read, Target
from harness import config_file, expectations
from harness.brand_file import edit
from harness.brand_file.edit import Wanted
from harness.console import form_document
from harness.errors import ConfigError, ExtensionError, TimelineError, UsageError
from harness.event_types import EVENT_TYPES
from harness.extension import Extension
from harness.judging import REPORT, judge_again, probes_of
from harness.kept_sessions import KEY, KeptSessions, Owner, SessionUnusable
from harness.toml_text import parsed, quoted

ENVIRONMENT = {
    "ACME_CLIENT_SECRET": "a secret",
    "ACME_PASSWORD": "a password",
    "ACME_TOTP": "JBSWY3DPEHPK3PXP",
}
"""The only variables that a configuration finds."""

OWNER = Owner(origin="https://www.brand.test", engine="chromium", account="alice")
NOW = 1_795_176_000

_FOLDERS: list[TemporaryDirectory[str]] = []


def folder() -> Path:
    """Return a new folder of this process, in memory where that is offered; it goes with the process."""
    memory = Path("/dev/shm")  # noqa: S108 - one of its own is made in it
    made = TemporaryDirectory(prefix="fuzz-", dir=memory if memory.is_dir() else None)
    _FOLDERS.append(made)
    return Path(made.name)


def configuration() -> Read:
    """Read a configuration file."""
    path = folder() / "harness.toml"

    def read(octets: bytes) -> str | None:
        path.write_bytes(octets)
        config_file.parse(config_file.text_of(path), path, environment=ENVIRONMENT)
        return None

    return read


def expected() -> Read:
    """Read a file of expected findings."""
    path = folder() / "expected.toml"

    def read(octets: bytes) -> str | None:
        path.write_bytes(octets)
        expectations.read(path)
        return None

    return read


def brand_file() -> Read:
    """Change a brand's file as the commands and the console do; what is no TOML they refuse before."""
    host = Wanted(host="cdn.brand.test", why="a script", needed=True)
    step = {"fill": "Username", "value": "alice"}

    def read(octets: bytes) -> str | None:
        path = Path("harness.toml")
        text = octets.decode("utf-8", "replace").replace("\r\n", "\n")
        config_file.parse(text, path, environment=ENVIRONMENT)
        changed = edit.login(edit.allow(text, [host]), account="alice", on="page", steps=[step])
        edit.variables(changed, account="alice", on="page")
        changed = edit.put(changed, "connector", "client_id", quoted("another"))
        tomllib.loads(edit.without_table(changed, "login", 0))
        return None

    return read


def console_form() -> Read:
    """Show a file in the console's form and write it from there, as for a text that was pasted."""

    def read(octets: bytes) -> str | None:
        text = octets.decode("utf-8", "replace").replace("\r\n", "\n")
        parsed(text)
        form_document.connectors_of(text)
        values = form_document.values_of(text)
        written = form_document.written(text, values)
        tomllib.loads(written.text)
        return "not written" if written.wrong else None

    return read


def extension() -> Read:
    """Read the codes and faults of somebody's own, rows as the catalogue has them."""

    def read(octets: bytes) -> str | None:
        values = parsed(octets.decode("utf-8", "replace"))
        rows = {name: values.get(name, {}) for name in ("codes", "faults")}
        Extension(name="acme", codes=rows["codes"], faults=rows["faults"])
        return None

    return read


def timeline() -> Read:
    """Judge a saved timeline again."""
    path = folder() / "001-case.jsonl"

    def read(octets: bytes) -> str | None:
        path.write_bytes(octets)
        report = judge_again((path,))
        report.as_json().encode()
        return None

    return read


def report() -> Read:
    """Take the probes of a saved report, and judge them again."""
    run = folder()

    def read(octets: bytes) -> str | None:
        (run / REPORT).write_bytes(octets)
        judge_again((), probes=probes_of((run,))).as_json().encode()
        return None

    return read


def kept_session() -> Read:
    """Open a kept session."""
    state = folder()
    environment = {"XDG_STATE_HOME": str(state), KEY: "A" * 43 + "="}
    kept = KeptSessions(Path("brand.toml"), environment)
    path = kept.keep(OWNER, {"cookies": []}, now=NOW, until=NOW + 60)

    def read(octets: bytes) -> str | None:
        path.write_bytes(octets)
        return None if kept.find(OWNER, now=NOW) else "nothing"

    return read


_KEYS = (
    *(
        "flow",
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "client_id",
        "client_secret",
        "client_auth",
    ),
    *(
        "jwks_uri",
        "jwt_public_key",
        "js_method",
        "rfc_compliance",
        "page",
        "launcher",
        "before",
        "steps",
        "account",
    ),
    *(
        "on",
        "surfaces",
        "engines",
        "flows",
        "allow",
        "map",
        "proxy",
        "mode",
        "rules",
        "sdk",
        "audiences",
        "path",
    ),
    *(
        "callback",
        "encryption_keys",
        "window_url",
        "tag",
        "backend",
        "enabled",
        "scenarios",
        "policies",
        "default",
    ),
)
_HEADERS = (
    "[connector]",
    "[[connector]]",
    "[brand]",
    "[[login]]",
    "[network]",
    "[matrix]",
    "[platform]",
    "[history]",
)
_VALUES = (
    *(
        '"code-pkce"',
        '"https://a.test"',
        '"https://[::1"',
        "2026-11-21",
        "07:32:00",
        "1979-05-27T07:32:00Z",
        "inf",
    ),
    *(
        '{ env = "ACME_PASSWORD" }',
        '{ env = "NONE" }',
        '{ file = "none" }',
        '{ file = "a\\u0000b" }',
        "nan",
        "true",
    ),
    *(
        '{ click = "a" }',
        '{ fill = "a", value = "b" }',
        '{ totp = "a", env = "ACME_TOTP" }',
        "{ }",
        "[ ]",
        "[[]]",
    ),
    *("'''", '"""', "\\u0000", "\\ud800", "\\U00110000", "# ", "= = ", "[" * 400, "{a=" * 400, "a." * 400),
    *("99-99-99", "0o7", "0b1", "1__0", '"a" = 1', "a.b = 1", "\r", '"*.a.test"', '"a.test" = "127.0.0.1:1"'),
)
_TOML = tuple(
    one.encode()
    for one in (
        *_VALUES,
        *(f"\n{key} = " for key in _KEYS),
        *(f"\n{header}\n" for header in _HEADERS),
        "\nexpected = ",
    )
)
_PLAIN = tuple(one.encode() for one in _VALUES)
_FINDINGS = (
    *(b"[[expected]]\n", b"\ncode = ", b"\nuntil = ", b"\nowner = ", b"\nsurface = ", b"2027-01-31"),
    b'"claims.expired"',
)
_ROWS = (
    *(
        b'"acme.odd"',
        b'"acme-odd"',
        b"\nput = ",
        b"\neach = ",
        b"\nexpect = ",
        b"\nseverity = ",
        b"\nsurfaces = ",
    ),
    *(
        b"\nflows = ",
        b"\nconsumer = ",
        b"\ndeed = ",
        b"\nprobes = ",
        b"\npolicy = ",
        b"\n[codes]\n",
        b"\n[faults]\n",
    ),
    *(
        b"{ line = {} }",
        b"{ id_token = {} }",
        b'"embedded"',
        b'"implicit"',
        b"[{ claims = {} }]",
        b"\nsince = ",
    ),
)
_EVENTS = (
    *(
        "seq",
        "at",
        "source",
        "type",
        "flow",
        "data",
        "verdict",
        "platform",
        "page",
        "browser",
        "idp",
        "harness",
        "sdk",
    ),
    *(
        "outcome",
        "code",
        "problems",
        "authenticated",
        "refused",
        "schema",
        "case",
        "rules",
        "mode",
        "surface",
        "wanted",
    ),
    *(
        "embedded",
        "popup",
        "app",
        "url",
        "status",
        "headers",
        "cookies",
        "name",
        "origin",
        "what",
        "document",
        "frame",
    ),
    *EVENT_TYPES,
)
_PROBES = (
    "probes",
    "name",
    "sent",
    "seen",
    "reason",
    "connector",
    "what",
    "findings",
    "status",
    "landings",
    "url",
)

TARGETS = (
    Target(
        name="configuration",
        title="configuration files",
        prepare=configuration,
        refuses=(ConfigError,),
        vary=vary.octets(*_TOML),
        chunk=5_000,
    ),
    Target(
        name="expected",
        title="files of expected findings",
        prepare=expected,
        refuses=(ConfigError,),
        vary=vary.octets(*_PLAIN, *_FINDINGS),
    ),
    Target(
        name="brand-file",
        title="a brand's file, changed by commands",
        prepare=brand_file,
        refuses=(ConfigError, UsageError),
        vary=vary.octets(*_TOML),
        chunk=5_000,
    ),
    Target(
        name="console-form",
        title="a pasted file in the console's form",
        prepare=console_form,
        refuses=(tomllib.TOMLDecodeError,),
        vary=vary.octets(*_TOML),
        chunk=2_000,
    ),
    Target(
        name="catalogue",
        title="codes and faults of an extension",
        prepare=extension,
        refuses=(tomllib.TOMLDecodeError, ExtensionError),
        vary=vary.octets(*_ROWS, *_PLAIN),
        chunk=5_000,
    ),
    Target(
        name="timeline",
        title="saved timelines, judged again",
        prepare=timeline,
        refuses=(TimelineError,),
        vary=vary.lines(vary.values(*_EVENTS)),
        chunk=2_000,
    ),
    Target(
        name="report",
        title="saved reports, whose probes are judged again",
        prepare=report,
        refuses=(TimelineError,),
        vary=vary.values(*_PROBES),
        chunk=5_000,
    ),
    Target(
        name="kept-session",
        title="kept sessions",
        prepare=kept_session,
        refuses=(SessionUnusable,),
        vary=vary.octets(b'"until": NaN', b'"until": Infinity', b'"at": 1e400', b'"version": 1', b"9" * 400),
    ),
)

"""The audit: nothing is called good of which nothing was learned."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from e2e import audit

GOOD = {"name": "joserfc", "version": "1.8.0", "vulns": []}
PASSED_OVER = {"name": "rich", "skip_reason": "Dependency not found on PyPI and could not be audited"}
BAD = {"name": "pyjwt", "version": "2.14.0", "vulns": [{"id": "CVE-2026-101918", "fix_versions": ["2.15.0"]}]}
UNMENDED = {"name": "six", "version": "1.0", "vulns": [{"id": "CVE-1-1"}]}


def printed(*packages: dict[str, Any]) -> str:
    """Return what pip-audit prints."""
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (printed(GOOD, GOOD), 0, "no advisory is known about its 2 versions"),
        (printed(GOOD, BAD), 1, "pyjwt 2.14.0 has CVE-2026-101918, mended in 2.15.0"),
        (printed(UNMENDED), 1, "six 1.0 has CVE-1-1, mended in no version yet"),
        (printed(PASSED_OVER, BAD), 1, "1 known"),
        (printed(GOOD, PASSED_OVER), 4, "no advisories of 1 of its 2 versions"),
        (printed(PASSED_OVER), 4, "no advisories of 1 of its 1 versions"),
        (printed(), 4, "nothing is known"),
        ("", 4, "could not be reached"),
        ("[]", 4, "could not be reached"),
    ],
)
def test_what_was_passed_over_is_not_good(text: str, code: int, words: str) -> None:
    """An index without advisories makes pip-audit end well; here that is unknown, which is neither."""
    learned = audit.read(text)

    assert code == learned.exit_code
    assert words in learned.sentence


def test_why_nothing_was_learned_is_said_without_addresses() -> None:
    """What the network's library says may name a proxy with its password."""
    learned = audit.read("", "requests.exceptions.ProxyError: http://user:secret@proxy.test")

    assert "(requests.exceptions.ProxyError)" in learned.sentence
    assert "secret" not in learned.sentence


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a script of the shell")
@pytest.mark.parametrize(("packages", "code"), [((GOOD,), 0), ((PASSED_OVER,), 4), ((BAD,), 1)])
def test_every_lock_is_asked_about(
    packages: tuple[dict[str, Any], ...], code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for each, the good ones on stdout; the exit code is the worst."""
    program, asked = tmp_path / "pip-audit", tmp_path / "asked"
    program.write_text(f"#!/bin/sh\necho \"$@\" >>{asked}\ncat <<'E'\n{printed(*packages)}\nE\n", "utf-8")
    program.chmod(stat.S_IRWXU)

    assert code == audit.main([str(program), "--ignore-vuln", "CVE-1-1"])
    said = capsys.readouterr()
    lines = (said.out if code == 0 else said.err).splitlines()
    assert list(audit.LOCKS) == [line.split(": ")[1] for line in lines]
    calls = asked.read_text("utf-8").splitlines()
    assert all("--require-hashes --disable-pip" in call and "--ignore-vuln CVE-1-1" in call for call in calls)
    assert all((audit.ROOT / lock).is_file() for lock in audit.LOCKS)

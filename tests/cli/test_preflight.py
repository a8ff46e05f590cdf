"""``harness preflight`` as a user types it, in this process."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from harness.cli import run
from harness.cli.preflight import exit_code
from harness.config import Config
from harness.preflight import Preflight
from harness.report.model import Readiness

FILE = """
[connector]
flow = "implicit"
issuer = "https://login.acme.example"
client_id = "platform"
jwt_public_key = {key}

[brand]
page = "https://www.acme.example/account"
"""
PEM = '"""-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----"""'


def result(*answers: bool | None) -> Preflight:
    """Return a result with surfaces that are ready or not."""
    surfaces = tuple(Readiness(surface="embedded", ready=one, sentence="") for one in answers)
    return Preflight(
        ready=all(answers), surfaces=surfaces, findings=(), undetermined=(), checked=(), sent=(), seconds=0
    )


@pytest.mark.parametrize(
    ("answers", "allowed", "code"),
    [
        ((True, True), False, 0),
        ((True, False), False, 1),
        ((None, False), True, 1),
        ((True, None), False, 4),
        ((True, None), True, 0),
    ],
)
def test_the_exit_code_says_what_is_known(answers: tuple[bool | None, ...], allowed: bool, code: int) -> None:
    """0 ready, 1 not ready, 4 not known, which may be allowed."""
    assert code == exit_code(result(*answers), allow_undetermined=allowed)


def test_without_a_file_the_sample_brand_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    """Its own servers run meanwhile; it is ready on every surface, without a finding."""
    code = run(["preflight", "--format", "json"])

    printed = json.loads(capsys.readouterr().out)
    assert (0, True, []) == (code, printed["ready"], printed["findings"])
    assert {"embedded", "popup", "app"} == {one["surface"] for one in printed["surfaces"]}


def test_a_key_in_pem_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake in the file is one sentence, and nobody is asked anything."""
    file = tmp_path / "brand.toml"
    file.write_text(FILE.replace("{key}", PEM), "utf-8")

    code = run(["preflight", str(file)])

    told = capsys.readouterr()
    assert (2, "") == (code, told.out)
    assert "brand.toml:6: jwt_public_key is a public key with its PEM armour" in told.err


def test_a_password_need_not_be_at_hand(
    brand_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody signs in, so that a variable that is not set is no reason to ask nothing."""
    asked = []

    def find_out(config: Config, *args: object, **kwargs: object) -> Preflight:
        asked.append(config.logins)
        return result(True)

    monkeypatch.setattr(importlib.import_module("harness.cli.preflight"), "before_login", find_out)

    assert 0 == run(["preflight", str(brand_file)])
    assert [1] == [len(logins) for logins in asked]

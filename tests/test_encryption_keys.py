"""The platform's encryption keys: for the owner's eyes only, and good over a rotation."""

from __future__ import annotations

import datetime
import json
import stat
from pathlib import Path

import pytest
from cryptography import x509

from harness import config_file, encryption_keys
from harness.clock import SystemClock
from harness.config import Config, Platform
from harness.errors import ConfigError, UsageError
from harness.protocol import jose
from harness.roles.seams import Seams
from harness.server import running
from harness.wire import WireConsumer

NOW = datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC)


def test_the_private_half_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Nobody else may read the file, and it is never overwritten."""
    path = tmp_path / "key.json"
    encryption_keys.make(path, now=NOW)

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    with pytest.raises(UsageError, match="exists already"):
        encryption_keys.make(path, now=NOW)


def test_what_the_brand_registers_is_public_and_of_one_key(tmp_path: Path) -> None:
    """JWK and certificate hold the same public key, and nothing private."""
    made = encryption_keys.make(tmp_path / "key.json", now=NOW)
    jwk, key = json.loads(made.public_jwk), encryption_keys.load(tmp_path / "key.json")

    assert {"kty", "n", "e", "kid", "use", "alg"} == jwk.keys()
    assert made.kid == key.kid == jwk["kid"]
    certificate = x509.load_pem_x509_certificate(made.certificate_pem.encode())
    assert certificate.public_key() == key.public_key


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kty":"oct","k":"AAAA"}', "-----BEGIN PRIVATE KEY-----"])
def test_another_file_is_refused(text: str, tmp_path: Path) -> None:
    """Only what the command wrote is read."""
    path = tmp_path / "key.json"
    path.write_text(text, "utf-8")

    with pytest.raises(ConfigError, match="harness keys new"):
        encryption_keys.load(path)


def test_the_configuration_names_the_line_of_a_missing_key(tmp_path: Path) -> None:
    """A key that is not there is found when the configuration is read."""
    path = tmp_path / "brand.toml"
    path.write_text('[platform]\nencryption_keys = ["nowhere.json"]\n', "utf-8")

    with pytest.raises(ConfigError, match="cannot be read") as caught:
        config_file.read(path)
    assert 2 == caught.value.line


@pytest.mark.parametrize(
    ("kept", "outcome", "code"),
    [
        (("new.json", "old.json"), "authenticated", None),
        (("new.json",), "refused", "jwe.kid_not_found"),
    ],
)
def test_an_older_key_is_good_for_as_long_as_it_is_kept(
    kept: tuple[str, ...], outcome: str, code: str | None, tmp_path: Path
) -> None:
    """During a rotation a brand may still encrypt for the key that it has registered."""
    for name in ("new.json", "old.json"):
        encryption_keys.make(tmp_path / name, now=NOW)
    old = encryption_keys.load(tmp_path / "old.json")
    header = {"alg": "RSA-OAEP-256", "enc": "A128GCM", "cty": "JWT", "kid": old.kid}
    for_old = Seams(envelope=lambda token, encrypt, key: jose.encrypt(token, old, header))
    config = Config(platform=Platform(encryption_keys=tuple(tmp_path / name for name in kept)))
    with running(config, folder=tmp_path, clock=SystemClock()) as server, WireConsumer(server) as alice:
        alice.sign_in("alice")
        call = alice.open_call("embedded.implicit-jwe.strict")
        with server.composition.seams.put(for_old):
            welcome = alice.hand_over(call, alice.page_answer(call, "implicit-jwe"))
        (verdict,) = (event for event in server.store.events.after(0) if event.type == "verdict")

    assert outcome == welcome["outcome"]
    assert code == verdict.data["code"]

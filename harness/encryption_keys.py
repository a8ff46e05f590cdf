"""The platform's encryption keys on disk: made once, registered at the brand, kept over a rotation."""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from harness.errors import ConfigError, UsageError
from harness.roles.idp.keys import new_key

VALID_DAYS = 2 * 365


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What the brand registers: the public half, as a JWK and as a certificate."""

    kid: str
    public_jwk: str
    certificate_pem: str


def make(path: Path, *, now: datetime.datetime) -> Registered:
    """Make a key pair, keep its private half in ``path`` for the owner's eyes only, return the public half.

    Args:
        path: A file that does not exist yet.
        now: The certificate's first day.

    Raises:
        UsageError: When the file exists or cannot be written.

    Source: RFC 7517 section 4, RFC 7518 section 4.3.
    """
    key = new_key("enc", "RSA-OAEP-256")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{path} exists already and is not overwritten; name another file") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(key.as_dict(private=True), file)
    public = json.dumps(key.as_dict(private=False), indent=2)
    return Registered(kid=str(key.kid), public_jwk=public, certificate_pem=_certificate(key, now))


def load(path: Path) -> RSAKey:
    """Read a private key that :func:`make` wrote.

    Raises:
        ConfigError: When there is none, or the file holds something else.
    """
    try:
        key = RSAKey.import_key(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise ConfigError(f"the encryption key {path} cannot be read: {error.strerror}") from None
    except (JoseError, ValueError, KeyError, TypeError):
        raise ConfigError(f"{path} is no key that 'harness keys new' wrote") from None
    if not key.is_private or not key.kid:
        raise ConfigError(f"{path} holds a public key; the platform decrypts with the private one")
    return key


def _certificate(key: RSAKey, now: datetime.datetime) -> str:
    """Return a self-signed certificate: a form of the public key that some authorization servers ask for."""
    assert key.private_key is not None, "the key was just made"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"platform encryption {key.kid}"[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
        .sign(key.private_key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode("ascii")

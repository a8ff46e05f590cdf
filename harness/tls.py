"""TLS for one run: a private authority that lives in memory, and what trusts it."""

from __future__ import annotations

import base64
import hashlib
import ssl
from dataclasses import dataclass

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True, kw_only=True)
class RunTls:
    """One run's certificates.

    Attributes:
        server: The servers' side.
        client: The back channel's side, which trusts this run's authority and nothing else.
        spki_pin: Base64 SHA-256 of the leaf's public key, by which Chromium is told to accept it.
    """

    server: ssl.SSLContext
    client: ssl.SSLContext
    spki_pin: str


def make(*names: str) -> RunTls:
    """Make an authority and one leaf certificate for ``names``; nothing is added to a system store."""
    authority = trustme.CA(organization_name="consumer-auth-harness", organization_unit_name="one run")
    leaf = authority.issue_cert(*names)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.minimum_version = ssl.TLSVersion.TLSv1_2
    leaf.configure_cert(server)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.minimum_version = ssl.TLSVersion.TLSv1_2
    authority.configure_trust(client)
    certificate = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return RunTls(
        server=server, client=client, spki_pin=base64.b64encode(hashlib.sha256(spki).digest()).decode()
    )

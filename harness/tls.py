"""TLS for one run: a private authority that lives in memory, and what trusts it."""

from __future__ import annotations

import base64
import hashlib
import ssl
from dataclasses import dataclass, field
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True, kw_only=True)
class Papers:
    """The PEM texts behind one run's certificates: whoever has them answers under the same ones.

    Attributes:
        authority: The authority's certificate.
        authority_key: Its private key.
        leaf: The leaf's certificate, and its chain if there is one.
        leaf_key: Its private key.
    """

    authority: bytes
    authority_key: bytes = field(repr=False)
    leaf: bytes
    leaf_key: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class RunTls:
    """One run's certificates.

    Attributes:
        server: The servers' side.
        client: The back channel's side, which trusts this run's authority, and for a brand of one's own the
            public ones and its own.
        also: Further authorities that browsers trust, PEM; empty for none.
        spki_pin: Base64 SHA-256 of the leaf's public key, by which Chromium is told to accept it.
    """

    server: ssl.SSLContext
    client: ssl.SSLContext
    spki_pin: str
    _authority: trustme.CA = field(repr=False)
    also: bytes = b""
    _further_pins: list[str] = field(default_factory=list)

    @property
    def ca_pem(self) -> bytes:
        """The authority's certificate, for servers and clients that are not ours."""
        return self._authority.cert_pem.bytes()

    @property
    def spki_pins(self) -> tuple[str, ...]:
        """The pins of every leaf so far; a browser knows those that were there when it started."""
        return (self.spki_pin, *self._further_pins)

    def issue(self, *names: str) -> tuple[bytes, bytes]:
        """Issue one more leaf for a server that is not ours, before the browser starts.

        Args:
            names: The host names that it answers for.

        Returns:
            Private key and certificate, both PEM.
        """
        leaf = self._authority.issue_cert(*names)
        self._further_pins.append(_pin(leaf.cert_chain_pems[0].bytes()))
        return leaf.private_key_pem.bytes(), leaf.cert_chain_pems[0].bytes()

    def without_chain(self, *names: str) -> ssl.SSLContext:
        """Return a server's side whose certificate comes without the one by which it leads to the authority.

        Args:
            names: The host names that it answers for.
        """
        leaf = self._authority.create_child_ca().issue_cert(*names)
        self._further_pins.append(_pin(leaf.cert_chain_pems[0].bytes()))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        alone = leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes()
        with trustme.Blob(alone).tempfile() as path:
            context.load_cert_chain(path)
        return context


def outward(ca: Path | None) -> ssl.SSLContext:
    """Return what trusts the public authorities, and those in a PEM file."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca is not None:
        context.load_verify_locations(cafile=ca)
    return context


def draw(*names: str) -> Papers:
    """Make an authority and one leaf certificate.

    Args:
        names: The host names of the leaf.
    """
    authority = trustme.CA(organization_name="consumer-auth-harness", organization_unit_name="one run")
    leaf = authority.issue_cert(*names)
    return Papers(
        authority=authority.cert_pem.bytes(),
        authority_key=authority.private_key_pem.bytes(),
        leaf=b"".join(pem.bytes() for pem in leaf.cert_chain_pems),
        leaf_key=leaf.private_key_pem.bytes(),
    )


def make(*names: str, client: ssl.SSLContext | None = None, ca: Path | None = None) -> RunTls:
    """Make an authority and one leaf certificate for ``names``; nothing is added to a system store.

    Args:
        names: The host names of the leaf.
        client: What trusts the run's authority from now on too; it alone when left out.
        ca: A PEM file of authorities that browsers trust as well.
    """
    return use(draw(*names), client=client, ca=ca)


def use(papers: Papers, *, client: ssl.SSLContext | None = None, ca: Path | None = None) -> RunTls:
    """Return what answers with a run's certificates and what trusts them.

    Args:
        papers: The certificates and their keys.
        client: What trusts the run's authority from now on too; it alone when left out.
        ca: A PEM file of authorities that browsers trust as well.
    """
    authority = trustme.CA.from_pem(papers.authority, papers.authority_key)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.minimum_version = ssl.TLSVersion.TLSv1_2
    with trustme.Blob(papers.leaf_key + papers.leaf).tempfile() as path:
        server.load_cert_chain(path)
    client = client or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.minimum_version = ssl.TLSVersion.TLSv1_2
    authority.configure_trust(client)
    also = ca.read_bytes() if ca is not None else b""
    return RunTls(server=server, client=client, spki_pin=_pin(papers.leaf), _authority=authority, also=also)


def _pin(leaf: bytes) -> str:
    certificate = x509.load_pem_x509_certificate(leaf)
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()

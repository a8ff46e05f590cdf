"""One authority per run issues every certificate, also those of servers that are not ours."""

from __future__ import annotations

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness import tls


def shake_hands(certificates: tls.RunTls, name: str, key: bytes, certificate: bytes, folder: Path) -> None:
    """Let the run's client meet a server that holds a further leaf, under ``name``."""
    (folder / "leaf.pem").write_bytes(key + certificate)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "leaf.pem")
    near, far = socket.socketpair()
    with near, far, ThreadPoolExecutor(1) as pool:
        answered = pool.submit(server.wrap_socket, far, server_side=True)
        try:
            certificates.client.wrap_socket(near, server_hostname=name).close()
        finally:
            near.close()
            if answered.exception() is None:
                answered.result().close()


def test_a_further_leaf_is_trusted_under_its_own_names_only(tmp_path: Path) -> None:
    """The back channel accepts it for each name that it was issued for, and for no other."""
    certificates = tls.make("www.brand.test")
    key, certificate = certificates.issue("op.test", "rp.test")

    shake_hands(certificates, "op.test", key, certificate, tmp_path)
    shake_hands(certificates, "rp.test", key, certificate, tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(certificates, "www.brand.test", key, certificate, tmp_path)


def test_every_leaf_has_a_pin_of_its_own() -> None:
    """The browser is told of the servers' leaf first, and of each further one."""
    certificates = tls.make("www.brand.test")
    certificates.issue("op.test")
    certificates.issue("rp.test")

    assert certificates.spki_pin == certificates.spki_pins[0]
    assert 3 == len(set(certificates.spki_pins))


def test_the_authority_can_be_handed_to_others() -> None:
    """Software that is not ours is given the authority's certificate, never its key."""
    pem = tls.make("www.brand.test").ca_pem

    assert pem.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"PRIVATE KEY" not in pem

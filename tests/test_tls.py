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


def test_an_authority_of_the_brands_own_is_trusted_beside_the_runs(tmp_path: Path) -> None:
    """By the back channel and by the browsers; the public ones stay, and old versions of TLS do not."""
    brands = tls.make("www.acme.example")
    ca = tmp_path / "corp.pem"
    ca.write_bytes(brands.ca_pem)
    trust = tls.outward(ca)
    public = len(tls.outward(None).get_ca_certs())
    run = tls.make("chat.platform.test", client=trust, ca=ca)

    for certificates, name in ((brands, "www.acme.example"), (run, "chat.platform.test")):
        key, certificate = certificates.issue(name)
        shake_hands(run, name, key, certificate, tmp_path)
    assert brands.ca_pem == run.also
    assert public + 2 == len(trust.get_ca_certs())
    assert ssl.TLSVersion.TLSv1_2 == trust.minimum_version


def test_without_it_the_brands_server_is_a_strangers(tmp_path: Path) -> None:
    """Neither the run's authority nor the public ones vouch for it."""
    brands = tls.make("www.acme.example")
    run = tls.make("chat.platform.test", client=tls.outward(None))
    key, certificate = brands.issue("www.acme.example")

    assert b"" == run.also
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(run, "www.acme.example", key, certificate, tmp_path)


def test_whoever_has_the_papers_answers_under_the_same_certificates(tmp_path: Path) -> None:
    """Another process of the server: the browser knows its leaf, and its authority issues further ones."""
    papers = tls.draw("www.brand.test")
    one, other = tls.use(papers), tls.use(papers)
    key, certificate = other.issue("op.test")

    assert (one.spki_pin, one.ca_pem) == (other.spki_pin, other.ca_pem)
    shake_hands(one, "www.brand.test", papers.leaf_key, papers.leaf, tmp_path)
    shake_hands(one, "op.test", key, certificate, tmp_path)


@pytest.mark.parametrize("of", ["server", "client", "a server whose chain is incomplete", "outward"])
def test_old_versions_of_tls_are_not_spoken(of: str) -> None:
    """On no side, and not by a server that is broken on purpose in another way."""
    run = tls.make("www.brand.test")
    contexts = {
        "server": run.server,
        "client": run.client,
        "a server whose chain is incomplete": run.without_chain("op.test"),
        "outward": tls.outward(None),
    }

    assert ssl.TLSVersion.TLSv1_2 == contexts[of].minimum_version


def test_the_back_channel_checks_names_and_certificates() -> None:
    """Always: no run is without it."""
    for context in (tls.make("www.brand.test").client, tls.outward(None)):
        assert (True, ssl.CERT_REQUIRED) == (context.check_hostname, context.verify_mode)


def test_a_private_key_is_on_the_disk_for_a_moment_and_for_its_user_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """OpenSSL reads it from a file, which nobody else can read and which is gone at once."""
    files: list[tuple[Path, int]] = []
    load = ssl.SSLContext.load_cert_chain

    def noting(context: ssl.SSLContext, path: str) -> None:
        files.append((Path(path), Path(path).stat().st_mode & 0o777))
        load(context, path)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", noting)
    tls.make("www.brand.test").without_chain("op.test")

    assert [0o600, 0o600] == [mode for _, mode in files]
    assert not any(path.exists() for path, _ in files)


def test_every_run_has_an_authority_of_its_own() -> None:
    """No certificate of one is good in another."""
    assert tls.make("www.brand.test").ca_pem != tls.make("www.brand.test").ca_pem

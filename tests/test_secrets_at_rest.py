"""Secrets at rest: keys in memory, hashes in the database, files for their owner alone, and all gone."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

import harness
from harness.clock import ManualClock, MovableClock
from harness.config import Config
from harness.protocol import pkce
from harness.server import running
from harness.store import Store
from harness.wire import WireConsumer
from tests.leaks import below, leaks

KEYS_OF_A_PRIVATE_JWK = (b'"d"', b'"dp"', b'"qi"', b"PRIVATE KEY")


def published(folder: Path) -> tuple[str, bytes]:
    """Start the servers; return what keys they publish and which authority signs for them."""
    with running(Config(), folder=folder, clock=MovableClock()) as server, WireConsumer(server) as consumer:
        keys = consumer.http.get(f"https://{server.config.sites.idp}/jwks").text
        return keys, server.tls.ca_pem


def test_every_run_has_keys_of_its_own(tmp_path: Path) -> None:
    """The issuer's, and those of TLS."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (keys, authority), (others, stranger) = published(tmp_path / "one"), published(tmp_path / "two")

    assert '"kid"' in keys
    assert keys != others
    assert authority != stranger


def test_no_private_key_is_written_while_the_servers_run(tmp_path: Path) -> None:
    """Not into the run's folder, with somebody signed in and a token encrypted."""
    with running(Config(), folder=tmp_path, clock=MovableClock()) as server, WireConsumer(server) as consumer:
        consumer.sign_in("alice")
        call = consumer.open_call("embedded.implicit-jwe")
        consumer.hand_over(call, consumer.page_answer(call, "implicit-jwe"))
        written = list(below(tmp_path))

    assert [name for name, octets in written if octets.startswith(b"SQLite format 3")]
    assert [] == [name for name, octets in written if any(key in octets for key in KEYS_OF_A_PRIVATE_JWK)]


@pytest.mark.skipif(sys.platform == "win32", reason="its folders are their owner's by other means")
def test_the_folder_of_a_run_is_its_owners_alone_and_gone_afterwards() -> None:
    """With the database in it, also where the run broke off."""
    with harness.Harness() as one:
        folder = one._folder
        assert 0o700 == stat.S_IMODE(folder.stat().st_mode)
        assert any(folder.iterdir())
    assert not folder.exists()

    two = harness.Harness()
    two.__enter__()
    broken = two._folder
    two.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert not broken.exists()


def test_what_counts_once_is_kept_as_its_hash(store: Store, tmp_path: Path) -> None:
    """Codes, states, credentials that were seen, and sessions: the database holds none of them."""
    secrets = {
        "code": "a-code-9mN1pQ3sT5vW",
        "state": "a-state-9mN1pQ3sT5vW",
        "credential": "a-token-9mN1pQ3sT5vW",
        "window": "a-window-9mN1pQ3sT5vW",
    }
    store.once.put_code("https://login.brand.test", secrets["code"], {}, seconds=60)
    store.once.put_transaction("popup", secrets["state"], "flow", {}, seconds=60)
    store.once.first_use(secrets["credential"], secrets["window"], seconds=60)
    session = store.sessions.open("window", {}, seconds=60)

    assert store.once.peek_transaction("popup", secrets["state"]) is not None
    assert store.sessions.find("window", session) is not None
    assert [] == leaks({**secrets, "session": session}, below(tmp_path))


def test_what_a_sign_in_needed_is_not_in_the_database(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the verifier nor the code nor a token nor a cookie, while the servers still run."""
    verifiers, challenged = [], pkce.s256

    def s256(code_verifier: str) -> str:
        verifiers.append(code_verifier)
        return challenged(code_verifier)

    monkeypatch.setattr(pkce, "s256", s256)
    with running(Config(), folder=tmp_path, clock=clock) as server, WireConsumer(server) as consumer:
        consumer.sign_in("alice")
        call = consumer.open_call("embedded.code-pkce")
        code = consumer.page_answer(call, "code-pkce")
        signed_in = consumer.hand_over(call, code)
        popup = consumer.open_popup("popup.code-pkce")
        cookies = {f"cookie {one.name}": str(one.value) for one in consumer.http.cookies.jar}
        values = {f"verifier {number}": one for number, one in enumerate(verifiers)}
        values |= {"code": str(code), "token": signed_in["token"], **cookies}
        found = leaks(values, below(tmp_path))

    assert "authenticated" == signed_in["outcome"]
    assert popup.url
    assert len(verifiers) >= 2
    assert cookies
    assert [] == found

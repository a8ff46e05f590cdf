"""What the store remembers for the holder of a secret, nobody reads who has the store alone."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import create_engine, select

from harness.store import Store
from harness.store.sealed import sealed, unsealed
from harness.store.tables import authorization_codes, sessions, transactions


def test_only_its_own_secret_opens_what_was_sealed() -> None:
    """Another one is refused, whatever it is."""
    kept = sealed("a secret", {"window": "w-1"})

    assert {"window": "w-1"} == unsealed("a secret", kept)
    assert "w-1" not in json.dumps(kept)
    with pytest.raises(ValueError, match="another secret"):
        unsealed("another secret", kept)


def test_the_rows_tell_nothing(store: Store, store_url: str) -> None:
    """Of sessions, codes and transactions there are hashes and sealed data."""
    session = store.sessions.open("visitor", {"window": "what nobody reads"}, seconds=60)
    store.sessions.merge("visitor", session, more="what nobody reads")
    store.once.put_code("https://login.brand.test", "a code", {"nonce": "what nobody reads"}, seconds=60)
    store.once.put_transaction("call", "a key", "f1", {"origin": "what nobody reads"}, seconds=60)

    engine = create_engine(store_url)
    with engine.connect() as connection:
        rows = [
            row
            for table in (sessions, authorization_codes, transactions)
            for row in connection.execute(select(table))
        ]
    engine.dispose()

    assert 3 == len(rows)
    assert all("what nobody reads" not in str(row) and session not in str(row) for row in rows)
    assert {"window": "what nobody reads", "more": "what nobody reads"} == store.sessions.find(
        "visitor", session
    )

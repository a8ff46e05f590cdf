"""Transactions: what a verifier is sealed to, so that it is good in its own transaction and in no other."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from harness.config import Config
from harness.protocol.problem import Refusal
from harness.protocol.sealing import Sealer
from harness.store import Store
from harness.verification.decision import Engagement
from harness.verification.transactions import Transactions

ORIGIN = "https://www.brand.test"
CONFIG = Config()
ENGAGED = Engagement(surface="embedded", connector=CONFIG.connector_for("code-pkce"), mode="strict")
MOVED = CONFIG.model_copy(update={"platform": CONFIG.platform.model_copy(update={"account": "another"})})
SEALER = Sealer(bytes(range(32)))


def opened_call(store: Store) -> tuple[str, str | None, dict[str, Any]]:
    """Open a call; return its id, its sealed verifier and what is remembered of it."""
    transactions = Transactions(CONFIG, store, SEALER)
    call = transactions.open_call(ENGAGED, origin=ORIGIN, session="window")
    return (
        call.call_id,
        call.sealed_verifier,
        transactions.take_call(call.call_id, session="window", origin=ORIGIN)[0],
    )


def opened_popup(store: Store) -> dict[str, Any]:
    """Open a popup; return what is remembered of it."""
    url = Transactions(CONFIG, store, SEALER).open_popup(
        ENGAGED, popup="p1", binding="browser", window_config={"site": 7}
    )
    (state,) = parse_qs(urlsplit(url).query)["state"]
    found = store.once.peek_transaction("popup", state)
    assert found is not None
    return dict(found.data)


def test_a_verifier_is_good_in_its_own_transaction(store: Store) -> None:
    """A call's travels through the page, a popup's stays in the database; both come out."""
    transactions = Transactions(CONFIG, store, SEALER)
    call_id, sealed, data = opened_call(store)

    assert transactions.call_verifier(sealed, call_id, data)
    assert transactions.popup_verifier(opened_popup(store))


@pytest.mark.parametrize("name", ["session", "challenge", "connector"])
def test_a_call_s_verifier_is_bound_to_all_of_its_transaction(name: str, store: Store) -> None:
    """To the window's session, the challenge and the connector, which have to be those of the opening."""
    call_id, sealed, data = opened_call(store)
    data[name] = "code" if name == "connector" else "another"

    with pytest.raises(Refusal, match=r"pkce\.binding_mismatch"):
        Transactions(CONFIG, store, SEALER).call_verifier(sealed, call_id, data)


@pytest.mark.parametrize("name", ["popup", "binding", "state", "connector"])
def test_a_popup_s_verifier_is_bound_to_all_of_its_transaction(name: str, store: Store) -> None:
    """To the popup, the browser, the state and the connector: it is no use in another's row."""
    data = opened_popup(store)
    data[name] = "code" if name == "connector" else "another"

    with pytest.raises(Refusal, match=r"pkce\.binding_mismatch"):
        Transactions(CONFIG, store, SEALER).popup_verifier(data)
    with pytest.raises(Refusal, match=r"authz\.state_expired"):
        Transactions(CONFIG, store, SEALER).popup_nonce({**data, "nonce": data["verifier"]})


def test_a_verifier_is_bound_to_the_account(store: Store) -> None:
    """Another account of the same platform unseals neither, with the same key."""
    call_id, sealed, data = opened_call(store)
    popup = opened_popup(store)
    others = Transactions(MOVED, store, SEALER)

    with pytest.raises(Refusal, match=r"pkce\.binding_mismatch"):
        others.call_verifier(sealed, call_id, data)
    with pytest.raises(Refusal, match=r"pkce\.binding_mismatch"):
        others.popup_verifier(popup)


def test_what_is_remembered_holds_no_verifier(store: Store) -> None:
    """Nor a state: its hash."""
    data = opened_popup(store)
    verifier = Transactions(CONFIG, store, SEALER).popup_verifier(data)

    assert verifier is not None
    assert verifier not in json.dumps(data)
    assert 64 == len(data["state"])

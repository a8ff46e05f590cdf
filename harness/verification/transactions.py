"""Transactions: what is open between a request and its answer, and whose answer may take it.

RFC 6749 section 10.12, RFC 9700 section 4.7.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from harness.config import Config, Connector
from harness.protocol import pkce
from harness.protocol.authorization import (
    AuthorizationResponse,
    ResponseMode,
    authorization_url,
    read_response,
)
from harness.protocol.fingerprint import digest, fingerprint
from harness.protocol.problem import Refusal
from harness.protocol.sealing import Sealer
from harness.store import Store
from harness.store.once import Taken
from harness.verification.decision import Engagement
from harness.verification.habits import Habits
from harness.verification.interface import Call

Remembered = tuple[dict[str, Any], str]
"""What a transaction remembers, and the name of its flow."""


class Transactions:
    """Opens calls and popups, and takes them once.

    Args:
        config: Host names and deadlines.
        store: Where the transactions live.
        sealer: Seals verifiers.
        habits: Returns how verifiers are made.
    """

    def __init__(
        self, config: Config, store: Store, sealer: Sealer, habits: Callable[[], Habits] = Habits
    ) -> None:
        self._config, self._store, self._sealer, self._habits = config, store, sealer, habits

    def open_call(self, engagement: Engagement, *, origin: str, session: str) -> Call:
        """Open a call of the page method (or of an app) for one window session of one brand origin."""
        connector = engagement.connector
        call_id, flow = secrets.token_urlsafe(24), secrets.token_hex(8)
        verifier = self._habits().code_verifier(connector.verifier_length) if connector.pkce else None
        challenge = pkce.s256(verifier) if verifier else None
        data = {**engagement.as_json(), "origin": origin, "session": digest(session), "challenge": challenge}
        seconds = connector.callback_deadline + self._config.deadlines.call
        self._store.once.put_transaction("call", call_id, flow, data, seconds=seconds)
        self._emit("call.opened", flow, call=fingerprint(call_id), **engagement.as_json())
        sealed = verifier
        if verifier and self._habits().sealed:
            sealed = self._sealer.seal(verifier, **self._of_call(call_id, data))
        return Call(call_id=call_id, code_challenge=challenge, sealed_verifier=sealed)

    def take_call(self, call_id: str, *, session: str, origin: str) -> Remembered:
        """Take an open call of this window and page.

        Raises:
            Refusal: ``platform.session_binding``.
        """
        taken = self._store.once.take_transaction("call", call_id)
        if not isinstance(taken, Taken):
            raise _foreign(f"the call is {taken}")
        data, flow = taken.data, str(taken.flow)
        if not _same(data["session"], digest(session)) or data["origin"] != origin:
            raise _foreign("the call belongs to another window or page")
        return data, flow

    def call_verifier(self, sealed: str | None, call_id: str, data: Mapping[str, Any]) -> str | None:
        """Return the verifier that was sealed for a call; raises :class:`Refusal` for another one."""
        if data["challenge"] is None:
            return None
        verifier = sealed or None
        if verifier and self._habits().sealed:
            verifier = self._sealer.unseal(verifier, **self._of_call(call_id, data))
        if verifier is None:
            raise Refusal(
                "pkce.binding_mismatch", expected="the sealed verifier of this call", observed="another"
            )
        return verifier

    def popup_verifier(self, data: Mapping[str, Any]) -> str | None:
        """Return the verifier that was sealed for a popup; raises :class:`Refusal` for another one."""
        if data["verifier"] is None:
            return None
        verifier = self._sealer.unseal(data["verifier"], **self._of_popup(data))
        if verifier is None:
            raise Refusal(
                "pkce.binding_mismatch", expected="the verifier of this transaction", observed="another"
            )
        return verifier

    def popup_nonce(self, data: Mapping[str, Any]) -> str | None:
        """Return the nonce of a popup's request, ``None`` where it had none.

        Raises:
            Refusal: ``authz.state_expired`` where nobody can say any more which it was.
        """
        if data["nonce"] is None:
            return None
        nonce = self._sealer.unseal(data["nonce"], what="nonce", **self._of_popup(data))
        if nonce is None:
            raise Refusal(
                "authz.state_expired", expected="a fresh state", observed="one of an earlier server"
            )
        return nonce

    def open_popup(self, engagement: Engagement, *, popup: str, binding: str, window_config: Any) -> str:
        """Open an authorization transaction and return the URL that the popup is sent to."""
        connector = engagement.connector
        flow = secrets.token_hex(8)
        nonce = secrets.token_urlsafe(24) if connector.nonce else None
        # The documented state is the window's configuration; strict adds an unguessable value.
        state = json.dumps({"config": window_config, "rnd": secrets.token_urlsafe(24)}, separators=(",", ":"))
        verifier = self._habits().code_verifier(connector.verifier_length) if connector.pkce else None
        redirect_uri = self._config.window_url
        if not connector.rfc_compliance:
            redirect_uri += "?" + urlencode({"lpUnifiedWindowConfig": json.dumps(window_config)})
        data = {
            **engagement.as_json(),
            "popup": popup,
            "binding": digest(binding),
            "state": digest(state),
            "redirect_uri": redirect_uri,
            "older": not connector.rfc_compliance,
        }
        bound = self._of_popup(data)
        data["nonce"] = self._sealer.seal(nonce, what="nonce", **bound) if nonce else None
        data["verifier"] = self._sealer.seal(verifier, **bound) if verifier else None
        seconds = self._config.deadlines.state
        kind = "popup" if connector.rfc_compliance else "popup-older"
        self._store.once.put_transaction(kind, state, flow, data, seconds=seconds, binding=digest(binding))
        parameters = {
            "response_type": connector.asked_response_type,
            "client_id": connector.client_id,
            "redirect_uri": redirect_uri,
            "scope": f"{connector.scope} offline_access" if connector.delegation else connector.scope,
            "parentWindowOrigin": self._config.brand_origins[0],
            **({"state": state} if connector.rfc_compliance else {}),
            **({"nonce": nonce} if nonce else {}),
            **_asked(connector),
        }
        if verifier:
            parameters |= {
                "code_challenge": pkce.s256(verifier),
                "code_challenge_method": pkce.CODE_CHALLENGE_METHOD,
            }
        self._emit(
            "authorization.requested",
            flow,
            state=fingerprint(state),
            nonce=fingerprint(nonce) if nonce else None,
            **engagement.as_json(),
        )
        return authorization_url(connector.authorization_endpoint, parameters)

    def popup_of(self, encoded: str, mode: ResponseMode, binding: str | None) -> str | None:
        """Return the popup id of a response's transaction, for its status channel, without taking it."""
        try:
            state = read_response(encoded, mode=mode).state
        except Refusal:
            return None
        once = self._store.once
        found = once.peek_transaction("popup", state) if state else None
        if found is None and binding is not None and not state:
            found = once.peek_waiting("popup-older", digest(binding))
        return str(found.data["popup"]) if found else None

    def take_popup(self, response: AuthorizationResponse, binding: str | None) -> tuple[dict[str, Any], str]:
        """Take the transaction of a response: known, of this browser, in time, once."""
        found = self._store.once.peek_transaction("popup", response.state) if response.state else None
        if found is None and (older := self._older_transaction(response, binding)):
            return older.data, str(older.flow)
        if found is None:
            raise self._without_transaction(response, binding)
        if binding is None:
            raise Refusal("authz.state_cookie_missing", expected="the browser's cookie", observed="no cookie")
        if not _same(found.data["binding"], digest(binding)):
            raise Refusal("authz.state_unbound", expected="the same browser", observed="another browser")
        taken = self._store.once.take_transaction("popup", str(response.state))
        if not isinstance(taken, Taken):
            code = "authz.state_used" if taken == "used" else "authz.state_expired"
            raise Refusal(code, expected="a fresh state", observed=taken)
        return taken.data, str(taken.flow)

    def asked(self, issuer: str, binding: str | None) -> bool:
        """Tell whether this browser has an open request at an issuer."""
        waiting = self._store.once.waiting("popup", digest(binding)) if binding else ()
        return any(self._config.connector(one.data["connector"]).issuer == issuer for one in waiting)

    def _older_transaction(self, response: AuthorizationResponse, binding: str | None) -> Taken | None:
        """Take the browser's transaction of the older connector version, which sends no state."""
        if response.state or binding is None:
            return None
        return self._store.once.take_waiting("popup-older", digest(binding))

    def _without_transaction(self, response: AuthorizationResponse, binding: str | None) -> Refusal:
        """Say why a response belongs to nothing: never asked for, or its state lost or changed."""
        waiting = binding is not None and self._store.once.is_waiting("popup", digest(binding))
        expected, seen = "the state of the request", "another state" if response.state else "no state"
        if not waiting:
            return Refusal("authz.unsolicited", expected="a request of this browser", observed="none")
        code = "authz.state_mismatch" if response.state else "authz.state_missing"
        return Refusal(code, expected=expected, observed=seen)

    def _of_call(self, call_id: str, data: Mapping[str, Any]) -> dict[str, str]:
        """Return what a call's verifier is sealed to: account, connector, call, window and challenge."""
        return {
            **self._of_connector(data),
            "call": digest(call_id),
            "session": data["session"],
            "challenge": str(data["challenge"]),
        }

    def _of_popup(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return what a popup's verifier is sealed to: account, connector, popup, browser and state."""
        bound = {name: str(data[name]) for name in ("popup", "binding", "state")}
        return {**self._of_connector(data), **bound}

    def _of_connector(self, data: Mapping[str, Any]) -> dict[str, str]:
        connector = self._config.connector(data["connector"])
        return {"account": self._config.account_of(connector), "connector": connector.id}

    def _emit(self, type_: str, flow: str | None, **data: Any) -> None:
        self._store.events.append("platform", type_, flow=flow, **data)


def _asked(connector: Connector) -> dict[str, str]:
    """Return the optional parameters of the authorization request."""
    asked = {
        "response_mode": connector.response_mode,
        "max_age": None if connector.max_age is None else f"{connector.max_age:.0f}",
        "acr_values": " ".join(connector.acr_values) or None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _foreign(observed: str) -> Refusal:
    return Refusal("platform.session_binding", expected="an open call of this window", observed=observed)


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left, right)

"""What the authorization server issues, for its endpoints and for the brand's backend: codes, id_tokens."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from joserfc.jwk import RSAKey

from harness.clock import Clock
from harness.protocol import jose
from harness.protocol.fingerprint import fingerprint
from harness.roles.seams import Draft, HttpAnswer, PlatformKey, Seams
from harness.sample import Client, Customer
from harness.store import Store
from harness.store.once import TakeFailure, Taken

ID_TOKEN_SECONDS = 300
CONTENT_ENCRYPTION = "A128CBC-HS256"
"""OpenID Connect's default ``enc`` (Dynamic Client Registration section 2)."""


class RegisteredClient(Protocol):
    """A client as the endpoints know it."""

    @property
    def client(self) -> Client:
        """What is registered."""
        ...


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What an authorization code stands for; the token endpoint holds every member against the request."""

    client_id: str
    redirect_uri: str
    scope: str
    sub: str = field(repr=False)
    code_challenge: str | None
    nonce: str | None = field(repr=False)
    auth_time: int


class Issuer:
    """Issues for one issuer identifier.

    Args:
        url: The issuer identifier.
        keys: Signing keys of every issuer by identifier.
        encryption_key: Returns the platform's public key for nested tokens.
        store: Keeps the codes.
        clock: Gives ``iat`` and ``exp``.
        seams: Returns the seams that are in place.
        code_seconds: Life of a code.
    """

    def __init__(
        self,
        *,
        url: str,
        keys: Mapping[str, RSAKey],
        encryption_key: PlatformKey,
        store: Store,
        clock: Clock,
        seams: Callable[[], Seams],
        code_seconds: float,
    ) -> None:
        self.url = url
        self._keys, self._encryption_key = keys, encryption_key
        self._store, self._clock, self._seams, self._code_seconds = store, clock, seams, code_seconds
        self._numbers = itertools.count()
        self._used: dict[str, tuple[float, Grant]] = {}

    def jwks(self) -> HttpAnswer:
        """Answer with the JWK Set of the public signing key (RFC 7517 section 5)."""
        document = {"keys": [self._keys[self.url].as_dict(private=False)]}
        headers = {"Content-Type": "application/json", "Cache-Control": "max-age=600"}
        answer = HttpAnswer(status=200, headers=headers, body=json.dumps(document).encode())
        return self._seams().jwks_answer(answer)

    def code(self, client: Client, grant: Grant) -> str:
        """Issue a code of 256 random bits for a client's grant (RFC 6749 section 4.1.2)."""
        bound: dict[str, bool] = {}
        lenience = self._seams_for(client).lenience

        def issue(*, code_challenge: str | None, prefix: str = "") -> str:
            code = prefix + lenience.new_code(next(self._numbers))
            data = {**vars(grant), "code_challenge": code_challenge}
            seconds = lenience.code_seconds or self._code_seconds
            self._store.once.put_code(self.url, code, data, seconds=seconds)
            bound[code] = code_challenge is not None
            return code

        code = self._seams_for(client).code(issue, grant.code_challenge)
        self._store.events.append(
            "idp",
            "code.issued",
            credential=fingerprint(code),
            client_id=grant.client_id,
            challenged=bound.get(code, False),
        )
        return code

    def take_code(self, code: str) -> Grant | TakeFailure:
        """Take a code; of any number of parallel takers one gets the grant."""
        taken = self._store.once.take_code(self.url, code)
        again, now = self._seams().lenience.code_again, self._clock.now()
        if isinstance(taken, Taken):
            grant = Grant(**taken.data)
            if again is not None:
                self._used[code] = (now, grant)
            return grant
        at, used = self._used.get(code, (0.0, None))
        return used if used is not None and again is not None and now - at <= again else taken

    def id_token(
        self,
        client: Client,
        customer: Customer,
        *,
        auth_time: int,
        nonce: str | None = None,
        at_hash: str | None = None,
        refreshed: bool = False,
    ) -> str:
        """Issue an id_token, nested in a JWE where the client is registered for it.

        Args:
            client: Who it is for.
            customer: Whom it names.
            auth_time: When they logged in, in seconds since the epoch.
            nonce: The nonce of the authorization request.
            at_hash: The hash of the access token beside it.
            refreshed: Whether it is the answer to a refresh token.

        Source: OpenID Connect Core section 2, RFC 7519 section 5.2.
        """
        now = int(self._clock.now() + self._seams().idp_clock)
        claims: dict[str, Any] = {
            "iss": self.url,
            "sub": customer.sub,
            "aud": client.client_id,
            "exp": now + ID_TOKEN_SECONDS,
            "iat": now,
            "auth_time": auth_time,
            "jti": secrets.token_urlsafe(16),
            **consumer_claims(customer),
        }
        claims |= {name: value for name, value in (("nonce", nonce), ("at_hash", at_hash)) if value}
        if refreshed:
            claims = self._seams_for(client).refreshed_claims(claims, now)
        token = self._signed(self._seams_for(client), claims, now)
        encrypt = self._encrypted if client.id_token_encrypted else None
        token = self._seams_for(client).envelope(token, encrypt, self._encryption_key)
        self._store.events.append(
            "idp", "id_token.issued", credential=fingerprint(token), client_id=client.client_id
        )
        return token

    def _signed(self, seams: Seams, claims: dict[str, Any], now: int) -> str:
        key = self._keys[self.url]
        draft = Draft(
            header={"alg": "RS256", "typ": "JWT", "kid": key.kid},
            payload=json.dumps(seams.claims(claims, now), separators=(",", ":")).encode(),
            key=key,
        )
        draft = seams.draft(draft, self.url, self._keys)
        return seams.signed(jose.sign(draft.header, draft.payload, draft.key, algorithm=draft.algorithm))

    def _encrypted(self, token: str) -> str:
        key = self._encryption_key()
        header = {"alg": "RSA-OAEP-256", "enc": CONTENT_ENCRYPTION, "cty": "JWT", "kid": key.kid}
        return jose.encrypt(token, key, header)

    def seams(self) -> Seams:
        """Return the seams that are in place, for what belongs to no client."""
        return self._seams()

    def seams_of(self, registered: RegisteredClient | None) -> Seams:
        """Return the seams for a registered client; none for the brand's own and for strangers."""
        return Seams() if registered is None else self._seams_for(registered.client)

    def _seams_for(self, client: Client) -> Seams:
        """Return the seams for the platform's clients; the brand's own sign-in is never broken."""
        return Seams() if client.first_party else self._seams()


def consumer_claims(customer: Customer) -> dict[str, Any]:
    """Return what the brand vouches for: standard claims, ``lp_sdes``, bills and ways to pay."""
    year, month, day = customer.customer_since
    return {
        "preferred_username": customer.username,
        "given_name": customer.given_name,
        "family_name": customer.family_name,
        "email": customer.email,
        "email_verified": True,
        "phone_number": customer.phone_number,
        "gender": customer.gender,
        "lp_sdes": [
            {
                "type": "ctmrinfo",
                "info": {
                    "ctype": customer.package,
                    "customerId": customer.account_number,
                    "balance": customer.balance / 100,
                    "currency": customer.bills[0].currency,
                    "registrationDate": {"day": day, "month": month, "year": year},
                },
            },
            {
                "type": "personal",
                "personal": {
                    "firstname": customer.given_name,
                    "lastname": customer.family_name,
                    "gender": customer.gender,
                    "contacts": [{"email": customer.email, "phone": customer.phone_number}],
                },
            },
        ],
        "billing_history": [vars(bill) for bill in customer.bills],
        "ways_to_pay": [vars(way) for way in customer.ways_to_pay],
    }

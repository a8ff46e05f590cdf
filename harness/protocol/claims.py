"""The claims of an id_token, checked one rule at a time (OpenID Connect Core section 3.1.3.7)."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from harness.protocol import base64url
from harness.protocol.problem import Problem, describe

_MILLISECONDS = 10**11
"""A NumericDate above this is later than the year 5138, so it was meant as milliseconds."""

_SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}
_CUSTOM_LIMIT = 8 * 1024
_SDES_MEMBERS = {"ctmrinfo": "info", "personal": "personal"}


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the claims are held against.

    Attributes:
        issuer: The connector's issuer.
        client_id: The platform's client id at that issuer.
        audiences: Other audiences that the connector trusts beside it.
        authorized_parties: Other clients that may stand in ``azp``.
        nonce: The nonce that the platform sent, or ``None`` when it sent none.
        first: The claims of the id_token that this one renews, when it answers a refresh token.
        redirected: Whether the token came by an authorization request of the platform's own.
        access_token: The access token that came by the front channel, if one did.
        max_age: The ``max_age`` that the platform asked for, in seconds.
        acr_values: The levels that the platform asked for, any of which will do.
        now: Seconds since the epoch.
        leeway: Tolerated clock skew in seconds.
        iat_window: The oldest accepted ``iat``, in seconds before ``now``.
        longest: The longest lifetime that is accepted, in seconds.
        long: The lifetime above which there is a warning, in seconds.
    """

    issuer: str
    client_id: str
    audiences: frozenset[str] = frozenset()
    authorized_parties: frozenset[str] = frozenset()
    nonce: str | None = field(default=None, repr=False)
    first: Mapping[str, Any] | None = field(default=None, repr=False)
    redirected: bool = False
    access_token: str | None = field(default=None, repr=False)
    max_age: float | None = None
    acr_values: frozenset[str] = frozenset()
    now: float
    leeway: float = 60
    iat_window: float = 600
    longest: float = 7 * 86_400
    long: float = 86_400


Rule = Callable[[Mapping[str, Any], Expected], Iterator[Problem]]


def check_renewal(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """A refreshed id_token names the same issuer, subject and audience (OIDCC-12.2)."""
    if expected.first is None:
        return
    for name in ("iss", "sub", "aud"):
        if _named(claims.get(name)) != _named(expected.first.get(name)):
            yield Problem(
                code="refresh.identity_changed",
                expected=f"the {name} of the first id_token",
                observed=f"another {name}",
            )
            return


def _named(value: Any) -> Any:
    """Return a claim in one form: one audience is the same with and without its list (RFC 7519 4.1.3)."""
    several = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return frozenset(value) if several else frozenset({value}) if isinstance(value, str) else value


def check_iss(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``iss`` is a string and equals the configured issuer, octet by octet (OIDCC-3.1.3.7-2)."""
    iss = claims.get("iss")
    if iss is None or iss == "":
        yield Problem(code="claims.iss_missing", expected=expected.issuer, observed="no iss")
    elif not isinstance(iss, str):
        yield Problem(code="claims.iss_type", expected="a string", observed=type(iss).__name__)
    elif iss != expected.issuer:
        yield Problem(code="claims.iss_mismatch", expected=expected.issuer, observed=describe(iss))
    elif urlsplit(iss).scheme != "https":
        yield Problem(code="claims.iss_format", expected="an https URL", observed=describe(iss))


def check_aud(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``aud`` names this client and nobody who is not trusted (OIDCC-3.1.3.7-3)."""
    aud = claims.get("aud")
    if aud is None:
        yield Problem(code="claims.aud_missing", expected=expected.client_id, observed="no aud")
        return
    audiences = [aud] if isinstance(aud, str) else aud
    odd = not isinstance(audiences, list) or not audiences or not all(_filled(one) for one in audiences)
    if odd or (
        expected.client_id not in audiences
        and any(_only_case_differs(one, expected.client_id) for one in audiences)
    ):
        yield Problem(
            code="claims.aud_type", expected="a string or a list of strings", observed=describe(aud)
        )
    elif expected.client_id not in audiences:
        yield Problem(code="claims.aud_mismatch", expected=expected.client_id, observed=describe(aud))
    elif extra := set(audiences) - expected.audiences - {expected.client_id}:
        yield Problem(
            code="claims.aud_untrusted", expected=expected.client_id, observed=describe(sorted(extra))
        )


def check_azp(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``azp``, where it is present, is this client or one that the connector trusts (OIDCC-3.1.3.7-5)."""
    azp = claims.get("azp")
    if azp is not None and azp not in (expected.client_id, *expected.authorized_parties):
        yield Problem(code="claims.azp_mismatch", expected=expected.client_id, observed=describe(azp))


def check_exp(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``exp`` is a NumericDate in seconds that lies ahead (OIDCC-3.1.3.7-9)."""
    exp = claims.get("exp")
    if exp is None:
        yield Problem(code="claims.exp_missing", expected="a NumericDate", observed="no exp")
    elif problem := _numeric_date("exp", exp):
        yield problem
    elif expected.now >= exp + expected.leeway:
        yield Problem(
            code="claims.expired",
            expected=f"exp after now, with {expected.leeway:.0f} s of leeway",
            observed=f"expired {expected.now - exp:.0f} s ago",
        )


def check_iat(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``iat`` is a NumericDate, not ahead, not too old, before ``exp`` (OIDCC-3.1.3.7-10)."""
    iat, exp = claims.get("iat"), claims.get("exp")
    if iat is None:
        yield Problem(code="claims.iat_missing", expected="a NumericDate", observed="no iat")
        return
    if problem := _numeric_date("iat", iat):
        yield problem
        return
    if iat > expected.now + expected.leeway:
        yield Problem(code="claims.iat_future", expected="now", observed=f"{iat - expected.now:.0f} s ahead")
    elif iat < expected.now - expected.iat_window - expected.leeway:
        yield Problem(
            code="claims.iat_too_old",
            expected=f"at most {expected.iat_window:.0f} s old",
            observed=f"{expected.now - iat:.0f} s old",
        )
    if _is_number(exp) and _numeric_date("exp", exp) is None:
        yield from _lifetime(iat, exp, expected)


def _lifetime(iat: float, exp: float, expected: Expected) -> Iterator[Problem]:
    if exp <= iat:
        yield Problem(
            code="claims.time_order", expected="iat before exp", observed=f"{iat - exp:.0f} s after"
        )
    elif exp - iat > expected.long:
        yield Problem(
            code="claims.lifetime_long",
            expected=f"at most {expected.long:.0f} s",
            observed=f"{exp - iat:.0f} s",
            severity="error" if exp - iat > expected.longest else None,
        )


def check_nbf(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``nbf``, where it is present, has passed (RFC 7519 section 4.1.5)."""
    nbf = claims.get("nbf")
    if nbf is None:
        return
    if problem := _numeric_date("nbf", nbf):
        yield problem
    elif nbf > expected.now + expected.leeway:
        yield Problem(
            code="claims.not_yet_valid", expected="now", observed=f"{nbf - expected.now:.0f} s ahead"
        )


def check_nonce(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``nonce`` is the one that the platform sent, where it sent one (OIDCC-3.1.3.7-11)."""
    nonce = claims.get("nonce")
    if expected.first is not None:
        # A refreshed id_token should have none; where it has one, it is the first one's (OIDCC-12.2).
        if nonce is not None and not _same(nonce, expected.first.get("nonce")):
            yield Problem(
                code="claims.nonce_mismatch", expected="the first id_token's nonce", observed="another value"
            )
    elif expected.nonce is None:
        if nonce is not None and expected.redirected:
            yield Problem(code="claims.nonce_unexpected", expected="no nonce", observed="a nonce")
    elif nonce is None:
        yield Problem(code="claims.nonce_missing", expected="the nonce of the request", observed="no nonce")
    elif not _same(nonce, expected.nonce):
        yield Problem(
            code="claims.nonce_mismatch", expected="the nonce of the request", observed="another value"
        )


def _same(left: Any, right: Any) -> bool:
    """Compare two values that are secret until now, in a time that tells nothing of them."""
    both = isinstance(left, str) and isinstance(right, str)
    return both and hmac.compare_digest(left.encode(), right.encode())


def check_at_hash(claims: Mapping[str, Any], expected: Expected, algorithm: str) -> Iterator[Problem]:
    """``at_hash`` fits an access token that came by the front channel (OIDCC-3.2.2.9).

    Args:
        claims: The claims.
        expected: What they are held against.
        algorithm: The ``alg`` of the id_token's own header, which fixes the hash.
    """
    if expected.access_token is None:
        return
    at_hash, name = claims.get("at_hash"), _HASHES.get(algorithm[-3:])
    if at_hash is None:
        yield Problem(
            code="claims.at_hash_missing", expected="the access token's hash", observed="no at_hash"
        )
    elif name is None:
        yield Problem(code="claims.at_hash_unverifiable", expected="an alg with a hash", observed=algorithm)
    else:
        digest = hashlib.new(name, expected.access_token.encode()).digest()
        if at_hash != base64url.encode(digest[: len(digest) // 2]):
            yield Problem(
                code="claims.at_hash_mismatch", expected="the access token's hash", observed="another value"
            )


def check_auth_time(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``auth_time`` has passed, and not long ago, where the platform asked for it (OIDCC-3.1.3.7-13)."""
    if expected.max_age is None:
        return
    auth_time: Any = claims.get("auth_time")
    if unknown := _no_login_time(auth_time, expected):
        yield Problem(
            code="claims.auth_time_missing", expected="a NumericDate that has passed", observed=unknown
        )
    elif expected.now - auth_time > expected.max_age + expected.leeway:
        yield Problem(
            code="claims.auth_time_too_old",
            expected=f"a login within {expected.max_age:.0f} s",
            observed=f"{expected.now - auth_time:.0f} s ago",
        )


def _no_login_time(auth_time: Any, expected: Expected) -> str | None:
    """Return why a value says nothing about a login that has happened."""
    if auth_time is None:
        return "no auth_time"
    if problem := _numeric_date("auth_time", auth_time):
        return problem.observed
    ahead = auth_time - expected.now
    return f"{ahead:.0f} s ahead" if ahead > expected.leeway else None


def check_acr(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``acr`` is one of the levels that the platform asked for (OIDCC-3.1.3.7-12)."""
    acr = claims.get("acr")
    if expected.acr_values and not (isinstance(acr, str) and acr in expected.acr_values):
        yield Problem(
            code="claims.acr_insufficient",
            expected=", ".join(sorted(expected.acr_values)),
            observed=describe(acr),
        )


def check_sub(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``sub`` is a string of 1 to 255 ASCII characters and no client (OpenID Connect Core section 2)."""
    sub = claims.get("sub")
    if sub is None or (isinstance(sub, str) and not sub.strip()):
        yield Problem(code="claims.sub_missing", expected="a subject", observed="no sub")
    elif not isinstance(sub, str):
        yield Problem(code="claims.sub_type", expected="a string", observed=type(sub).__name__)
    elif sub == expected.client_id:
        yield Problem(code="claims.sub_is_client", expected="a consumer", observed="the platform's client_id")
    elif _SUBJECT.fullmatch(sub) is None:
        hard = len(sub) > 255 or _CONTROL.search(sub) is not None
        yield Problem(
            code="claims.sub_format",
            expected="1 to 255 ASCII characters",
            observed=f"{len(sub)} characters",
            severity="error" if hard else None,
        )
    elif sub in (claims.get("email"), claims.get("phone_number")):
        yield Problem(
            code="claims.sub_mutable", expected="an identifier that never changes", observed="an address"
        )


def check_custom(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """The platform's custom claims are of its types and not too many."""
    sdes = claims.get("lp_sdes")
    if sdes is not None:
        if len(json.dumps(sdes, ensure_ascii=False).encode()) > _CUSTOM_LIMIT:
            yield Problem(
                code="claims.custom_too_large", expected=f"at most {_CUSTOM_LIMIT} octets", observed="more"
            )
        elif bad := len(sdes) - len(legal_attributes(sdes)) if isinstance(sdes, list) else 1:
            yield Problem(
                code="claims.custom_invalid",
                expected="a list of ctmrinfo and personal",
                observed=f"{bad} item(s) that are neither, dropped",
            )
    if "email" in claims and claims.get("email_verified") is not True:
        yield Problem(
            code="claims.email_unverified", expected="email_verified true", observed="another value"
        )
    if "_claim_sources" in claims:
        yield Problem(
            code="claims.distributed_ignored", expected="claims in the token", observed="_claim_sources"
        )


def legal_attributes(sdes: Any) -> list[dict[str, Any]]:
    """Return the items of ``lp_sdes`` that are legal in a token (platform contract)."""
    return [
        item
        for item in (sdes if isinstance(sdes, list) else [])
        if isinstance(item, dict)
        and isinstance(kind := item.get("type"), str)
        and kind in _SDES_MEMBERS
        and isinstance(item.get(_SDES_MEMBERS[kind]), dict)
    ]


def check_header_copies(
    claims: Mapping[str, Any], headers: tuple[Mapping[str, Any], ...]
) -> Iterator[Problem]:
    """Claims that a header repeats are the same there (RFC 7519 section 5.3)."""
    for header in headers:
        for name in ("iss", "sub", "aud"):
            if name in header and header[name] != claims.get(name):
                yield Problem(
                    code="jwt.header_claim_mismatch", expected=f"the same {name}", observed="another value"
                )
                return


def _filled(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _only_case_differs(value: str, client_id: str) -> bool:
    return value != client_id and value.lower() == client_id.lower()


def _numeric_date(name: str, value: Any) -> Problem | None:
    if not _is_number(value):
        return Problem(
            code="claims.numericdate",
            expected=f"{name} as a number of seconds",
            observed=type(value).__name__,
        )
    if abs(value) >= _MILLISECONDS:
        return Problem(code="claims.numericdate_ms", expected=f"{name} in seconds", observed="milliseconds")
    return None


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)

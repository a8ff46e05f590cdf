"""The claims of an id_token, checked one rule at a time (OpenID Connect Core section 3.1.3.7)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.protocol.problem import Problem, describe

_MILLISECONDS = 10**11
"""A NumericDate above this is later than the year 5138, so it was meant as milliseconds."""

_SUBJECT = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the claims are held against.

    Attributes:
        issuer: The connector's issuer.
        client_id: The platform's client id at that issuer.
        audiences: Other audiences that the connector trusts beside it.
        nonce: The nonce that the platform sent, or ``None`` when it sent none.
        now: Seconds since the epoch.
        leeway: Tolerated clock skew in seconds.
        iat_window: The oldest accepted ``iat``, in seconds before ``now``.
    """

    issuer: str
    client_id: str
    audiences: frozenset[str] = frozenset()
    nonce: str | None = None
    now: float
    leeway: float = 60
    iat_window: float = 600


def check_iss(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``iss`` is a string and equals the configured issuer, octet by octet (OIDCC-3.1.3.7-2)."""
    iss = claims.get("iss")
    if iss is None or iss == "":
        yield Problem(code="claims.iss_missing", expected=expected.issuer, observed="no iss")
    elif not isinstance(iss, str):
        yield Problem(code="claims.iss_type", expected="a string", observed=type(iss).__name__)
    elif iss != expected.issuer:
        yield Problem(code="claims.iss_mismatch", expected=expected.issuer, observed=describe(iss))


def check_aud(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``aud`` names this client and nobody who is not trusted (OIDCC-3.1.3.7-3)."""
    aud = claims.get("aud")
    if aud is None:
        yield Problem(code="claims.aud_missing", expected=expected.client_id, observed="no aud")
        return
    audiences = [aud] if isinstance(aud, str) else aud
    if not isinstance(audiences, list) or not audiences or not all(isinstance(a, str) for a in audiences):
        yield Problem(
            code="claims.aud_type", expected="a string or a list of strings", observed=describe(aud)
        )
    elif expected.client_id not in audiences:
        yield Problem(code="claims.aud_mismatch", expected=expected.client_id, observed=describe(aud))
    elif extra := set(audiences) - expected.audiences - {expected.client_id}:
        yield Problem(
            code="claims.aud_untrusted", expected=expected.client_id, observed=describe(sorted(extra))
        )


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
    if _is_number(exp) and exp <= iat:
        yield Problem(
            code="claims.time_order", expected="iat before exp", observed=f"{iat - exp:.0f} s after"
        )
    if iat > expected.now + expected.leeway:
        yield Problem(code="claims.iat_future", expected="now", observed=f"{iat - expected.now:.0f} s ahead")
    elif iat < expected.now - expected.iat_window - expected.leeway:
        yield Problem(
            code="claims.iat_too_old",
            expected=f"at most {expected.iat_window:.0f} s old",
            observed=f"{expected.now - iat:.0f} s old",
        )


def check_nonce(claims: Mapping[str, Any], expected: Expected) -> Iterator[Problem]:
    """``nonce`` is the one that the platform sent, where it sent one (OIDCC-3.1.3.7-11)."""
    if expected.nonce is None:
        return
    nonce = claims.get("nonce")
    if nonce is None:
        yield Problem(code="claims.nonce_missing", expected="the nonce of the request", observed="no nonce")
    elif not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        yield Problem(
            code="claims.nonce_mismatch", expected="the nonce of the request", observed="another value"
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
        hard = len(sub) > 255
        yield Problem(
            code="claims.sub_format",
            expected="1 to 255 ASCII characters",
            observed=f"{len(sub)} characters",
            severity="error" if hard else None,
        )


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


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

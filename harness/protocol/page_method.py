"""The page method (platform contract): what the brand's JavaScript answered, and what that means.

The SDK reports what happened as plain data and never interprets it; here it becomes a credential or a
code. The contract: ``method(callback[, code_challenge])``, answered once by ``callback(token, error)``.
``token`` is a string or ``{ssoKey, redirect_uri}``; an ``error`` other than ``null`` or ``undefined``
means that the consumer is not authenticated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field

from harness.protocol import base64url
from harness.protocol.authorization import ERRORS
from harness.protocol.problem import Problem, Refusal, describe

Happened = Literal["answered", "timeout", "missing", "not_callable", "threw", "rejected"]

_EMPTY_TYPES = ("undefined", "null", "string", "object")

_FAILURES: dict[str, tuple[str, str]] = {
    "timeout": ("sdk.callback_timeout", "no call within the deadline"),
    "missing": ("sdk.method_missing", "no such member"),
    "not_callable": ("sdk.method_not_callable", "not a function"),
    "threw": ("sdk.method_threw", "the method threw"),
    "rejected": ("sdk.method_rejected", "the method's promise was rejected"),
}


class PageAnswer(BaseModel):
    """What the SDK saw when it called the page method, as it crosses the wire.

    Attributes:
        happened: How the call ended.
        token: The first argument of the callback when it was JSON; ``None`` else.
        token_type: Its JavaScript type (``string``, ``object``, ``undefined``, …).
        error_given: Whether the second argument was anything but ``null`` or ``undefined``.
        error_falsy: Whether it was ``""``, ``0`` or ``false`` then.
        detail: The first missing name, or the exception's name; never a value of the page.
        waited_ms: Milliseconds between the call and its end.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    happened: Happened
    token: Any = Field(default=None, repr=False)
    token_type: str = Field(default="undefined", max_length=32)
    error_given: bool = False
    error_falsy: bool = False
    detail: str = Field(default="", max_length=200)
    waited_ms: float = Field(default=0, ge=0, allow_inf_nan=False)


@dataclass(frozen=True, kw_only=True)
class Credential:
    """What the page handed over: an id_token or a code, and the ``redirect_uri`` it was issued for."""

    value: str = field(repr=False)
    redirect_uri: str | None = None


class NotLoggedIn(Exception):
    """The page said, through the error argument, that nobody is logged in.

    Args:
        notes: What was odd about the way it said so.
    """

    def __init__(self, notes: tuple[Problem, ...] = ()) -> None:
        super().__init__("nobody is logged in")
        self.notes = notes


def interpret(answer: PageAnswer) -> Credential:
    """Return the credential in a page's answer.

    Raises:
        NotLoggedIn: When the error argument was used.
        Refusal: ``sdk.callback_timeout``, ``sdk.method_missing``, ``sdk.method_not_callable``,
            ``sdk.method_threw``, ``sdk.method_rejected``, ``sdk.token_empty``, ``sdk.token_type`` or
            ``sdk.result_shape``.
    """
    if answer.happened != "answered":
        code, seen = _FAILURES[answer.happened]
        raise Refusal(
            code, expected="callback(token) or callback(token, error)", observed=answer.detail or seen
        )
    if answer.error_given:
        falsy = Problem(
            code="sdk.error_argument_falsy",
            expected="null, undefined or nothing",
            observed="another falsy value",
        )
        raise NotLoggedIn((falsy,) if answer.error_falsy else ())
    if answer.token in (None, "", {}) and answer.token_type in _EMPTY_TYPES:
        raise Refusal("sdk.token_empty", expected="a token, or an error", observed=answer.token_type)
    if isinstance(answer.token, str):
        return Credential(value=_whole(answer.token))
    if not isinstance(answer.token, dict) or {"iss", "sub"} <= answer.token.keys():
        raise Refusal(
            "sdk.token_type", expected="a string or {ssoKey, redirect_uri}", observed=answer.token_type
        )
    key, redirect_uri = answer.token.get("ssoKey"), answer.token.get("redirect_uri")
    if not isinstance(key, str) or not key or not isinstance(redirect_uri, str | None):
        raise Refusal(
            "sdk.result_shape",
            expected="{ssoKey: string, redirect_uri: string}",
            observed=f"members {describe(sorted(map(str, answer.token)))}",
        )
    return Credential(value=_whole(key), redirect_uri=redirect_uri and _whole(redirect_uri))


def _whole(text: str) -> str:
    """Return a text that can be sent on: no lone surrogates, which only a script can make."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Refusal("sdk.token_type", expected="a string of whole characters", observed="half a character")
    return text


def check_kind(value: str, *, response_type: str, issuer: str) -> None:
    """Say what is wrong with a credential that cannot be of the connector's kind, before it is used.

    Args:
        value: The credential.
        response_type: ``id_token`` or ``code``.
        issuer: The connector's issuer.

    Raises:
        Refusal: ``jwt.malformed_compact`` with the decoration's name, ``sdk.flow_mismatch`` for a code where
            an id_token belongs, ``sdk.error_passed_as_code``. A code is opaque: nothing else is said of one.
    """
    if response_type == "code":
        if value == issuer or value in ERRORS:
            raise Refusal("sdk.error_passed_as_code", expected="the parameter code", observed="iss or error")
        return
    if decoration := _decoration(value):
        raise Refusal("jwt.malformed_compact", expected="the bare token", observed=decoration)
    if _OPAQUE.fullmatch(value):
        raise Refusal("sdk.flow_mismatch", expected="an id_token", observed="an opaque value, as a code is")


_TOKEN = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){2,4}")
_OPAQUE = re.compile(r"[A-Za-z0-9_-]{8,}")


def _decoration(value: str) -> str | None:
    """Return what a token is wrapped in, ``None`` when it is bare or no token at all."""
    for name, undo in _DECORATIONS.items():
        if (bare := undo(value)) != value and _TOKEN.fullmatch(bare):
            return name
    return None


def _from_base64(value: str) -> str:
    try:
        return base64url.decode(value.rstrip("=").replace("+", "-").replace("/", "_")).decode("ascii")
    except ValueError:
        return value


_DECORATIONS: Mapping[str, Callable[[str], str]] = {
    "a token after the word Bearer": lambda value: re.sub(r"^bearer\s+", "", value, flags=re.IGNORECASE),
    "a token in quotes": lambda value: value.strip("\"'"),
    "a token with white space around it": str.strip,
    "a percent-encoded token": unquote,
    "a token in base64 once more": _from_base64,
}

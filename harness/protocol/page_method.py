"""The page method's contract: what the brand's JavaScript answered, and what that means.

The SDK reports what happened as plain data and never interprets it; here it becomes a credential or a
code. The contract: ``method(callback[, code_challenge])``, answered once by ``callback(token, error)``.
``token`` is a string or ``{ssoKey, redirect_uri}``; an ``error`` other than ``null`` or ``undefined``
means that the consumer is not authenticated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.protocol.problem import Refusal, describe

Happened = Literal["answered", "timeout", "missing", "not_callable", "threw", "rejected"]

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
        detail: The first missing name, or the exception's name; never a value of the page.
        waited_ms: Milliseconds between the call and its end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    happened: Happened
    token: Any = Field(default=None, repr=False)
    token_type: str = Field(default="undefined", max_length=32)
    error_given: bool = False
    detail: str = Field(default="", max_length=200)
    waited_ms: float = Field(default=0, ge=0)


@dataclass(frozen=True, kw_only=True)
class Credential:
    """What the page handed over: an id_token or a code, and the ``redirect_uri`` it was issued for."""

    value: str = field(repr=False)
    redirect_uri: str | None = None


class NotLoggedIn(Exception):
    """The page said, through the error argument, that nobody is logged in."""


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
        raise NotLoggedIn
    if answer.token in (None, "", {}):
        raise Refusal("sdk.token_empty", expected="a token, or an error", observed=answer.token_type)
    if isinstance(answer.token, str):
        return Credential(value=_whole(answer.token))
    if not isinstance(answer.token, dict):
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

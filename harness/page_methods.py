"""How a platform's SDK gets the credential from the page: one row for each family of SDKs.

The page's side of a family is a script of ``web/static/platform/page-method`` with the family's name. What
configuration, recorder, checks and reports have to know of it stands here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from harness.settings import Settings

PageMethod = Literal["named", "provider", "push"]


@dataclass(frozen=True, kw_only=True)
class Family:
    """One answer to how the SDK gets the credential.

    Attributes:
        subject: What answers, in a sentence.
        wanted: What has to be there before the SDK can ask. In every text ``{name}`` is the configured
            function, ``{call}`` the beginning of a call of it, ``{event}`` the expiry event.
        absent: What there is instead where the page has not done so.
        awaited: What the SDK waits for.
        fresh: For what a credential has to be fresh.
        occasion: When the page has to fetch one.
        span: What a chart of times calls the wait.
        challenge: Whether the SDK can hand the page a ``code_challenge``.
        member: What the SDK calls is this member of the configured function; that function itself if empty.
        keys: The keys of a connector that belong to it, beside ``js_method`` and ``js_context``.
        needed: Those of them, and of the two, that it cannot do without.
        fixes: What to change by code, where the catalogue's advice is another family's.
    """

    subject: str
    wanted: str
    absent: str
    awaited: str
    fresh: str
    occasion: str
    span: str
    challenge: bool = False
    member: str = ""
    keys: frozenset[str] = frozenset()
    needed: tuple[str, ...] = ()
    fixes: Mapping[str, str]


FAMILIES: Mapping[PageMethod, Family] = {
    "named": Family(
        subject="the method",
        wanted="a function under {name}",
        absent="no such function",
        awaited="a call of the callback",
        fresh="every call of the page method",
        occasion="the method is called",
        span="page method → callback",
        challenge=True,
        fixes={},
    ),
    "provider": Family(
        subject="the provider",
        wanted="a provider that the page registers by {call}provider)",
        absent="none",
        awaited="a call of the provider's callback",
        fresh="every call of the provider",
        occasion="the provider is called",
        span="provider → callback",
        member="provider",
        keys=frozenset(("js_command", "ready_event")),
        needed=("js_method",),
        fixes={
            "sdk.method_missing": "Call {call}provider) on every page that has the chat: before the SDK has "
            "loaded through a stub that keeps the call, or after it",
            "sdk.method_not_callable": "Register the function itself, {call}provider): no token, no result "
            "of a call",
            "sdk.method_threw": "Catch the error in the provider and call callback(null)",
            "sdk.method_rejected": "Catch the rejection in the provider and call callback(null)",
            "sdk.callback_timeout": "Let the provider call its callback exactly once on every path, with "
            "null when nobody is logged in; a returned value is not used",
            "sdk.callback_late": "Make the backend behind the provider answer within two seconds, or raise "
            "the connector's callback_deadline",
            "sdk.token_empty": "Call callback(null) when there is no token",
        },
    ),
    "push": Family(
        subject="the page",
        wanted="{name} as the SDK has put it there",
        absent="something else, which the page has put in its place",
        awaited="a push by {call}token)",
        fresh="every push",
        occasion="{event} is dispatched",
        span="token needed → push",
        member="next",
        keys=frozenset(("js_command", "ready_event", "expiry_event", "token_member")),
        needed=("js_method", "expiry_event"),
        fixes={
            "sdk.callback_timeout": "Call {call}token) when the page has a token, again on every {event}, "
            "and {call}null) when nobody is logged in",
            "sdk.callback_late": "Make the backend behind the listener of {event} answer within two seconds, "
            "or raise the connector's callback_deadline",
            "sdk.token_empty": "Call {call}null) when there is no token",
            "sdk.method_missing": "Leave {name} to the SDK: a stub may stand there before it has loaded only",
        },
    ),
}
"""By the names that ``[connector] page_method`` takes."""


class Contract(Settings):
    """What a connector says of its page method.

    Attributes:
        page_method: How the SDK gets the credential from the page: it calls a named function, or a provider
            that the page registers; or the page pushes it.
        js_method: The page method's name, dots allowed: of the named function, of the one that registers the
            provider, or of the one that pushes.
        js_context: The object it is resolved from.
        js_command: Words that come first in a call of it, where one function does several things.
        expiry_event: The event of ``window`` on which the page has to push a fresh token.
        ready_event: The event of ``window`` that says that the function is there now; none if empty.
        token_member: The member under which a pushed object has the token; the token itself is pushed if
            empty.
    """

    page_method: PageMethod = "named"
    js_method: str = "lpGetAuthenticationToken"
    js_context: str = "window"
    js_command: tuple[str, ...] = ()
    expiry_event: str = Field(default="", max_length=100)
    ready_event: str = Field(default="", max_length=100)
    token_member: str = Field(default="", max_length=100)


def name_of(connector: Contract) -> str:
    """Return the configured function's dotted name from ``window``."""
    context = "" if connector.js_context == "window" else f"{connector.js_context}."
    return context.removeprefix("window.") + connector.js_method


def call_of(connector: Contract) -> str:
    """Return how a call of the configured function begins, as ``zE("messenger", "loginUser", ``."""
    words = "".join(f'"{word}", ' for word in connector.js_command)
    return f"{name_of(connector)}({words}"


def asked(connector: Contract) -> str:
    """Return the dotted name, from ``window``, of the function that the SDK calls for a credential."""
    return _member(name_of(connector), FAMILIES[connector.page_method].member)


def pushed(connector: Contract) -> str | None:
    """Return the dotted name of the function that every push goes through; ``None`` where there are none."""
    return _member(name_of(connector), "take") if connector.page_method == "push" else None


def _member(name: str, member: str) -> str:
    return f"{name}.{member}" if member else name


def told(connector: Contract) -> dict[str, Any]:
    """Return what the SDK is told of a connector's page method."""
    return connector.model_dump(mode="json", include=set(Contract.model_fields))


def mistake(connector: Contract, flow: str) -> str | None:
    """Return in one sentence what does not go together in a connector; ``None`` where everything does.

    Args:
        connector: What it says.
        flow: Its flow.
    """
    kind, given = connector.page_method, connector.model_fields_set
    family = FAMILIES[kind]
    for key in family.needed:
        if key not in given or not getattr(connector, key):
            return f'page_method = "{kind}" needs {key}, {_NEEDED[key]}; add it'
    for key in sorted(_ALL_KEYS & given):
        # A copy that names every key says nothing by one that is as it would be anyway.
        if key not in family.keys and getattr(connector, key) != type(connector).model_fields[key].default:
            owners = " and ".join(f'"{name}"' for name, one in FAMILIES.items() if key in one.keys)
            return f'{key} belongs to page_method = {owners}, and this one is "{kind}"; leave {key} out'
    if flow == "code-pkce" and not family.challenge:
        return (
            f'flow = "code-pkce" does not go with page_method = "{kind}", which has no argument for the '
            'code_challenge; take flow = "code", or page_method = "named"'
        )
    return None


_ALL_KEYS = frozenset(key for family in FAMILIES.values() for key in family.keys)
_NEEDED = {
    "js_method": "the name of the function that the page calls",
    "expiry_event": "the event of window that asks for a fresh token",
}

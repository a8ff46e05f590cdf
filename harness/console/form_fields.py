"""The fields of the walkthrough's form: where each stands in a brand's file, how it is read and written."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.brand_file import answers
from harness.brand_file.answers import INJECT, METHOD, OURS, NotThat
from harness.own_brand import REPLACED, TAG, WINDOW_URL
from harness.page_methods import FAMILIES, Family
from harness.toml_text import inline, quoted

Values = Mapping[str, str]
"""What stands in the form: a field's name to its text; ``on`` and nothing for a box."""

IMPLICIT, CODE = "implicit", "code"
JWKS, PUBLIC_KEY = "jwks", "public-key"


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of the form that is one key of the file.

    Attributes:
        name: Its name in the form.
        section: The table in the file, empty for the keys above all tables.
        key: The key in it.
        default: What is meant where the file says nothing, as it is shown in the form.
        read: From the file's value to what the form shows.
        write: From what was typed to the value as TOML writes it; ``None`` leaves the key out.
        check: The interview's check of what was typed, if it has one.
        confidential: Whether what was typed in error may be a secret, and is not shown again.
    """

    name: str
    section: str
    key: str
    default: str = ""
    read: Callable[[Any], str] = str
    write: Callable[[str], str | None] = lambda text: quoted(text) if text else None
    check: Callable[[str], str] | None = None
    confidential: bool = False


def _flag(default: bool) -> dict[str, Any]:
    return {
        "default": "on" if default else "",
        "read": lambda value: "on" if value is True else "",
        "write": lambda text: str(text == "on").lower(),
    }


def _read_variable(value: Any) -> str:
    return str(value["env"]) if isinstance(value, dict) and "env" in value else ""


def _write_variable(text: str) -> str | None:
    return inline({"env": answers.variable(text)}) if text else None


def _read_list(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _write_list(text: str) -> str:
    if not text:
        raise NotThat("nothing is chosen; choose one at least")
    return f"[{', '.join(map(quoted, text.split()))}]"


def read_steps(value: Any) -> str:
    """Return steps as the form shows them, one to a line."""
    steps = value if isinstance(value, list) else [value]
    return "\n".join(inline(one) if isinstance(one, dict) else str(one) for one in steps)


def steps_written(text: str) -> str | None:
    """Return steps as TOML writes them, one to a line.

    Raises:
        NotThat: When a line is no table of TOML, naming the line.
    """
    lines = [line.strip().rstrip(",") for line in text.splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            found = tomllib.loads(f"x = {line}")
        except tomllib.TOMLDecodeError:
            found = {}
        if list(found) != ["x"] or not isinstance(found["x"], dict):
            raise NotThat(f'step {number} cannot be read; it takes {{ click = "Sign in" }}, one to a line')
    return "[\n" + "".join(f"  {line},\n" for line in lines) + "]" if lines else None


def _read_launcher(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["click"]) if list(value) == ["click"] else inline(value)
    return "" if value == OURS else str(value)


def _write_launcher(text: str) -> str:
    if not text or text == OURS:
        return quoted(OURS)
    if not text.startswith("{"):
        return inline({"click": answers.words(text)})
    if (steps := steps_written(text)) is None or "\n" in text:
        raise NotThat('it takes the words on what opens the chat, or one step as { click = "Chat with us" }')
    return steps.strip("[]\n ,")


def _read_sdk(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return INJECT if value.get("inject") else str(value.get("replace", ""))


def _write_sdk(text: str) -> str:
    return inline({"inject": True} if text == INJECT else {"replace": text or REPLACED})


FIELDS: tuple[Field, ...] = (
    Field(name="connector_id", section="connector", key="id"),
    Field(name="display_name", section="connector", key="display_name"),
    Field(name="issuer", section="connector", key="issuer", check=answers.issuer),
    Field(
        name="authorization_endpoint",
        section="connector",
        key="authorization_endpoint",
        check=answers.https_or_nothing,
    ),
    Field(name="token_endpoint", section="connector", key="token_endpoint", check=answers.https_or_nothing),
    Field(name="client_id", section="connector", key="client_id", check=answers.words),
    Field(
        name="client_secret_env",
        section="connector",
        key="client_secret",
        read=_read_variable,
        write=_write_variable,
        confidential=True,
    ),
    Field(name="client_auth", section="connector", key="client_auth", default="basic"),
    Field(name="jwks_uri", section="connector", key="jwks_uri", check=answers.https_or_nothing),
    Field(name="jwt_public_key", section="connector", key="jwt_public_key"),
    Field(
        name="page_method",
        section="connector",
        key="page_method",
        default="named",
        check=answers.page_method,
    ),
    Field(name="js_method", section="connector", key="js_method", default=METHOD, check=answers.method),
    Field(name="js_context", section="connector", key="js_context", default="window", check=answers.method),
    Field(
        name="js_command",
        section="connector",
        key="js_command",
        read=_read_list,
        write=lambda text: _write_list(text) if text else None,
    ),
    *(
        Field(name=name, section="connector", key=name)
        for name in ("ready_event", "expiry_event", "token_member")
    ),
    Field(name="rfc_compliance", section="connector", key="rfc_compliance", **_flag(True)),
    Field(name="preferred", section="connector", key="preferred", **_flag(False)),
    Field(name="page", section="brand", key="page", check=answers.https),
    Field(
        name="sdk",
        section="brand",
        key="sdk",
        default=REPLACED,
        read=_read_sdk,
        write=_write_sdk,
        check=answers.tag,
    ),
    Field(name="before", section="brand", key="before", read=read_steps, write=steps_written),
    Field(name="launcher", section="brand", key="launcher", read=_read_launcher, write=_write_launcher),
    Field(name="tag", section="platform", key="tag", default=TAG),
    Field(name="window_url", section="platform", key="window_url", default=WINDOW_URL),
    Field(name="mode", section="", key="mode", default="strict"),
    *(
        Field(name=name, section="matrix", key=name, read=_read_list, write=_write_list)
        for name in ("surfaces", "flows", "engines", "scenarios")
    ),
    Field(
        name="policies",
        section="matrix",
        key="policies",
        read=_read_list,
        write=lambda text: _write_list(text) if text else None,
    ),
)
"""Every field that is one key; the flow, the kind of key and the logins are several, or one of several."""

OF_THE_BRAND = ("page", "sdk", "before", "launcher", "tag", "window_url")
OF_PAGE_METHODS = ("js_command", "ready_event", "expiry_event", "token_member")
LISTS = ("surfaces", "flows", "engines", "policies", "scenarios")
BOXES = ("pkce", "encrypted", "rfc_compliance", "preferred")
LOGIN = ("on", "account", "steps")


def flow_of(values: Values) -> str:
    """Return the flow that type and boxes amount to; a box that the type does not have counts for nothing."""
    if values.get("type") == CODE:
        return "code-pkce" if values.get("pkce") else "code"
    return "implicit-jwe" if values.get("encrypted") else "implicit"


def trio(flow: str) -> dict[str, str]:
    """Return type and boxes of a flow."""
    return {
        "type": CODE if flow.startswith(CODE) else IMPLICIT,
        "pkce": "on" if flow == "code-pkce" else "",
        "encrypted": "on" if flow == "implicit-jwe" else "",
    }


def impossible(values: Values) -> dict[str, str]:
    """Return a sentence for every field whose value does not go with another one's."""
    found = _page_method(values)
    if values.get("type") != CODE and values.get("pkce"):
        found["pkce"] = (
            "PKCE binds a code to who asked for it, and the type implicit hands over no code; "
            "choose the type code, or leave PKCE out"
        )
    if values.get("type") == CODE and values.get("encrypted"):
        found["encrypted"] = (
            "encryption is documented for the type implicit alone, whose id_token the browser passes on; "
            "choose the type implicit, or leave encryption out"
        )
    return found


def has_no_use(name: str, values: Values) -> bool:
    """Tell whether a field belongs to another page method than the chosen one."""
    return name in OF_PAGE_METHODS and name not in _family(values).keys


def _family(values: Values) -> Family:
    kind = values.get("page_method", "")
    return next((family for name, family in FAMILIES.items() if name == kind), FAMILIES["named"])


def _page_method(values: Values) -> dict[str, str]:
    kind = values.get("page_method", "")
    family = _family(values)
    found = {}
    if values.get("type") == CODE and values.get("pkce") and not family.challenge:
        found["page_method"] = (
            f"{kind} has no argument for the code_challenge; choose named, or leave PKCE out"
        )
    if "expiry_event" in family.needed and not values.get("expiry_event", "").strip():
        found["expiry_event"] = "nothing says on which event the page pushes again; name it"
    if "js_method" in family.needed and values.get("js_method", "").strip() in ("", METHOD):
        found["js_method"] = f"{kind} needs the name of the function that the page calls; fill it in"
    return found

"""What is to be said of each field of the form, by the code that reads a brand's file and by the interview's.

There is one set of rules: the file is read as ``harness check`` reads it; what it refuses is put aside and
said at the field that it concerns, until what is left can be read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harness import config_file
from harness.brand_file import edit
from harness.brand_file.answers import NotThat
from harness.brand_file.questions import QUESTIONS, Known
from harness.config import Config, Sites
from harness.console import pasted_key
from harness.console.form_document import Written, is_own, variables_of, written
from harness.console.form_fields import (
    FIELDS,
    JWKS,
    OF_PAGE_METHODS,
    OF_THE_BRAND,
    PUBLIC_KEY,
    Values,
    flow_of,
    has_no_use,
)
from harness.errors import ConfigError, UsageError
from harness.toml_text import inline, quoted

Kind = Literal["wrong", "missing", "note"]
_MOST = 60
_PLACEHOLDER = "https://put-aside.invalid"
_GOOD: Mapping[tuple[str, str], str] = {
    ("connector", "flow"): quoted("implicit"),
    ("connector", "issuer"): quoted(_PLACEHOLDER),
    ("connector", "authorization_endpoint"): quoted(f"{_PLACEHOLDER}/authorize"),
    ("connector", "token_endpoint"): quoted(f"{_PLACEHOLDER}/token"),
    ("connector", "client_id"): quoted("put-aside"),
    ("connector", "jwks_uri"): quoted(f"{_PLACEHOLDER}/jwks"),
    ("brand", "page"): quoted(f"{_PLACEHOLDER}/"),
    ("login", "steps"): f"[{inline({'click': 'put aside'})}]",
}
"""What stands in for a value that had to be put aside and cannot be left out."""

_ELSEWHERE: Mapping[tuple[str, str], str] = {
    ("connector", ""): "keys",
    ("connector", "flow"): "type",
    ("brand", ""): "issuer",
    ("login", ""): "page",
    ("mode", ""): "mode",
}
_AT = {**{(one.section, one.key): one.name for one in FIELDS}, **_ELSEWHERE}
_KEYS = {JWKS: "jwks_uri", PUBLIC_KEY: "jwt_public_key"}
_UNSET = ("connector", "login")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """What is said at a field: wrong, still missing, or merely a note."""

    kind: Kind
    text: str


@dataclass(frozen=True, kw_only=True)
class Variable:
    """An environment variable that the file reads, and whether it has a value: typed here, or set outside."""

    name: str
    state: Literal["typed", "set", "unset"]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A form that was looked at.

    Attributes:
        text: The file that it amounts to.
        sentences: What is said, by field; by the empty name what concerns none.
        suggestions: What could be taken instead, by field.
        variables: The environment variables that the file reads.
        unused: Fields that the rest of the form leaves without a use.
        hidden: Fields whose text is not shown again.
        config: What can be read of it, with everything else put aside; ``None`` where nothing can.
    """

    text: str
    sentences: Mapping[str, Sentence] = field(default_factory=dict)
    suggestions: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    unused: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    config: Config | None = None

    @property
    def right(self) -> bool:
        """Whether nothing is wrong and nothing is missing."""
        return all(one.kind == "note" for one in self.sentences.values())


def check(
    text: str, values: Values, path: Path, *, number: int = 0, typed: Mapping[str, str] | None = None
) -> Checked:
    """Look at a form.

    Args:
        text: The file before.
        values: What stands in the form.
        path: The file that it is, or would be.
        number: Which of its connectors the form shows.
        typed: Values of environment variables that were typed for this run.
    """
    new = written(text, values, number)
    environment = {**os.environ, **(typed or {})}
    said = _of_interview(values, new)
    unused = _unused(new.text, values)
    config, refused = _read(new.text, path, environment, values, number)
    for name, sentence in refused.items():
        said.setdefault(name, sentence)
    return Checked(
        text=new.text,
        sentences=_sentences(said, values, unused),
        suggestions=_suggestions(values),
        variables=tuple(
            Variable(name=name, state=_state(name, typed or {})) for name in variables_of(new.text)
        ),
        unused=frozenset(unused),
        hidden=new.hidden,
        config=config,
    )


def field_at(error: ConfigError) -> str:
    """Return the field that an error of the file concerns, empty where the form shows none."""
    if error.section == "login" and error.key:
        return f"login.{error.index}.{error.key}"
    return _AT.get((error.section, error.key), "")


def _of_interview(values: Values, new: Written) -> dict[str, str]:
    """Return what the interview says of each answer."""
    said = dict(new.wrong)
    for one in FIELDS:
        typed = values.get(one.name, "").strip()
        if one.check is None or not typed or one.name in said:
            continue
        try:
            one.check(typed)
        except NotThat as wrong:
            said[one.name] = str(wrong)
    pasted = pasted_key.explained(values.get("jwt_public_key", ""))
    if pasted and values.get("key_type") == PUBLIC_KEY:
        said.setdefault("jwt_public_key", pasted)
    return said


def _read(
    text: str, path: Path, environment: Mapping[str, str], values: Values, number: int
) -> tuple[Config | None, dict[str, str]]:
    """Read the file again and again, putting aside what is refused; return what is left and what was said."""
    said: dict[str, str] = {}
    for _ in range(_MOST):
        try:
            return config_file.parse(text, path, unset=_UNSET, environment=environment), said
        except ConfigError as error:
            name = field_at(error)
            if error.section == "connector" and error.index != number and name:
                name = ""
            name = _KEYS.get(values.get("key_type", JWKS), "jwks_uri") if name == "keys" else name
            where = f"line {error.line}: " if error.line and not name else ""
            said.setdefault(name, f"{where}{error.detail}")
            try:
                text = _put_aside(text, error)
            except UsageError:
                return None, said
    return None, said


def _put_aside(text: str, error: ConfigError) -> str:
    """Return the text without what was refused.

    Raises:
        UsageError: When that cannot be done.
    """
    section, key, index = error.section, error.key, error.index
    if section == "connector" and key in ("", "jwt_public_key"):
        text = edit.put(text, "connector", "jwt_public_key", None, index=index)
        return edit.put(text, "connector", "jwks_uri", _GOOD["connector", "jwks_uri"], index=index)
    good = _GOOD.get((section, key))
    if (section, key) == ("connector", "issuer") and not is_own(text):
        good = quoted(f"https://{Sites().idp}")
    after = edit.put(text, section, key, good, index=index) if key else edit.put(text, "", section, None)
    if after == text:
        raise UsageError("this cannot be put aside")
    return after


def _unused(text: str, values: Values) -> dict[str, str]:
    """Return the fields that have no use, and what they belong to, as the interview says it."""
    kind = values.get("page_method", "")
    known = Known(answers={"flow": flow_of(values), "username": "somebody", "page_method": kind})
    found = {one.name: one.belongs for one in QUESTIONS if not one.wanted(known)}
    if "client_secret_env" in found or not values.get("client_secret_env"):
        found["client_auth"] = "a client with a secret"
    for kind, name in _KEYS.items():
        if values.get("key_type", JWKS) != kind:
            found[name] = "the other type of certificate"
    found |= {name: "another page method" for name in OF_PAGE_METHODS if has_no_use(name, values)}
    if not is_own(text):
        found |= {name: "a page of your own" for name in (*OF_THE_BRAND, "sdk_way") if name != "page"}
    return found


def _sentences(said: Mapping[str, str], values: Values, unused: Mapping[str, str]) -> dict[str, Sentence]:
    found = {}
    for name, text in said.items():
        empty = name in _NEEDED and not values.get(name, "").strip()
        found[name] = Sentence(kind="missing" if empty else "wrong", text=text)
    for name, belongs in unused.items():
        if values.get(name, "").strip() and name in ("token_endpoint", "client_secret_env"):
            found.setdefault(name, Sentence(kind="note", text=f"not used: it belongs to {belongs}"))
    return found


_NEEDED = frozenset(
    {"issuer", "authorization_endpoint", "token_endpoint", "client_id", "jwks_uri", "jwt_public_key", "page"}
)


def _suggestions(values: Values) -> dict[str, str]:
    pasted = values.get("jwt_public_key", "")
    if values.get("key_type") == PUBLIC_KEY and pasted and (key := pasted_key.mended(pasted)):
        return {"jwt_public_key": key}
    return {}


def _state(name: str, typed: Mapping[str, str]) -> Literal["typed", "set", "unset"]:
    return "typed" if name in typed else "set" if name in os.environ else "unset"

"""A brand's file as a form: what stands in the fields, and the file with what was typed into them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.brand_file import edit
from harness.brand_file.answers import NotThat
from harness.console import pasted_key
from harness.console.form_fields import (
    FIELDS,
    JWKS,
    LOGIN,
    OF_THE_BRAND,
    PUBLIC_KEY,
    Field,
    Values,
    flow_of,
    has_no_use,
    impossible,
    read_steps,
    steps_written,
    trio,
)
from harness.errors import UsageError
from harness.toml_text import quoted

MOST_LOGINS = 12


@dataclass(frozen=True, kw_only=True)
class Written:
    """A file's text after what was typed.

    Attributes:
        text: The text: what cannot be written stayed as it was.
        wrong: A sentence for every field that could not be written.
        hidden: The fields whose text is not shown again, because it may be a secret.
    """

    text: str
    wrong: Mapping[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()


def values_of(text: str, number: int = 0) -> dict[str, str]:
    """Return what stands in the form for a file.

    Args:
        text: The file, which is TOML.
        number: Which of its connectors is shown, counted from 0.
    """
    found = tomllib.loads(text)
    connector = _table(found, "connector", number)
    values = {one.name: _shown(found, one, number) for one in FIELDS}
    values |= trio(str(connector.get("flow", "code-pkce")))
    values["key_type"] = PUBLIC_KEY if "jwt_public_key" in connector else JWKS
    values["surfaces"] = values["surfaces"] or " ".join(_usual_surfaces(found))
    values["flows"] = values["flows"] or " ".join(dict.fromkeys(flows_of(text)))
    values["engines"] = values["engines"] or "chromium"
    values["scenarios"] = values["scenarios"] or "sign-in"
    for index, login in enumerate(_tables(found, "login")[:MOST_LOGINS]):
        values[f"login.{index}.on"] = str(login.get("on", "page"))
        values[f"login.{index}.account"] = str(login.get("account", "alice"))
        values[f"login.{index}.steps"] = read_steps(login.get("steps", []))
    return values


def written(text: str, values: Values, number: int = 0) -> Written:
    """Return a file's text with what stands in the form.

    Args:
        text: The file before, which is TOML; what the form does not show stays as it is.
        values: What stands in the form; a field that is not there is left alone.
        number: Which of its connectors the form shows.
    """
    wrong, hidden = impossible(values), set[str]()
    try:
        if "type" in values:
            text = _put(text, "connector", "flow", quoted(flow_of(values)), number)
        for one in FIELDS:
            if one.name not in values or not _wanted(one, text, values, number):
                continue
            typed = values[one.name].strip()
            if one.name == "flows":
                typed = _still_there(typed, flows_of(text))
            try:
                if one.name == "jwt_public_key" and pasted_key.is_private(typed):
                    raise NotThat(
                        "this is a private key; it takes the public one, and the private one stays secret"
                    )
                toml = _toml(one, typed, values)
            except NotThat as no:
                wrong[one.name] = str(no)
                if one.confidential or one.name == "jwt_public_key":
                    hidden.add(one.name)
                    text = _put(text, one.section, one.key, None, number)
                continue
            text = _settled(text, one, toml, number)
        text = _logins(text, values, wrong)
    except UsageError as error:
        wrong[""] = str(error)
    return Written(text=text, wrong=wrong, hidden=frozenset(hidden))


def connectors_of(text: str) -> list[str]:
    """Return what to call each connector of a file."""
    tables = _tables(tomllib.loads(text), "connector")
    return [str(one.get("display_name") or one.get("id") or one.get("flow", "")) for one in tables]


def flows_of(text: str) -> list[str]:
    """Return the flow of each connector of a file."""
    return [str(one.get("flow", "")) for one in _tables(tomllib.loads(text), "connector")]


def is_own(text: str) -> bool:
    """Tell whether a file is about a brand of one's own."""
    return "brand" in tomllib.loads(text)


def variables_of(text: str) -> tuple[str, ...]:
    """Return the names of the environment variables that a file reads."""

    def found(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["env"]] if isinstance(value.get("env"), str) else []
            return own + [name for one in value.values() for name in found(one)]
        return [name for one in value for name in found(one)] if isinstance(value, list) else []

    return tuple(dict.fromkeys(found(tomllib.loads(text))))


def _still_there(chosen: str, flows: list[str]) -> str:
    """Return the chosen flows that there still are; where the only one is gone, all that there are."""
    kept = [flow for flow in chosen.split() if flow in flows]
    return " ".join(kept or dict.fromkeys(flows)) if chosen else ""


def _toml(one: Field, typed: str, values: Values) -> str | None:
    unused = {"jwks_uri": PUBLIC_KEY, "jwt_public_key": JWKS}.get(one.name)
    if unused is not None and values.get("key_type") == unused:
        return None
    return None if has_no_use(one.name, values) else one.write(typed)


def _wanted(one: Field, text: str, values: Values, number: int) -> bool:
    """Tell whether a field is written: the sample brand has a page of its own, until another one is named."""
    if one.name == "client_secret_env" and not values[one.name]:
        # A file may name a secret's file instead, which the form does not show and leaves alone.
        secret = _table(tomllib.loads(text), "connector", number).get("client_secret")
        return not (isinstance(secret, dict) and "file" in secret)
    return one.name not in OF_THE_BRAND or is_own(text) or bool(values.get("page", "").strip())


def _settled(text: str, one: Field, toml: str | None, number: int) -> str:
    """Put a field's value where it differs from what the file says, or means by saying nothing."""
    found = tomllib.loads(text)
    said = _at(found, one, number)
    new = tomllib.loads(f"x = {toml}")["x"] if toml is not None else None
    if said == new or (said is None and new is not None and one.read(new) == _meant(one, found)):
        return text
    return _put(text, one.section, one.key, toml, number if one.section == "connector" else 0)


def _meant(one: Field, found: Mapping[str, Any]) -> str | None:
    """Return what a file means that does not say a key."""
    match one.name:
        case "surfaces":
            return " ".join(_usual_surfaces(found))
        case "flows":
            return " ".join(dict.fromkeys(str(each.get("flow")) for each in _tables(found, "connector")))
        case "engines":
            return "chromium"
        case "scenarios":
            return "sign-in"
        case _:
            return one.default


def _usual_surfaces(found: Mapping[str, Any]) -> tuple[str, ...]:
    if "brand" not in found:
        return ("embedded", "popup", "app")
    popup = any(one.get("authorization_endpoint") for one in _tables(found, "connector"))
    return ("embedded", "popup") if popup else ("embedded",)


def _logins(text: str, values: Values, wrong: dict[str, str]) -> str:
    """Put the logins; one without steps goes, a new one is added."""
    gone = []
    for index in range(MOST_LOGINS):
        named = {key: values.get(f"login.{index}.{key}") for key in LOGIN}
        if named["steps"] is None:
            break
        here = len(_tables(tomllib.loads(text), "login"))
        if not named["steps"].strip():
            gone += [index] if index < here else []
            continue
        try:
            steps = steps_written(named["steps"])
        except NotThat as no:
            wrong[f"login.{index}.steps"] = str(no)
            continue
        at = min(index, here)
        for key, toml in (
            ("on", quoted(named["on"] or "page")),
            ("account", quoted(named["account"] or "alice")),
            ("steps", steps),
        ):
            said = _table(tomllib.loads(text), "login", at).get(key)
            usual = {"on": "page", "account": "alice"}.get(key)
            if tomllib.loads(f"x = {toml}")["x"] not in ((said,) if at < here else ()) and not (
                said is None and at < here and toml == quoted(usual or "")
            ):
                text = edit.put(text, "login", key, toml, index=at)
    for index in reversed(gone):
        text = edit.without_table(text, "login", index)
    return text


def _put(text: str, section: str, key: str, toml: str | None, number: int) -> str:
    index = number if section == "connector" else 0
    said = _table(tomllib.loads(text), section, index).get(key) if section else tomllib.loads(text).get(key)
    if toml is not None and tomllib.loads(f"x = {toml}")["x"] == said:
        return text
    return edit.put(text, section, key, toml, index=index)


def _shown(found: Mapping[str, Any], one: Field, number: int) -> str:
    value = _at(found, one, number)
    return one.default if value is None else one.read(value)


def _at(found: Mapping[str, Any], one: Field, number: int) -> Any:
    if not one.section:
        return found.get(one.key)
    return _table(found, one.section, number if one.section == "connector" else 0).get(one.key)


def _table(found: Mapping[str, Any], section: str, index: int) -> dict[str, Any]:
    tables = _tables(found, section)
    return tables[index] if index < len(tables) else {}


def _tables(found: Mapping[str, Any], section: str) -> list[dict[str, Any]]:
    value = found.get(section, [])
    tables = value if isinstance(value, list) else [value]
    return [one for one in tables if isinstance(one, dict)]

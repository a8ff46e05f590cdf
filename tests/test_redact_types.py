"""What holds a credential does not show it: not in a repr, a traceback with locals, or a validation's error.

Found by the names of the fields, so that a new type is tested by itself.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import io
import json
import pkgutil
import pprint
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_origin, get_type_hints

import pytest
from pydantic import BaseModel, SecretStr, ValidationError
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

import harness
from harness.config import Client, Connector
from harness.opened import attention
from harness.own_brand import Network
from harness.protocol import jose
from harness.redact import treatment
from harness.roles.platform import asked, conversations

SECRET = "kite-7Qx9-over-the-lake"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0In0.c2lnbmF0dXJl"

ALSO = frozenset(
    {
        "agent_key",
        "answer",
        "body",
        "claims",
        "compact",
        "encoded",
        "identity",
        "parameters",
        "payload",
        "secrets",
        "server_secrets",
        "signature",
        "signing_input",
        "unverified",
        "verified",
        "verifier",
    }
)
"""Names that hold credentials or claims as well, though no parameter on the wire is called so."""

SHOWN = {
    "code": "a code of the catalogue, not one of an authorization server",
    "code_challenge": "the hash of a verifier, which anybody may see (RFC 7636 section 7.1)",
    "CodeUse.codes": "counted",
    "Driven.state": "how a sign-in ended, one of five words",
    "Heard.answer": "a record that hides its own body",
    "AnswerCall.answer": "a record that hides its own token",
    "_Seen.request": "the driver's object",
    "Script.nonce": "a policy's nonce of a page that anybody may load",
    "Line.answer": "functions",
    "Seams.code": "a function",
    "Seams.claims": "a function",
    "Seams.identity": "a function",
    "Habits.code_verifier": "a function",
    "Known.answers": "what a person answers to questions that ask for no secret",
    "Sent.request": "a word",
    "Played.ticket": "a case that is to be played",
}
"""Fields of such a name that may be shown, by name or by class and name, each with the reason."""

PLAIN = ("CodeUse.code", "Code.value")
"""Credentials whose name is excused elsewhere."""


class Field(NamedTuple):
    """A field of a record."""

    name: str
    shown: bool


def records() -> Iterator[type[Any]]:
    """Yield every dataclass and every model of the package."""
    for module in pkgutil.walk_packages(harness.__path__, "harness."):
        if module.name.endswith("__main__"):
            continue
        for one in vars(importlib.import_module(module.name)).values():
            own = inspect.isclass(one) and one.__module__ == module.name
            if own and (dataclasses.is_dataclass(one) or issubclass(one, BaseModel)):
                yield one


def fields(record: type[Any]) -> Iterator[Field]:
    """Yield the fields of a record; one of type SecretStr hides itself."""
    if dataclasses.is_dataclass(record):
        yield from (Field(one.name, one.repr) for one in dataclasses.fields(record))
    else:
        for name, one in record.model_fields.items():
            yield Field(name, bool(one.repr) and SecretStr.__name__ not in str(one.annotation))


def holds_credential(record: type[Any], name: str) -> bool:
    """Tell whether a field's name says that it holds a credential."""
    if f"{record.__name__}.{name}" in PLAIN:
        return True
    excused = name in SHOWN or f"{record.__name__}.{name}" in SHOWN
    return not excused and (treatment(name) is not None or name in ALSO) and not _is_closed(record, name)


def _is_closed(record: type[Any], name: str) -> bool:
    """Tell whether a field holds one of a few words, a number, or yes and no: nothing that is secret."""
    kind = get_type_hints(record).get(name)
    return kind in (bool, int, float) or get_origin(kind) is Literal


HOLDERS = {
    f"{record.__module__}.{record.__name__}": record
    for record in records()
    if any(holds_credential(record, one.name) for one in fields(record))
}


def test_those_who_hold_credentials_are_found() -> None:
    """The test looks at something: the best-known holders are among them."""
    wanted = (
        "TokenResponse",
        "Handed",
        "AnswerCall",
        "Hello",
        "Composition",
        "Connector",
        "Kept",
        "CompactJws",
    )

    assert set(wanted) <= {name.rpartition(".")[2] for name in HOLDERS}
    assert 30 < len(HOLDERS)


@pytest.mark.parametrize("name", HOLDERS)
def test_no_field_with_a_credential_is_in_the_repr(name: str) -> None:
    """Every such field is left out, or its type hides itself."""
    record = HOLDERS[name]

    assert [] == [one.name for one in fields(record) if one.shown and holds_credential(record, one.name)]


@pytest.mark.parametrize("name", HOLDERS)
def test_a_holder_does_not_show_what_it_holds(name: str) -> None:
    """Not by repr, str, an f-string, pprint or rich, and not among a traceback's locals."""
    holder = _made(HOLDERS[name])

    shown = (
        repr(holder),
        str(holder),
        f"{holder}",
        f"{[holder]!r}",
        pprint.pformat(holder),
        pretty_repr(holder),
    )
    assert [] == [text for text in (*shown, _traceback(holder)) if SECRET in text]


def _made(record: type[Any]) -> Any:
    """Return a record in whose credentials' fields the secret stands, however it came there."""
    made: Any = object.__new__(record)
    values = {
        one.name: _filled(record, one.name) if holds_credential(record, one.name) else None
        for one in fields(record)
    }
    if isinstance(made, BaseModel):
        return record.model_construct(**values)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made


def _filled(record: type[Any], name: str) -> Any:
    if issubclass(record, BaseModel) and SecretStr.__name__ in str(record.model_fields[name].annotation):
        return SecretStr(SECRET)
    return SECRET


def _traceback(holder: Any) -> str:
    """Return a traceback with locals, as pytest -l and rich print it."""
    target = io.StringIO()
    try:
        _fail(holder)
    except ZeroDivisionError as error:
        traceback = Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
        Console(file=target, width=200).print(traceback)
    return target.getvalue()


def _fail(holder: Any) -> float:
    number = 1
    return number / (0 if holder is not None else 1)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Connector, {"id": "x", "flow": "code", "issuer": "https://a.test", "client_secret": SECRET}),
        (Client, {"client_id": "x", "client_secret": SECRET}),
        (Network, {"proxy": SECRET}),
        (conversations.Hello, {"token": SECRET, "after": -1}),
        (asked.AnswerCall, {"session": SECRET, "call_id": SECRET, "sealed_verifier": SECRET}),
        (asked.AnswerPopup, {"mode": "hybrid", "encoded": SECRET}),
        (asked.Renew, {"session": SECRET, "more": SECRET}),
    ],
)
def test_a_validation_s_error_does_not_repeat_what_was_given(
    model: type[BaseModel], values: dict[str, Any]
) -> None:
    """Whoever gives a wrong field beside a credential reads about the field alone."""
    with pytest.raises(ValidationError) as raised:
        model.model_validate(values)

    assert SECRET not in str(raised.value)
    assert SECRET not in repr(raised.value)


def test_a_token_that_was_taken_apart_is_not_shown() -> None:
    """Its payload are claims, and what is under the signature is the token."""
    assert "idp.test" not in repr(jose.read(TOKEN))
    assert TOKEN.split(".")[1] not in repr(jose.read(TOKEN))


def test_what_a_recorder_looks_for_is_not_shown() -> None:
    """It knows every password of the case."""
    from harness.config import Config
    from harness.matrix import cases

    config = Config()
    looked_for = attention(config, cases(config.matrix)[0])

    assert looked_for.secrets
    assert [] == [secret for secret in looked_for.secrets if secret in repr(looked_for)]


WHOLE = {
    "harness/executors/setup.py": "what a process of one's own needs, over its pipe; it is only tried here",
    "harness/kept_sessions.py": "who owns a session, which is no secret",
    "harness/roles/platform/services.py": "a card that agent and consumer see",
    "harness/store/conversations.py": "a message on its way to those who talk",
    "harness/timeline.py": "events, which passed the gates",
}
"""Where a record is turned into data with all its fields, each with the reason."""


def test_records_are_turned_into_data_only_where_nothing_is_secret() -> None:
    """asdict, pickle and a copy of all fields know no repr: they are named here."""
    package = Path(harness.__file__).parent
    users = {
        f"harness/{path.relative_to(package)}"
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Import)
        and {alias.name for alias in node.names}
        & {"asdict", "astuple", "pickle", "copyreg", "shelve", "marshal"}
    }

    assert set(WHOLE) == users


def test_a_model_turned_into_json_hides_its_secrets() -> None:
    """The library's own way out writes stars for a SecretStr."""
    connector = Connector(
        id="x",
        flow="code",
        issuer="https://a.test",
        client_id="c",
        jwks_uri="https://a.test/j",
        client_secret=SECRET,  # type: ignore[arg-type] # as a user writes it
    )

    assert SECRET not in connector.model_dump_json()
    assert SECRET not in json.dumps(connector.model_dump(mode="json"))

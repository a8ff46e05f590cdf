"""Changes a brand's file where something has to change, and leaves every other line as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.brand_file.shown import Step
from harness.errors import UsageError
from harness.toml_text import inline, quoted

_HEADER = re.compile(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([\w-]+)\s*=")
_OPEN = re.compile(r'^(\s*"[^"]*")(\s*)(#.*)?$')


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A host that signing in asked for.

    Attributes:
        host: Its name.
        why: What for, and who asked.
        needed: Whether signing in needs it.
    """

    host: str
    why: str
    needed: bool


@dataclass(frozen=True)
class _Statement:
    """A key with its value: lines ``first`` up to ``last``, both counted from 0."""

    table: int
    key: str
    first: int
    last: int


@dataclass(frozen=True)
class _Table:
    name: str
    first: int
    last: int


class _Text:
    """A file's lines, and where its tables and keys are; what has been parsed can be cut this simply."""

    def __init__(self, text: str) -> None:
        self.lines = text.removesuffix("\n").split("\n") if text else []
        self.tables: list[_Table] = []
        self.statements: list[_Statement] = []
        name, first, last, at = "", 0, -1, 0
        while at < len(self.lines):
            if match := _HEADER.match(self.lines[at]):
                self.tables.append(_Table(name, first, last))
                name, first, last = match[1], at, at
            elif match := _KEY.match(self.lines[at]):
                end = self._end(at)
                self.statements.append(_Statement(len(self.tables), match[1], at, end))
                last = at = end
            at += 1
        self.tables.append(_Table(name, first, last))

    def _end(self, first: int) -> int:
        """Return the last line of a value: the first one with which it is whole."""
        for last in range(first, len(self.lines)):
            try:
                tomllib.loads("\n".join(self.lines[first : last + 1]))
            except tomllib.TOMLDecodeError:
                continue
            return last
        return first

    def of(self, name: str) -> Iterator[int]:
        """Yield the numbers of the tables of a name."""
        return (number for number, table in enumerate(self.tables) if table.name == name)

    def value(self, table: int, key: str) -> Any:
        """Return what a key of a table is, ``None`` where it is not there."""
        found = self.statement(table, key)
        return tomllib.loads("\n".join(self.lines[found.first : found.last + 1]))[key] if found else None

    def statement(self, table: int, key: str) -> _Statement | None:
        """Return a key of a table."""
        return next((one for one in self.statements if (one.table, one.key) == (table, key)), None)

    def put(self, first: int, last: int, lines: Sequence[str]) -> str:
        """Return the text with lines in the place of others."""
        return "\n".join([*self.lines[:first], *lines, *self.lines[last + 1 :]]) + "\n"


def login(text: str, *, account: str, on: str, steps: Sequence[Step]) -> str:
    """Return a file's text with somebody's steps in it, in the place of those that it had.

    Args:
        text: A file that can be read.
        account: Whose.
        on: Where they sign in.
        steps: What they do.

    Raises:
        UsageError: When the file is written in a way that is not changed here.
    """
    cut = _Text(text)
    tables = list(cut.of("login"))
    lines = ["steps = [", *(f"  {inline(step)}," for step in steps), "]"]
    said = {(account, on): [dict(step) for step in steps]}
    for number in tables:
        found = cut.statement(number, "steps")
        whose = (cut.value(number, "account") or "alice", cut.value(number, "on") or "page")
        if whose == (account, on) and found is not None:
            return _checked(text, cut.put(found.first, found.last, lines), logins=said)
    block = ["", "[[login]]", f"on = {quoted(on)}", f"account = {quoted(account)}", *lines]
    end = cut.tables[tables[-1]].last if tables else len(cut.lines) - 1
    return _checked(text, cut.put(end + 1, end, block), logins=said)


def variables(text: str, *, account: str, on: str) -> dict[str, str]:
    """Return the variables that somebody's steps read already, by field."""
    logins = _logins(tomllib.loads(text))
    steps = logins.get((account, on), [])
    return {
        str(step.get("fill") or step.get("totp")): step["env"]
        for step in steps
        if isinstance(step, dict) and isinstance(step.get("env"), str)
    }


def allow(text: str, hosts: Sequence[Wanted]) -> str:
    """Return a file's text with hosts in ``[network] allow``, those that are not needed as comments.

    Raises:
        UsageError: When the file is written in a way that is not changed here.
    """
    cut = _Text(text)
    table = next(cut.of("network"), None)
    found = cut.statement(table, "allow") if table is not None else None
    old = cut.lines[found.first : found.last + 1] if found else []
    listed, values = "\n".join(old), cut.value(table, "allow") if found and table is not None else []
    new = [one for one in hosts if one.host not in values and (one.needed or quoted(one.host) not in listed)]
    if not new:
        return text
    added = {one.host for one in new if one.needed}
    rows = [f"  {'' if one.needed else '# '}{quoted(one.host)},  # {one.why}" for one in new]
    if found is not None and table is not None:
        body = _body(old, cut.value(table, "allow"))
        return _checked(text, cut.put(found.first, found.last, [*body, *rows, "]"]), allowed=added)
    block = ["allow = [", *rows, "]"]
    if table is None:
        return _checked(
            text, cut.put(len(cut.lines), len(cut.lines), ["", "[network]", *block]), allowed=added
        )
    head = cut.tables[table].first
    return _checked(text, cut.put(head + 1, head, block), allowed=added)


def _body(old: Sequence[str], values: Sequence[str]) -> list[str]:
    """Return the lines of a list without its end, each of its values followed by a comma."""
    if len(old) > 1 and old[-1].strip() == "]":
        return [_OPEN.sub(lambda match: f"{match[1]},{match[2]}{match[3] or ''}", line) for line in old[:-1]]
    comment = re.search(r'\]\s*(#[^"\]]*)$', old[-1])
    return [f"allow = [{f'  {comment[1]}' if comment else ''}", *(f"  {quoted(one)}," for one in values)]


def _checked(
    before: str,
    after: str,
    *,
    logins: Mapping[tuple[str, str], Any] | None = None,
    allowed: set[str] | None = None,
) -> str:
    """Return the new text when it says what the old one said, and what was to be added."""
    was = tomllib.loads(before)
    try:
        now = tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        now = {}
    same = {key: value for key, value in was.items() if key not in ("login", "network")} == {
        key: value for key, value in now.items() if key not in ("login", "network")
    }
    network, hosts = dict(was.get("network", {})), set(was.get("network", {}).get("allow", ()))
    other = dict(now.get("network", {}))
    network.pop("allow", None)
    same &= hosts | (allowed or set()) == set(other.pop("allow", ()))
    if not (same and network == other and {**_logins(was), **(logins or {})} == _logins(now)):
        raise UsageError(
            "the file is written in a way that is not changed here; write [[login]] and [network] as tables "
            "with a header of their own, a key to a line"
        )
    return after


def _logins(values: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    tables = values.get("login", [])
    return {
        (one.get("account", "alice"), one.get("on", "page")): one.get("steps")
        for one in (tables if isinstance(tables, list) else [tables])
    }

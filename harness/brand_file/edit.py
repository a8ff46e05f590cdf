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
_REPEATED = ("connector", "login")
_NOT_HERE = (
    "the file writes {key} in {section} in a way that is not changed here; write each section as a table "
    "with a header of its own, a key to a line"
)
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

    def place_for(self, table: int, key: str) -> tuple[int, int]:
        """Return the lines that a new key takes: those of its own example in a comment, else none."""
        end = self.tables[table + 1].first if table + 1 < len(self.tables) else len(self.lines)
        example = re.compile(rf"#\s*{re.escape(key)}\s*=")
        for number in range(self.tables[table].first, end):
            if example.match(self.lines[number]):
                return number, number
        last = self.tables[table].last
        return last + 1, last

    def commented(self, line: str, found: _Statement) -> str:
        """Return a line in the place of a value of one line, with what was said behind that one."""
        old = self.lines[found.last]
        if found.first != found.last:
            return line
        value = tomllib.loads(old)
        for place in (at for at, character in enumerate(old) if character == "#"):
            try:
                if tomllib.loads(old[:place]) == value:
                    return f"{line:<{place - 1}} {old[place:]}"
            except tomllib.TOMLDecodeError:
                continue
        return line

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


def put(text: str, section: str, key: str, written: str | None, *, index: int = 0) -> str:
    """Return a file's text with another value of one key, its comment kept.

    Args:
        text: A file that can be read.
        section: The table, empty for the keys above all tables.
        key: The key in it.
        written: The value as TOML writes it; ``None`` takes the key out.
        index: Which of several tables of that name, counted from 0; the one after the last is added.

    Raises:
        UsageError: When the file is written in a way that is not changed here.
    """
    cut = _Text(text)
    tables = list(cut.of(section))
    if index >= len(tables):
        header = f"[[{section}]]" if section in _REPEATED else f"[{section}]"
        block = ["", header, f"{key} = {written}"]
        after = text if written is None else cut.put(len(cut.lines), len(cut.lines), block)
        return _as_meant(text, after, section, key, written, index)
    table = tables[index]
    found = cut.statement(table, key)
    first, last = (found.first, found.last) if found else cut.place_for(table, key)
    lines = [] if written is None else [f"{key} = {written}"]
    if lines and found is not None:
        lines[-1] = cut.commented(lines[-1], found)
    after = text if found is None and written is None else cut.put(first, last, lines)
    return _as_meant(text, after, section, key, written, index)


def without_table(text: str, section: str, index: int) -> str:
    """Return a file's text without one of several tables of a name.

    Raises:
        UsageError: When the file is written in a way that is not changed here.
    """
    cut = _Text(text)
    tables = list(cut.of(section))
    was = tomllib.loads(text)
    if index >= len(tables):
        return text
    table = cut.tables[tables[index]]
    after = cut.put(table.first, table.last, [])
    left = [one for number, one in enumerate(_tables(was, section)) if number != index]
    if _tables(tomllib.loads(after), section) != left:
        raise UsageError(_NOT_HERE.format(section=section, key="its keys"))
    return after


def _as_meant(before: str, after: str, section: str, key: str, written: str | None, index: int) -> str:
    """Return the new text when it says what the old one said, but for the one key."""
    wanted = tomllib.loads(before)
    if section:
        tables = _tables(wanted, section)
        if index >= len(tables) and written is not None:
            tables.append({})
            wanted.setdefault(section, tables if section in _REPEATED else tables[0])
        table = tables[index] if index < len(tables) else {}
    else:
        table = wanted
    if not isinstance(table, dict):
        raise UsageError(_NOT_HERE.format(section=f"[{section}]", key=key))
    table.pop(key, None)
    if written is not None:
        table[key] = tomllib.loads(f"x = {written}")["x"]
    try:
        now = tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        now = {}
    if now != wanted:
        raise UsageError(_NOT_HERE.format(section=f"[{section}]" if section else "the top", key=key))
    return after


def _tables(values: Mapping[str, Any], section: str) -> list[Any]:
    found = values.get(section, [])
    return found if isinstance(found, list) else [found]


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

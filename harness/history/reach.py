"""Which words a function can come to use: its own constants, and those of what it calls in this package.

What a check can yield, and which events it looks at, is read from its code, so that nobody has to keep a
list beside it that is forgotten one day.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

_PACKAGE = "harness."


def words(function: Callable[..., Any]) -> frozenset[str]:
    """Return every string that a function can come to use.

    Functions, tables and defaults of this package that it names are followed; a name that is only built at
    run time is not found.
    """
    found: set[str] = set()
    _follow(function, found, set())
    return frozenset(found)


def _follow(value: Any, found: set[str], seen: set[int]) -> None:
    """Collect the strings of a value, and of everything that it refers to."""
    if isinstance(value, str):
        found.add(value)
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    for part in _parts(value):
        _follow(part, found, seen)


def _parts(value: Any) -> Iterator[Any]:
    match value:
        case FunctionType() if value.__module__.startswith(_PACKAGE):
            yield from _named(value)
        case Mapping():
            yield from value
            yield from value.values()
        case tuple() | list() | set() | frozenset():
            yield from value
        case _ if _is_record(value):
            yield from vars(value).values()


def _is_record(value: Any) -> bool:
    """Tell whether a value is plain data of this package, as a row of one of its tables."""
    kind = type(value)
    return kind.__module__.startswith(_PACKAGE) and hasattr(kind, "__dataclass_fields__")


def _named(function: FunctionType) -> Iterator[Any]:
    """Yield what a function's code names: constants, globals, what modules hold, its closure."""
    yield from inspect.getclosurevars(function).nonlocals.values()
    yield from (function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).values()
    for code in _codes(function.__code__):
        yield from code.co_consts
        for name in code.co_names:
            value = function.__globals__.get(name)
            if isinstance(value, ModuleType):
                yield from (vars(value)[one] for one in code.co_names if one in vars(value))
            else:
                yield value


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code and that of the functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)

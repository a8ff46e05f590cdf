"""Which words a function can come to use: its own constants, and those of what it calls in this package.

What a check can yield, and which events it looks at, is read from its code, so that nobody has to keep a
list beside it that is forgotten one day.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

_OURS = "harness"


def words(function: Callable[..., Any]) -> frozenset[str]:
    """Return every string that a function can come to use.

    Functions, tables and defaults of this package, and of the one that it is from, are followed; a name that
    is only built at run time is not found.
    """
    found: set[str] = set()
    _follow(function, found, set(), (_OURS, _package(function)))
    return frozenset(found)


def _package(value: Any) -> str:
    """Return the name of the package, or of the lone module, that something is from."""
    return str(value.__module__).partition(".")[0]


def _follow(value: Any, found: set[str], seen: set[int], packages: tuple[str, ...]) -> None:
    """Collect the strings of a value, and of everything in some packages that it refers to."""
    if isinstance(value, str):
        found.add(value)
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    for part in _parts(value, packages):
        _follow(part, found, seen, packages)


def _parts(value: Any, packages: tuple[str, ...]) -> Iterator[Any]:
    match value:
        case FunctionType() if _package(value) in packages:
            yield from _named(value)
        case Mapping():
            yield from value
            yield from value.values()
        case tuple() | list() | set() | frozenset():
            yield from value
        case _ if _is_record(value, packages):
            yield from vars(value).values()


def _is_record(value: Any, packages: tuple[str, ...]) -> bool:
    """Tell whether a value is plain data of one of the packages, as a row of one of its tables."""
    kind = type(value)
    return _package(kind) in packages and hasattr(kind, "__dataclass_fields__")


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

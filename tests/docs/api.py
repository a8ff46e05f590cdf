"""The public names: what the menu exposes, and what a caller gets from it."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from pydantic import BaseModel

import harness
from harness import errors, extension, opened, pytest_plugin, timeline
from harness.browser import surfaces
from harness.checks import Judgement
from harness.errors import HarnessError
from harness.report import model

SECTIONS = re.compile(r"^(Args|Attributes|Returns|Yields|Raises):\n((?:    .*\n|\n)*)", re.MULTILINE)
ENTRY = re.compile(r"^    (?P<name>\w+): ", re.MULTILINE)


def menu() -> tuple[type, ...]:
    """Return the classes of the menu."""
    return tuple(getattr(harness, name) for name in harness.__all__)


def classes() -> tuple[type, ...]:
    """Return every class that a caller meets: the menu's, their parts, page objects, results, errors."""
    more = (
        opened.OpenCase,
        Judgement,
        timeline.Event,
        timeline.Timeline,
        timeline.Facts,
        timeline.Header,
        extension.Catalogue,
        extension.Problem,
        extension.Seams,
        surfaces.ChatWindow,
        surfaces.Workspace,
        surfaces.SurfaceDriver,
        *surfaces.DRIVERS.values(),
        *_own(model, BaseModel),
        *_own(errors, HarnessError),
    )
    met: dict[type, None] = {}
    for one in (*menu(), *more):
        _collect(one, met)
    return tuple(met)


def _own(module: Any, base: type) -> Iterator[type]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, base) and value.__module__ == module.__name__:
            yield value


def _collect(one: type, met: dict[type, None]) -> None:
    """Add a class and, where it is a table of settings or of a result, those that its fields hold."""
    if one in met:
        return
    met[one] = None
    for value in _types(one).values():
        for part in _parts(value):
            if (
                isinstance(part, type)
                and issubclass(part, BaseModel)
                and part.__module__.startswith("harness.")
            ):
                _collect(part, met)


def _parts(value: Any) -> Iterator[Any]:
    yield value
    for inner in typing.get_args(value):
        yield from _parts(inner)


def _types(one: type) -> dict[str, Any]:
    if issubclass(one, BaseModel):
        return {name: field.annotation for name, field in one.model_fields.items()}
    return typing.get_type_hints(one, vars(inspect.getmodule(one))) if is_dataclass(one) else {}


def own_fields(one: type) -> dict[str, str]:
    """Return the fields that a class itself declares, each with its type as it is written."""
    known = set(one.model_fields) if issubclass(one, BaseModel) else set()
    if is_dataclass(one):
        known = {field.name for field in fields(one)}
    declared = inspect.get_annotations(one)
    return {name: str(declared[name]) for name in declared if name in known}


@dataclass(frozen=True, kw_only=True)
class Function:
    """A public function or method.

    Attributes:
        name: Its name with its class's.
        function: The function.
        doc: Its docstring; of a constructor the class's.
    """

    name: str
    function: Callable[..., Any]
    doc: str


def methods() -> Iterator[Function]:
    """Yield every public function of the classes, and their constructors where they are written out."""
    for one in classes():
        for name, value in tuple(vars(one).items()):
            function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
            if not inspect.isfunction(function) or not function.__module__.startswith("harness."):
                continue
            if "<" in function.__qualname__ or name in own_fields(one):  # made, or a field's default
                continue
            whole = f"{one.__name__}.{name}"
            if name == "__init__" and not _made(one):
                yield Function(name=whole, function=function, doc=inspect.cleandoc(one.__doc__ or ""))
            elif not name.startswith("_"):
                yield Function(name=whole, function=function, doc=_doc(one, name))


def _made(one: type) -> bool:
    """Tell whether a class's constructor was made for it."""
    return is_dataclass(one) or issubclass(one, BaseModel)


def _doc(one: type, name: str) -> str:
    """Return a method's docstring; one that is overridden may keep its base's."""
    return inspect.getdoc(getattr(one, name)) or ""


def properties() -> Iterator[tuple[str, str]]:
    """Yield every public property with its docstring."""
    for one in classes():
        for name in vars(one):
            value = inspect.getattr_static(one, name)
            if not name.startswith("_") and (isinstance(value, property) or hasattr(value, "attrname")):
                yield f"{one.__name__}.{name}", inspect.cleandoc(value.__doc__ or "")


def fixtures() -> Iterator[tuple[str, str]]:
    """Yield every fixture of the plugin with its docstring."""
    for name, value in vars(pytest_plugin).items():
        if hasattr(value, "_fixture_function") and not name.startswith("_"):
            yield name, inspect.cleandoc(value._fixture_function.__doc__ or "")


def entries(doc: str, section: str) -> dict[str, str]:
    """Return what a section of a docstring names, each with its text."""
    found = next((body for name, body in SECTIONS.findall(doc + "\n") if name == section), "")
    starts = [*ENTRY.finditer(found)]
    ends = [*(one.start() for one in starts), len(found)][1:]
    return {one["name"]: found[one.end() : end].strip() for one, end in zip(starts, ends, strict=False)}


def raised(function: Callable[..., Any]) -> frozenset[str]:
    """Return which errors of ours a function raises, itself or by what it calls of this package."""
    found: set[str] = set()
    _raised(function, found, set())
    return frozenset(found)


def _raised(function: Any, found: set[str], seen: set[int]) -> None:
    function = inspect.unwrap(function) if callable(function) else function
    ours = inspect.isfunction(function) and function.__module__.startswith("harness.")
    if id(function) in seen or not ours:
        return
    seen.add(id(function))
    space = function.__globals__
    owner = space.get(function.__qualname__.partition(".")[0])
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if isinstance(node, ast.Raise):
            call = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            error = space.get(call.id) if isinstance(call, ast.Name) else None
            if isinstance(error, type) and issubclass(error, HarnessError):
                found.add(error.__name__)
        # A call with constants alone is one that works.
        if isinstance(node, ast.Call) and not _constant(node):
            match node.func:
                case ast.Name(id=name):
                    _raised(space.get(name), found, seen)
                case ast.Attribute(value=ast.Name(id="self"), attr=name):
                    _raised(getattr(owner, name, None), found, seen)


def _constant(call: ast.Call) -> bool:
    """Tell whether a call is given constants alone, as far as it is given anything."""
    given = (*call.args, *(one.value for one in call.keywords))
    return bool(given) and all(isinstance(one, ast.Constant) for one in given)

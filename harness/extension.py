"""Checks and faults of somebody's own: what an extension holds, and what a harness knows with it.

What judges is given the checks and their codes alone (:class:`~harness.checks.additions.Additions`); which
faults an extension can put in, it never learns.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Any, Self, TypeVar

from pydantic import ValidationError

from harness.behaviour import BEHAVIOURS
from harness.browser.deeds import DEEDS
from harness.browser.policies import POLICIES
from harness.catalogue.codes import Code, codes
from harness.catalogue.faults import FaultRow, Step, faults
from harness.checks.additions import AddedCheck, Additions
from harness.errors import ExtensionError
from harness.faults import INJECTORS, inject
from harness.matrix import fault
from harness.protocol.problem import Problem
from harness.roles.seams import Seams
from harness.settings import Settings
from harness.timeline import Event, Timeline

__all__ = ["Catalogue", "Event", "Extension", "Problem", "Seams", "Timeline", "installed"]

ENTRY_POINTS = "harness.extensions"
"""The group under which a distribution names its extensions, as ``module:NAME``."""

HOPS = frozenset(code.hop for code in codes().values())
"""The closed list of hops."""

_NAME = re.compile(r"[a-z][a-z0-9]*")
_CODE = re.compile(r"[a-z0-9_]+")
_FAULT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Injector = Callable[..., Seams]
Row = Mapping[str, Any]
Table = TypeVar("Table", bound=Settings)


@dataclass(frozen=True, kw_only=True)
class Extension:
    """Checks and faults of somebody's own.

    Args:
        name: Its name: small letters and digits. Its codes begin with it and a dot, its faults and injectors
            with it and a hyphen, so that they can never be ones of the catalogue.
        codes: What each code means: rows as in ``harness/catalogue/codes.toml``; ``link`` may be left out.
        checks: Pure functions from a :class:`Timeline` to the :class:`Problem` instances in it.
        faults: What can be put into the sample brand, and what must be diagnosed then: rows as in
            ``harness/catalogue/faults.toml`` without ``group``, which is the extension's name.
        injectors: Functions from a row's arguments to :class:`Seams`, beside those of ``harness.faults``.

    Raises:
        ExtensionError: When something in it cannot work: what was found, and what is allowed.
    """

    name: str
    codes: Mapping[str, Row] = field(default_factory=dict)
    checks: tuple[AddedCheck, ...] = ()
    faults: Mapping[str, Row] = field(default_factory=dict)
    injectors: Mapping[str, Injector] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(str(self.name)):
            raise ExtensionError(
                f"the extension's name is {self.name!r}; it takes small letters and digits, as 'acme'"
            )
        if self.name in {code.partition(".")[0] for code in codes()}:
            raise ExtensionError(
                f"the extension's name is {self.name!r}, and codes of the catalogue begin so; take another"
            )
        for name in self.injectors:
            self._check_id("injector", name, "-", _FAULT)
        if callable(self.checks):
            raise self._error("checks", "it is a function; it takes several, as checks=(one,)")
        for check in self.checks:
            if not callable(check):
                raise self._error("checks", f"it is a {type(check).__name__}, and takes functions alone")
        explained = self.explained()
        for row in self.rows().values():
            self._check_fault(row, explained)

    def explained(self) -> Mapping[str, Code]:
        """Return what each code means, by name.

        Raises:
            ExtensionError: When a row says something impossible.
        """
        return {name: self._code(name, row) for name, row in self.codes.items()}

    def rows(self) -> Mapping[str, FaultRow]:
        """Return the faults, by id.

        Raises:
            ExtensionError: When a row says something impossible.
        """
        return {name: self._fault(name, row) for name, row in self.faults.items()}

    def _code(self, name: str, row: Row) -> Code:
        self._check_id("code", name, ".", _CODE)
        code = self._read(Code, f"the code {name}", {"link": "", **row, "code": name})
        if missing := {"strict", "compat"} - code.severity.keys():
            raise self._error(
                f"the code {name}", f"severity lacks {missing.pop()}; it takes one for each mode"
            )
        if code.hop not in HOPS:
            raise self._error(f"the code {name}", _unknown("hop", code.hop, HOPS))
        if code.link and not code.link.startswith("https://"):
            raise self._error(f"the code {name}", f"link is {code.link!r}; it begins with https://")
        return code

    def _fault(self, name: str, row: Row) -> FaultRow:
        self._check_id("fault", name, "-", _FAULT)
        if name in faults():
            raise self._error(f"the fault {name}", "the catalogue has one of that name; take another")
        if "group" in row:
            raise self._error(
                f"the fault {name}", f"its group is {self.name}, as of all its faults; leave it out"
            )
        found = self._read(FaultRow, f"the fault {name}", {**row, "group": self.name, "id": name})
        if found.where not in HOPS:
            raise self._error(f"the fault {name}", _unknown("where", found.where, HOPS))
        return found

    def _check_fault(self, row: FaultRow, explained: Mapping[str, Code]) -> None:
        """See that a fault can be put in, and that what it must get exists."""
        where, known = f"the fault {row.id}", {**INJECTORS, **self.injectors}
        if not row.expect or not row.surfaces or not row.flows:
            raise self._error(where, "surfaces, flows and expect each name one at least")
        if row.deed is not None and row.deed not in DEEDS:
            raise self._error(where, _unknown("deed", row.deed, DEEDS))
        if row.policy and row.policy not in POLICIES:
            raise self._error(where, _unknown("policy", row.policy, POLICIES))
        for one in row.expect:
            consumer = one.consumer or row.consumer
            if consumer is not None and consumer not in BEHAVIOURS:
                raise self._error(where, _unknown("consumer", consumer, BEHAVIOURS))
            for code in (one.code, *(code for code, _ in one.findings)):
                if code is not None and code not in codes() and code not in explained:
                    raise self._error(where, _unknown("expect", code, {*codes(), *explained}))
            for variation in row.variations(one):
                self._check_put(where, row, variation, known)

    def _check_put(
        self, where: str, row: FaultRow, variation: tuple[Step, ...], known: Mapping[str, Injector]
    ) -> None:
        for name in (name for step in variation for name in step):
            if name not in known:
                raise self._error(where, _unknown("put", name, known))
        try:
            inject(row, variation, known)
        except Exception as error:
            raise self._error(where, f"what it puts in cannot be: {_said(error)}") from None

    def _read(self, kind: type[Table], where: str, row: Row) -> Table:
        try:
            return kind.model_validate(row)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            allowed = ", ".join(kind.model_fields)
            told = {
                "missing": f"it lacks {place}; add it",
                "extra_forbidden": f"it has an unknown key {place}; allowed are {allowed}",
            }
            said = told.get(first["type"], f"{place} is {first['input']!r:.80}; {_said(first['msg'])}")
            raise self._error(where, said) from None

    def _check_id(self, what: str, name: str, mark: str, form: re.Pattern[str]) -> None:
        beginning, _, rest = str(name).partition(mark)
        if beginning != self.name or not form.fullmatch(rest):
            raise self._error(
                f"the {what} {name!r}",
                f"its name has to be {self.name}{mark} and small letters or digits, as none of ours",
            )

    def _error(self, where: str, said: str) -> ExtensionError:
        return ExtensionError(f"extension {self.name}, {where}: {said}")


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What a harness knows: the package's own faults and checks, and what its extensions add.

    Attributes:
        extensions: What was added.
        added: The further checks with their codes: all of it that what judges is shown.
        further: The faults that extensions add, by id.
        injectors: Every injector, by name.
    """

    extensions: tuple[Extension, ...]
    added: Additions
    further: Mapping[str, FaultRow]
    injectors: Mapping[str, Injector]

    @functools.cached_property
    def faults(self) -> Mapping[str, FaultRow]:
        """Every fault that can be put in, by id; the package's own come first."""
        return {**faults(), **self.further}

    @classmethod
    def of(cls, extensions: Iterable[Extension] = ()) -> Self:
        """Return what is known with some extensions.

        Raises:
            ExtensionError: When two have one name, or something else than an extension is among them.
        """
        extensions = tuple(extensions)
        for number, one in enumerate(extensions):
            if not isinstance(one, Extension):
                raise ExtensionError(f"extensions holds a {type(one).__name__}; it takes harness.Extension")
            if one.name in {other.name for other in extensions[:number]}:
                raise ExtensionError(f"two extensions are called {one.name}; leave one out, or rename it")
        return cls(
            extensions=extensions,
            added=Additions(
                codes={name: code for one in extensions for name, code in one.explained().items()},
                checks=tuple(check for one in extensions for check in one.checks),
            ),
            further={name: row for one in extensions for name, row in one.rows().items()},
            injectors={
                **INJECTORS,
                **{name: made for one in extensions for name, made in one.injectors.items()},
            },
        )

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of all faults, in the order of the alphabet."""
        return tuple(sorted({row.group for row in self.faults.values()}))

    def fault(self, name: str) -> FaultRow:
        """Return a fault by its id.

        Args:
            name: The id.

        Raises:
            UsageError: When there is none, with the nearest ones.
        """
        return fault(name, self.faults)

    def inject(self, row: FaultRow, variation: tuple[Step, ...] | None = None) -> Seams:
        """Return what a fault puts in place.

        Args:
            row: The fault.
            variation: Which form of it; the first when left out.
        """
        return inject(row, variation, self.injectors)


def installed() -> tuple[Extension, ...]:
    """Return the extensions of the distributions that are installed here, by their names.

    A distribution names them as entry points of the group ``harness.extensions``.

    Raises:
        ExtensionError: When one cannot be loaded, or is something else.
    """
    return tuple(sorted(_loaded(), key=lambda one: one.name))


def _loaded() -> Iterator[Extension]:
    for point in entry_points(group=ENTRY_POINTS):
        whose = f"the installed extension {point.name} ({point.value})"
        try:
            found = point.load()
        except ExtensionError:
            raise
        except Exception as error:
            raise ExtensionError(f"{whose} cannot be loaded: {_said(error)}; mend or uninstall it") from None
        if not isinstance(found, Extension):
            raise ExtensionError(f"{whose} is a {type(found).__name__}; it has to be a harness.Extension")
        yield found


def _unknown(key: str, found: str, known: Iterable[str]) -> str:
    """Say what is allowed: the nearest where there are many."""
    names = sorted(known)
    near = get_close_matches(found, names, n=3, cutoff=0.4) if len(names) > len(HOPS) else names
    hint = f"; allowed are {', '.join(near)}" if near and near is names else f"; near are {', '.join(near)}"
    return f"{key} names {found!r}, which there is not{hint if near else ''}"


def _said(error: object) -> str:
    """Return the first line of what a library says, as the rest of a sentence of ours."""
    name = f"{type(error).__name__}: " if isinstance(error, Exception) else ""
    return name + (str(error).splitlines() or ["no reason given"])[0]

"""From a word to what is known of it: codes, faults and terms, those of extensions too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from harness.catalogue.codes import Code, codes
from harness.catalogue.examples import examples
from harness.catalogue.faults import GROUPS, Expectation, FaultRow
from harness.catalogue.glossary import Word, find, glossary
from harness.errors import UsageError
from harness.explain.commands import checked, command, demo, twin
from harness.explain.sheets import CodeSheet, Demanded, FaultSheet, ListSheet, Sheet, Showing, TermSheet
from harness.extension import Catalogue
from harness.report.model import Result

NEAR = 6
"""How many near misses are named."""


class Index(Result):
    """What there is to ask for.

    Attributes:
        codes: How many codes begin with a word, by that word.
        faults: How many faults a group has, by the group.
        groups: What each group is about.
        terms: The glossary's words.
    """

    codes: Mapping[str, int]
    faults: Mapping[str, int]
    groups: Mapping[str, str]
    terms: tuple[str, ...]


def index(catalogue: Catalogue) -> Index:
    """Return what there is to ask for.

    Args:
        catalogue: The faults and codes, those of extensions too.
    """
    rows = catalogue.faults.values()
    return Index(
        codes=_counted(_family(code) for code in _codes(catalogue)),
        faults=_counted(row.group for row in rows),
        groups={group: _group(group) for group in catalogue.groups},
        terms=tuple(glossary()),
    )


def look_up(word: str, catalogue: Catalogue) -> tuple[Sheet, ...]:
    """Return what is known of a word: capitals and what other documents say for a term do not matter.

    Args:
        word: A code, a fault, a term, the beginning of codes, a group of faults, or a requirement tag.
        catalogue: The faults and codes, those of extensions too.

    Raises:
        UsageError: When it is nothing of these, with what is spelled alike.
    """
    if found := tuple(_found(word.strip().casefold(), catalogue)):
        return found
    near = ", ".join(_near(word, catalogue))
    hint = f"; near are {near}" if near else ""
    raise UsageError(
        f"there is no code, fault or term {word!r}{hint}; harness explain says what there is to ask for"
    )


def _found(word: str, catalogue: Catalogue) -> Iterator[Sheet]:
    known = _codes(catalogue)
    yield from (_code(one, catalogue) for name, one in known.items() if name.casefold() == word)
    yield from (_fault(row) for name, row in catalogue.faults.items() if name.casefold() == word)
    yield from (_term(one) for one in find(word))
    yield from _lists(word, catalogue)


def _codes(catalogue: Catalogue) -> Mapping[str, Code]:
    return {**codes(), **catalogue.added.codes}


def _code(code: Code, catalogue: Catalogue) -> CodeSheet:
    shown = (
        (row, entry) for row in catalogue.faults.values() if (entry := _showing(row, code.code)) is not None
    )
    # A browser that somebody can watch comes before what is only counted.
    ordered = sorted(shown, key=lambda one: not checked(*one))
    return CodeSheet(
        word=code.code,
        shown_by=tuple(
            Showing(fault=row.id, title=row.title, command=command(row, entry), demo=demo(row, entry))
            for row, entry in ordered
        ),
        example=examples().get(code.code),
        **code.model_dump(exclude={"code"}),
    )


def _showing(row: FaultRow, code: str) -> Expectation | None:
    """Return the entry of a fault that is diagnosed with a code; one that a browser shows, where there is."""
    entries = [one for one in row.expect if code == one.code or code in dict(one.findings)]
    return min(entries, key=lambda one: not checked(row, one), default=None)


def _fault(row: FaultRow) -> FaultSheet:
    first = min(row.expect, key=lambda one: not checked(row, one))
    named = {code for one in row.expect for code in (one.code, *dict(one.findings))}
    return FaultSheet(
        word=row.id,
        title=row.title,
        where=row.where,
        group=row.group,
        surfaces=row.surfaces,
        flows=row.flows,
        browser_only=row.browser_only,
        demanded=tuple(_demanded(one) for one in row.expect),
        command=command(row, first),
        demo=demo(row, first),
        twin=twin(row, first),
        examples={code: one for code, one in examples().items() if code in named},
    )


def _demanded(entry: Expectation) -> Demanded:
    mode = "" if entry.mode == "both" else entry.mode
    where = ", ".join(one for one in (entry.variant, entry.surface, entry.flow, mode) if one)
    return Demanded(where=where, outcome=entry.outcome, code=entry.code, findings=entry.findings)


def _term(word: Word) -> TermSheet:
    return TermSheet(**word.model_dump(exclude={"part"}))


def _lists(word: str, catalogue: Catalogue) -> Iterator[ListSheet]:
    every = _codes(catalogue).values()
    if alike := [one for one in every if _family(one.code) == word]:
        yield _listed(word, f"Codes that begin with {word}.", ((one.code, one.title) for one in alike))
    if rows := [row for row in catalogue.faults.values() if row.group.casefold() == word]:
        group = rows[0].group
        about = f"Faults of group {group}: {_group(group)}"
        yield _listed(group, about, ((row.id, row.title) for row in rows))
    if tagged := [one for one in every if one.spec.casefold() == word]:
        spec = tagged[0].spec
        yield _listed(spec, f"Codes of {spec}, {tagged[0].link}", ((one.code, one.title) for one in tagged))


def _listed(word: str, title: str, entries: Iterable[tuple[str, str]]) -> ListSheet:
    return ListSheet(word=word, title=title, entries=tuple(entries))


def _near(word: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Return what is spelled alike; the part of a code behind its dot counts as the code."""
    names = (*_codes(catalogue), *catalogue.faults, *glossary())
    known: dict[str, list[str]] = {}
    for name in names:
        for form in dict.fromkeys((name.casefold(), name.casefold().rpartition(".")[2])):
            known.setdefault(form, []).append(name)
    wanted = word.strip().casefold()
    alike = get_close_matches(wanted, known, n=NEAR, cutoff=0.6)
    within = sorted(form for form in known if len(wanted) > 2 and wanted in form)
    found = (name for form in (*alike, *within) for name in known[form])
    return tuple(dict.fromkeys(found))[:NEAR]


def _family(code: str) -> str:
    return code.partition(".")[0]


def _group(group: str) -> str:
    return GROUPS.get(group, f"the extension {group}")


def _counted(names: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))

"""The reference pages of codes and faults, made of their tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from harness.catalogue.codes import Code, codes
from harness.catalogue.faults import GROUPS, Expectation, FaultRow, faults
from harness.explain.commands import checked
from tests.docs.pages import DOCS

_SPECIAL = re.compile(r"[\\`*_\[\]<>|]")

CODES_HEAD = """# Codes

[Documentation](README.md) · [faults](faults.md) · [glossary](glossary.md)

What every code of a finding means, who must act and how, and where that is written. The same on the command
line, with an example of what is printed:

```console
$ harness explain claims.expired
```

A code never comes to mean something else. Its weight is that in both modes, unless two are named.

<!-- Made of harness/catalogue/codes.toml by python -m tests.docs.update -->
"""

FAULTS_HEAD = """# Faults

[Documentation](README.md) · [codes](codes.md) · [glossary](glossary.md)

What can be broken on purpose, and what must be diagnosed then: outcome, code, and findings that have to be
among those of the case. Those whose name stands in bold can be watched; the others need a moved clock, an
attacker or probes, and no page: `harness selftest --fault` shows them. One about our own side runs twice: the
platform or the harness resists, and a twin of it that is weakened on purpose is found out.

```console
$ harness check --fault exp-past
$ harness demo --fault exp-past
$ harness selftest --fault jti-repeated
$ harness explain exp-past
```

<!-- Made of harness/catalogue/faults.toml by python -m tests.docs.update -->
"""


def codes_text() -> str:
    """Return the page of the codes, by what they begin with."""
    families = dict.fromkeys(code.partition(".")[0] for code in sorted(codes()))
    shown = _shown_by()
    return CODES_HEAD + "".join("".join(_family(family, shown)) for family in families)


def _family(family: str, shown: Mapping[str, list[str]]) -> Iterator[str]:
    yield f"\n## {family}\n\n| code | means | who acts, and how | written in |\n|---|---|---|---|\n"
    for name, code in sorted(codes().items()):
        if name.partition(".")[0] == family:
            yield _code_row(code, shown.get(name, []))


def _code_row(code: Code, shown: list[str]) -> str:
    weights = dict.fromkeys(code.severity.values())
    weight = " / ".join(f"{one} in {mode}" for mode, one in code.severity.items())
    weight = next(iter(weights)) if len(weights) == 1 else weight
    by = f"<br>Shown by {', '.join(f'[{one}](faults.md#{one})' for one in shown)}" if shown else ""
    return (
        f'| <a id="{code.code}"></a>**{_plain(code.code)}**<br>{weight} | {_plain(code.title)}{by} '
        f"| {code.party}, {code.role}: {_plain(code.fix)} "
        f"| [{_plain(code.spec)}]({code.link})<br>{code.hop} |\n"
    )


def _shown_by() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in faults().values():
        named = {code for one in row.expect for code in (one.code, *dict(one.findings)) if code}
        for code in named:
            found.setdefault(code, []).append(row.id)
    return found


def faults_text() -> str:
    """Return the page of the faults, by their groups."""
    there = {row.group for row in faults().values()}
    return FAULTS_HEAD + "".join("".join(_group(group)) for group in GROUPS if group in there)


def _group(group: str) -> Iterator[str]:
    yield f"\n## {group} · {GROUPS[group]}\n\n"
    yield "| fault | is | occurs | must be diagnosed as |\n|---|---|---|---|\n"
    yield from (_fault_row(row) for row in faults().values() if row.group == group)


def _fault_row(row: FaultRow) -> str:
    name = f"**{row.id}**" if any(checked(row, one) for one in row.expect) else row.id
    where = f"{', '.join(row.surfaces)}<br>{', '.join(row.flows)}"
    browser = "<br>in a browser alone" if row.browser_only else ""
    demanded = "<br>".join(dict.fromkeys(_demanded(one) for one in row.expect))
    return (
        f'| <a id="{row.id}"></a>{name} | {_plain(row.title)}<br>put in at: {row.where} | {where}{browser} '
        f"| {demanded} |\n"
    )


def _demanded(one: Expectation) -> str:
    mode = "" if one.mode == "both" else one.mode
    where = ", ".join(word for word in (one.variant, one.surface, one.flow, mode) if word)
    weights = dict(one.findings)
    own = [_link(one.code, weights.pop(one.code, "error"))] if one.code else []
    found = [_link(code, weight) for code, weight in weights.items()]
    parts = [one.outcome.replace("_", " "), *own, *found]
    return f"{_plain(where)}: {', '.join(parts)}" if where else ", ".join(parts)


def _link(code: str, weight: str) -> str:
    return f"[{_plain(code)}](codes.md#{code})" + ("" if weight == "error" else f" ({weight})")


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", text)


REFERENCE: Mapping[Path, Callable[[], str]] = {
    DOCS / "codes.md": codes_text,
    DOCS / "faults.md": faults_text,
}
"""Each page with what makes it."""

"""The page method's name in the page's scripts: a static look, the rest is a browser's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.checks.found import Found
from harness.config import Connector
from harness.page_methods import FAMILIES
from harness.preflight.model import Line
from harness.preflight.page import PageSeen, is_page
from harness.preflight.said import Said


def judge_method(seen: PageSeen, connector: Connector) -> Iterator[Said]:
    """Say whether the page method's name stands in the page, spelt as the connector spells it."""
    if not is_page(seen.page):
        return
    texts = [(f"{urlsplit(one.url).path}", one.text) for one in seen.scripts if one.status == 200]
    texts += [("the page", one.text) for one in seen.markup.scripts if one.text]
    name = connector.js_method
    for part in _looked_for(connector):
        spelt = [(where, found) for where, text in texts for found in _definitions(part, text)]
        if any(found == part for _, found in spelt):
            continue
        if not spelt:
            said = f"{part} is not in what a static look sees; a browser will tell"
            yield Line(subject="page method", mark="unknown", said=said)
            return
        key = "js_command" if connector.js_command else "js_method"
        yield from _misspelt(name, part, key, *spelt[0])
        return
    yield Line(subject="page method", mark="yes", said=f"{name} is in the page's scripts")


def _looked_for(connector: Connector) -> tuple[str, ...]:
    """Return what has to stand in the page: each part of what it defines, or the last word of a call."""
    parts = connector.js_method.split(".")
    if FAMILIES[connector.page_method].member:
        return (*parts, *connector.js_command)[-1:]
    return tuple(parts)


def _misspelt(name: str, part: str, key: str, where: str, found: str) -> Iterator[Said]:
    yield Line(subject="page method", mark="no", said=f"{found} in {where} instead of {part}")
    yield Found(
        code="sdk.method_missing",
        severity="error",
        expected=f"{name}, as the connector spells it",
        observed=f"{found} in {where}: another case, and JavaScript tells them apart",
        fix=f"Rename it to {part}, or set {key} to the page's spelling in the connector",
    )


def _definitions(name: str, text: str) -> tuple[str, ...]:
    """Return what looks like a definition of a name, in any case."""
    word = re.escape(name)
    form = rf"(?<![\w$])(?:(?:function\s+|\.|[\"'])({word})(?![\w$])|({word})[\"']?\s*(?:=(?!=)|:|\())"
    return tuple(one[1] or one[2] for one in re.finditer(form, text, re.IGNORECASE))

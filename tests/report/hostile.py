"""A run in which everything that comes from elsewhere is hostile, and the same one without a word of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from harness.matrix import Case
from harness.report.html import Material
from harness.report.model import ProbeResult, ProbeSent, Readiness, Report, Unavailable
from harness.report.picture import Picture
from harness.timeline import Event, Source, Timeline

from ..made import report, result, told

TEXTS = (
    "<script>window.pwned = 1</script>",
    "\"><img src=x onerror='window.pwned = 1'>",
    "'><svg/onload=window.pwned=1>",
    "</style></script></title></textarea><script>window.pwned=1</script>",
    "javascript:window.pwned=1",
    "]]><failure/><!--",
    "&lt;b&gt; &amp; &#60;",
    "{{ 7 * 7 }} {% raw %}",
    "\x1b[31mred\x1b]0;title\x07\x9b2J",
    "\u202egnp.exe\u2066 \u200f\u2028\u2029\ufeff",
    "\x00\x01\x08\x0b\x0c\x0e\x1f\x7f\ufffe\uffff",
    "[link](https://evil.example) ![picture](https://evil.example/x.png) <https://evil.example>",
    "| cell | cell |\n|---|---|\n# head\n- item\n> quote `code` @somebody #1 https://evil.example",
    "\n::error title=mine::injected\r\n::set-output name=a::b\n##[error]injected\n  ::add-mask::x",
    "%0A::error::injected%25",
)
"""What somebody may put into a page, a claim or an error message."""

EVERYTHING = " ".join(TEXTS)
JPEG = b"\xff\xd8\xff\xe0 no real picture"


def run(word: Callable[[str], str]) -> tuple[Report, Material]:
    """Return a run; ``word`` says what stands in each place where something from elsewhere may stand."""
    case = Case(surface="embedded", flow="code-pkce")
    values = {name: word(name) for name in ("expected", "observed", "fix", "overlay")}
    found = told("claims.expired", confirmed=True, **values)
    failed = result(case, found, outcome="refused", code="claims.expired")
    held = failed.conditions.model_copy(update={"engine_version": word("version"), "tls_trust": word("tls")})
    sent = ProbeSent(
        what=word("what"), method="GET", url=f"https://a.example/{word('url')}", answered=word("back")
    )
    shown = report(
        failed.model_copy(update={"conditions": held}),
        unavailable=(Unavailable(engine="webkit", policy="safari-like", reason=word("reason")),),
        readiness=(
            Readiness(
                surface="embedded", ready=False, code="claims.expired", sentence=f"embedded: {word('said')}"
            ),
        ),
        preflight=(told("net.connect_failed", "warning", observed=word("reached")),),
        unseen=(word("unseen"),),
        learned=word("learned"),
        probes=(ProbeResult(name="no-verifier", connector="acme", what=word("probed"), sent=(sent,)),),
    )
    material = Material(
        timelines={0: Timeline(events(word))},
        pictures={0: (Picture(step=word("step"), jpeg=JPEG),)},
        file=word("file"),
    )
    return shown, material


def events(word: Callable[[str], str]) -> tuple[Event, ...]:
    """Return the events of a case."""
    # What looks like parameters is shown as parameters, which would be another page.
    url = f"https://www.acme.example/{re.sub('[?#]', '', word('path'))}"
    asked = {"url": url, "page": 1, "method": word("method"), "resource": "fetch", "navigation": False}
    sent = {**asked, "top": True, "document_url": url, "redirected_from": None, "body": [word("member")]}
    problem = {"code": "claims.expired", "expected": word("so"), "observed": word("such")}
    data: tuple[tuple[Source, str, dict[str, Any]], ...] = (
        ("harness", "case.started", {"page": word("page"), "sites": {"brand": "https://www.acme.example"}}),
        ("browser", "request.sent", sent),
        ("browser", "response.received", {**asked, "status": 500, "headers": {"x-name": word("header")}}),
        ("browser", "request.failed", {"url": url, "page": 1, "error": word("error")}),
        ("page", "console.written", {"text": word("text"), word("key"): word("value")}),
        ("platform", "credential.received", {"kind": "jwt"}),
        ("platform", "verdict", {"outcome": "refused", "code": word("code"), "problems": [problem]}),
    )
    return tuple(
        Event(seq=number, at=1000 + number / 10, source=source, type=type_, flow="f", data=facts)
        for number, (source, type_, facts) in enumerate(data, 1)
    )


def hostile(_: str) -> str:
    """Return all of it, wherever."""
    return EVERYTHING


def harmless(name: str) -> str:
    """Return one word."""
    return name

"""Asks the questions: every answer is checked as it comes, and what the issuer says itself is not asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.brand_file.advertised import Advertised
from harness.brand_file.answers import NotThat
from harness.brand_file.questions import QUESTIONS, Known, Question
from harness.config import FLOWS
from harness.errors import UsageError
from harness.protocol.problem import Refusal

Ask = Callable[[str, str], str]
"""Asks a question with its default, and returns what was typed."""

_WAYS: Mapping[str, str] = {
    "net.tls_invalid": "; name a private certificate authority with --ca",
    "net.connect_failed": "; say with --map where a host is that DNS does not know",
}
"""The option that may help where an issuer is not reached."""


def interview(
    given: Mapping[str, str],
    *,
    ask: Ask | None,
    say: Callable[[str], None],
    discover: Callable[[str], Advertised] | None,
) -> Known:
    """Return an answer to every question.

    Args:
        given: Answers that are known before, by the question's name.
        ask: Asks a person; ``None`` where there is none, so that defaults are taken.
        say: Tells a person something.
        discover: Asks an issuer for its discovery document; ``None`` where none is to be asked.

    Raises:
        UsageError: When a given answer cannot work, or one is missing and there is nobody to ask.
    """
    known = Known()
    for question in QUESTIONS:
        if not question.wanted(known):
            if question.name in given:
                raise UsageError(f"{question.option} belongs to {question.belongs}; leave it out")
            continue
        if question.name == "issuer":
            _issuer(question, known, given, ask=ask, say=say, discover=discover)
            continue
        known.answers[question.name] = _answer(question, known, given, ask=ask, say=say)
    return known


def _answer(
    question: Question,
    known: Known,
    given: Mapping[str, str],
    *,
    ask: Ask | None,
    say: Callable[[str], None],
) -> str:
    if question.name in given:
        return _given(question, given)
    told = known.advertised.endpoints.get(question.name) if known.advertised else None
    if told is not None:
        say(f"{question.name}: {told}, as the server says")
        return told
    default = question.default(known)
    if ask is None:
        if default is None:
            raise UsageError(f"nothing says {question.option}, and there is nobody to ask; add it")
        return default
    return _asked(question, _marked(question, known), default, ask=ask, say=say)


def _given(question: Question, given: Mapping[str, str]) -> str:
    try:
        return question.check(given[question.name].strip())
    except NotThat as wrong:
        raise UsageError(f"{question.option}: {wrong}") from None


def _asked(
    question: Question, text: str, default: str | None, *, ask: Ask, say: Callable[[str], None]
) -> str:
    while True:
        try:
            return question.check(ask(text, default or "").strip())
        except NotThat as wrong:
            say(str(wrong))


def _marked(question: Question, known: Known) -> str:
    """Return the question, with the flows that the server offers marked."""
    if question.name != "flow":
        return question.ask
    offered = known.advertised.flows if known.advertised else ()
    flows = ", ".join(f"{flow} *" if flow in offered else flow for flow in FLOWS)
    return f"{question.ask} ({flows}{'; * the server offers it' if offered else ''})"


def _issuer(
    question: Question,
    known: Known,
    given: Mapping[str, str],
    *,
    ask: Ask | None,
    say: Callable[[str], None],
    discover: Callable[[str], Advertised] | None,
) -> None:
    """Settle the issuer, and what it says of itself; one that calls itself otherwise is asked for again."""
    typed = _answer(question, known, given, ask=ask, say=say)
    known.answers["issuer"] = typed
    if discover is None:
        return
    try:
        advertised = discover(typed)
    except Refusal as refusal:
        problem = refusal.problem
        say(
            f"no discovery document of {typed} could be read ({problem.code}: expected {problem.expected}, "
            f"observed {problem.observed}){_WAYS.get(problem.code, '')}, so its endpoints are asked for"
        )
        return
    if advertised.issuer == typed:
        known.advertised = advertised
        return
    calls = f"the server at {typed} calls itself {advertised.issuer}, and tokens are compared octet by octet"
    if ask is None or "issuer" in given:
        raise UsageError(f"{calls}; give --issuer {advertised.issuer}, or --no-discovery to keep yours")
    say(calls)
    known.answers["issuer"] = _asked(question, question.ask, advertised.issuer, ask=ask, say=say)
    if known["issuer"] == advertised.issuer:
        known.advertised = advertised

"""Events of the page and of the servers as messages: one small function for each type, in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.page_methods import PageMethod
from harness.report.sequence.model import Kind, Lane, Message, Row, Section, Status
from harness.report.sequence.parties import Parties, path
from harness.timeline import Event


@dataclass
class Story:
    """What has been read of a timeline so far.

    Attributes:
        parties: Who is who.
        start: When the case began.
        documents: Each document's party.
        challenges: Fingerprint of the challenge that each flow began with.
        method: The page method's name.
        kind: How the SDK gets the credential from the page.
        begins: How a call of what the page calls begins.
    """

    parties: Parties
    start: float
    method: str
    kind: PageMethod = "named"
    begins: str = "("
    documents: dict[int, Lane] = field(default_factory=dict)
    challenges: dict[str | None, str] = field(default_factory=dict)

    def message(
        self,
        event: Event,
        sender: Lane,
        receiver: Lane,
        text: str,
        *,
        kind: Kind = "inner",
        status: Status = "good",
        sections: tuple[Section, ...] = (),
        took_ms: float | None = None,
    ) -> Message:
        """Return a message that an event tells of."""
        return Message(
            key=event.type,
            seq=event.seq,
            at_ms=(event.at - self.start) * 1000,
            took_ms=took_ms,
            sender=sender,
            receiver=receiver,
            kind=kind,
            text=text,
            status=status,
            sections=tuple(one for one in sections if one.rows),
        )


Teller = Callable[[Event, Story], Iterator[Message]]


def facts(title: str, data: Mapping[str, Any], *names: str) -> Section:
    """Return some members of an event as a section; what is absent or null is left out."""
    rows = [
        Row(name=name, value=_shown(data[name])) for name in names if data.get(name) not in (None, [], "")
    ]
    return Section(title=title, rows=tuple(rows))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _document(event: Event, story: Story) -> Iterator[Message]:
    party = story.parties.at(event.data["origin"]) or story.parties.at(event.data["url"])
    if party is not None:
        story.documents[event.data["document"]] = "window" if party == "platform" else party
    return iter(())


def _posted(event: Event, story: Story) -> Iterator[Message]:
    """A message that arrived: between window and SDK, or a stranger's."""
    data = event.data
    sender = story.parties.at(data["origin"])
    receiver = story.documents.get(data["document"])
    if sender is None or receiver is None or "ns" not in data["members"]:
        return
    ends: tuple[Lane, Lane] = ("window", "sdk") if receiver == "page" else ("sdk", "window")
    yield story.message(
        event,
        *ends,
        f"postMessage {data['type']}",
        kind="message",
        sections=(facts("Message", data, "origin", "members", "fingerprints"),),
    )


def _called(event: Event, story: Story) -> Iterator[Message]:
    if story.kind == "push":  # nobody is called: the page pushes
        return
    challenge = event.data["code_challenge"]
    if challenge:
        story.challenges.setdefault(event.flow, challenge)
    arguments = "callback, code_challenge" if event.data["arguments"] > 1 else "callback"
    rows = (Row(name="code_challenge", value=f"fp:{challenge}"),) if challenge else ()
    yield story.message(
        event,
        "sdk",
        "page",
        f"{'provider' if story.kind == 'provider' else story.method}({arguments})",
        kind="call",
        sections=(Section(title="Arguments", rows=rows), facts("Call", event.data, "arguments", "callback")),
    )


def _answered(event: Event, story: Story) -> Iterator[Message]:
    if story.kind == "push":
        return
    data, token = event.data, event.data["token"]
    given = token.get("credential", token)
    text = f"callback({_value(token)}{', error' if data['error_given'] else ''})"
    nobody = data["error_given"] or (story.kind == "provider" and token["type"] == "null")
    yield story.message(
        event,
        "page",
        "sdk",
        text,
        kind="answer",
        status="warning" if nobody or data["nth"] > 1 else "good",
        took_ms=data["after_ms"],
        sections=(
            facts("Credential", given, "type", "shape", "characters", "decoration", "fingerprint"),
            facts("Object", token, "members", "redirect_uri"),
            facts("Call", data, "nth", "arguments", "error_type", "error_given"),
        ),
    )


def _pushed(event: Event, story: Story) -> Iterator[Message]:
    token = event.data["token"]
    given = token.get("credential", token)
    yield story.message(
        event,
        "page",
        "sdk",
        f"{story.begins}{_value(token)})",
        kind="call",
        status="warning" if token["type"] in ("null", "undefined") else "good",
        sections=(
            facts("Credential", given, "type", "shape", "characters", "decoration", "fingerprint"),
            facts("Object", token, "members", "redirect_uri"),
        ),
    )


def _expired(event: Event, story: Story) -> Iterator[Message]:
    yield story.message(event, "sdk", "page", f"event {event.data['event']}", kind="call")


def _value(value: Mapping[str, Any]) -> str:
    if value.get("members"):
        return "{" + ", ".join(value["members"]) + "}"
    shape = str(value.get("shape") or "")
    return _SHAPES.get(shape, str(shape or value.get("type", "")))


_SHAPES = {"jws": "signed token", "jwe": "encrypted token", "opaque": "code"}


def _went_wrong(event: Event, story: Story) -> Iterator[Message]:
    word = {"page_method.threw": "throws", "page_method.rejected": "rejects"}[event.type]
    yield story.message(
        event, "page", "sdk", f"{word} {event.data['error'] or 'an error'}", kind="answer", status="bad"
    )


def _found(event: Event, story: Story) -> Iterator[Message]:
    if story.documents.get(event.data["document"]) in (None, "window"):
        return
    status, registers = event.data["status"], story.kind == "provider"
    if status == "not_callable" and registers:
        text = f"{story.begins}{event.data['type']}), which is no provider"
        yield story.message(event, "page", "sdk", text, kind="call", status="bad")
    elif status == "not_callable":
        yield story.message(event, "page", "page", f"{story.method} is no function", status="bad")
    elif status == "function" and registers:
        yield story.message(event, "page", "sdk", f"{story.begins}provider)", kind="call")


def _frame(event: Event, story: Story) -> Iterator[Message]:
    if story.parties.at(event.data["url"]) == "platform":
        sections = (facts("Frame", event.data, "name", "sandbox", "allow", "loading", "hidden"),)
        yield story.message(event, "sdk", "page", "puts the chat window in a frame", sections=sections)


def _opened(event: Event, story: Story) -> Iterator[Message]:
    result = event.data["result"]
    yield story.message(
        event,
        "sdk",
        "window",
        f"window.open {path(event.data['url'])}" + ("" if result == "window" else f": {result}"),
        kind="call",
        status="good" if result == "window" else "bad",
        sections=(facts("Window", event.data, "name", "noopener", "since_input_ms", "result", "error"),),
    )


def _violated(event: Event, story: Story) -> Iterator[Message]:
    party = story.documents.get(event.data["document"], "page")
    where = story.parties.at(event.data["blocked"]) or party
    yield story.message(
        event,
        party,
        where,
        f"content security policy: {event.data['directive']}",
        status="bad" if event.data["disposition"] == "enforce" else "warning",
        sections=(facts("Violation", event.data, "directive", "blocked", "disposition", "source", "line"),),
    )


def _denied(event: Event, story: Story) -> Iterator[Message]:
    party = story.documents.get(event.data["document"], "window")
    yield story.message(event, party, party, f"{event.data['store']} denied", status="warning")


def _inner(party: Lane, text: str, *names: str, status: Status = "good") -> Teller:
    """Return what tells that a party has done something by itself."""

    def tell(event: Event, story: Story) -> Iterator[Message]:
        told = text.format_map(event.data)
        yield story.message(
            event, party, party, told, status=status, sections=(facts("Facts", event.data, *names),)
        )

    return tell


def _call_opened(event: Event, story: Story) -> Iterator[Message]:
    text = "needs a token of the page" if story.kind == "push" else "opens a call of the page method"
    yield from _inner("platform", text, "call", "connector", "mode")(event, story)


def _authorization(event: Event, story: Story) -> Iterator[Message]:
    data = event.data
    if data.get("code_challenge"):
        story.challenges.setdefault(event.flow, data["code_challenge"])
    rows = ("client_id", "state", "nonce", "code_challenge", "issuer")
    yield from _inner("idp", "reads the authorization request", *rows)(event, story)


def _responded(event: Event, story: Story) -> Iterator[Message]:
    error = event.data.get("error")
    yield story.message(
        event,
        "idp",
        "idp",
        f"answers with {error}" if error else f"answers by {event.data['mode']}",
        status="bad" if error else "good",
        sections=(facts("Response", event.data, "mode", "error", "state", "nonce", "code_challenge"),),
    )


def _exchange(event: Event, story: Story) -> Iterator[Message]:
    data, began = event.data, story.challenges.get(event.flow)
    rows = [Row(name="code", value=f"fp:{data['credential']}")] if data["credential"] else []
    if mark := data["code_challenge"]:
        fits = None if began is None else began == mark
        words = {True: "the one that the flow began with", False: "not the one of the beginning", None: ""}
        rows.append(Row(name="S256(code_verifier)", value=f"fp:{mark} {words[fits]}".strip(), good=fits))
    yield story.message(
        event,
        "platform",
        "idp",
        f"POST {path(data['url'])} {data['grant_type']}",
        kind="request",
        sections=(
            Section(title="Form", rows=tuple(rows)),
            facts("Token endpoint", data, "url", "grant_type", "client_auth"),
        ),
    )


def _tokens(event: Event, story: Story) -> Iterator[Message]:
    if event.data.get("error") is None:
        yield story.message(event, "idp", "platform", "tokens", kind="answer")


def _refused(event: Event, story: Story) -> Iterator[Message]:
    yield story.message(
        event,
        "idp",
        "platform",
        f"refused: {event.data['error']}",
        kind="answer",
        status="bad",
        sections=(facts("Answer", event.data, "error", "reason", "issuer"),),
    )


def _examined(event: Event, story: Story) -> Iterator[Message]:
    """The id_token decoded, with what was checked and the result."""
    found = {one["step"]: one["found"] for one in event.data["steps"]}
    sections = [
        Section(title=f"{layer['kind'].upper()} header", rows=_members(layer["members"], found))
        for layer in event.data["headers"]
    ]
    steps = tuple(
        Row(name=step, value=", ".join(codes) or "right", good=not codes) for step, codes in found.items()
    )
    wrong = sum(not row.good for row in steps)
    yield story.message(
        event,
        "platform",
        "platform",
        "verifies the id_token" + (f": {wrong} of {len(steps)} checks found something" if wrong else ""),
        status="bad" if wrong else "good",
        sections=(
            *sections,
            Section(title="Claims", rows=_members(event.data["claims"], found)),
            Section(title="Checks", rows=steps),
        ),
    )


def _members(members: Mapping[str, str], found: Mapping[str, list[str]]) -> tuple[Row, ...]:
    return tuple(
        Row(name=name, value=value, good=None if name not in found else not found[name])
        for name, value in members.items()
    )


def _verdict(event: Event, story: Story) -> Iterator[Message]:
    data = event.data
    status: Status = (
        "good" if data["outcome"] == "authenticated" else "info" if data["code"] is None else "bad"
    )
    rows = tuple(
        Row(
            name=f"{one.get('step', '')} {one['code']}".strip(),
            value=f"expected {one.get('expected', '')}, observed {one.get('observed', '')}",
            good=False if one.get("severity") == "error" else None,
        )
        for one in data["problems"]
    )
    yield story.message(
        event,
        "platform",
        "window",
        data["outcome"].replace("_", " ") + (f", {data['code']}" if data["code"] else ""),
        kind="answer",
        status=status,
        sections=(
            Section(title="Problems", rows=rows),
            facts("Verdict", data, "surface", "connector", "mode", "issuer", "profile", "subject"),
        ),
    )


TELLERS: Mapping[str, Teller] = {
    "document.started": _document,
    "iframe.added": _frame,
    "window.opened": _opened,
    "message.received": _posted,
    "page_method.found": _found,
    "page_method.called": _called,
    "page_method.answered": _answered,
    "page_method.threw": _went_wrong,
    "page_method.rejected": _went_wrong,
    "page_method.pushed": _pushed,
    "page_method.expired": _expired,
    "policy.violated": _violated,
    "storage.denied": _denied,
    "login.succeeded": _inner("page", "the consumer has signed in"),
    "login.refused": _inner("page", "the login was refused: {code}", "code", status="bad"),
    "cookie.missed": _inner("platform", "the cookie {name} did not come", "name", status="warning"),
    "call.opened": _call_opened,
    "authorization.request": _authorization,
    "authorization.response": _responded,
    "authorization.refused": _inner("idp", "refuses the request", "reason", "error", status="bad"),
    "code.issued": _inner("idp", "issues a code", "client_id", "credential", "challenged"),
    "id_token.issued": _inner("idp", "issues an id_token", "client_id", "credential"),
    "exchange.sent": _exchange,
    "token.issued": _tokens,
    "token.refused": _refused,
    "id_token.examined": _examined,
    "backend.failed": _inner(
        "platform", "the verification backend failed", "operation", "expected", "observed", status="bad"
    ),
    "verdict": _verdict,
}
"""Every type of event that the diagram shows beside the browser's requests."""

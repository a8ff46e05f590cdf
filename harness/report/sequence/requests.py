"""Requests of the browser as messages: who asks whom, and what came back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from harness.report.sequence.model import Kind, Lane, Message, Row, Section, Status
from harness.report.sequence.parties import Parties, parameters, path
from harness.timeline import Event, Timeline

MOST_NAMED = 4
_SHOWN = ("document", "fetch", "xhr")
_ENDS = ("response.received", "request.failed", "request.blocked")
_CANCELLED = ("net::ERR_ABORTED", "NS_BINDING_ABORTED")


class Answers:
    """What became of requests: the first answer that came after each, taken once."""

    def __init__(self, timeline: Timeline) -> None:
        self._ends: dict[str, list[Event]] = defaultdict(list)
        for event in timeline.of(*_ENDS):
            self._ends[event.data["url"]].append(event)
        self._finished: dict[str, list[Event]] = defaultdict(list)
        for event in timeline.of("request.finished"):
            self._finished[event.data["url"]].append(event)

    def take(self, sent: Event) -> tuple[Event | None, float | None]:
        """Return how a request ended, and after how many milliseconds where that is known."""
        ended = _after(self._ends[sent.data["url"]], sent)
        finished = _after(self._finished[sent.data["url"]], sent)
        return ended, finished.data["milliseconds"] if finished else None


def _after(events: list[Event], sent: Event) -> Event | None:
    found = next((one for one in events if one.seq > sent.seq), None)
    if found is not None:
        events.remove(found)
    return found


def request(sent: Event, parties: Parties, answers: Answers, start: float) -> Iterator[Message]:
    """Yield the message of a request that matters to the sign-in."""
    url, data = sent.data["url"], sent.data
    ended, took = answers.take(sent)
    receiver = parties.at(url)
    failed = ended is not None and ended.type != "response.received"
    cancelled = failed and ended is not None and ended.data.get("error") in _CANCELLED
    shown = data["resource"] in _SHOWN or parties.is_sdk(url) or (failed and not cancelled)
    if receiver is None or not shown or path(url) == "/favicon.ico":
        return
    sender, heard = _between(sent, receiver, parties)
    kind: Kind = "redirect" if data.get("redirected_from") else "request"
    yield Message(
        key=f"{kind}.{heard}",
        seq=sent.seq,
        at_ms=(sent.at - start) * 1000,
        took_ms=took,
        sender=sender,
        receiver=heard,
        kind=kind,
        text=_text(sent, kind, ended),
        status=_status(ended, cancelled),
        sections=tuple(_sections(sent, ended)),
    )


def _between(sent: Event, receiver: Lane, parties: Parties) -> tuple[Lane, Lane]:
    """Return who asks and who is asked, in the columns of the diagram."""
    url, data = sent.data["url"], sent.data
    before = parties.at(data.get("redirected_from"))
    if before is not None:
        # A redirect to the platform's window arrives where the consumer sees it.
        return before, "window" if receiver == "platform" and data["navigation"] else receiver
    if data["navigation"]:
        if data.get("top") is False:
            return ("sdk" if receiver == "platform" else "window"), receiver
        popup = (data.get("page") or 1) > 1
        return ("window" if popup and receiver != "page" else "page"), receiver
    asking = parties.at(data.get("document_url"))
    if asking == "platform":
        return "window", receiver
    return (
        "sdk" if asking == "page" and receiver == "platform" and not parties.is_sdk(url) else "page"
    ), receiver


def _text(sent: Event, kind: Kind, ended: Event | None) -> str:
    url = sent.data["url"]
    names = [row.name for row in parameters(url)] if kind == "redirect" else []
    text = f"redirect to {path(url)}" if kind == "redirect" else f"{sent.data['method']} {path(url)}"
    if names:
        text += f" with {', '.join(names)}" if len(names) <= MOST_NAMED else f" with {len(names)} parameters"
    match ended:
        case Event(type="response.received"):
            return f"{text}: {ended.data['status']}"
        case Event(type="request.blocked"):
            return f"{text}: blocked, {ended.data['reason'] or ended.data['cors']}"
        case Event():
            return f"{text}: {ended.data['error']}"
        case None:
            return text


def _status(ended: Event | None, cancelled: bool) -> Status:
    if ended is None or cancelled:
        return "info"
    if ended.type != "response.received":
        return "bad"
    return "good" if ended.data["status"] < 400 else "bad"


def _sections(sent: Event, ended: Event | None) -> Iterator[Section]:
    data = sent.data
    yield Section(title="Address", rows=(Row(name=data["method"], value=data["url"].partition("?")[0]),))
    if carried := parameters(data["url"]):
        yield Section(title="Parameters", rows=carried)
    if data.get("body"):
        yield Section(title="Body", rows=tuple(Row(name=name, value="…") for name in data["body"]))
    if ended is not None and (headers := ended.data.get("headers")):
        yield Section(
            title="Answer", rows=tuple(Row(name=name, value=str(value)) for name, value in headers.items())
        )

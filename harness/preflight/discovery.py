"""The discovery document: is the issuer the one that is configured, and does it offer what is asked for?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from harness.checks.found import Found
from harness.config import Connector, Mode
from harness.preflight.asking import Asker, Heard
from harness.preflight.model import Line
from harness.preflight.said import Said, problem_found, unheard
from harness.protocol import metadata
from harness.protocol.problem import Problem, Refusal
from harness.verification import discovery

Document = Mapping[str, Any]

SUBJECT = "discovery"
MOST_ASKED = 5
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, kw_only=True)
class DiscoverySeen:
    """What an issuer says of itself.

    Attributes:
        connector: The connector whose issuer it is.
        own: The answer at the address that belongs to the configured issuer; ``None`` where it was not asked.
        elsewhere: Answers at addresses that belong to issuers above the configured endpoints.
    """

    connector: Connector
    own: Heard | None
    elsewhere: tuple[Heard, ...] = ()

    @property
    def document(self) -> Document | None:
        """The issuer's own document, whatever it says."""
        return _document(self.own) if self.own else None


def ask(asker: Asker, connector: Connector) -> DiscoverySeen:
    """Ask for an issuer's document, and where there is none for those of likely other issuers."""
    url = metadata.well_known(connector.issuer)
    own = asker.get("the discovery document", url, limit=discovery.DOCUMENT_LIMIT) if asker.may(url) else None
    if own is not None and _document(own) is not None:
        return DiscoverySeen(connector=connector, own=own)
    elsewhere = []
    for issuer in _likely(connector):
        other = metadata.well_known(issuer)
        if other == url or not asker.may(other):
            continue
        heard = asker.get(
            "the discovery document of another likely issuer", other, limit=discovery.DOCUMENT_LIMIT
        )
        elsewhere.append(heard)
        if _document(heard) is not None:
            break
    return DiscoverySeen(connector=connector, own=own, elsewhere=tuple(elsewhere))


def _likely(connector: Connector) -> tuple[str, ...]:
    """Return the issuers that the configured endpoints may belong to: their paths, shortened."""
    found: dict[str, None] = {}
    for name in _ENDPOINTS:
        parts = urlsplit(getattr(connector, name) or "")
        if parts.scheme != "https" or not parts.netloc:
            continue
        steps = parts.path.split("/")[:-1]
        for count in range(len(steps), 0, -1):
            found[f"https://{parts.netloc}{'/'.join(steps[:count])}"] = None
    return tuple(found)[:MOST_ASKED]


def _document(heard: Heard) -> Document | None:
    if heard.answer is None:
        return None
    try:
        read = discovery.document(heard.answer)
    except Refusal:
        return None
    return read if isinstance(read, dict) and isinstance(read.get("issuer"), str) else None


def judge(seen: DiscoverySeen, connector: Connector, mode: Mode) -> Iterator[Said]:
    """Say whether the issuer is the configured one, and what it offers."""
    if (document := seen.document) is not None:
        yield from _own(document, connector, mode)
        return
    for heard in seen.elsewhere:
        other = _document(heard)
        if other is not None and other["issuer"] != connector.issuer and _same_server(other, connector):
            yield from _mismatch(other["issuer"], connector, mode)
            return
    yield from _nothing(seen, connector, mode)


def _nothing(seen: DiscoverySeen, connector: Connector, mode: Mode) -> Iterator[Said]:
    if connector.discovery:
        if seen.own is None:
            yield Line(subject=SUBJECT, mark="unknown", said="not asked: the issuer's host is not reached")
            return
        if said := tuple(unheard(SUBJECT, seen.own, mode)):
            yield from said
            return
        observed = f"status {seen.own.status}" if seen.own.status != 200 else "another document"
        problem = Problem(code="disco.invalid", expected="a discovery document", observed=observed)
        yield from problem_found(SUBJECT, problem, mode)
        return
    yield Line(subject=SUBJECT, mark="unknown", said="no document, and none is needed")


def _own(document: Document, connector: Connector, mode: Mode) -> Iterator[Said]:
    if document["issuer"] != connector.issuer:
        yield from _mismatch(document["issuer"], connector, mode)
        return
    yield Line(subject="issuer", mark="yes", said="the configured one, octet for octet")
    try:
        problems = metadata.read(document, issuer=connector.issuer, pkce=connector.pkce).problems
    except Refusal as refusal:
        problems = (refusal.problem,)
    for problem in problems:
        found = Found.of(problem, mode)
        needed = connector.discovery or found.severity != "error"
        said = f"{problem.code}: {problem.observed}"
        yield Line(subject=SUBJECT, mark="no" if connector.discovery and not needed else "warning", said=said)
        yield found if needed else Found.of(_lighter(problem), mode)
    yield from _moved(document, connector)
    yield _pkce(document, connector)


def _lighter(problem: Problem) -> Problem:
    """Return a problem of a document that nobody reads but us."""
    return Problem(
        code=problem.code, expected=problem.expected, observed=problem.observed, severity="warning"
    )


def _mismatch(issuer: str, connector: Connector, mode: Mode) -> Iterator[Said]:
    yield Line(subject="issuer", mark="no", said=f"the server calls itself {issuer}")
    problem = Problem(code="disco.issuer_mismatch", expected=connector.issuer, observed=issuer[:200])
    severity = Found.of(problem, mode).severity
    yield Found(
        code=problem.code,
        severity=severity,
        expected=f"the configured issuer, {problem.expected}",
        observed=f"the issuer {problem.observed}",
        fix=f"Set issuer to {problem.observed} in the connector, octet for octet, or let the server use the "
        "configured one",
    )


def _same_server(document: Document, connector: Connector) -> bool:
    """Tell whether a document describes the endpoints that are configured."""
    return any(document.get(name) == getattr(connector, name) for name in _ENDPOINTS if name in document)


def _moved(document: Document, connector: Connector) -> Iterator[Said]:
    for name in _ENDPOINTS:
        configured, told = getattr(connector, name), document.get(name)
        if configured and isinstance(told, str) and told != configured:
            yield Line(subject=name, mark="warning", said=f"configured {configured}, advertised {told}")


def _pkce(document: Document, connector: Connector) -> Line:
    methods = document.get("code_challenge_methods_supported")
    offered = "S256" in methods if isinstance(methods, list) else None
    said = {True: "yes, S256", False: "no S256", None: "unknown: the document does not say"}[offered]
    needed = connector.pkce and not offered
    return Line(subject="PKCE", mark="warning" if needed else "yes" if offered else "unknown", said=said)


def judge_response_type(seen: DiscoverySeen, connector: Connector) -> Iterator[Said]:
    """Say whether the popup's response type is advertised: yes, no, or not known."""
    wanted = connector.asked_response_type
    told = (seen.document or {}).get("response_types_supported")
    subject = "response type"
    if not isinstance(told, list):
        yield Line(subject=subject, mark="unknown", said=f"{wanted}: nothing says whether it is offered")
        return
    offered = any(isinstance(one, str) and set(one.split()) == set(wanted.split()) for one in told)
    if offered:
        yield Line(subject=subject, mark="yes", said=f"{wanted} is advertised")
        return
    listed = ", ".join(str(one) for one in told)[:120]
    yield Line(subject=subject, mark="warning", said=f"{wanted} is not advertised")
    yield Found(
        code="authz.unsupported_response_type",
        severity="warning",
        expected=f"{wanted} in response_types_supported",
        observed=listed or "none",
    )

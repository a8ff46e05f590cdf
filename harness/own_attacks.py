"""Attacks on the harness itself: its server, its proxy, its pages, and what it writes."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx2
from anyio.from_thread import start_blocking_portal
from starlette.responses import PlainTextResponse

from harness import temporary
from harness.attacks import STRANGER, attack, good, post
from harness.browser.login import customer
from harness.checks.found import Found, finding
from harness.judging import file_name
from harness.own_habits import LOOPBACK, OwnHabits
from harness.own_pages import NAMES, OwnPages
from harness.report import html
from harness.report.folder import Folder
from harness.report.model import CaseResult, Conditions, Report, Timings, summarise
from harness.scene import Scene, sign_in
from harness.server import running
from harness.serving import bound_socket
from harness.timeline import Event, Facts, Header, Timeline
from harness.wire import WireConsumer

HOSTILE = "\"><script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>"
"""What somebody may write into a claim, a title or an error message."""


def _habits(scene: Scene) -> OwnHabits:
    return scene.server.composition.seams.now.own_habits


def comes_by_another_name(scene: Scene) -> None:
    """Ask the server on loopback as a host whose name was rebound to it (RFC 9110 section 15.5.20)."""
    host = urlsplit(STRANGER).hostname
    window = f"https://{scene.server.config.sites.platform}/window"
    with attack(scene, "foreign_host") as seen:
        answer = scene.consumer.http.get(window, headers={"Host": str(host)})
        seen(host=host, status=answer.status_code)
    if answer.status_code == httpx2.codes.OK:
        sign_in(scene)


def looks_where_it_listens(scene: Scene) -> None:
    """Look at the addresses that servers listen on (RFC 8252 section 8.3)."""
    with attack(scene, "every_interface") as seen:
        address = _habits(scene).address
        with bound_socket(0, "--port", address=address, beyond_loopback=address != LOOPBACK) as fresh:
            found = {fresh.getsockname()[0], str(urlsplit(scene.server.proxy_url).hostname)}
        served = scene.server.names.resolve(scene.server.config.sites.platform, 443)
        assert served is not None, "the platform is served"
        found.add(served[0])
        seen(addresses=sorted(found), loopback=found == {LOOPBACK})
    sign_in(scene)


def asks_for_the_pages(scene: Scene) -> None:
    """Ask for the harness's own pages, from which faults are put in, without the run's key (CWE-306)."""

    async def ask() -> int:
        app = PlainTextResponse("The fault is in.")
        pages = OwnPages(app, session="the run's own", port=80, open_to_all=_habits(scene).open_pages)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=pages)) as client:
            address = f"http://{NAMES[0]}:80"
            answer = await client.post(
                f"{address}/faults", headers={"Host": f"{NAMES[0]}:80", "Origin": address}
            )
            return answer.status_code

    with attack(scene, "no_run_token") as seen:
        # In a thread, because where browsers are driven an event loop may run in this one.
        with start_blocking_portal() as portal:
            status = portal.call(ask)
        seen(status=status)
    if status == httpx2.codes.OK:
        sign_in(scene)


def goes_elsewhere(scene: Scene) -> None:
    """Ask the browsers' proxy for a host that nobody declared."""
    proxy = urlsplit(scene.server.proxy_url)
    with attack(scene, "undeclared_host") as seen, bound_socket(0, "--port") as undeclared:
        target = f"localhost:{undeclared.getsockname()[1]}"
        with socket.create_connection((str(proxy.hostname), int(proxy.port or 0)), timeout=5) as line:
            line.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            status = int(line.recv(4096).split(b" ", 2)[1])
        seen(host="localhost", status=status)
    if status == httpx2.codes.OK:
        sign_in(scene)


def names_its_own_file(scene: Scene) -> None:
    """Let a case's id, which names a connector of somebody else's, lead out of the run's folder (CWE-22)."""
    named = _as_it_is if _habits(scene).foreign_names else file_name
    with attack(scene, "hostile_name") as seen, temporary.folder() as place:
        run = place / "run"
        Folder(run, named=named).keep(_timeline("../../escaped"))
        written = [path for path in place.rglob("*") if path.is_file()]
        outside = any(not path.is_relative_to(run) for path in written)
        seen(files=len(written), outside=outside)
    if outside:
        sign_in(scene)


def _as_it_is(number: int, facts: Facts) -> str:
    return f"{facts.id}.jsonl"


def reads_the_log(scene: Scene) -> None:
    """Sign in, and look for the sign-in's secrets in what was recorded of it (CWE-532)."""
    events = scene.server.store.events
    with attack(scene, "planted_in_log") as seen:
        before = events.last()
        body = good(scene)
        answered = post(scene, body).json()
        secrets = [body["answer"]["token"], body["session"], answered["token"], answered["session"]]
        secrets += [*(str(one.value) for one in scene.consumer.http.cookies.jar), customer("alice").password]
        lines = [json.dumps([one.type, one.data]) for one in events.after(before)]
        seen(lines=len(lines), found=sum(secret in line for secret in secrets for line in lines))


def reads_the_files(scene: Scene) -> None:
    """Save a case in which a page has said a password and a token, and look for both (CWE-532)."""
    body = good(scene)
    secrets = (customer("alice").password, str(body["answer"]["token"]))
    known = secrets if _habits(scene).redacts else ()
    with (
        attack(scene, "planted_in_artefact") as seen,
        temporary.folder() as place,
    ):
        folder = Folder(place, secrets=known)
        folder.keep(_timeline("a-case", said=f"It was {' and '.join(secrets)}."))
        folder.finish(_report(observed=f"It was {secrets[0]}."), ())
        texts = [path.read_text("utf-8") for path in place.rglob("*") if path.is_file()]
        seen(files=len(texts), found=sum(secret in text for secret in secrets for text in texts))
    sign_in(scene)


def writes_into_the_report(scene: Scene) -> None:
    """Let a token and a page say something that a careless report would run (CWE-79)."""
    with attack(scene, "hostile_report") as seen:
        told = html.render(_report(observed=HOSTILE), escapes=_habits(scene).escapes)
        plain = html.render(_report(observed="nothing odd"))
        seen(ran=_active(told) != _active(plain))
    sign_in(scene)


class _Elements(HTMLParser):
    """Counts what may run: scripts, and elements with a handler."""

    def __init__(self) -> None:
        super().__init__()
        self.active = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count one element."""
        self.active += tag == "script" or any(name.startswith("on") for name, _ in attrs)


def _active(page: str) -> int:
    elements = _Elements()
    elements.feed(page)
    return elements.active


def runs_beside_another(scene: Scene) -> None:
    """Start a second harness beside the first, and look for what the two have in common."""
    config, server = scene.server.config, scene.server
    if _habits(scene).shares_store:
        config = config.model_copy(update={"database": server.store.url})
    with attack(scene, "parallel_runs") as seen, temporary.folder() as place:
        mine = scene.consumer.open_call(scene.engagement)["session"]
        with running(config, folder=place, clock=scene.clock, certificates=server.tls) as second:
            with WireConsumer(second) as other:
                shared = [other.open_call(scene.engagement, session=mine)["session"] == mine]
            shared.append(server.proxy_url == second.proxy_url)
        seen(shared=any(shared))
    sign_in(scene)


_CONDITIONS = Conditions(
    third_party_cookies="allowed",
    partitioning=True,
    popup_blocker=True,
    engine_version="none",
    tls_trust="this run's authority",
)


def _timeline(name: str, *, said: str = "nothing") -> Timeline:
    """Return a case as it is saved, whose page has said something in its console."""
    facts: dict[str, Any] = {
        "id": name,
        "surface": "embedded",
        "flow": "implicit",
        "engine": "chromium",
        "policy": "chrome-today",
        "mode": "strict",
        "scenario": "sign-in",
        "conditions": _CONDITIONS,
        "timings_ms": Timings(),
    }
    header = Header.model_validate({"schema": 1, "run": "0", "rules": "0", "case": facts})
    written: dict[str, Any] = {
        "level": "log",
        "text": said,
        "url": None,
        "line": None,
        "fingerprints": [],
        "page": 1,
    }
    line = Event(seq=1, at=0.0, source="browser", type="console.written", flow=None, data=written)
    return Timeline((line,), header)


def _report(*, observed: str) -> Report:
    """Return the report of one refused case, of which something foreign was observed."""
    found = finding(
        Found(code="claims.expired", severity="error", expected="a fresh token", observed=observed)
    )
    header = _timeline("a-case").header
    assert header is not None, "it was given one"
    values = {**header.case.model_dump(), "outcome": "refused", "code": "claims.expired", "passed": False}
    case = CaseResult.model_validate({**values, "findings": (found,)})
    return Report(run="0", summary=summarise((case,), 0.0), cases=(case,))


OWN_ATTACKS: Mapping[str, Callable[[Scene], None]] = {
    "comes-by-another-name": comes_by_another_name,
    "looks-where-it-listens": looks_where_it_listens,
    "asks-for-the-pages": asks_for_the_pages,
    "goes-elsewhere": goes_elsewhere,
    "names-its-own-file": names_its_own_file,
    "reads-the-log": reads_the_log,
    "reads-the-files": reads_the_files,
    "writes-into-the-report": writes_into_the_report,
    "runs-beside-another": runs_beside_another,
}
"""By the names that rows of ``faults.toml`` use."""

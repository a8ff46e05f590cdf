"""The walkthrough's page: with a script and without one, and never with a secret in it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from harness.brand_file.advertised import Advertised
from harness.console import Console, walkthrough, work
from harness.console.jobs import Job
from harness.console.told import sent
from harness.console.walkthrough import Walkthrough, _is_over
from harness.console.work import Step
from harness.errors import ConfigError, EngineUnavailable
from harness.matrix import Case
from harness.own_brand import Network
from harness.preflight import Preflight
from harness.protocol.problem import Refusal
from harness.report.model import Readiness, Sent
from harness.roles import web

from ..made import report, result, told

PORT = 8123
OWN = f"http://harness.localhost:{PORT}"
ISSUER = "https://login.acme.example"
SECRET = "hunter2-hunter2"
FILE = f"""
[connector]
flow = "code"
issuer = "{ISSUER}"
token_endpoint = "{ISSUER}/token"
client_id = "platform"
client_secret = {{ env = "ACME_CLIENT_SECRET" }}
jwks_uri = "{ISSUER}/jwks"

[brand]
page = "https://www.acme.example/account"
"""
OFFER = Advertised(
    issuer=ISSUER,
    endpoints={
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "keys": f"{ISSUER}/jwks",
    },
    flows=("code-pkce", "code"),
)


class Visitor:
    """A browser that has been let in."""

    def __init__(self, walkthrough: Walkthrough) -> None:
        console = Console(walkthrough, port=PORT)
        self.walkthrough = walkthrough
        self.client = TestClient(console.asgi(), base_url=OWN, headers={"origin": OWN})
        self.client.get(console.url)

    def page(self) -> str:
        """Return the page."""
        return str(self.client.get("/walkthrough").text)

    def does(self, action: str, **typed: str) -> str:
        """Press a button without a script, and return the page that comes."""
        return str(self.client.post("/walkthrough", data=self._form(action, typed)).text)

    def asks(self, action: str, **typed: str) -> Any:
        """Press a button as the script does, and return the answer."""
        form = self._form(action, typed)
        return self.client.post("/walkthrough", data=form, headers={"accept": "application/json"}).json()

    def _form(self, action: str, typed: dict[str, str]) -> dict[str, str | list[str]]:
        boxes = {"rfc_compliance": "on", "surfaces": "embedded", "engines": "chromium"}
        typed = {name.replace("__", ":"): text for name, text in typed.items()}
        return {"action": action, "scenarios": "sign-in", "flows": ["code"], **boxes, **typed}


@pytest.fixture
def visit(tmp_path: Path) -> Iterator[Callable[..., Visitor]]:
    """Let somebody in, to a walkthrough that begins with a file."""
    made: list[Walkthrough] = []
    file = tmp_path / "acme.toml"
    file.write_text(FILE, "utf-8")

    def visited(text: str = FILE, **options: Any) -> Visitor:
        file.write_text(text, "utf-8")
        made.append(Walkthrough(file, **options))
        return Visitor(made[-1])

    yield visited
    for one in made:
        one.close()


def seen(visitor: Visitor, name: str) -> list[dict[str, Any]]:
    """Return what the page is told of a job until its end."""
    part = visitor.walkthrough
    job = part._shown[name]

    async def watch() -> list[dict[str, Any]]:
        return [part._update(job, one) async for one in part.jobs.watch(job)]

    return asyncio.run(watch())


def test_it_begins_with_the_file_and_says_what_else_there_is(visit: Callable[..., Visitor]) -> None:
    """The file's values stand in the fields, and its text beside them."""
    page = visit().page()

    assert f'value="{ISSUER}"' in page
    assert all(f">{start}</button>" in page for start in ("acme.toml", "the sample brand", "an empty form"))
    assert "client_secret = { env = &#34;ACME_CLIENT_SECRET&#34; }" in page


def test_a_file_that_is_none_ends_it_before_anything_is_served(tmp_path: Path) -> None:
    """With the sentence that every command has for it."""
    with pytest.raises(ConfigError, match="there is no such file"):
        Walkthrough(tmp_path / "acme.toml")
    (tmp_path / "acme.toml").write_text("[connector", "utf-8")
    with pytest.raises(ConfigError, match="this is not TOML"):
        Walkthrough(tmp_path / "acme.toml")


def test_what_is_typed_is_answered_field_by_field(visit: Callable[..., Visitor]) -> None:
    """With the file that it amounts to."""
    answer = visit().asks("check", issuer="http://login.acme.example", page="")

    assert {"issuer": "wrong", "page": "missing"} == {
        name: one["kind"] for name, one in answer["sentences"].items()
    }
    assert 'issuer = "http://login.acme.example"' in answer["toml"]


def test_without_a_script_the_page_comes_again_with_the_sentences(visit: Callable[..., Visitor]) -> None:
    """And with what was typed."""
    page = visit().does("check", issuer="http://login.acme.example")

    assert 'value="http://login.acme.example"' in page
    assert "&#39;http://login.acme.example&#39; is no https URL" in page
    assert 'aria-invalid="true"' in page


def test_what_was_typed_is_there_when_one_comes_back(visit: Callable[..., Visitor]) -> None:
    """Leaving the page loses nothing."""
    visitor = visit()
    visitor.asks("check", client_id="conversations")

    assert 'value="conversations"' in visitor.page()


def test_one_begins_anew_with_another_file(visit: Callable[..., Visitor]) -> None:
    """Empty, the sample, or the text of one; what is no TOML is refused with a sentence."""
    visitor = visit()

    assert "still" not in visitor.does("start:empty")
    assert 'value=""' in visitor.page()
    assert "This file has 4 connectors" in visitor.does("start:sample")
    assert 'value="pasted"' in visitor.does("take", document=FILE.replace("platform", "pasted"))
    assert "The text is not TOML" in visitor.does("take", document="[connector")


def test_another_connector_of_the_file_is_shown(visit: Callable[..., Visitor]) -> None:
    """What was typed into the one before is kept."""
    visitor = visit()
    visitor.does("start:sample")
    page = visitor.does("show:3", client_id="other", flows="implicit")

    assert 'value="platform-code-pkce"' in page
    assert "client_id = &#34;other&#34;" in page


def test_an_issuer_is_looked_up(visit: Callable[..., Visitor]) -> None:
    """What is empty is filled in, what was typed stays, and both are said with where it is from."""
    asked: list[tuple[str, Network]] = []

    def ask(issuer: str, network: Network) -> Advertised:
        asked.append((issuer, network))
        return OFFER

    visitor = visit(ask=ask)
    answer = visitor.asks("lookup", jwks_uri=f"{ISSUER}/old", type="code")

    assert [ISSUER] == [issuer for issuer, _ in asked]
    assert f"{ISSUER}/authorize" == answer["values"]["authorization_endpoint"]
    assert "jwks_uri" not in answer["values"]
    said = answer["html"]["told"]
    assert f"as {ISSUER}/.well-known/openid-configuration says:" in said
    assert f"jwks uri: the server says {ISSUER}/jwks; what you typed stays" in said
    assert "told" not in visitor.asks("check")["html"]


@pytest.mark.parametrize(("action", "left"), [("show:1", 1), ("start:empty", 0)])
def test_what_an_issuer_says_belongs_to_what_was_shown_when_it_was_asked(
    action: str, left: int, visit: Callable[..., Visitor]
) -> None:
    """Whatever a person turned to meanwhile, nothing of the answer is written there."""
    visitor = visit()

    def ask(*_: Any) -> Advertised:
        visitor.does(action, client_id="typed")
        return OFFER

    visitor.walkthrough._ask = ask
    second = FILE[FILE.index("[connector]") : FILE.index("[brand]")]
    first = f'[[connector]]\nid = "first"\nflow = "code"\nissuer = "{ISSUER}"\nclient_id = "one"\n'
    other = second.replace("[connector]", '[[connector]]\nid = "second"').replace("/token", "/other")
    visitor.does("take", document=first + other + FILE[FILE.index("[brand]") :])
    visitor.asks("lookup", client_id="one")
    text = visitor.client.get("/walkthrough/brand.toml").text

    assert left == text.count(f'token_endpoint = "{ISSUER}/token"')
    assert left == text.count(f'token_endpoint = "{ISSUER}/other"')


def test_who_does_something_has_the_file_to_themselves(
    visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the moment its connector is known until what was typed is written there."""
    visitor, free = visit(), []

    def tried() -> None:
        if taken := visitor.walkthrough._lock.acquire(blocking=False):
            visitor.walkthrough._lock.release()
        free.append(taken)

    def looking(*args: Any) -> dict[str, str]:
        thread = threading.Thread(target=tried)
        thread.start()
        thread.join()
        return sent(*args)

    monkeypatch.setattr(walkthrough, "sent", looking)
    visitor.asks("check", client_id="conversations")

    assert [False] == free


def test_an_issuer_that_calls_itself_otherwise_is_offered(visit: Callable[..., Visitor]) -> None:
    """Nothing is filled in from somebody else; a button takes the other name."""
    other = Advertised(issuer=f"{ISSUER}/", endpoints=OFFER.endpoints, flows=OFFER.flows)
    visitor = visit(ask=lambda *_: other)
    answer = visitor.asks("lookup")

    assert {} == answer["values"]
    assert f"calls itself {ISSUER}/" in answer["html"]["told"]
    assert f"{ISSUER}/" == visitor.asks(f"suggest:issuer={ISSUER}/")["values"]["issuer"]


def test_an_issuer_that_says_nothing_is_a_sentence(visit: Callable[..., Visitor]) -> None:
    """With the line of the file that may help."""

    def ask(*_: Any) -> Advertised:
        raise Refusal("net.tls_invalid", expected="a trusted chain", observed="another one")

    answer = visit(ask=ask).asks("lookup")

    assert "fill in the endpoints yourself" in answer["html"]["told"]
    assert "[network] ca" in answer["sentences"]["issuer"]["text"]


def test_a_secret_that_is_typed_is_in_no_answer(
    visit: Callable[..., Visitor], capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """It is kept for this run, said to be kept, used where the file names its variable, and forgotten."""
    visitor = visit()
    answer = visitor.asks("check", secret__ACME_CLIENT_SECRET=SECRET)
    everything = [str(answer), visitor.page(), visitor.does("check")]
    everything += [visitor.client.get(f"/walkthrough/{name}").text for name in ("brand.toml", "report")]

    assert "kept in memory" in answer["html"]["variables"]
    printed = capsys.readouterr()
    assert not [text for text in (*everything, printed.out, printed.err, caplog.text) if SECRET in text]
    visitor.walkthrough._work("run")
    forgotten = visitor.asks("forget:ACME_CLIENT_SECRET")
    assert "has no value yet" in forgotten["html"]["variables"]
    assert "ACME_CLIENT_SECRET is not set" in visitor.asks("run")["html"]["run-refused"]


def test_what_may_be_a_secret_is_not_shown_again(visit: Callable[..., Visitor]) -> None:
    """Typed where a variable's name belongs, it comes back in no page and no file."""
    page = visit().does("check", client_secret_env=SECRET)

    assert SECRET not in page
    assert "never the secret itself" in page


def test_a_preflight_is_watched_to_its_result(
    visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Step by step, then the findings by who must act, and what was sent."""
    monkeypatch.setenv("ACME_CLIENT_SECRET", SECRET)
    found = Preflight(
        ready=False,
        surfaces=(Readiness(surface="embedded", ready=False, sentence="embedded: not ready"),),
        findings=(told("jwks.empty"),),
        undetermined=(),
        checked=(),
        sent=(Sent(what="the key set", method="GET", url=f"{ISSUER}/jwks"),),
        seconds=1,
    )

    def asking(_: Any) -> work.Work:
        def done(job: Job) -> None:
            job.tell("step", Step(said="asked: keys", done=1, total=2))
            job.tell("preflight", found)

        return done

    monkeypatch.setattr(work, "asking", asking)
    visitor = visit()
    visitor.asks("preflight")
    step, outcome, end = seen(visitor, "preflight")

    assert {"said": "asked: keys", "done": 1, "total": 2} == step["step"]
    assert "The identity administrator (idp) must act" in outcome["html"]["preflight-result"]
    assert f"GET {ISSUER}/jwks" in outcome["html"]["preflight-result"]
    assert end["ended"]
    assert "Not ready yet" in visitor.page()


def test_a_run_fills_the_heat_map_case_by_case(
    visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each result with its findings as it comes, at the end the sentences of readiness and the report."""
    monkeypatch.setenv("ACME_CLIENT_SECRET", SECRET)
    good, bad = (Case(surface="embedded", flow=flow) for flow in ("code", "implicit"))
    results = (result(good), result(bad, told("brand.token_static"), code="brand.token_static"))
    ready = Readiness(surface="embedded", ready=False, sentence="embedded: not ready; 1 of 2 cases failed")

    def running(*_: Any, **__: Any) -> work.Work:
        def done(job: Job) -> None:
            job.tell("rows", (good, bad))
            for one in results:
                job.tell("case", one)
            job.tell("report", report(*results, readiness=(ready,)))

        return done

    monkeypatch.setattr(work, "running", running)
    visitor = visit()
    visitor.asks("run")
    rows, first, second, outcome, _ = seen(visitor, "run")

    assert ("waiting" in rows["html"]["run-grid"], 0) == (True, rows["html"]["run-grid"].count("cell-passed"))
    assert (1, 1) == tuple(first["html"]["run-grid"].count(mark) for mark in ("cell-passed", "cell-running"))
    assert (1, 1) == tuple(second["html"]["run-grid"].count(mark) for mark in ("cell-passed", "cell-failed"))
    assert told("brand.token_static").fix in second["append"]["run-cases"]
    assert "embedded: not ready; 1 of 2 cases failed" in outcome["html"]["run-result"]
    shown = visitor.client.get("/walkthrough/report")
    assert "brand.token_static" in shown.text
    assert "frame-ancestors 'none'" == shown.headers["content-security-policy"]
    assert 2 == visitor.client.get("/walkthrough/report.json").json()["summary"]["cases"]


def test_an_error_of_the_harness_is_its_sentence_on_the_page(
    visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the command line would say it."""
    monkeypatch.setenv("ACME_CLIENT_SECRET", SECRET)

    def running(*_: Any, **__: Any) -> work.Work:
        def broken(_: Job) -> None:
            raise EngineUnavailable("no webkit was found; install it")

        return broken

    monkeypatch.setattr(work, "running", running)
    visitor = visit()
    visitor.asks("run")

    assert "No webkit was found; install it." in seen(visitor, "run")[-1]["html"]["run-status"]


def test_a_second_start_is_refused_and_the_first_can_be_cancelled(
    visit: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a sentence; leaving the page ends nothing."""
    monkeypatch.setenv("ACME_CLIENT_SECRET", SECRET)
    go = threading.Event()

    def asking(_: Any) -> work.Work:
        def waiting(job: Job) -> None:
            go.wait()
            job.tell("step", Step(said="asked: keys", done=1, total=1))

        return waiting

    monkeypatch.setattr(work, "asking", asking)
    visitor = visit()
    visitor.asks("preflight")
    refused = visitor.asks("run")["html"]["run-refused"]
    left = visitor.page()
    stopping = visitor.asks("cancel")["html"]["preflight-status"]
    go.set()

    assert "the preflight is still running; wait for its end, or cancel it" in refused
    assert "data-job" in left
    assert "It stops after the step that it is in" in stopping
    assert "It was cancelled" in seen(visitor, "preflight")[-1]["html"]["preflight-status"]


def test_nothing_is_started_while_a_field_needs_a_word(visit: Callable[..., Visitor]) -> None:
    """The page says how many, and each field what it takes."""
    answer = visit().asks("preflight", issuer="x", page="")

    assert "2 fields need a word first" in answer["html"]["preflight-refused"]
    assert "preflight-panel" not in answer["html"]


def test_events_of_a_job_that_is_over_are_not_asked_for_again(visit: Callable[..., Visitor]) -> None:
    """An EventSource that is told 204 stays closed."""
    assert 204 == visit().client.get("/walkthrough/events?job=7&after=0").status_code


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("0", 0), ("²", None), ("-1", None), pytest.param("9" * 5_000, None, id="digits")],
)
def test_a_number_of_a_request_is_a_few_digits(text: str, number: int | None) -> None:
    """Whatever else a client may send for one."""
    assert number == web.number(text)


def test_events_of_a_job_whose_end_is_still_to_be_told_are_watched() -> None:
    """A job has ended for everybody when it has said so, and not a moment before."""
    job = Job(7, "preflight", "the preflight", lambda: None)
    job.tell("step", Step(said="asked: keys", done=1, total=1))
    job.state = "done"
    between = _is_over(job, 1)
    job.tell("ended", "done")

    assert (False, False, True) == (between, _is_over(job, 1), _is_over(job, 2))


def test_hostile_text_is_no_markup(visit: Callable[..., Visitor]) -> None:
    """Whatever is typed."""
    page = visit().does("check", client_id="<script>alert(1)</script>", issuer='"><img src=x>')

    assert "<script>alert" not in page
    assert "<img" not in page

"""The platform's addresses: who may call them, and what a refusal gives away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from harness.clock import ManualClock
from harness.net import MappedTransport
from harness.server import RunningServer
from harness.wire import WireConsumer

CHAT = "https://chat.platform.test"
SHOP = "https://www.brand.test"
SignIn = Callable[[str], httpx2.Client]


def post(client: httpx2.Client, path: str, body: dict[str, Any], origin: str = CHAT) -> httpx2.Response:
    """Post JSON as the chat window does."""
    return client.post(f"{CHAT}{path}", json=body, headers={"Origin": origin})


def call(client: httpx2.Client, engagement: str = "embedded.implicit.strict") -> dict[str, Any]:
    """Open a call of the page method."""
    opened = post(client, "/api/call", {"engagement": engagement, "origin": SHOP})
    assert opened.status_code == 200, opened.text
    return {"engagement": engagement, "origin": SHOP, **opened.json()}


def answered(opened: dict[str, Any], token: Any, **changes: Any) -> dict[str, Any]:
    """Return the body with which a window passes on what the page method answered."""
    answer = {"happened": "answered", "token": token, "token_type": "string", "error_given": False}
    names = ("engagement", "origin", "session", "call_id", "sealed_verifier")
    return {**{name: opened[name] for name in names}, "answer": answer, **changes}


def credential(client: httpx2.Client, opened: dict[str, Any]) -> Any:
    """Fetch what the page method would answer with."""
    flow = opened["engagement"].split(".")[1]
    asked = {"flow": flow, "code_challenge": opened["code_challenge"]}
    got = client.post(f"{SHOP}/chat/credential", json=asked, headers={"Origin": SHOP}).json()
    if "redirect_uri" not in got:
        return got["credential"]
    return {"ssoKey": got["credential"], "redirect_uri": got["redirect_uri"]}


def code_of(server: RunningServer) -> str | None:
    """Return the code of the newest verdict, which only the local report knows."""
    verdicts = [event for event in server.store.events.after(0) if event.type == "verdict"]
    code: str | None = verdicts[-1].data["code"]
    return code


@pytest.mark.parametrize("flow", ["implicit", "implicit-jwe", "code", "code-pkce"])
def test_a_good_answer_is_signed_in(flow: str, signed_in: SignIn) -> None:
    """Every flow ends with the consumer's name and a session."""
    client = signed_in("alice")
    opened = call(client, f"embedded.{flow}.strict")
    welcome = post(client, "/api/answer", answered(opened, credential(client, opened))).json()

    assert ("authenticated", "Alice Abel") == (welcome["outcome"], welcome["name"])


def test_a_call_is_answered_once(signed_in: SignIn, server: RunningServer) -> None:
    """A second answer belongs to no open call."""
    client = signed_in("alice")
    opened = call(client)
    post(client, "/api/answer", answered(opened, credential(client, opened)))
    second = post(client, "/api/answer", answered(opened, credential(client, opened))).json()

    assert "refused" == second["outcome"]
    assert "platform.session_binding" == code_of(server)


@pytest.mark.parametrize(
    "changes", [{"session": "somebody-elses"}, {"origin": "https://app.brand.test"}, {"call_id": "unknown"}]
)
def test_an_answer_from_another_window_or_page_is_refused(
    changes: dict[str, str], signed_in: SignIn, server: RunningServer
) -> None:
    """A call is bound to its window's session and to the brand's origin (login CSRF)."""
    client = signed_in("alice")
    opened = call(client)
    response = post(client, "/api/answer", answered(opened, credential(client, opened), **changes))

    assert "refused" == response.json()["outcome"]
    assert "platform.session_binding" == code_of(server)


def test_a_token_of_another_session_is_refused(signed_in: SignIn, server: RunningServer) -> None:
    """The same id_token in a second window is a replay."""
    client = signed_in("alice")
    first, second = call(client), call(client)
    token = credential(client, first)
    post(client, "/api/answer", answered(first, token))
    response = post(client, "/api/answer", answered(second, token))

    assert "refused" == response.json()["outcome"]
    assert "platform.token_replayed" == code_of(server)


def test_a_verifier_of_another_call_is_refused(signed_in: SignIn, server: RunningServer) -> None:
    """The sealed verifier is bound to its call."""
    client = signed_in("alice")
    first, second = (call(client, "embedded.code-pkce.strict") for _ in range(2))
    body = answered(first, credential(client, first), sealed_verifier=second["sealed_verifier"])
    response = post(client, "/api/answer", body)

    assert "refused" == response.json()["outcome"]
    assert "pkce.binding_mismatch" == code_of(server)


def test_a_refusal_gives_no_reason_away(signed_in: SignIn) -> None:
    """The window learns that it failed and a reference, nothing else."""
    client = signed_in("alice")
    welcome = post(client, "/api/answer", answered(call(client), "a.bad.token")).json()

    assert {"outcome", "name", "reference", "session", "token"} == welcome.keys()
    assert ("refused", None) == (welcome["outcome"], welcome["name"])


@pytest.mark.parametrize("path", ["/api/call", "/api/answer", "/api/popup", "/api/renew"])
@pytest.mark.parametrize("origin", ["https://evil.example", SHOP, "null"])
def test_a_foreign_page_cannot_call_the_windows_addresses(
    path: str, origin: str, visitor: httpx2.Client
) -> None:
    """Only the platform's own window may."""
    assert 403 == post(visitor, path, {}, origin=origin).status_code


@pytest.mark.parametrize("path", ["/api/call", "/api/answer", "/api/popup", "/api/renew"])
@pytest.mark.parametrize(("body", "status"), [(b"{}", 400), (b"[", 400), (b'{"x":' + b"1" * 70_000, 413)])
def test_a_malformed_body_is_refused(path: str, body: bytes, status: int, visitor: httpx2.Client) -> None:
    """Another form, no JSON, too large: a status and a sentence."""
    headers = {"Origin": CHAT, "Content-Type": "application/json"}

    assert status == visitor.post(f"{CHAT}{path}", content=body, headers=headers).status_code


def test_an_unregistered_page_gets_no_call(visitor: httpx2.Client) -> None:
    """The parent's origin has to be one of the account's."""
    body = {"engagement": "embedded.implicit.strict", "origin": "https://evil.example"}

    assert 403 == post(visitor, "/api/call", body).status_code


def test_only_registered_pages_may_read_the_engagement(visitor: httpx2.Client) -> None:
    """CORS names the brand's origin exactly, and nobody else's."""
    url = f"{CHAT}/sdk/engagement?section=popup,code,strict"
    allowed = visitor.get(url, headers={"Origin": SHOP}).headers.get("access-control-allow-origin")
    refused = visitor.get(url, headers={"Origin": "https://evil.example"}).headers

    assert SHOP == allowed
    assert "access-control-allow-origin" not in refused


def test_only_registered_pages_may_frame_the_window(visitor: httpx2.Client) -> None:
    """The window's policy lists the brand's pages."""
    policy = visitor.get(f"{CHAT}/window").headers["content-security-policy"]

    assert f"frame-ancestors {SHOP} https://app.brand.test" in policy


@pytest.fixture
def popup(signed_in: SignIn) -> tuple[httpx2.Client, str]:
    """Alice's browser, and the response with which her popup comes back."""
    client = signed_in("alice")
    started = client.get(f"{CHAT}/popup?popup=a-popup-of-hers-1&engagement=popup.code-pkce.strict")
    back = client.get(started.headers["location"])
    return client, urlsplit(back.headers["location"]).query


def come_back(client: httpx2.Client, encoded: str, mode: str = "query") -> dict[str, Any]:
    """Pass an authorization response on as the window does."""
    welcome: dict[str, Any] = post(client, "/api/popup", {"mode": mode, "encoded": encoded}).json()
    return welcome


def test_a_popup_that_comes_back_is_signed_in(popup: tuple[httpx2.Client, str]) -> None:
    """The response of the very browser that asked."""
    client, encoded = popup

    assert "authenticated" == come_back(client, encoded)["outcome"]


def test_the_request_to_the_authorization_server_is_whole(visitor: httpx2.Client) -> None:
    """State, nonce and an S256 challenge go out; the redirect URI has no query."""
    started = visitor.get(f"{CHAT}/popup?popup=a-popup-of-mine-1&engagement=popup.code-pkce.strict")
    sent = {name: value[0] for name, value in parse_qs(urlsplit(started.headers["location"]).query).items()}

    assert {"state", "nonce", "code_challenge", "scope", "client_id"} <= sent.keys()
    assert ("S256", f"{CHAT}/window") == (sent["code_challenge_method"], sent["redirect_uri"])


def test_a_response_is_good_once(popup: tuple[httpx2.Client, str], server: RunningServer) -> None:
    """The same response again is a used state."""
    client, encoded = popup
    come_back(client, encoded)

    assert "refused" == come_back(client, encoded)["outcome"]
    assert "authz.state_used" == code_of(server)


def test_a_response_in_another_browser_is_refused(
    popup: tuple[httpx2.Client, str], server: RunningServer
) -> None:
    """A browser of its own, with its own cookie, cannot use Alice's response (login CSRF)."""
    client, encoded = popup
    client.cookies.clear()
    client.get(f"{CHAT}/popup?popup=a-popup-of-others&engagement=popup.code-pkce.strict")

    assert "refused" == come_back(client, encoded)["outcome"]
    assert "authz.state_unbound" == code_of(server)


def test_of_two_popups_at_once_the_later_does_not_take_the_binding_of_the_earlier(
    signed_in: SignIn, server: RunningServer
) -> None:
    """Both requests leave the browser before either answer has set a cookie, and both responses are good."""
    client = signed_in("alice")
    start = f"{CHAT}/popup?popup=popup-number-{{}}-of-two&engagement=popup.code-pkce.strict"
    answers = []
    for number in (1, 2):
        with httpx2.Client(transport=MappedTransport(server.names, server.tls.client)) as alone:
            started = alone.get(start.format(number))
        answers.append(started.headers["location"])
        client.cookies.update(started.cookies)
    responses = [urlsplit(client.get(url).headers["location"]).query for url in answers]

    assert ["authenticated"] * 2 == [come_back(client, encoded)["outcome"] for encoded in responses]


def test_a_response_that_comes_too_late_is_refused(
    popup: tuple[httpx2.Client, str], server: RunningServer, clock: ManualClock
) -> None:
    """After five minutes the state has expired."""
    client, encoded = popup
    clock.advance(301)

    assert "refused" == come_back(client, encoded)["outcome"]
    assert "authz.state_expired" == code_of(server)


@pytest.mark.parametrize(
    ("encoded", "mode", "code"),
    [
        ("code=x", "query", "authz.unsolicited"),
        ("code=x&state=unknown", "query", "authz.unsolicited"),
        ("code=x&code=y&state=z", "query", "authz.duplicate_parameter"),
    ],
)
def test_a_response_without_its_state_is_refused(
    encoded: str, mode: str, code: str, visitor: httpx2.Client, server: RunningServer
) -> None:
    """Nothing is looked at before the state, which nobody here had asked for."""
    assert "refused" == come_back(visitor, encoded, mode)["outcome"]
    assert code == code_of(server)


def test_a_response_in_another_mode_than_asked_for_is_refused(
    popup: tuple[httpx2.Client, str], server: RunningServer
) -> None:
    """A code belongs into the query."""
    client, encoded = popup

    assert "refused" == come_back(client, encoded, "fragment")["outcome"]
    assert "authz.response_mode_mismatch" == code_of(server)


def test_a_response_with_another_issuer_is_refused(
    popup: tuple[httpx2.Client, str], server: RunningServer
) -> None:
    """The iss parameter is compared octet by octet (RFC 9207)."""
    client, encoded = popup

    assert "refused" == come_back(client, encoded.replace("login.brand", "login.other"))["outcome"]
    assert "authz.iss_mismatch" == code_of(server)


def test_the_workspace_opens_with_its_key_only(server: RunningServer, visitor: httpx2.Client) -> None:
    """Consumers' data are shown to whoever started the harness."""
    agent = "https://agent.platform.test"

    assert 403 == visitor.get(agent).status_code
    assert 403 == visitor.get(f"{agent}/enter?key=guessed").status_code
    visitor.get(f"{agent}/enter?key={server.composition.agent_key}")
    assert 200 == visitor.get(agent).status_code


def test_a_foreign_host_name_is_misdirected(server: RunningServer, visitor: httpx2.Client) -> None:
    """The server answers for its own names only."""
    assert 421 == visitor.get(CHAT, headers={"Host": "www.elsewhere.example"}).status_code


def test_a_foreign_host_name_is_on_the_timeline(server: RunningServer, visitor: httpx2.Client) -> None:
    """With its code, so that a page that has rebound its name is seen."""
    before = server.store.events.last()
    visitor.get(CHAT, headers={"Host": "www.elsewhere.example"})

    (event,) = server.store.events.after(before)
    assert ("request.refused", "harness.host_forbidden") == (event.type, event.data["code"])


@pytest.mark.parametrize("origin", ["https://evil.example", CHAT, "null"])
def test_a_foreign_page_ends_no_popup(origin: str, visitor: httpx2.Client) -> None:
    """Only a page of the brand may say that somebody has signed out."""
    assert 403 == post(visitor, "/sdk/logout", {"popup": "p" * 32}, origin=origin).status_code


def test_who_signs_out_of_the_brand_is_signed_out_of_the_popup(server: RunningServer) -> None:
    """Its session is nobody's any more, and nothing is said in its conversation."""
    with WireConsumer(server) as consumer:
        consumer.sign_in("alice")
        popup = consumer.open_popup("popup.code.strict")
        welcome = consumer.come_back(consumer.authorize(popup.url))
        visitor = server.store.sessions.find("visitor", welcome["session"]) or {}
        window = server.store.sessions.find("window", visitor["window"]) or {}
        consumer.leave_shop(popup.name)

    assert None is server.store.sessions.find("visitor", welcome["session"])
    assert None is server.store.sessions.find("window", visitor["window"])
    assert None is not server.store.sessions.find("ended", window["conversation"])


def test_no_credential_stands_in_the_events(signed_in: SignIn, server: RunningServer) -> None:
    """Codes and tokens are on the timeline as fingerprints only."""
    client = signed_in("alice")
    opened = call(client, "embedded.code-pkce.strict")
    given = credential(client, opened)
    post(client, "/api/answer", answered(opened, given))
    written = " ".join(str(event.data) for event in server.store.events.after(0))

    assert given["ssoKey"] not in written
    assert opened["call_id"] not in written
    assert "eyJ" not in written


def test_at_a_login_the_windows_session_gets_another_name(signed_in: SignIn) -> None:
    """Whoever knew it before finds nothing under it any more, and whoever signed in goes on under the new."""
    client = signed_in("alice")
    first = call(client)
    welcome = post(client, "/api/answer", answered(first, credential(client, first))).json()
    asked = {"engagement": first["engagement"], "origin": SHOP}
    names = (first["session"], welcome["session"])
    later = [post(client, "/api/call", {**asked, "session": name}).json()["session"] for name in names]

    assert [False, True] == [name == known for name, known in zip(names, later, strict=True)]


def test_a_window_may_not_try_without_end(signed_in: SignIn) -> None:
    """After ten refused credentials within a minute comes 429 with Retry-After (RFC 6585 section 4)."""
    client = signed_in("alice")
    first = call(client)
    asked = {"engagement": first["engagement"], "origin": SHOP, "session": first["session"]}
    statuses = []
    for _ in range(11):
        fresh = {**first, **post(client, "/api/call", asked).json()}
        last = post(client, "/api/answer", answered(fresh, "a.bad.token"))
        statuses.append(last.status_code)

    assert [200] * 10 + [429] == statuses
    assert 0 < int(last.headers["retry-after"]) <= 60


def test_a_guests_conversation_goes_on_as_a_known_consumers(signed_in: SignIn, server: RunningServer) -> None:
    """Step-up: the same window signs in later, and the agent sees one conversation with verified claims."""
    client, conversations = signed_in("alice"), server.store.conversations
    before = {conversation.id for conversation in conversations.all()}
    first = call(client)
    nobody = {"happened": "answered", "token": "", "token_type": "string", "error_given": True}
    post(client, "/api/answer", answered(first, "", answer=nobody))
    (guest,) = {conversation.id for conversation in conversations.all()} - before
    again = {"engagement": first["engagement"], "origin": SHOP, "session": first["session"]}
    second = {**first, **post(client, "/api/call", again).json()}
    post(client, "/api/answer", answered(second, credential(client, second)))

    assert before | {guest} == {conversation.id for conversation in conversations.all()}
    known = conversations.find(guest)
    assert known is not None
    assert known.verified is not None
    assert "Alice" == known.verified["given_name"]

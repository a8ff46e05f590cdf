"""How clients authenticate at the sample authorization server, and what its events say of a refusal."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from harness.clock import ManualClock
from harness.config import Client, Config, Connector
from harness.protocol.problem import Refusal
from harness.roles.seams import Seams
from harness.sample import PLATFORM_SECRET
from harness.server import RunningServer, running
from harness.verification.exchange import exchange
from harness.verification.outbound import Outbound

IDP = "https://login.brand.test"
WINDOW = "https://chat.platform.test/window"
SECRETS = {
    "colon": "se:cret",
    "percent": "100%25 %2B",
    "plus": "se+cret",
    "space": "a secret of four words",
    "letters": "sécrèt-ключ-鍵",
    "all": " :%+&=/?#é\"'\\",
}
ODD_ID = "client: 100% +é"
SignIn = Callable[[str], httpx2.Client]


def registered(client_id: str, secret: str) -> Client:
    """Return the registration of a client with an odd id or secret."""
    return Client(
        client_id=client_id,
        client_name="Odd",
        client_secret=secret,
        redirect_uris=(WINDOW,),
        response_types=("code",),
    )


@pytest.fixture(scope="module")
def server(clock: ManualClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Every role, with clients whose secrets have to be encoded."""
    clients = tuple(registered(f"odd-{name}", secret) for name, secret in SECRETS.items())
    config = Config(clients=(*clients, registered(ODD_ID, SECRETS["all"])))
    with running(config, folder=tmp_path_factory.mktemp("server"), clock=clock) as started:
        yield started


def code_for(client: httpx2.Client, client_id: str) -> str:
    """Return a code of a client."""
    asked = {"response_type": "code", "client_id": client_id, "redirect_uri": WINDOW, "scope": "openid"}
    sent = client.get(f"{IDP}/authorize?{urlencode(asked)}")
    return parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]


def trade(server: RunningServer, code: str, client_id: str, secret: str, client_auth: str) -> None:
    """Exchange a code as the platform does; raises :class:`Refusal`."""
    sample = Config().connector("code").model_dump()
    changes = {"client_id": client_id, "client_secret": secret, "client_auth": client_auth}
    connector = Connector.model_validate({**sample, **changes})
    outbound = Outbound(server.http, connect=2)
    exchange(outbound, connector, code=code, redirect_uri=WINDOW, code_verifier=None, total=10)


def post(client: httpx2.Client, code: str, authorization: str | None, **members: str) -> httpx2.Response:
    """Exchange a code with a header of the test's own."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": WINDOW, **members}
    headers = {} if authorization is None else {"Authorization": authorization}
    return client.post(f"{IDP}/token", data=form, headers=headers)


def basic(pair: str) -> str:
    """Return a Basic header of a pair that is not form-encoded."""
    return "Basic " + base64.b64encode(pair.encode()).decode()


def reason(server: RunningServer) -> str:
    """Return why the newest token request was refused, which only the server's own events say."""
    events = [event for event in server.store.events.after(0) if event.type == "token.refused"]
    return str(events[-1].data["reason"])


@pytest.mark.parametrize("client_auth", ["basic", "post"])
@pytest.mark.parametrize("name", SECRETS)
def test_any_secret_works_by_either_method(
    name: str, client_auth: str, signed_in: SignIn, server: RunningServer
) -> None:
    """The platform encodes what the server decodes (RFC 6749 section 2.3.1)."""
    client_id = f"odd-{name}"
    trade(server, code_for(signed_in("alice"), client_id), client_id, SECRETS[name], client_auth)


@pytest.mark.parametrize("client_auth", ["basic", "post"])
def test_any_client_id_works_by_either_method(
    client_auth: str, signed_in: SignIn, server: RunningServer
) -> None:
    """A colon in it does not end it."""
    trade(server, code_for(signed_in("alice"), ODD_ID), ODD_ID, SECRETS["all"], client_auth)


@pytest.mark.parametrize("client_auth", ["basic", "post"])
@pytest.mark.parametrize("name", SECRETS)
def test_almost_the_secret_is_another_one(
    name: str, client_auth: str, signed_in: SignIn, server: RunningServer
) -> None:
    """One character more is refused, and the reason is the secret alone."""
    client_id = f"odd-{name}"
    code = code_for(signed_in("alice"), client_id)
    with pytest.raises(Refusal) as caught:
        trade(server, code, client_id, f"{SECRETS[name]}.", client_auth)

    assert "token.invalid_client" == caught.value.problem.code
    assert "secret" == reason(server)


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic !!!!",
        "Basic cGxhdGZvcm0",
        "Basic " + base64.b64encode(b"platform-code:\xff\xfe").decode(),
        basic("platform-code"),
        basic("platform-code:"),
        "Bearer " + base64.b64encode(f"platform-code:{PLATFORM_SECRET}".encode()).decode(),
        None,
    ],
)
def test_another_header_is_no_authentication(
    authorization: str | None, signed_in: SignIn, server: RunningServer
) -> None:
    """No base64, no UTF-8, no secret, no Basic: refused, and the code is not spent on it."""
    client = signed_in("alice")
    code = code_for(client, "platform-code")
    response = post(client, code, authorization)

    assert (401, "invalid_client") == (response.status_code, response.json()["error"])
    assert 200 == post(client, code, basic(f"platform-code:{PLATFORM_SECRET}")).status_code


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_scheme_has_no_case(scheme: str, signed_in: SignIn) -> None:
    """As every scheme (RFC 9110 section 11.1)."""
    client = signed_in("alice")
    header = basic(f"platform-code:{PLATFORM_SECRET}").replace("Basic", scheme)

    assert 200 == post(client, code_for(client, "platform-code"), header).status_code


@pytest.mark.parametrize(
    ("header", "members", "why"),
    [
        (basic("nobody:secret"), {}, "client"),
        (None, {"client_id": "nobody", "client_secret": "secret"}, "client"),
        (basic("platform-code:wrong"), {}, "secret"),
        (None, {"client_id": "platform-code", "client_secret": "wrong"}, "secret"),
        (basic(f"odd-plus:{SECRETS['plus']}"), {}, "secret_encoding"),
    ],
)
def test_the_events_say_why_a_client_was_refused(
    header: str | None, members: dict[str, str], why: str, signed_in: SignIn, server: RunningServer
) -> None:
    """An unknown client, another secret, or the right one in another encoding; the wire says none of it."""
    client = signed_in("alice")
    response = post(client, code_for(client, "platform-code"), header, **members)

    assert (401, {"error": "invalid_client"}) == (response.status_code, without_text(response))
    assert why == reason(server)


def without_text(response: httpx2.Response) -> dict[str, Any]:
    """Return a refusal without its sentence for people."""
    return {name: value for name, value in response.json().items() if name != "error_description"}


@pytest.mark.parametrize(
    ("seams", "name", "client_auth", "why"),
    [
        (Seams(auth_method="client_secret_post"), "plus", "basic", "auth_method"),
        (Seams(auth_method="client_secret_basic"), "plus", "post", "auth_method"),
        (Seams(secret_decoded=False), "plus", "basic", "secret_encoding"),
        (Seams(client_secret="another-secret"), "plus", "post", "secret"),
    ],
)
def test_a_server_that_is_set_up_otherwise_says_so(
    seams: Seams, name: str, client_auth: str, why: str, signed_in: SignIn, server: RunningServer
) -> None:
    """Another method, no form-decoding, another secret: each has its reason."""
    client_id = f"odd-{name}"
    code = code_for(signed_in("alice"), client_id)
    with server.composition.seams.put(seams), pytest.raises(Refusal):
        trade(server, code, client_id, SECRETS[name], client_auth)

    assert why == reason(server)


def test_a_client_without_a_secret_cannot_use_one(signed_in: SignIn, server: RunningServer) -> None:
    """An empty secret authenticates nobody."""
    client = signed_in("alice")
    for header in (basic("brand-app:"), basic("brand-app:guessed")):
        assert 401 == post(client, "any", header).status_code
    assert "secret" == reason(server)


def test_no_secret_stands_in_the_events(signed_in: SignIn, server: RunningServer) -> None:
    """Neither the registered nor the presented one."""
    client = signed_in("alice")
    post(client, code_for(client, "platform-code"), basic("platform-code:a-presented-secret"))
    written = " ".join(str(event.data) for event in server.store.events.after(0))

    assert "a-presented-secret" not in written
    assert PLATFORM_SECRET not in written

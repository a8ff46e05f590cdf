"""No request may bring more than belongs there, or take for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import anyio
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from harness.roles.bounds import BODY_LIMIT, Bounded
from harness.roles.web import plain_error

SHOP, IDP, CHAT = "https://www.brand.test", "https://login.brand.test", "https://chat.platform.test"
VERIFY = "https://verify.platform.test"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


async def measure(request: Request) -> Response:
    """Answer with the length of what came."""
    return PlainTextResponse(str(len(await request.body())))


def asked(**bounds: float) -> httpx2.AsyncClient:
    """Return a client of an application with bounds."""
    app = Starlette(routes=[Route("/", measure, methods=["POST"])])
    app.add_exception_handler(408, plain_error)
    app.add_exception_handler(413, plain_error)
    transport = httpx2.ASGITransport(Bounded(app, **bounds))  # type: ignore[arg-type]
    return httpx2.AsyncClient(transport=transport, base_url="https://bounds.test")


@pytest.mark.anyio
@pytest.mark.parametrize(("length", "status"), [(0, 200), (10, 200), (11, 413)])
async def test_a_body_has_a_largest_size(length: int, status: int) -> None:
    """The limit itself may be reached; in pieces as at once."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(length):
            yield b"x"

    async with asked(octets=10) as client:
        whole = await client.post("/", content=b"x" * length)
        split = await client.post("/", content=pieces())

    assert [status, status] == [whole.status_code, split.status_code]


@pytest.mark.anyio
async def test_a_body_has_its_time() -> None:
    """What has not come by then is not waited for."""

    async def never() -> dict[str, object]:
        await anyio.sleep_forever()
        raise AssertionError

    statuses = []

    async def send(message: dict[str, object]) -> None:
        statuses.append(message.get("status"))

    app = Starlette(routes=[Route("/", measure, methods=["POST"])])
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    await Bounded(app, seconds=0)(scope, never, send)  # type: ignore[arg-type]

    assert 408 == statuses[0]


@pytest.mark.anyio
async def test_whoever_leaves_in_the_middle_of_a_body_is_no_error_of_the_server() -> None:
    """As a page that is closed: nothing is logged of it."""
    parts: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def leaves() -> dict[str, object]:
        return next(parts)

    async def send(_: dict[str, object]) -> None:
        """Send it to nobody."""

    app = Starlette(routes=[Route("/", measure, methods=["POST"])])
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}

    await Bounded(app)(scope, leaves, send)  # type: ignore[arg-type]

    assert next(parts, None) is None, "it was heard to the end"


@pytest.mark.parametrize(
    ("url", "kind", "limit"),
    [
        (f"{CHAT}/api/call", JSON, 64 * 1024),
        (f"{CHAT}/api/answer", JSON, 64 * 1024),
        (f"{CHAT}/api/popup", JSON, 64 * 1024),
        (f"{CHAT}/window", FORM, 64 * 1024),
        (f"{SHOP}/chat/credential", JSON, 4 * 1024),
        (f"{IDP}/token", FORM, 64 * 1024),
        (f"{IDP}/authorize", FORM, 64 * 1024),
        (f"{IDP}/login", FORM, BODY_LIMIT),
    ],
)
def test_every_address_has_a_limit(url: str, kind: str, limit: int, visitor: httpx2.Client) -> None:
    """One octet more is refused."""
    origin = "/".join(url.split("/")[:3])
    sent = visitor.post(url, content=b"a" * (limit + 1), headers={"Origin": origin, "Content-Type": kind})

    assert 413 == sent.status_code


def test_a_form_has_a_few_fields(visitor: httpx2.Client) -> None:
    """A login has three; a thousand are no login."""
    sent = visitor.post(
        f"{IDP}/login", data={f"f{number}": "x" for number in range(1_000)}, headers={"Origin": IDP}
    )

    assert 400 == sent.status_code


@pytest.mark.parametrize(
    "body", [b"[" * 100, b'{"a":' * 100, b'{"engagement":"' + b"x" * 81 + b'","origin":"x"}']
)
def test_what_is_deep_or_long_is_no_request(body: bytes, visitor: httpx2.Client) -> None:
    """Nesting has a limit, and each member has one."""
    headers = {"Origin": CHAT, "Content-Type": JSON}

    assert 400 == visitor.post(f"{CHAT}/api/call", content=body, headers=headers).status_code


def test_headers_have_a_largest_size(visitor: httpx2.Client) -> None:
    """All of them together: 64 KiB."""
    assert 200 == visitor.get(f"{CHAT}/window", headers={"X-Long": "x" * 32_000}).status_code
    assert 431 == visitor.get(f"{CHAT}/window", headers={"X-Long": "x" * 70_000}).status_code

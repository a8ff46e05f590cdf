"""The folder of static files: a file is answered as it is, and again only where the client's has changed."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from harness.roles import web


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of static files with one in it."""
    folder = tmp_path / "static" / "shared"
    folder.mkdir(parents=True)
    (folder / "a.css").write_text("a { }")
    monkeypatch.setattr(web, "web_root", lambda: tmp_path)
    return folder


@pytest.fixture
def visitor(folder: Path) -> httpx2.AsyncClient:
    """Whoever asks for the files."""
    transport = httpx2.ASGITransport(Starlette(routes=[web.static("shared")]))
    return httpx2.AsyncClient(transport=transport, base_url="https://files.test")


@pytest.mark.anyio
async def test_a_file_is_answered_as_it_is(folder: Path, visitor: httpx2.AsyncClient) -> None:
    """Also the second time, and as it is by then."""
    first, again = [await visitor.get("/static/shared/a.css") for _ in range(2)]
    (folder / "a.css").write_text("b { color: red }")
    changed = await visitor.get("/static/shared/a.css")

    assert ["a { }", "a { }", "b { color: red }"] == [one.text for one in (first, again, changed)]
    assert all("text/css" in one.headers["content-type"] for one in (first, again, changed))


@pytest.mark.anyio
async def test_what_the_client_has_is_not_sent_again(folder: Path, visitor: httpx2.AsyncClient) -> None:
    """Unless it has changed (RFC 9110 section 13.1.2)."""
    had = {"If-None-Match": (await visitor.get("/static/shared/a.css")).headers["etag"]}
    same = await visitor.get("/static/shared/a.css", headers=had)
    (folder / "a.css").write_text("b { color: red }")
    other = await visitor.get("/static/shared/a.css", headers=had)

    assert [(304, ""), (200, "b { color: red }")] == [(one.status_code, one.text) for one in (same, other)]


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["b.css", "../secret", "%2e%2e/secret", "", "%00", "a" * 300])
async def test_what_is_no_file_of_the_folder_is_not_found(
    path: str, folder: Path, visitor: httpx2.AsyncClient
) -> None:
    """Whatever its name is."""
    (folder.parent / "secret").write_text("a secret")

    answer = await visitor.get(f"/static/shared/{path}")

    assert 404 == answer.status_code
    assert "secret" not in answer.text

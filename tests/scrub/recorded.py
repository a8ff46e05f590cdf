"""Recordings as Playwright 1.64 writes them, small, with secrets wherever one has been seen."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

CODE = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE"
STATE = "xY2-state-4kQ8wR6tU0iO3pL7"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0In0.c2lnbmF0dXJl"
COOKIE = "qW7eR5tY3uI1oP9aS8dF6gH4jK2lZ0xC"
PASSWORD = "kite over the lake"
SHORT = "qx7kite"
PERSON = "Zoë Zander"
SECRETS = (CODE, STATE, TOKEN, COOKIE, PASSWORD, SHORT)

PAGE = f"https://www.brand.test/back?code={CODE}&state={STATE}"
API = "https://chat.platform.test/api/popup"


def entry(**more: Any) -> dict[str, Any]:
    """Return an entry with a credential in each of its parts."""
    given: dict[str, Any] = {
        "pageref": "page@9f993260b50133f3f15bf5dadf6e6e38",
        "startedDateTime": "2026-11-20T23:35:41.179Z",
        "time": 50.7,
        "request": {
            "method": "POST",
            "url": PAGE,
            "httpVersion": "HTTP/1.1",
            "cookies": [{"name": "__Host-brand", "value": COOKIE}],
            "headers": [
                {"name": "Cookie", "value": f"__Host-brand={COOKIE}"},
                {"name": "Authorization", "value": f"Basic {COOKIE}"},
                {"name": "Referer", "value": PAGE},
                {"name": "X-Whatever", "value": COOKIE},
                {"name": "Accept", "value": "text/html"},
            ],
            "queryString": [{"name": "code", "value": CODE}, {"name": "state", "value": STATE}],
            "postData": {
                "mimeType": "application/x-www-form-urlencoded",
                "text": f"code={SHORT}&password={PASSWORD}&name={PERSON}",
                "params": [{"name": "code", "value": SHORT}, {"name": "name", "value": PERSON}],
            },
            "headersSize": 10,
            "bodySize": 4,
        },
        "response": {
            "status": 303,
            "statusText": "See Other",
            "httpVersion": "HTTP/1.1",
            "cookies": [{"name": "session", "value": COOKIE, "httpOnly": True}],
            "headers": [
                {"name": "set-cookie", "value": f"session={COOKIE}"},
                {"name": "location", "value": PAGE},
                {"name": "etag", "value": COOKIE},
            ],
            "content": {"size": 40, "mimeType": "application/json", "text": body()},
            "headersSize": 10,
            "bodySize": 40,
            "redirectURL": PAGE,
        },
        "cache": {"beforeRequest": {"eTag": COOKIE}},
        "timings": {"send": 0, "wait": 1.5, "receive": 2, "comment": COOKIE},
        "serverIPAddress": "127.0.0.1",
        "_frameref": "frame@96c4e9e8aefc206a7d6161a9fb07408a",
        "_resourceType": "fetch",
        "_webSocketMessages": [
            {"type": "send", "time": 1.5, "opcode": 1, "data": json.dumps({"token": TOKEN, "say": PERSON})},
            {"type": "receive", "time": 2.5, "opcode": 2, "data": f"binary {COOKIE}"},
        ],
        "_invented": COOKIE,
    }
    return given | more


def body() -> str:
    """Return a body of JSON in which a token and a person stand."""
    return json.dumps(
        {
            "outcome": "ok",
            "id_token": TOKEN,
            "name": PERSON,
            "balance": 4890,
            "known": True,
            "more": [{"sid": SHORT}],
        }
    )


def har(folder: Path, *entries: dict[str, Any]) -> Path:
    """Write a HAR file and return it."""
    log = {
        "version": "1.2",
        "creator": {"name": "Playwright", "version": "1.64.0"},
        "browser": {"name": "chromium", "version": "156.0"},
        "pages": [
            {
                "startedDateTime": "2026-11-20T23:35:40.932Z",
                "id": "page@9f993260b50133f3f15bf5dadf6e6e38",
                "title": f"Hello {PERSON}",
                "pageTimings": {"onLoad": 616},
            }
        ],
        "entries": list(entries),
        "comment": COOKIE,
    }
    path = folder / "recorded.har"
    path.write_text(json.dumps({"log": log}), "utf-8")
    return path


def named(text: str, suffix: str = "json") -> str:
    """Return the name under which a trace keeps a body."""
    return f"resources/{hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()}.{suffix}"


DOCUMENT: list[Any] = [
    "HTML",
    {"lang": "en", "onclick": f"say('{CODE}')"},
    ["HEAD", {}, ["BASE", {"href": PAGE}], ["META", {"name": "csrf", "content": COOKIE}]],
    [
        "BODY",
        {"style": f"background: url({PAGE})"},
        ["P", {"title": f"Hello {PERSON}", "data-token": TOKEN}, f"Hello {PERSON}, your code is {CODE}"],
        ["INPUT", {"type": "hidden", "name": "state", "value": STATE}],
        ["INPUT", {"__playwright_value_": PASSWORD}],
        ["A", {"href": f"/next?id_token={TOKEN}"}, "next"],
        ["IFRAME", {"__playwright_src__": f"https://chat.platform.test/window#state={STATE}"}],
        [[1, 4]],
    ],
]

EVENTS: tuple[dict[str, Any], ...] = (
    {
        "version": 10,
        "type": "context-options",
        "origin": "library",
        "browserName": "chromium",
        "playwrightVersion": "1.64.0",
        "wallTime": 1,
        "monotonicTime": 2,
        "sdkLanguage": "python",
        "options": {
            "viewport": {"width": 1280, "height": 720},
            "storageState": {"cookies": [{"name": "a", "value": COOKIE}], "origins": []},
            "httpCredentials": {"username": "alice", "password": PASSWORD},
            "proxy": {"server": f"http://alice:{SHORT}@proxy.test"},
            "extraHTTPHeaders": [{"name": "Authorization", "value": COOKIE}],
        },
    },
    {
        "type": "before",
        "callId": "call@1",
        "startTime": 3,
        "class": "Frame",
        "method": "fill",
        "title": f'Fill "{PASSWORD}"',
        "params": {
            "selector": 'internal:label="Password"i',
            "value": PASSWORD,
            "strict": True,
            "timeout": 1000,
        },
    },
    {"type": "log", "callId": "call@1", "time": 4, "message": f'  fill("{PASSWORD}")'},
    {
        "type": "log",
        "callId": "call@1",
        "time": 4,
        "message": f'  locator resolved to <input value="{PERSON}"/>',
    },
    {
        "type": "after",
        "callId": "call@1",
        "endTime": 5,
        "error": {"name": "Error", "message": f"code={CODE}"},
    },
    {
        "type": "before",
        "callId": "call@2",
        "startTime": 6,
        "class": "Frame",
        "method": "evaluateExpression",
        "params": {"expression": f"login('{PASSWORD}')", "arg": {"value": {"s": PASSWORD}, "handles": []}},
    },
    {"type": "after", "callId": "call@2", "endTime": 7, "result": {"value": {"s": TOKEN}, "page": "<Page>"}},
    {"type": "after", "callId": "call@9", "endTime": 7, "result": {"value": TOKEN}},
    {
        "type": "console",
        "messageType": "log",
        "text": f"Hello {PERSON}: {TOKEN}",
        "args": [{"preview": TOKEN, "value": TOKEN}],
        "location": {"url": PAGE, "lineNumber": 1, "columnNumber": 2},
        "time": 8,
        "pageId": "page@9f993260b50133f3f15bf5dadf6e6e38",
    },
    {
        "type": "event",
        "time": 8,
        "class": "Page",
        "method": "dialog",
        "params": {"pageId": "page@9f99", "message": PERSON},
    },
    {
        "type": "frame-snapshot",
        "snapshot": {
            "callId": "call@1",
            "phase": "before",
            "pageId": "page@9f99",
            "frameId": "frame@96c4",
            "frameUrl": PAGE,
            "doctype": "html",
            "html": DOCUMENT,
            "viewport": {"width": 1280, "height": 720},
            "timestamp": 1,
            "resourceOverrides": [
                {"url": "https://www.brand.test/a.css", "file": named("a { color: red }", "css")}
            ],
            "isMainFrame": True,
            "invented": COOKIE,
        },
    },
    {"type": "screencast-frame", "pageId": "page@9f99", "file": "screencast/a.jpeg", "timestamp": 9},
    {"type": "stdout", "timestamp": 9, "text": PASSWORD},
    {"type": "error", "message": f"Error: {PAGE}", "stack": [{"file": f"/home/{SHORT}/x.py"}]},
    {"type": "invented", "what": COOKIE},
)


def trace(folder: Path, *lines: str) -> Path:
    """Write a trace with a credential in each of its parts, and further lines; return it."""
    path, answer = folder / "recorded.zip", body()
    network = entry(_webSocketMessages=None)
    network["response"]["content"] = {"size": 40, "mimeType": "application/json", "_file": named(answer)}
    network["request"]["postData"] = {"mimeType": "text/plain", "_file": named(PASSWORD, "txt"), "params": []}
    socket = entry(_resourceType="websocket", _webSocketMessages=None)
    socket["response"]["content"] = {
        "size": -1,
        "mimeType": "x-unknown",
        "_file": f"resources/{'a' * 32}.jsonl",
    }
    stacks = {
        "files": [f"/home/{SHORT}/project/{PASSWORD}/test_x.py"],
        "stacks": [["call@1", [[0, 7, 0, "test_x"]]]],
    }
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("trace.trace", "\n".join([*map(json.dumps, EVENTS), *lines, ""]))
        snapshots = ({"type": "resource-snapshot", "snapshot": one} for one in (network, socket))
        archive.writestr("trace.network", "".join(f"{json.dumps(one)}\n" for one in snapshots))
        archive.writestr("trace.stacks", json.dumps(stacks))
        archive.writestr(named(answer), answer)
        archive.writestr(named(PASSWORD, "txt"), PASSWORD)
        archive.writestr(named("a { color: red }", "css"), "a { color: red }")
        archive.writestr(
            f"resources/{'a' * 32}.jsonl", json.dumps({"type": "send", "time": 1, "data": TOKEN})
        )
        archive.writestr("resources/unnamed.bin", COOKIE)
        archive.writestr("screencast/a.jpeg", b"\xff\xd8" + COOKIE.encode())
        archive.writestr("src/x.py", f"PASSWORD = '{PASSWORD}'")
        archive.writestr(f"{SHORT}.trace", "")
    return path

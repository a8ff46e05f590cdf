"""The families of page methods in a page: what the page may do when, and what the SDK makes of it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from harness import Harness
from harness.page_methods import FAMILIES
from harness.roles.web import web_root

PROVIDER: dict[str, Any] = {"page_method": "provider", "js_method": "desk", "js_command": ["authenticate"]}
PUSH: dict[str, Any] = {
    "page_method": "push",
    "js_method": "chat.push",
    "js_command": [],
    "expiry_event": "expired",
    "token_member": "",
}
COMMON = {"js_context": "window", "ready_event": "ready", "expiry_event": "", "token_member": ""}
STUB = "window.desk = function () { (desk.q = desk.q || []).push(arguments) };"
OLD = "e30.eyJleHAiOjF9."
"""A JWT whose exp is the first second of 1970."""

Sdk = Callable[..., list[Any]]


@pytest.fixture
def place(harness: Harness) -> Iterator[Page]:
    """Give an empty page in Chromium."""
    browser, _ = harness.browser("chromium")
    with browser.new_context() as context:
        yield context.new_page()


@pytest.fixture
def sdk(place: Page) -> Sdk:
    """Runs scripts of a page around the SDK, asks for a credential some times and returns what came of it."""
    folder = web_root() / "static" / "platform" / "page-method"
    parts = "\n".join(
        (folder / f"{name}.js").read_text("utf-8") for name in ("interface", *FAMILIES, "asking")
    )

    def run(
        method: dict[str, Any],
        *,
        before: str = "",
        after: str = "",
        meanwhile: str = "",
        times: int = 1,
        injected: bool = False,
        deadline_ms: int = 10_000,
    ) -> list[Any]:
        told = json.dumps({**COMMON, **method, "deadline_ms": deadline_ms})
        sdk = f"""
          const SERVED = {{ injected: {str(injected).lower()} }};
          const marked = () => document.body;
          {parts}
          const method = {told};
          const ready = FAMILIES[method.page_method].prepare(method);
        """
        # An injected SDK is there before the page's first script.
        scripts = (sdk, before, after) if injected else (before, sdk, after)
        script = f"""async () => {{
          {";".join(scripts)};
          ready();
          const answers = [];
          for (let time = 0; time < {times}; time++) {{
            const answer = callPageMethod(method);
            {meanwhile};
            answers.push(await answer);
          }}
          return answers;
        }}"""
        answers: list[Any] = place.evaluate(script)
        return [
            one["token"] if one["happened"] == "answered" and not one["error_given"] else _how(one)
            for one in answers
        ]

    return run


def _how(answer: dict[str, Any]) -> str:
    return "nobody" if answer["happened"] == "answered" else str(answer["happened"])


REGISTERED = 'desk("authenticate", (callback) => callback("a-token"))'


@pytest.mark.parametrize(
    ("scripts", "came"),
    [
        ({"before": f"{STUB} {REGISTERED}"}, "a-token"),
        ({"after": REGISTERED}, "a-token"),
        ({"before": f"{STUB} {REGISTERED}", "injected": True}, "a-token"),
        ({"after": f'{REGISTERED}; desk("authenticate", (callback) => callback("later"))'}, "later"),
        ({"after": 'desk("colour", (callback) => callback("a-token"))'}, "missing"),
        ({"after": 'desk("authenticate", "a-token")'}, "not_callable"),
        ({"after": 'desk("authenticate", () => { throw new Error() })'}, "threw"),
        ({"after": 'desk("authenticate", async () => { throw new Error() })'}, "rejected"),
        ({"after": 'desk("authenticate", (callback) => callback(null))'}, "nobody"),
        ({"after": 'desk("authenticate", () => "a-token")', "deadline_ms": 1}, "timeout"),
        ({}, "missing"),
    ],
)
def test_a_provider_is_called_however_it_was_registered(scripts: dict[str, Any], came: str, sdk: Sdk) -> None:
    """Before the SDK has loaded or after it; the last one counts, and null is nobody."""
    assert [came] == sdk(PROVIDER, **scripts)


CHAT = "window.chat = { push() { (chat.push.q ??= []).push(arguments) } };"
LISTENS = 'addEventListener("expired", () => chat.push("fresh"));'


@pytest.mark.parametrize(
    ("scripts", "came"),
    [
        ({"after": 'chat.push("a-token")'}, ["a-token"]),
        ({"before": f'{CHAT} chat.push("a-token")'}, ["a-token"]),
        ({"before": 'addEventListener("ready", () => chat.push("a-token"))'}, ["a-token"]),
        ({"meanwhile": 'chat.push("a-token")'}, ["a-token"]),
        ({"after": 'chat.push("a-token"); chat.push("later")'}, ["later"]),
        ({"after": f'{LISTENS} chat.push("a-token")', "times": 2}, ["a-token", "fresh"]),
        ({"after": f'{LISTENS} chat.push("{OLD}")'}, ["fresh"]),
        ({"after": 'chat.push("a-token")', "times": 2, "deadline_ms": 50}, ["a-token", "timeout"]),
        ({"after": LISTENS, "deadline_ms": 50}, ["timeout"]),
        ({"after": "chat.push(null)"}, ["nobody"]),
        ({"after": 'chat.push("a-token"); chat.push()'}, ["nobody"]),
    ],
)
def test_a_push_is_used_once_whenever_it_comes(scripts: dict[str, Any], came: list[str], sdk: Sdk) -> None:
    """Each need takes one; the event asks for the next, and never for the first."""
    assert came == sdk(PUSH, **scripts)


@pytest.mark.parametrize(
    ("pushed", "came"),
    [
        ('{ jwt: "a-token" }', "a-token"),
        ('"a-token"', {"jwt": None}),
        ('{ token: "a-token" }', {"jwt": None}),
    ],
)
def test_where_an_object_is_wanted_a_bare_token_is_none(pushed: str, came: object, sdk: Sdk) -> None:
    """Nor is one with other members."""
    assert [came] == sdk({**PUSH, "token_member": "jwt"}, after=f"chat.push({pushed})")


EXAMPLES = Path(__file__).parents[1] / "docs" / "examples" / "adapters"
BACKEND = """
  let signedIn = true;
  const body = JSON.stringify({ token: "a-token" });
  window.fetch = async () => new Response(body, { status: signedIn ? 200 : 401 });
"""
STUBS = {
    "provider": "window.zE = function () { (zE.q = zE.q || []).push(arguments) };",
    "push": "",
}


@pytest.mark.parametrize(("after", "came"), [("", "a-token"), ("; signedIn = false", "nobody")])
@pytest.mark.parametrize("family", STUBS)
def test_what_the_documentation_shows_hands_a_token_over_or_says_that_nobody_is_there(
    family: str, after: str, came: str, sdk: Sdk
) -> None:
    """The script with the configuration beside it, before a page's own backend."""
    connector = tomllib.loads((EXAMPLES / f"{family}.toml").read_text("utf-8"))["connector"]
    told = {"js_command": [], **{name: connector[name] for name in connector if name in {*PROVIDER, *COMMON}}}
    script = (EXAMPLES / f"{family}.js").read_text("utf-8")
    page = f"{BACKEND} {STUBS[family]} {script}"
    # The page's events come when the SDK is ready; what it registers may come before.
    scripts = {"before": page, "after": after} if family == "provider" else {"after": page + after}

    assert [came] == sdk(told, **scripts)

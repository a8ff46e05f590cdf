"""How an SDK gets the credential from the page: what a connector may say, and what the page is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from harness import config_file, page_methods
from harness.config import Config, Connector
from harness.errors import ConfigError
from harness.page_methods import FAMILIES
from harness.roles.platform.sdk import served
from harness.roles.web import web_root

DOCUMENT = (Path(__file__).parents[1] / "docs" / "adapters.md").read_text("utf-8")
SNIPPETS = re.findall(r"^```toml\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
PUSH: dict[str, Any] = {"page_method": "push", "js_method": "chat.push", "expiry_event": "expired"}


def connector(**more: Any) -> Connector:
    """Return a connector of the sample's."""
    values: dict[str, Any] = {
        "id": "one",
        "flow": "implicit",
        "issuer": "https://login.brand.test",
        "client_id": "platform",
        "jwks_uri": "https://login.brand.test/jwks",
        **more,
    }
    return Connector.model_validate(values)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"page_method": "provider"}, 'page_method = "provider" needs js_method'),
        ({"page_method": "push", "js_method": "push"}, 'page_method = "push" needs expiry_event'),
        ({**PUSH, "expiry_event": ""}, 'page_method = "push" needs expiry_event'),
        ({"expiry_event": "expired"}, 'belongs to page_method = "push", and this one is "named"'),
        (
            {"page_method": "provider", "js_method": "register", "token_member": "jwt"},
            'token_member belongs to page_method = "push"',
        ),
        ({**PUSH, "flow": "code-pkce"}, "no argument for the code_challenge"),
        (
            {"page_method": "provider", "js_method": "register", "flow": "code-pkce"},
            "no argument for the code_challenge",
        ),
    ],
)
def test_what_does_not_go_together_is_one_sentence(more: dict[str, Any], sentence: str) -> None:
    """It names the keys, and what to do."""
    with pytest.raises(ValidationError) as refused:
        connector(**more)

    (error,) = refused.value.errors()
    assert sentence in error["msg"]


def test_a_file_with_another_word_is_told_which_there_are(tmp_path: Path) -> None:
    """With its line."""
    text = SNIPPETS[0].replace('page_method = "provider"', 'page_method = "promise"')

    with pytest.raises(ConfigError) as refused:
        config_file.parse(text, tmp_path / "brand.toml")

    assert "page_method holds 'promise'; allowed are 'named', 'provider' or 'push'" in str(refused.value)
    assert refused.value.line == 1 + text[: text.index("page_method")].count("\n")


@pytest.mark.parametrize("text", SNIPPETS)
def test_the_files_of_the_documentation_are_read(text: str, tmp_path: Path) -> None:
    """Whole, as they stand there."""
    config = config_file.parse(text, tmp_path / "brand.toml")

    assert FAMILIES[config.connectors[0].page_method].member


def test_the_documentation_and_the_scripts_have_every_family() -> None:
    """One row of the table and one script each."""
    rows = re.findall(r"^\| `(\w+)`(?: \(default\))? \| (?:puts|registers|pushes)", DOCUMENT, re.MULTILINE)
    folder = web_root() / "static" / "platform" / "page-method"

    assert list(FAMILIES) == rows
    assert {*FAMILIES, "interface", "asking"} == {path.stem for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("more", "asked", "pushed"),
    [
        ({"js_method": "auth.get", "js_context": "window.lp"}, "lp.auth.get", None),
        ({"page_method": "provider", "js_method": "zE"}, "zE.provider", None),
        (PUSH, "chat.push.next", "chat.push.take"),
    ],
)
def test_what_is_watched_is_what_the_sdk_calls(more: dict[str, Any], asked: str, pushed: str | None) -> None:
    """The page's own function, or what the SDK keeps beside the one that the page calls."""
    one = connector(**more)

    assert (asked, pushed) == (page_methods.asked(one), page_methods.pushed(one))


def test_a_call_begins_with_the_words_of_its_command() -> None:
    """As the page writes it."""
    one = connector(page_method="provider", js_method="zE", js_command=("messenger", "loginUser"))

    assert 'zE("messenger", "loginUser", ' == page_methods.call_of(one)
    assert "chat.push(" == page_methods.call_of(connector(**PUSH))


def test_the_sdk_prepares_what_pages_call_and_nothing_else() -> None:
    """Once for connectors that say the same; a named function is the page's own."""
    config = Config(
        connectors=(connector(), connector(id="two", **PUSH), connector(id="three", flow="code", **PUSH))
    )

    (method,) = served(config)["methods"]

    assert ("push", "chat.push", "expired") == tuple(
        method[key] for key in ("page_method", "js_method", "expiry_event")
    )

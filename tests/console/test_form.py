"""The form: a view of a brand's file, with a sentence at every field that cannot work."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from harness import config_file
from harness.config import Config
from harness.console.form_check import Checked, check
from harness.console.form_document import values_of, variables_of, written
from harness.console.form_starts import empty, sample

PATH = Path("brand.toml")
ISSUER = "https://login.acme.example"
ACME = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "client_id": "platform",
    "client_secret_env": "ACME_CLIENT_SECRET",
    "jwks_uri": f"{ISSUER}/jwks",
    "page": "https://www.acme.example/account",
    "display_name": "Acme login",
    "surfaces": "embedded popup",
    "login.0.on": "page",
    "login.0.account": "bob",
    "login.0.steps": '{ fill = "Password", env = "BOB_PASSWORD" },\n{ click = "Sign in" }',
}


def filled(**changes: str) -> dict[str, str]:
    """Return a form that is filled in right, but for some fields."""
    return {**values_of(empty()), **ACME, **changes}


def looked_at(text: str | None = None, **changes: str) -> Checked:
    """Return what is said of a form."""
    return check(text or empty(), filled(**changes), PATH)


FULL = """\
# Ours.
[[connector]]
flow = "implicit"
issuer = "https://login.acme.example"   # octet for octet
client_id = "platform"
jwks_uri = "https://login.acme.example/jwks"
callback_deadline = 3

[[connector]]
flow = "code"
issuer = "https://login.acme.example"
token_endpoint = "https://login.acme.example/token"
client_id = "platform"
client_secret = { file = "secret" }
jwks_uri = "https://login.acme.example/jwks"

[brand]
page = "https://www.acme.example/account"

[[login]]
account = "alice"
steps = [ { click = "Sign in" } ]

[network]
map = { "www.acme.example" = "127.0.0.1:8443" }
"""


@pytest.mark.parametrize("text", [FULL, sample(), empty()])
@pytest.mark.parametrize("number", [0, 1])
def test_a_form_in_which_nothing_was_typed_leaves_the_file_as_it_is(text: str, number: int) -> None:
    """Comments, further keys and other connectors too."""
    if number < text.count("[connector]"):
        assert text == written(text, values_of(text, number), number).text


def test_what_is_typed_stands_in_the_file_and_nothing_else_changes() -> None:
    """The line's comment stays in its column, and so do the keys that the form does not show."""
    new = written(FULL, {**values_of(FULL), "issuer": "https://id.acme.example"}).text

    assert FULL.replace('https://login.acme.example"', 'https://id.acme.example"   ', 1) == new


def test_a_form_that_is_filled_in_is_a_file_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """With every field of the connector."""
    monkeypatch.setenv("ACME_CLIENT_SECRET", "open sesame")
    monkeypatch.setenv("BOB_PASSWORD", "open sesame")
    looked = looked_at(js_method="auth.get", js_context="window.lp", preferred="on", client_auth="post")
    config = config_file.parse(looked.text, PATH)

    (connector,) = config.connectors
    assert ({}, True) == (dict(looked.sentences), looked.right)
    assert ("code-pkce", "Acme login", True) == (connector.flow, connector.display_name, connector.preferred)
    assert ("auth.get", "window.lp", "post") == (
        connector.js_method,
        connector.js_context,
        connector.client_auth,
    )
    assert ["bob"] == [one.account for one in config.logins]
    assert ["fill", "click"] == [step.verb for step in config.logins[0].steps]


def test_an_older_connector_and_a_flow_are_written() -> None:
    """With the mode that they take."""
    looked = looked_at(rfc_compliance="", mode="compat", type="implicit", pkce="", encrypted="on")

    values = tomllib.loads(looked.text)
    assert looked.right
    assert ("implicit-jwe", False, "compat") == (
        values["connector"]["flow"],
        values["connector"]["rfc_compliance"],
        values["mode"],
    )


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("issuer", "http://login.acme.example", "is no https URL; it takes one like"),
        ("issuer", f"{ISSUER}?a=b", "has a query or a fragment, which no issuer has"),
        ("authorization_endpoint", "login.acme.example", "is no https URL"),
        ("token_endpoint", "x", "is no https URL"),
        ("jwks_uri", "x", "is no https URL"),
        ("client_secret_env", "hunter2", "never the secret itself"),
        ("js_method", "get token()", "is no name of a function"),
        ("page", "www.acme.example", "is no https URL"),
        ("sdk", "https://*/tag.js", "is no tag URL"),
        ("launcher", '{ clik = "Chat" }', "it takes one verb of"),
        ("before", "accept cookies", "step 1 cannot be read"),
        ("connector_id", "x" * 65, "at most 64 characters"),
        ("tag", "https://www.acme.example", "the double would answer for all of it"),
        ("login.0.steps", '{ click = "Sign in" }\nand then', "step 2 cannot be read"),
        ("login.0.steps", '{ fill = "Password" }', "it takes one of value, env and file"),
        ("login.0.account", "alice@acme", "has to match"),
        ("mode", "lenient", "allowed are strict, compat"),
        ("surfaces", "", "nothing is chosen"),
        ("surfaces", "embedded app", "a brand's own app is not driven"),
        ("engines", "lynx", "allowed are 'chromium', 'firefox' or 'webkit'"),
    ],
)
def test_a_sentence_stands_at_the_field_that_it_concerns(field: str, typed: str, sentence: str) -> None:
    """What was found and what is allowed; nothing is said of the others."""
    looked = looked_at(**{field: typed})

    assert [field] == list(looked.sentences)
    assert "wrong" == looked.sentences[field].kind
    assert sentence in looked.sentences[field].text


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"type": "implicit", "pkce": "on"}, "pkce", "the type implicit hands over no code"),
        ({"encrypted": "on"}, "encrypted", "documented for the type implicit alone"),
        ({"rfc_compliance": ""}, "rfc_compliance", 'it takes mode = "compat"'),
        (
            {"authorization_endpoint": "", "surfaces": "embedded popup"},
            "authorization_endpoint",
            "which the popup needs",
        ),
        ({"token_endpoint": ""}, "token_endpoint", "which the flow code-pkce needs"),
    ],
)
def test_an_impossible_combination_is_said_where_it_can_be_mended(
    changes: dict[str, str], field: str, sentence: str
) -> None:
    """At the field that has to give way."""
    said = looked_at(**changes).sentences

    assert sentence in said[field].text
    assert [field] == [name for name, one in said.items() if one.kind != "note"]


def test_everything_is_said_at_once() -> None:
    """One mistake does not hide the next, and what is missing is no mistake yet."""
    said = looked_at(issuer="x", page="", js_method="a b", client_id="").sentences

    assert {"issuer": "wrong", "page": "missing", "js_method": "wrong", "client_id": "missing"} == {
        name: one.kind for name, one in said.items()
    }


def test_a_field_without_use_is_named() -> None:
    """In the interview's words, and no reason not to go on."""
    looked = looked_at(type="implicit", pkce="")

    assert {"token_endpoint", "client_secret_env", "client_auth"} <= looked.unused
    assert "not used: it belongs to the flows code and code-pkce" == looked.sentences["token_endpoint"].text
    assert looked.right


def test_pem_is_explained_and_offered_without_its_armour() -> None:
    """The sentence says what was found; the key in it can be taken."""
    pem = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----"
    said = looked_at(key_type="public-key", jwt_public_key=pem).sentences["jwt_public_key"]

    assert "is a public key with its PEM armour" in said.text
    assert "on one line, without PEM armour" in said.text


def test_a_private_key_and_a_secret_are_nowhere_afterwards() -> None:
    """Neither in the file nor in a sentence, and the page is told not to show them again."""
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"
    looked = looked_at(key_type="public-key", jwt_public_key=key, client_secret_env="hunter2-hunter2")

    said = "".join(one.text for one in looked.sentences.values())
    assert {"jwt_public_key", "client_secret_env"} == looked.hidden
    assert "this is a private key" in looked.sentences["jwt_public_key"].text
    assert not [one for one in ("MIIEvQ", "hunter2") if one in looked.text + said]


def test_the_variables_of_a_file_are_named_with_where_they_come_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Typed for this run, set outside, or not there yet; none has to be there to be looked at."""
    monkeypatch.setenv("BOB_PASSWORD", "open sesame")
    looked = looked_at()
    typed = check(empty(), filled(), PATH, typed={"ACME_CLIENT_SECRET": "open sesame"})

    assert ("ACME_CLIENT_SECRET", "BOB_PASSWORD") == variables_of(looked.text)
    assert ["unset", "set"] == [one.state for one in looked.variables]
    assert ["typed", "set"] == [one.state for one in typed.variables]


def test_a_secret_in_a_file_of_its_own_stays_there() -> None:
    """The form shows variables alone, and leaves the other way as it is."""
    new = written(FULL, {**values_of(FULL, 1), "client_id": "other"}, 1).text

    assert '{ file = "secret" }' in new
    assert 'client_id = "other"' in new


def test_somebody_without_steps_is_taken_out_and_somebody_new_is_added() -> None:
    """The others stay."""
    values = values_of(FULL)
    two = written(FULL, {**values, "login.1.account": "ben", "login.1.steps": '{ click = "In" }'}).text
    one = written(two, {**values_of(two), "login.0.steps": ""}).text

    assert ["alice", "ben"] == [login["account"] for login in tomllib.loads(two)["login"]]
    assert ["ben"] == [login["account"] for login in tomllib.loads(one)["login"]]


def test_a_flow_that_no_connector_has_any_more_is_no_longer_chosen() -> None:
    """Whoever changes the type does not have to change the matrix too."""
    text = written(empty(), filled(flows="code-pkce")).text

    assert looked_at(text, flows="code-pkce", type="implicit", pkce="", token_endpoint="").right


def test_the_sample_has_a_file_too() -> None:
    """It says what the harness knows of its own sample: the same flows, each with its connector."""
    config = config_file.parse(sample(), PATH, environment={"SAMPLE_CLIENT_SECRET": "invented"})

    assert config.brand is None
    assert Config().matrix.flows == config.matrix.flows


def test_a_file_that_is_written_in_another_way_is_left_alone() -> None:
    """The sentence says what the form can change."""
    text = 'connector = { flow = "code", issuer = "https://login.acme.example" }\n'
    new = written(text, {**values_of(text), "issuer": "https://id.acme.example"})

    assert text == new.text
    assert "in a way that is not changed here; write each section as a table" in new.wrong[""]


def test_a_page_method_of_another_family_is_written_and_says_what_it_lacks() -> None:
    """What belongs to another one is no longer in the file."""
    push = {"page_method": "push", "js_method": "chat.push", "expiry_event": "expired", "token_member": "jwt"}

    lacking = looked_at(page_method="push", pkce="")
    written = looked_at(**push, pkce="").text
    provider = looked_at(
        written, **{**push, "page_method": "provider", "js_command": "auth me"}, pkce=""
    ).text

    assert {"expiry_event", "js_method"} <= lacking.sentences.keys()
    assert 'expiry_event = "expired"' in written
    assert 'js_command = ["auth", "me"]' in provider
    assert "expiry_event" not in provider


def test_a_push_with_pkce_is_refused_where_it_was_chosen() -> None:
    """There is no argument for the challenge."""
    said = looked_at(page_method="push", type="code", pkce="on").sentences

    assert "code_challenge" in said["page_method"].text

"""The text of a new file: readable, commented, in the order in which one thinks of it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.brand_file.answers import INJECT, METHOD, OURS, Answers
from harness.config import RULES
from harness.own_brand import REPLACED, TAG, WINDOW_URL
from harness.toml_text import inline, quoted

_COLUMN = 50


def text(answers: Answers) -> str:
    """Return the file that a few answers amount to."""
    parts = (_head, _connector, _brand, _platform, _login, _network, _rest)
    return "\n\n".join("\n".join(part(answers)) for part in parts) + "\n"


def _line(key: str, value: str, comment: str = "") -> str:
    line = f"{key} = {value}"
    return _commented(line, comment) if comment else line


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_COLUMN}}  # {comment}"


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _head(answers: Answers) -> Iterator[str]:
    yield f"# How consumers of {_host(answers.page)} sign in to the chat. It is yours to edit."
    yield "# Secrets are not in it: { env = … } names the variable that holds one, { file = … } a file."
    yield _line("rules", quoted(RULES), "the checks that it was written for")
    yield _line("mode", quoted("strict"), "or compat: no more than the platform documents")


def _connector(answers: Answers) -> Iterator[str]:
    offered = ", ".join(answers.advertised or ())
    yield "[connector]"
    yield _line(
        "flow", quoted(answers.flow), f"the server offers: {offered}" if offered else "how it travels"
    )
    yield _line("issuer", quoted(answers.issuer), "octet for octet the iss of the tokens")
    if answers.authorization_endpoint:
        yield _line("authorization_endpoint", quoted(answers.authorization_endpoint), "the popup goes there")
    if answers.token_endpoint:
        yield _line("token_endpoint", quoted(answers.token_endpoint), "codes are exchanged there")
    yield _line("client_id", quoted(answers.client_id))
    if answers.client_secret_env:
        yield _line("client_secret", inline({"env": answers.client_secret_env}))
        yield _line("client_auth", quoted(answers.client_auth), "basic or post: how the secret travels")
    source = "jwks_uri" if answers.keys.startswith("https:") else "jwt_public_key"
    yield _line(source, quoted(answers.keys))
    if answers.page_method != "named":
        yield _line("page_method", quoted(answers.page_method), "named, provider or push: docs/adapters.md")
        yield _line("js_method", quoted(answers.js_method), "what the page calls")
        yield _line("# js_command", '["messenger", "loginUser"]', "words that come first in that call")
        if answers.expiry_event:
            yield _line("expiry_event", quoted(answers.expiry_event), "the page has to push again then")
            yield _line("# token_member", '"identityToken"', "where an object is pushed: the token in it")
        yield _line(
            "# ready_event", '"onMessagingReady"', "where the page waits for an event before it calls"
        )
    elif answers.js_method != METHOD:
        yield _line("js_method", quoted(answers.js_method), "the page method")
    else:
        yield _line("# js_method", quoted(METHOD), "the page method, which the platform calls")


def _brand(answers: Answers) -> Iterator[str]:
    sdk = {"inject": True} if answers.tag == INJECT else {"replace": answers.tag}
    ours = answers.launcher == OURS
    yield "[brand]"
    yield _line("page", quoted(answers.page), "a signed-in consumer finds the chat there")
    yield _line("sdk", inline({**sdk}), "the platform's tag, which the harness answers")
    yield '# before = [ { click = "Accept cookies", optional = true } ]   # each time, before the chat'
    launcher = quoted(OURS) if ours else inline({"click": answers.launcher})
    yield _line("launcher", launcher, "a button of the harness opens the chat" if ours else "opens the chat")


def _platform(answers: Answers) -> Iterator[str]:
    yield _commented("[platform]", "the harness answers under the platform's real names")
    if answers.tag not in (REPLACED, INJECT):
        yield _line("tag", quoted(f"https://{_host(answers.tag)}"))
    else:
        yield _line("# tag", quoted(TAG))
    yield _line("# window_url", quoted(WINDOW_URL), "the redirect URI of the popup")
    if answers.flow == "implicit-jwe":
        yield _line("# encryption_keys", '["platform-encryption.json"]', "from harness keys new")


def _login(answers: Answers) -> Iterator[str]:
    if not answers.username:
        yield "# [[login]]: how somebody signs in. harness record watches you and writes it."
        return
    steps = (
        {"fill": answers.username_field, "value": answers.username},
        {"fill": answers.password_field, "env": answers.password_env},
        {"click": answers.button},
    )
    yield _commented("[[login]]", "how somebody signs in, in words of the page")
    yield _line("on", quoted("page"), "or authorize: the server's page in the popup")
    yield _line("account", quoted(answers.account), "two accounts or more are needed for switch-user")
    yield "steps = ["
    yield from (f"  {inline({**step})}," for step in steps)
    yield "]"


def _network(answers: Answers) -> Iterator[str]:
    yield _commented("[network]", "only hosts that this file names are contacted")
    yield _line("allow", "[]", 'further ones for the browser alone, as "cdn.acme.example"')
    if answers.map:
        yield _line("map", inline(dict(answers.map)))
    if answers.ca is not None:
        yield _line("ca", quoted(answers.ca.as_posix()))
    if answers.proxy_env:
        yield _line("proxy", inline({"env": answers.proxy_env}))


def _rest(answers: Answers) -> Iterator[str]:
    surfaces = ("embedded", "popup") if answers.authorization_endpoint else ("embedded",)
    yield "[probes]"
    yield _line("enabled", "false", "true: the authorization server is probed")
    yield ""
    yield "[matrix]"
    yield _line("surfaces", f"[{', '.join(map(quoted, surfaces))}]")
    yield _line("engines", '["chromium"]', "chromium, firefox, webkit; harness doctor says which are here")

"""The files that a walkthrough can begin with: one in which nothing is answered, and the sample brand's."""

from __future__ import annotations

from harness.brand_file import edit
from harness.brand_file.answers import Answers
from harness.brand_file.text import text as written_text
from harness.config import RULES, Sites
from harness.sample import connectors
from harness.toml_text import inline, quoted

SAMPLE_VARIABLE = "SAMPLE_CLIENT_SECRET"


def empty() -> str:
    """Return the text of a file in which nothing has been answered, as ``harness init`` writes it."""
    nothing = Answers(
        issuer="",
        flow="code-pkce",
        authorization_endpoint="",
        token_endpoint="",
        keys="https:",
        client_id="",
        client_secret_env="",
        page="",
        account="alice",
        username="",
        username_field="",
        password_env="",
        password_field="",
        button="",
    )
    text = written_text(nothing)
    for section, key in (("connector", "issuer"), ("connector", "client_id"), ("connector", "jwks_uri")):
        text = edit.put(text, section, key, None)
    text = edit.put(text, "matrix", "surfaces", None)
    text = text.replace("# How consumers of  sign in to the chat.", "# How consumers sign in to the chat.")
    text = text.replace(
        "a button of the harness opens the chat", "what opens the chat; harness for a button of ours"
    )
    return edit.put(text, "brand", "page", None)


def sample() -> str:
    """Return the text of a file that says of the sample brand what the harness knows of it anyway."""
    lines = [
        "# The sample brand: its shop, its authorization server and its people are the harness's own.",
        f"rules = {quoted(RULES)}",
        'mode = "strict"',
    ]
    for one in connectors(Sites())[:4]:
        lines += ["", "[[connector]]", f"flow = {quoted(one.flow)}", f"issuer = {quoted(one.issuer)}"]
        lines.append(f"authorization_endpoint = {quoted(one.authorization_endpoint)}")
        if one.response_type == "code":
            lines.append(f"token_endpoint = {quoted(one.token_endpoint)}")
        lines += [f"client_id = {quoted(one.client_id)}", f"jwks_uri = {quoted(one.jwks_uri or '')}"]
        if one.client_secret is not None:
            lines.append(f"client_secret = {inline({'env': SAMPLE_VARIABLE})}")
        lines += [f"claims_map = {inline(dict(one.claims_map))}", "iss_parameter = true"]
    return "\n".join(lines) + "\n"

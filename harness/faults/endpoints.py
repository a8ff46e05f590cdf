"""Faults of the endpoints: what they answer, and what they send the browser back with."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import unquote

from joserfc.jwk import RSAKey

from harness.faults.made_keys import made_key
from harness.protocol import base64url, pkce
from harness.roles.idp.lenience import Lenience
from harness.roles.seams import HttpAnswer, IssueCode, Redirect, Seams


def swapped_codes() -> Seams:
    """Open a second transaction beside each one, with its own challenge, and hand out its code."""

    def swap(issue: IssueCode, code_challenge: str | None) -> str:
        issue(code_challenge=code_challenge)
        return issue(code_challenge=pkce.s256(pkce.new_code_verifier()))

    return Seams(code=swap)


def redirect(
    *,
    set: Mapping[str, str] | None = None,  # noqa: A002 - the name stands in faults.toml
    remove: tuple[str, ...] = (),
    repeat: tuple[str, ...] = (),
    rename: Mapping[str, str] | None = None,
    edit: Mapping[str, str] | None = None,
    long: Mapping[str, int] | None = None,
    mode: str | None = None,
    status: int = 303,
    plain: bool = False,
    page: Literal["", "meta", "script"] = "",
) -> Seams:
    """Change the authorization response.

    Args:
        set: Parameters and their values, added where they are new.
        remove: Parameters to leave out.
        repeat: Parameters that come twice, the second time with another value.
        rename: Parameters and the names they get.
        edit: Parameters and what happens to their value: ``decode``, ``cut``, ``upper`` or ``plus``.
        long: Parameters and how long a value they get.
        mode: Another response mode.
        status: The redirect's status.
        plain: Whether it leads to plain http.
        page: By what in a page it leads on, instead of by a redirect.
    """

    def change(sent: Redirect) -> Redirect:
        values = {**dict(sent.parameters), **(set or {})}
        values |= {name: "x" * length for name, length in (long or {}).items()}
        values |= {name: _EDITS[how](values[name]) for name, how in (edit or {}).items() if name in values}
        pairs = [
            ((rename or {}).get(name, name), value) for name, value in values.items() if name not in remove
        ]
        pairs += [(name, values[name] + "2") for name in repeat if name in values]
        return replace(
            sent, parameters=tuple(pairs), mode=mode or sent.mode, status=status, plain=plain, page=page
        )

    return Seams(redirect=change)


def redirector(*, address: str, again: bool = False) -> Seams:
    """Let the authorization response go through an address of the brand's that leads wherever it is told to.

    Args:
        address: That address, up to where it is told.
        again: Whether that leads back to the authorization endpoint.
    """

    def change(sent: Redirect) -> Redirect:
        return replace(sent, through=address, status=302, again=again)

    return Seams(redirect=change, redirector=True)


_EDITS: Mapping[str, Callable[[str], str]] = {
    "decode": unquote,
    "cut": lambda value: value[:100],
    "upper": str.upper,
    "plus": lambda value: value.replace(" ", "+") + "+",
}


def token_endpoint(**changes: Any) -> Seams:
    """Change the token endpoint's answer; the arguments are those of :func:`changed`."""
    return Seams(token_answer=lambda answer: changed(answer, **changes))


def jwks(**changes: Any) -> Seams:
    """Change the key set's answer; the arguments are those of :func:`changed`."""
    return Seams(jwks_answer=lambda answer: changed(answer, **changes))


def changed(
    answer: HttpAnswer,
    *,
    status: int | None = None,
    content_type: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: str | None = None,
    encoding: str = "utf-8",
    set: Mapping[str, Any] | None = None,  # noqa: A002 - the name stands in faults.toml
    remove: tuple[str, ...] = (),
    null: tuple[str, ...] = (),
    insert: str = "",
    fill: int = 0,
    wait: float = 0,
    pace: float = 0,
) -> HttpAnswer:
    """Return an answer with changes.

    Args:
        answer: The good answer.
        status: Another status.
        content_type: Another content type.
        headers: Further headers.
        body: Another body.
        encoding: How the body is encoded.
        set: Members of the JSON object and their values.
        remove: Members to leave out.
        null: Members that become ``null``.
        insert: JSON members that are put in front, duplicates included.
        fill: How many octets of white space are added.
        wait: Seconds before the first octet.
        pace: Seconds between two octets.
    """
    text = answer.body.decode()
    if set or remove or null:
        values = {**json.loads(text), **(set or {}), **dict.fromkeys(null)}
        text = json.dumps({name: value for name, value in values.items() if name not in remove})
    if insert:
        text = "{" + insert + text[1:]
    text = (text if body is None else body) + " " * fill
    named = {**{name.lower(): value for name, value in answer.headers.items()}, **(headers or {})}
    if content_type is not None:
        named["content-type"] = content_type
    octets = text.encode(encoding)
    return HttpAnswer(status=status or answer.status, headers=named, body=octets, wait=wait, pace=pace)


def userinfo(**changes: Any) -> Seams:
    """Change the userinfo endpoint's answer; the arguments are those of :func:`changed`."""
    return Seams(userinfo_answer=lambda answer: changed(answer, **changes))


def discovery(**changes: Any) -> Seams:
    """Change the discovery document; the arguments are those of :func:`changed`."""
    return Seams(discovery_answer=lambda answer: changed(answer, **changes))


def authorization_endpoint(
    *,
    post: bool = True,
    unknown_client: Literal["shown", "redirected"] = "shown",
    revoke_on_reuse: bool = True,
) -> Seams:
    """Change how the authorization server treats odd requests.

    Args:
        post: Whether an authorization request by POST is taken.
        unknown_client: Whether a client that it does not know gets its error shown or redirected.
        revoke_on_reuse: Whether a code that comes twice ends what came of it.
    """
    return Seams(authorize_post=post, unknown_client=unknown_client, revoke_on_reuse=revoke_on_reuse)


def lenient(**rules: Any) -> Seams:
    """Leave rules of the authorization server out.

    Args:
        rules: Which, and what holds instead, as :class:`~harness.roles.idp.lenience.Lenience` has it.
    """
    given: dict[str, Any] = {
        name: tuple(rule) if isinstance(rule, list) else rule for name, rule in rules.items()
    }
    return Seams(lenience=Lenience(**given))


def unchallenged_verifier() -> Seams:
    """Ask for no challenge when a verifier comes."""
    return Seams(verifier_needs_challenge=False)


def login(*, status: int) -> Seams:
    """Answer a good login with another redirect.

    Args:
        status: Its status.
    """
    return Seams(login_status=status)


def client_authentication(
    *, secret: str | None = None, decoded: bool = True, method: str | None = None
) -> Seams:
    """Change how the platform's client authenticates.

    Args:
        secret: The secret under which it is registered.
        decoded: Whether the parts of a Basic header are form-decoded before they are compared.
        method: The one method that is taken.
    """
    return Seams(client_secret=secret, secret_decoded=decoded, auth_method=method)


def challenge_ignored() -> Seams:
    """Issue codes without the challenge, and ask for no challenge when a verifier comes."""
    return Seams(code=lambda issue, challenge: issue(code_challenge=None), verifier_needs_challenge=False)


def token_as_code(*, issuer: str) -> Seams:
    """Hand out an id_token where a code belongs.

    Args:
        issuer: The issuer that it names.
    """

    def token() -> str:
        body = json.dumps({"iss": issuer, "jti": secrets.token_hex(8)})
        return ".".join(base64url.encode(part.encode()) for part in ('{"alg":"RS256"}', body, "signature"))

    return Seams(code=lambda issue, challenge: token())


def special_code() -> Seams:
    """Issue codes in which every printable ASCII character occurs (RFC 6749 appendix A.11)."""
    every = "".join(chr(number) for number in range(0x20, 0x7F))
    return Seams(code=lambda issue, challenge: issue(code_challenge=challenge, prefix=every))


def jwks_members(
    *,
    add: tuple[Mapping[str, Any], ...] = (),
    change: Mapping[str, Any] | None = None,
    only: str | None = None,
    also: str | None = None,
    expose: bool = False,
    x5c_of: str | None = None,
    drop: bool = False,
    same_kid: bool = False,
    fresh_kid: bool = False,
) -> Seams:
    """Change the members of the key set.

    Args:
        add: Members to add as they are.
        change: Members of the own key and their new values.
        only: A made key that takes the own key's place.
        also: A made key that stands beside it.
        expose: Whether private members are published.
        x5c_of: A made key whose bare public key is passed off as the certificate.
        drop: Whether the own key is left out.
        same_kid: Whether the key beside it has the same id.
        fresh_kid: Whether the made key has an id of its own.
    """

    def edit(answer: HttpAnswer) -> HttpAnswer:
        own = json.loads(answer.body)["keys"][0]
        shown: list[Any] = [] if drop else [{**own, **(change or {})}]
        if only:
            shown = [_public(only, kid="made" if fresh_kid else own["kid"])]
        if expose:
            shown[0] |= {"d": base64url.encode(b"\x01" * 256)}
        if x5c_of:
            shown[0]["x5c"] = [base64.b64encode(b"not a certificate").decode()]
        if also:
            shown.append(_public(also, kid=own["kid"] if same_kid else "beside"))
        return replace(answer, body=json.dumps({"keys": [*shown, *add]}).encode())

    return Seams(jwks_answer=edit)


def _public(name: str, *, kid: str) -> dict[str, Any]:
    key = made_key(name)
    algorithm = {"alg": "RS256"} if isinstance(key, RSAKey) else {}
    return {**key.as_dict(private=False), "kid": kid, "use": "sig", **algorithm}

"""Redaction on the way in: a credential leaves here as its fingerprint, or not at all.

Three rules, applied to everything that a browser saw: by the name of a parameter, member or header; by the
shape of a value (JOSE, PEM, long opaque text); and by value, for secrets that were seen elsewhere in the same
case. Addresses keep origin, path and parameter names.

Source: RFC 9700 sections 4.2 and 4.3 on what leaks from addresses, RFC 6819 section 5.1.1.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, unquote_plus, urlsplit

from harness.protocol.fingerprint import fingerprint

HIDDEN = "…"
"""Stands for a value of which nothing is kept."""

MARKED = frozenset(
    {
        "accesstoken",
        "assertion",
        "authcode",
        "call",
        "callid",
        "clientassertion",
        "code",
        "codechallenge",
        "codeverifier",
        "credential",
        "csrf",
        "idtoken",
        "idtokenhint",
        "jwt",
        "logintoken",
        "logouttoken",
        "nonce",
        "popup",
        "refreshtoken",
        "request",
        "requesturi",
        "samlresponse",
        "sealedverifier",
        "session",
        "sessionid",
        "sessionstate",
        "sid",
        "ssokey",
        "state",
        "ticket",
        "token",
    }
)
"""Names, in lower-case letters only, whose values have enough entropy to be named by a fingerprint."""

CONCEALED = frozenset(
    {
        "apikey",
        "authorization",
        "clientsecret",
        "cookie",
        "otp",
        "passcode",
        "passphrase",
        "passwd",
        "password",
        "pin",
        "privatekey",
        "proxyauthorization",
        "pwd",
        "secret",
        "setcookie",
        "totp",
    }
)
"""Names whose values may be guessable, so that even a fingerprint would tell too much."""

_MARKED_ENDINGS = ("token", "sessionid", "ticket", "nonce", "jwt")
_CONCEALED_ENDINGS = ("password", "secret", "passwd", "apikey", "privatekey")

WORDS: Mapping[str, frozenset[str]] = {
    "prompt": frozenset({"none", "login", "consent", "select_account", "create"}),
    "response_mode": frozenset({"query", "fragment", "form_post", "web_message"}),
    "response_type": frozenset({"code", "id_token", "token", "none", "id_token token", "code id_token"}),
    "code_challenge_method": frozenset({"S256", "plain"}),
    "grant_type": frozenset({"authorization_code", "refresh_token"}),
    "error": frozenset(
        {
            "access_denied",
            "account_selection_required",
            "consent_required",
            "interaction_required",
            "invalid_client",
            "invalid_grant",
            "invalid_request",
            "invalid_scope",
            "login_required",
            "server_error",
            "temporarily_unavailable",
            "unauthorized_client",
            "unsupported_response_type",
        }
    ),
}
"""Parameters whose value is shown, and only while it is one of these registered words."""

_JOSE = r"e[wy][A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){1,4}"
_PARTS = r"[A-Za-z0-9_-]{16,}(?:\.[A-Za-z0-9_-]{16,}){2,4}"
_OPAQUE = r"[A-Za-z0-9_-]{20,}"
_BASE64 = r"[A-Za-z0-9+/_-]{40,}={0,2}"
_SHAPES = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_JOSE}|{_PARTS}|{_BASE64}|{_OPAQUE})")
_PEM = re.compile(r"-----BEGIN [^-]{1,60}-----.*?(?:-----END [^-]{1,60}-----|\Z)", re.DOTALL)
_ADDRESS = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]{1,20}://|(?:data|blob|javascript|mailto|tel):)[^\s\"'<>`\\)}\]…]+", re.I
)
_HEADER = re.compile(r"\b((?:proxy-)?authorization|cookie|set-cookie)([\"']?\s*[:=]\s*)[^\r\n]+", re.I)
_BEARER = re.compile(r"\b(bearer|basic|dpop)\s+[A-Za-z0-9._~+/=-]{6,}", re.I)
_PAIR = re.compile(
    r"""(?P<name>[A-Za-z][A-Za-z0-9_.\-]{1,40})
        (?P<sign>\\*["']?\s*(?:=>|=|:)\s*)
        (?P<value>\\*"(?:[^"\\]|\\[^"])*\\*"|'[^']*'|[^\s&,;"'{}\[\])]+)""",
    re.VERBOSE | re.IGNORECASE,
)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MASKED = re.compile(r"~[0-9a-f]{12}")
_DONE = re.compile(r"fp:[0-9a-f]{12}")
_PLAIN = re.compile(r"(?:\d{1,4}|true|false|null|undefined|none|object|string|function)\Z", re.I)
_SEPARATORS = re.compile(r"[&;]")


def mark(value: str) -> str:
    """Return what stands for a credential: ``fp:`` and its fingerprint."""
    return f"fp:{fingerprint(value)}"


def treatment(name: str) -> Callable[[str], str] | None:
    """Return what happens to a value of this name: marked, concealed, or nothing by name alone.

    Letter case, hyphens, underscores and percent-encoding in the name make no difference.
    """
    plain = re.sub(r"[^a-z]", "", unquote(name).lower())
    if plain in CONCEALED or plain.endswith(_CONCEALED_ENDINGS):
        return lambda value: HIDDEN
    if plain in MARKED or plain.endswith(_MARKED_ENDINGS):
        return mark
    return None


def looks_secret(text: str) -> bool:
    """Tell whether a whole value has the shape of a credential: JOSE, PEM, or long and opaque."""
    found = _SHAPES.fullmatch(text)
    return bool(_PEM.match(text)) or (found is not None and _is_opaque(text))


def _is_opaque(text: str) -> bool:
    """Tell chance from words: JOSE always; else digits and letters of both cases, or hexadecimal."""
    if re.fullmatch(_JOSE, text) or re.fullmatch(_PARTS, text):
        return True
    kinds = (any(c.isdigit() for c in text), any(c.islower() for c in text), any(c.isupper() for c in text))
    return all(kinds) or (len(text) >= 32 and re.fullmatch(r"[0-9a-fA-F-]+", text) is not None)


@dataclass(frozen=True)
class Address:
    """A URL taken apart.

    Attributes:
        text: The redacted URL: origin, path and parameter names; values only as fingerprints.
        fingerprints: Of every parameter that has the name or the shape of a credential.
    """

    text: str
    fingerprints: tuple[str, ...]


def address(url: str) -> Address:
    """Take a URL apart: origin, path and names stay, values go (RFC 3986 section 3).

    A value that is masked already (``~`` and a fingerprint, as the recorder's script writes it) keeps its
    fingerprint. ``data:``, ``blob:`` and ``javascript:`` keep their kind only.
    """
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if not colon or not re.fullmatch(r"[a-z][a-z0-9+.-]*", scheme):
        return _relative(url)
    if scheme == "about":
        # Firefox's own error page says in e= why a frame was refused.
        reason = re.match(r"neterror\?e=([A-Za-z]{1,40})(?:&|$)", rest)
        return Address(f"about:{reason[0].rstrip('&') if reason else re.split('[?#]', rest)[0][:40]}", ())
    if scheme == "data":
        return Address(f"data:{re.split('[;,]', rest)[0][:60]},{HIDDEN}", ())
    if scheme == "blob":
        return Address(f"blob:{_origin(rest)}/{HIDDEN}", ())
    if not rest.startswith("//"):
        return Address(f"{scheme}:{HIDDEN}", ())
    host, tail = re.match(r"//([^/?#]*)(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr] # always
    inner = _relative(tail)
    # Whoever writes a password into an address writes it before the @.
    return Address(f"{scheme}://{host.rpartition('@')[2][:260]}{inner.text}", inner.fingerprints)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts.netloc else HIDDEN


def _relative(tail: str) -> Address:
    """Redact path, query and fragment."""
    before, hash_, fragment = tail.partition("#")
    path, question, query = before.partition("?")
    shown, marks = _path(path)
    for sign, part in ((question, query), (hash_, fragment)):
        if sign:
            text, more = _parameters(part, lone_path=sign == "#")
            shown, marks = shown + sign + text, marks + more
    return Address(shown, tuple(dict.fromkeys(marks)))


def _path(path: str) -> tuple[str, list[str]]:
    """Redact a path; parameters glued to it with ``&`` or ``;`` are treated as parameters."""
    plain, glue, glued = _split_glued(path)
    segments, marks = [], []
    for segment in plain.split("/"):
        if looks_secret(unquote(segment)):
            marks.append(fingerprint(unquote(segment)))
            segments.append(mark(unquote(segment)))
        else:
            segments.append(_EMAIL.sub(HIDDEN, segment)[:120])
    text, more = _parameters(glued) if glue else ("", [])
    return "/".join(segments) + glue + text, marks + more


def _split_glued(path: str) -> tuple[str, str, str]:
    found = _SEPARATORS.search(path)
    return (path[: found.start()], found[0], path[found.end() :]) if found else (path, "", "")


def _parameters(encoded: str, *, lone_path: bool = False) -> tuple[str, list[str]]:
    """Redact ``a=1&b=2``; a fragment that is a route of a single-page application stays a path."""
    if lone_path and encoded.startswith(("/", "!/")):
        inner = _relative(encoded)
        return inner.text, list(inner.fingerprints)
    shown, marks = [], []
    for part in _SEPARATORS.split(encoded)[:60]:
        name, equals, value = part.partition("=")
        if not equals:
            shown.append(HIDDEN if part else "")
            marks += [fingerprint(unquote_plus(part))] if looks_secret(unquote_plus(part)) else []
            continue
        text, fingerprints = _value(name, value)
        plain_name = re.sub(r"[^\w.\[\]-]", "", unquote_plus(name))[:60]
        if looks_secret(plain_name):
            plain_name = HIDDEN
        shown.append(f"{plain_name}={text}")
        marks += fingerprints
    return "&".join(shown), marks


def _value(name: str, value: str) -> tuple[str, list[str]]:
    """Return what a parameter's value becomes, and its fingerprints."""
    if _MASKED.fullmatch(value):
        known = value[1:]
        return (f"fp:{known}", [known]) if treatment(name) is mark else (HIDDEN, [known])
    decoded = unquote_plus(value)
    if _DONE.fullmatch(decoded):
        return decoded, [decoded[3:]]
    if decoded in WORDS.get(unquote_plus(name), ()):
        return decoded, []
    treated = treatment(name)
    if treated is mark or (treated is None and looks_secret(decoded)):
        return (mark(decoded), [fingerprint(decoded)]) if decoded else ("", [])
    return (HIDDEN if decoded else ""), []


def member_names(encoded: str | None) -> list[str]:
    """Return the names of the members of a form or a JSON object, each once, at most 30."""
    names = (name for name, _ in _members(encoded or "") if name)
    return list(dict.fromkeys(names))[:30]


class Redactor:
    """Redacts what one case saw; what it has learned to be secret is found wherever it turns up.

    Args:
        secrets: Values that are secret from the start, as passwords and client secrets.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: dict[str, str] = {}
        for secret in secrets:
            self.learn(secret, mark_it=False)

    def learn(self, value: str, *, mark_it: bool = True) -> None:
        """Remember a secret value; anything shorter than six characters would hide ordinary text."""
        if len(value) < 6 or _PLAIN.match(value) or _is_known_word(value):
            return
        shown = mark(value) if mark_it else HIDDEN
        for form in _forms(value):
            self._known.setdefault(form, shown)

    def learn_cookie(self, value: str) -> None:
        """Remember a cookie's value, unless it is an ordinary word, as a consent banner's."""
        if len(value) >= 16 or looks_secret(value):
            self.learn(value)

    def learn_from(self, encoded: str | None) -> None:
        """Learn the credentials of a URL, a form, or a JSON text, as far as their names give them away."""
        for name, value in _members(encoded or ""):
            treated = treatment(name)
            if treated is not None:
                self.learn(value, mark_it=treated is mark)

    def url(self, url: str) -> str:
        """Return a URL's origin, path and parameter names."""
        return self._without_known(address(_whole(url)).text)

    def text(self, text: str, *, limit: int = 600) -> str:
        """Return free text without credentials, at most ``limit`` characters."""
        return _text(self._without_known(_whole(text[:20_000])))[:limit]

    def fingerprints(self, text: str | None) -> tuple[str, ...]:
        """Return the fingerprints of the credentials in a URL, a form, a JSON text or free text."""
        if not text:
            return ()
        encoded = text.lstrip()[:1] in ("{", "[") or not re.search(r"\s", text)
        members = _members(text) if encoded else ()
        found = [fingerprint(value) for name, value in members if _counts(name, value)]
        redacted = self.text(text, limit=20_000)
        return tuple(dict.fromkeys([*found, *(hit[3:] for hit in _DONE.findall(redacted))]))

    def seal(self, value: Any) -> Any:
        """Return data with every known secret replaced, whatever the member's name: the last gate."""
        if not self._holds_known(json.dumps(value, ensure_ascii=False)):
            return value
        if isinstance(value, str):
            return self._without_known(value)
        if isinstance(value, Mapping):
            return {self._without_known(str(name)): self.seal(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.seal(item) for item in value]
        return value

    def _holds_known(self, text: str) -> bool:
        return any(known in text for known in self._known)

    def _without_known(self, text: str) -> str:
        if self._holds_known(text):
            for known in sorted(self._known, key=len, reverse=True):
                text = text.replace(known, self._known[known])
        return text


def _whole(text: str) -> str:
    """Return text that UTF-8 can hold: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _is_known_word(value: str) -> bool:
    """Tell a registered word or an address from a secret: hiding it everywhere would hide the facts."""
    return any(value in words for words in WORDS.values()) or value.startswith(("https://", "http://"))


def _forms(value: str) -> set[str]:
    """Return the encodings in which a value may turn up in text."""
    as_json = json.dumps(value)[1:-1]
    return {value, quote(value, safe=""), quote_plus(value), as_json, html.escape(value)}


def _counts(name: str, value: str) -> bool:
    treated = treatment(name)
    return bool(value) and (treated is mark or (treated is None and looks_secret(value)))


def _members(encoded: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of a URL's parameters, a form's fields, or a JSON text's members."""
    if encoded.lstrip()[:1] in ("{", "["):
        try:
            yield from _leaves("", json.loads(encoded))
        except (ValueError, RecursionError):
            return
        return
    _, question, query = encoded.partition("?")
    for part in re.split("[?#]", query if question else encoded):
        yield from parse_qsl(part, keep_blank_values=True, separator="&", errors="replace")


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
        if value[:1] in ("{", "["):
            yield from _members(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(str(key), item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(name, item)


def _text(text: str) -> str:
    for _ in range(3):
        # Nested percent-encoding hides names from the rules below.
        text = unquote(text) if "%" in text else text
    for pattern, replace in _TEXT_RULES:
        text = pattern.sub(replace, text)
    return text


def _pair(found: re.Match[str]) -> str:
    treated, value = treatment(found["name"]), found["value"].strip("\\\"'")
    if treated is None:
        # The value may hold a pair of its own: "Error: code=…".
        return found["name"] + found["sign"] + _PAIR.sub(_pair, found["value"])
    if not value or _PLAIN.match(value) or _DONE.fullmatch(value) or value == HIDDEN:
        return found[0]
    return found["name"] + found["sign"] + treated(value)


def _shape(found: re.Match[str]) -> str:
    return mark(found[0]) if _is_opaque(found[0].rstrip("=")) else found[0]


_TEXT_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str] | str], ...] = (
    (_PEM, HIDDEN),
    (_HEADER, rf"\1\2{HIDDEN}"),
    (_BEARER, rf"\1 {HIDDEN}"),
    (_ADDRESS, lambda found: address(found[0]).text),
    (_PAIR, _pair),
    (_SHAPES, _shape),
    (_EMAIL, HIDDEN),
)

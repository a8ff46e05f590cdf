"""What one case saw, without what it has learned to be secret."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from harness.protocol.fingerprint import fingerprint
from harness.redact.addresses import DONE, address
from harness.redact.known import Known, decoded, in_base64
from harness.redact.names import HIDDEN, WORDS, mark, treatment
from harness.redact.shapes import looks_secret
from harness.redact.text import PLAIN, redacted, whole


def member_names(encoded: str | None) -> list[str]:
    """Return the names of the members of a form or a JSON object, each once, at most 30."""
    names = (name for name, _ in _members(encoded or "") if name)
    return list(dict.fromkeys(names))[:30]


_COOKIE = re.compile(r"((?:__(?:Host|Secure)-)?(?:[A-Za-z]{1,20}[-_.])*)(.+)", re.DOTALL)

SHORTEST_SECRET = 6
SHORTEST_WORD = 4
"""A password or PIN that is shorter than a secret is found as a whole word."""

SHORTEST_PERSONAL = 3
FEW = 40
"""How many beginnings are looked for one by one; of more, each piece of a text is looked up among them."""

REMEMBERED = 4000
"""How many short texts are worked out once only: every response says the same in most of its headers."""


class Redactor:
    """Redacts what one case saw; what it has learned to be secret is found wherever it turns up.

    Args:
        secrets: Values that are secret from the start, as passwords and client secrets.
        key: Makes the marks of values that can be guessed, as passwords and names are: the same value has the
            same mark under one key, and nobody without the key can try words until the mark fits. Without a
            key nothing is kept of them.
    """

    def __init__(self, secrets: Iterable[str] = (), *, key: bytes | None = None) -> None:
        self._known: dict[str, Known] = {}
        # By how the part begins that no notation changes: a recording of a big page knows thousands, and most
        # text holds none.
        self._beginnings: dict[str, list[Known]] = {}
        self._others: list[Known] = []
        self._people: dict[str, Known] = {}
        self._memory: dict[str, str] = {}
        self._key = key
        for secret in secrets:
            self.learn(secret, mark_it=False)
            for encoded in () if _is_known_word(secret) else in_base64(secret):
                self._add(Known(encoded, HIDDEN))

    def learn(self, value: str, *, mark_it: bool = True) -> None:
        """Remember a secret value, so that it is found in every notation.

        Anything shorter than six characters would hide ordinary text, and is not remembered; a password or a
        PIN, which can be guessed and has no mark, is from four on, and found as a whole word then.
        """
        short = len(value) < SHORTEST_SECRET
        if short and (mark_it or len(value) < SHORTEST_WORD or not any(map(str.isalnum, value))):
            return
        if (PLAIN.match(value) and not (short and value.isdigit())) or _is_known_word(value):
            return
        value = whole(value)  # a script may cut a text in the middle of a character
        self._add(Known(value, mark(value) if mark_it else self._veil(value), as_word=short))

    def _add(self, known: Known) -> None:
        if known.value in self._known:
            return
        self._memory.clear()
        self._known[known.value] = known
        if len(known.piece) < SHORTEST_SECRET:
            self._others.append(known)
        else:
            self._beginnings.setdefault(known.piece[:SHORTEST_SECRET], []).append(known)

    def learn_person(self, value: str) -> None:
        """Remember a value that says something about a person; it is found as a whole word only."""
        if len(value) >= SHORTEST_PERSONAL and not PLAIN.match(value) and not _is_known_word(value):
            self._memory.clear()
            value = whole(value)
            self._people.setdefault(value, Known(value, self._veil(value), as_word=True))

    def _veil(self, value: str) -> str:
        """Return what stands for a value that can be guessed."""
        if self._key is None:
            return HIDDEN
        return f"~{hmac.new(self._key, whole(value).encode(), 'sha256').hexdigest()[:8]}"

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
        # Before it is taken apart too: what separates parameters may stand in a secret.
        return self._without_known(address(self._without_known(whole(url))).text)

    def text(self, text: str, *, limit: int = 600) -> str:
        """Return free text without credentials, at most ``limit`` characters."""
        return self.body(text[:20_000])[:limit]

    def body(self, text: str) -> str:
        """Return free text of any length without credentials."""
        if (known := self._memory.get(text)) is not None:
            return known
        shown = redacted(self._without_known(whole(text)))
        if "%" in text:
            # The rules have decoded it, and what is there now has not been looked at.
            shown = self._without_known(shown)
        if len(text) <= REMEMBERED and len(self._memory) < REMEMBERED:
            self._memory[text] = shown
        return shown

    def fingerprints(self, text: str | None) -> tuple[str, ...]:
        """Return the fingerprints of the credentials in a URL, a form, a JSON text or free text."""
        if not text:
            return ()
        encoded = text.lstrip()[:1] in ("{", "[") or not re.search(r"\s", text)
        members = _members(text) if encoded else ()
        found = [fingerprint(value) for name, value in members if _counts(name, value)]
        redacted = self.text(text, limit=20_000)
        return tuple(dict.fromkeys([*found, *(hit[3:] for hit in DONE.findall(redacted))]))

    def seal(self, value: Any) -> Any:
        """Return data with every known secret replaced, whatever the member's name: the last gate."""
        if not any(self._holds_known(text) for text in _strings(value)):
            return value
        if isinstance(value, str):
            return self._without_known(value)
        if isinstance(value, Mapping):
            return {self._without_known(str(name)): self.seal(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.seal(item) for item in value]
        return value

    def holds_credential(self, text: str) -> bool:
        """Tell whether a known credential stands in text, in any notation."""
        return bool(self._found(text)) or self._is_under_layers(text)

    def _is_under_layers(self, text: str) -> bool:
        return (plain := decoded(text)) != text and any(known.is_under(plain) for known in self._begun(plain))

    def _found(self, text: str) -> list[Known]:
        """Return the known credentials that stand in text, the longest first."""
        found = [known for known in self._begun(text) if known.stands_in(text)]
        return sorted(found, key=lambda known: len(known.value), reverse=True)

    def _begun(self, text: str) -> Iterator[Known]:
        """Yield the known credentials of which a part may stand in text."""
        if len(self._beginnings) > FEW:
            pieces = {text[at : at + SHORTEST_SECRET] for at in range(len(text) - SHORTEST_SECRET + 1)}
            begun = self._beginnings.keys() & pieces
        else:
            begun = {one for one in self._beginnings if one in text}
        yield from self._others
        for one in begun:
            yield from self._beginnings[one]

    def cookie_name(self, name: str) -> str:
        """Return a cookie's name; what is random in it, as of one for a single transaction, as a mark."""
        found = _COOKIE.fullmatch(name[:200])
        if found is None:
            return ""
        words, rest = found.groups()
        return words + (mark(rest) if looks_secret(rest) else self.text(rest, limit=120))

    def _holds_known(self, text: str) -> bool:
        return self.holds_credential(text) or any(known.stands_in(text) for known in self._people.values())

    def _without_known(self, text: str) -> str:
        for known in self._found(text):
            text = known.hidden_in(text)
        for known in sorted(self._people.values(), key=lambda known: len(known.value), reverse=True):
            if known.stands_in(text):
                text = known.hidden_in(text)
        # Where one is written in a way that is not looked for in place, nothing is left of the whole.
        return HIDDEN if self._is_under_layers(text) else text


def _is_known_word(value: str) -> bool:
    """Tell a registered word or an address from a secret: hiding it everywhere would hide the facts."""
    return any(value in words for words in WORDS.values()) or value.startswith(("https://", "http://"))


def _strings(value: Any) -> Iterator[str]:
    """Yield every string in data as it is, names of members among them: a dump of it would escape them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield str(name)
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


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

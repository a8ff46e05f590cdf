"""Sessions that people signed in to once, kept encrypted for later runs of the same configuration file.

A file has one line that says whose session it is and until when, and one line of AES-256-GCM over what the
browser kept; the first line is the associated data, so that neither can be moved to another page, engine or
account, nor be made to last longer (NIST SP 800-38D).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime
import hashlib
import json
import os
import re
import secrets
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness.errors import HarnessError, UsageError

KEY = "HARNESS_SESSION_KEY"
KEY_OCTETS = 32
NONCE_OCTETS = 12
VERSION = 1
_LATEST = 2.0**36
"""Seconds since the epoch, in the year 4147: what is later is no moment that anybody meant."""


State = Mapping[str, Any]
"""What a browser keeps: cookies and storage, as Playwright gives it."""


class SessionUnusable(HarnessError):
    """A kept session that cannot be used, with the sentence that says why."""

    exit_code = 2


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose a session is.

    Attributes:
        origin: The brand's page's origin.
        engine: The engine that it was made in.
        account: Who signed in.
    """

    origin: str
    engine: str
    account: str


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A session.

    Attributes:
        state: What the browser kept.
        at: When it was kept, in seconds since the epoch.
        until: Until when it is used.
    """

    state: State = field(repr=False)
    at: float
    until: float


def state_folder(environment: Mapping[str, str] = os.environ, system: str = sys.platform) -> Path:
    """Return where what outlives a run is kept for this user.

    ``$XDG_STATE_HOME`` counts everywhere (XDG Base Directory Specification); without it each system has a
    place of its own, the same that the library platformdirs names.
    """
    named = Path(environment.get("XDG_STATE_HOME", ""))
    local = Path(environment.get("LOCALAPPDATA", ""))
    usual = {
        "darwin": Path.home() / "Library" / "Application Support",
        "win32": local if local.is_absolute() else Path.home() / "AppData" / "Local",
    }
    base = named if named.is_absolute() else usual.get(system, Path.home() / ".local" / "state")
    return base / "consumer-auth-harness"


class KeptSessions:
    """The sessions that belong to one configuration file.

    Args:
        file: The configuration file; it need not be there any more.
        environment: Where the key may be.
    """

    def __init__(self, file: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._environment = environment
        self._root = state_folder(environment)
        name = re.sub(r"[^A-Za-z0-9_-]", "-", file.stem)[:40]
        mark = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:16]
        self._folder = self._root / "sessions" / f"{name}-{mark}"

    @property
    def key_said(self) -> str:
        """Where the key is, in words."""
        return f"the environment variable {KEY}" if KEY in self._environment else f"{self._key_file}"

    @property
    def _key_file(self) -> Path:
        return self._root / "session.key"

    def prepare(self) -> None:
        """See that a session can be kept, before anybody signs in: the folders, and a key.

        Raises:
            UsageError: When there is no good key, or nothing can be written.
        """
        try:
            for folder in (self._root, self._folder.parent, self._folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
            self._key(make=True)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"the session cannot be kept in {self._folder}: {error.strerror}")

    def keep(self, owner: Owner, state: State, *, now: float, until: float) -> Path:
        """Keep a session, in the place of an earlier one.

        Raises:
            UsageError: When there is no good key, or nothing can be written.
        """
        self.prepare()
        about = _about(owner, now, until)
        try:
            nonce = secrets.token_bytes(NONCE_OCTETS)
            sealed = AESGCM(self._key()).encrypt(nonce, json.dumps(state).encode(), about)
            path = self._path(owner)
            part = path.with_suffix(f".{secrets.token_hex(4)}.part")
            _write_privately(part, about + b"\n" + base64.b64encode(nonce + sealed) + b"\n")
            part.replace(path)
        except OSError as error:
            raise self._unwritable(error) from None
        return path

    def find(self, owner: Owner, *, now: float) -> Kept | None:
        """Return the session of somebody, ``None`` where none was kept.

        Raises:
            SessionUnusable: When there is one that is not good, or not good any more.
        """
        try:
            first, _, second = self._path(owner).read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(owner, f"cannot be read: {error.strerror}") from None
        about = _read(owner, first)
        if about["origin"] != owner.origin:
            raise _unusable(owner, f"was made for {about['origin']}, and the page is at {owner.origin} now")
        if now >= about["until"]:
            raise _unusable(owner, f"expired at {moment(about['until'])}")
        try:
            sealed = base64.b64decode(second.rstrip(), validate=True)
            # The owner's own words, so that a file under another's name does not open.
            told = _about(owner, about["at"], about["until"])
            plain = AESGCM(self._key()).decrypt(sealed[:NONCE_OCTETS], sealed[NONCE_OCTETS:], told)
            return Kept(state=json.loads(plain), at=about["at"], until=about["until"])
        except (InvalidTag, ValueError, RecursionError):
            raise _unusable(owner, f"cannot be opened with the key in {self.key_said}") from None
        except OSError as error:
            raise _unusable(owner, f"has lost its key: {self._key_file}: {error.strerror}") from None

    def forget(self) -> int:
        """Remove every session of the file and return how many there were."""
        found = sorted(self._folder.glob("*.session")) if self._folder.is_dir() else []
        for path in found:
            path.unlink(missing_ok=True)
        return len(found)

    def _path(self, owner: Owner) -> Path:
        return self._folder / f"{owner.engine}-{owner.account}.session"

    def _key(self, *, make: bool = False) -> bytes:
        if (text := self._environment.get(KEY)) is not None:
            return _key_of(text, f"the environment variable {KEY}")
        if make:
            with contextlib.suppress(FileExistsError):
                _write_privately(self._key_file, base64.b64encode(secrets.token_bytes(KEY_OCTETS)))
        if os.name == "posix" and self._key_file.stat().st_mode & 0o077:
            raise UsageError(
                f"{self._key_file} can be read by others; chmod 600 it, or remove it and sign in anew"
            )
        return _key_of(self._key_file.read_text("ascii", "replace"), str(self._key_file))


def _key_of(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(
            text.strip(), altchars=b"-_" if set(text) & {"-", "_"} else None, validate=True
        )
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_OCTETS:
        raise UsageError(
            f"{where} holds no key; it takes {KEY_OCTETS} octets in base64, as openssl rand -base64 32 prints"
        )
    return key


def _about(owner: Owner, at: float, until: float) -> bytes:
    return json.dumps({"version": VERSION, **asdict(owner), "at": at, "until": until}).encode()


def _read(owner: Owner, line: bytes) -> dict[str, Any]:
    """Return what a session's first line says, once it is known to be one."""
    try:
        about = json.loads(line)
    except (ValueError, RecursionError):
        about = None
    numbers = isinstance(about, dict) and all(
        isinstance(about.get(one), int | float) and 0 <= about[one] < _LATEST for one in ("at", "until")
    )
    if not numbers or about.get("version") != VERSION or not isinstance(about.get("origin"), str):
        raise _unusable(owner, "is in no form that this version knows")
    return dict(about)


def _unusable(owner: Owner, why: str) -> SessionUnusable:
    return SessionUnusable(f"the kept session of {owner.account} in {owner.engine} {why}")


def _write_privately(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def moment(seconds: float) -> str:
    """Return a moment in local time, to the minute, as a person reads it."""
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")

"""Kept sessions: for their owner's eyes only, for one page, engine and account, and not for ever."""

from __future__ import annotations

import base64
import json
import re
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.kept_sessions import KEY, KeptSessions, Owner, SessionUnusable, moment, state_folder

NOW = 1_795_176_000.0
ALICE = Owner(origin="https://www.acme.example", engine="chromium", account="alice")
STATE = {"cookies": [{"name": "sid", "value": "a-secret-word"}], "origins": []}
OTHER_KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give an environment with a data folder of its own and no key."""
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def kept(tmp_path: Path, environment: dict[str, str]) -> KeptSessions:
    """Give the sessions of a file."""
    return KeptSessions(tmp_path / "brand.toml", environment)


def test_what_was_kept_is_found_again(kept: KeptSessions) -> None:
    """With the times that it was kept for; a later one takes its place."""
    kept.keep(ALICE, {"cookies": []}, now=NOW, until=NOW + 5)
    kept.keep(ALICE, STATE, now=NOW + 1, until=NOW + 60)
    found = kept.find(ALICE, now=NOW + 59)

    assert found is not None
    assert (STATE, NOW + 1, NOW + 60) == (found.state, found.at, found.until)
    assert "a-secret-word" not in repr(found)


def test_nothing_is_found_where_nothing_was_kept(kept: KeptSessions) -> None:
    """Of nobody, and not of somebody else."""
    assert kept.find(ALICE, now=NOW) is None
    kept.keep(ALICE, STATE, now=NOW, until=NOW + 60)

    assert kept.find(replace(ALICE, account="bob"), now=NOW) is None
    assert kept.find(replace(ALICE, engine="firefox"), now=NOW) is None


def test_nobody_else_can_read_any_of_it(kept: KeptSessions, environment: dict[str, str]) -> None:
    """Files 0600 in folders 0700, and no word of the session in the file."""
    path = kept.keep(ALICE, STATE, now=NOW, until=NOW + 60)
    root = state_folder(environment)
    modes = {stat.S_IMODE(one.stat().st_mode) for one in root.rglob("*") if one.is_file()}
    folders = {stat.S_IMODE(one.stat().st_mode) for one in (root, *root.rglob("*")) if one.is_dir()}

    assert ({0o600}, {0o700}) == (modes, folders)
    assert b"a-secret-word" not in path.read_bytes()
    assert base64.b64encode(b"a-secret-word")[:12] not in path.read_bytes()


def test_an_expired_session_is_not_used(kept: KeptSessions) -> None:
    """When it ended is said."""
    kept.keep(ALICE, STATE, now=NOW, until=NOW + 60)

    with pytest.raises(
        SessionUnusable,
        match=re.escape(f"the kept session of alice in chromium expired at {moment(NOW + 60)}"),
    ):
        kept.find(ALICE, now=NOW + 60)


def test_a_session_of_another_page_is_not_used(kept: KeptSessions) -> None:
    """Both pages are named."""
    kept.keep(ALICE, STATE, now=NOW, until=NOW + 60)

    with pytest.raises(
        SessionUnusable, match=r"was made for https://www\.acme\.example, and the page is at https://b\.test"
    ):
        kept.find(replace(ALICE, origin="https://b.test"), now=NOW)


@pytest.mark.parametrize(
    ("key", "value"), [("until", NOW + 10**6), ("origin", "https://b.test"), ("at", NOW - 5)]
)
def test_a_session_that_was_altered_does_not_open(key: str, value: object, kept: KeptSessions) -> None:
    """Its first line is bound to what is sealed."""
    path = kept.keep(ALICE, STATE, now=NOW, until=NOW + 60)
    first, second = path.read_text().splitlines()
    about = {**json.loads(first), key: value}
    path.write_text(f"{json.dumps(about)}\n{second}\n")
    asked = replace(ALICE, origin=about["origin"])

    with pytest.raises(SessionUnusable, match="cannot be opened with the key in"):
        kept.find(asked, now=NOW)


@pytest.mark.parametrize("other", [replace(ALICE, account="bob"), replace(ALICE, engine="firefox")])
def test_a_session_under_another_s_name_does_not_open(other: Owner, kept: KeptSessions) -> None:
    """Renaming the file makes nobody somebody else."""
    path = kept.keep(ALICE, STATE, now=NOW, until=NOW + 60)
    path.rename(path.with_name(f"{other.engine}-{other.account}.session"))

    with pytest.raises(SessionUnusable, match="cannot be opened"):
        kept.find(other, now=NOW)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}\nAAAA",
        b'{"version": 2, "at": 1, "until": 2}\n',
        b"\xff\n",
        pytest.param(b"[" * 100_000, id="deep"),
        b'{"version": 1, "origin": "", "at": 1, "until": NaN}\n',
        b'{"version": 1, "origin": "", "at": 1, "until": 1e300}\n',
        b'{"version": 1, "origin": "", "at": -1e300, "until": 2}\n',
    ],
)
def test_a_file_that_is_no_session_is_one_sentence(content: bytes, kept: KeptSessions) -> None:
    """Whatever it holds."""
    kept.keep(ALICE, STATE, now=NOW, until=NOW + 60).write_bytes(content)

    with pytest.raises(SessionUnusable, match="is in no form that this version knows"):
        kept.find(ALICE, now=NOW)


def test_a_key_may_come_from_the_environment(tmp_path: Path, environment: dict[str, str]) -> None:
    """It opens what it sealed, no other does, and no key file is made."""
    file = tmp_path / "brand.toml"
    own = KeptSessions(file, {**environment, KEY: OTHER_KEY})
    own.keep(ALICE, STATE, now=NOW, until=NOW + 60)

    assert own.find(ALICE, now=NOW) is not None
    assert "the environment variable HARNESS_SESSION_KEY" == own.key_said
    assert [] == list(state_folder(environment).glob("*.key"))
    with pytest.raises(SessionUnusable, match=r"has lost its key: .*session\.key: No such file"):
        KeptSessions(file, environment).find(ALICE, now=NOW)


@pytest.mark.parametrize("text", ["", "hunter2-hunter2", base64.b64encode(bytes(31)).decode()])
def test_a_key_that_is_none_is_one_sentence(text: str, tmp_path: Path, environment: dict[str, str]) -> None:
    """Before anybody signs in, and without the key in it."""
    with pytest.raises(UsageError) as raised:
        KeptSessions(tmp_path / "brand.toml", {**environment, KEY: text}).prepare()

    assert (
        "the environment variable HARNESS_SESSION_KEY holds no key; it takes 32 octets in base64, as openssl "
        "rand -base64 32 prints"
    ) == str(raised.value)


def test_a_key_file_that_others_can_read_is_not_used(kept: KeptSessions, environment: dict[str, str]) -> None:
    """With what to do about it."""
    kept.prepare()
    key = state_folder(environment) / "session.key"
    key.chmod(0o644)

    with pytest.raises(UsageError, match=r"session\.key can be read by others; chmod 600 it"):
        kept.prepare()


def test_sessions_are_forgotten(tmp_path: Path, environment: dict[str, str], kept: KeptSessions) -> None:
    """Every one of the file, and none of another file with the same name."""
    other = KeptSessions(tmp_path / "elsewhere" / "brand.toml", environment)
    for sessions in (kept, other):
        sessions.keep(ALICE, STATE, now=NOW, until=NOW + 60)
        sessions.keep(replace(ALICE, account="bob"), STATE, now=NOW, until=NOW + 60)

    assert (2, 0) == (kept.forget(), kept.forget())
    assert kept.find(ALICE, now=NOW) is None
    assert other.find(ALICE, now=NOW) is not None


def test_a_data_folder_that_is_relative_is_not_used() -> None:
    """As the specification says."""
    expected = Path.home() / ".local" / "state" / "consumer-auth-harness"

    assert {expected} == {state_folder({}, "linux"), state_folder({"XDG_STATE_HOME": "state"}, "linux")}


def test_other_systems_have_their_own_data_folder(tmp_path: Path) -> None:
    """As macOS and Windows have it, unless XDG's variable names one."""
    mac = Path.home() / "Library" / "Application Support" / "consumer-auth-harness"
    windows = state_folder({"LOCALAPPDATA": str(tmp_path)}, "win32")
    named = {state_folder({"XDG_STATE_HOME": str(tmp_path)}, one) for one in ("darwin", "win32", "linux")}

    assert mac == state_folder({}, "darwin")
    assert {tmp_path / "consumer-auth-harness"} == {windows, *named}

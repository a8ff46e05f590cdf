"""``harness init``: the file that it writes, and when it writes none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness import config_file
from harness.cli import cli
from harness.clock import SystemClock
from harness.config import Config
from harness.server import RunningServer, running

ISSUER = "https://login.acme.example"
ACME = {
    "issuer": ISSUER,
    "flow": "code-pkce",
    "authorization-endpoint": f"{ISSUER}/authorize",
    "token-endpoint": f"{ISSUER}/token",
    "keys": f"{ISSUER}/jwks",
    "client-id": "platform",
    "page": "https://www.acme.example/account",
    "username": 'al"ice\\',
}


def init(*arguments: str, **options: str | None) -> Result:
    """Run the command without a terminal."""
    pairs = [(f"--{name.replace('_', '-')}", value) for name, value in options.items() if value is not None]
    return CliRunner().invoke(cli, ["init", *arguments, *itertools.chain(*pairs)])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The sample's authorization server, which has a discovery document."""
    with running(Config(), folder=tmp_path_factory.mktemp("server"), clock=SystemClock()) as started:
        yield started


@pytest.fixture
def reached(server: RunningServer, tmp_path: Path) -> Callable[[str], list[str]]:
    """Return the options by which a host of the server is reached."""
    ca = tmp_path / "ca.pem"
    ca.write_bytes(server.tls.ca_pem)

    def options(host: str) -> list[str]:
        address = server.names.resolve(host, 443)
        assert address is not None
        return ["--map", f"{host}={address[0]}:{address[1]}", "--ca", str(ca)]

    return options


def test_the_issuer_fills_in_the_rest(tmp_path: Path, reached: Callable[[str], list[str]]) -> None:
    """Three answers are enough, and nobody but the issuer could be contacted: no other name is mapped."""
    file = tmp_path / "brand.toml"
    done = init(
        *(str(file), "--yes", *reached("login.brand.test")),
        issuer="https://login.brand.test",
        client_id="platform-code-pkce",
        page="https://www.brand.test/account",
    )
    config = config_file.read(file)

    (connector,) = config.connectors
    assert 0 == done.exit_code
    assert f"{file}\n" == done.stdout
    assert "code-pkce" == connector.flow
    assert "https://login.brand.test/token" == connector.token_endpoint
    assert "https://login.brand.test/jwks" == connector.jwks_uri
    assert ("embedded", "popup") == config.matrix.surfaces
    assert f"harness preflight {file}" in done.stderr
    assert "ca.pem" == file.read_text("utf-8").partition('ca = "')[2].partition('"')[0]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"username": None},
        {"launcher": "Chat with us", "tag": "inject", "js-method": "auth.getToken", "mode": None},
        {"tag": "https://tag.acme.example/t.js?site=*", "authorization-endpoint": None},
        {"flow": "implicit-jwe", "token-endpoint": None},
        {"client-secret-env": "ACME_SECRET", "account": "bob"},
        {"flow": "implicit", "token-endpoint": None, "page-method": "provider", "js-method": "zE"},
        {
            "flow": "code",
            "page-method": "push",
            "js-method": "chat.push",
            "expiry-event": "onTokenExpired",
        },
    ],
)
def test_whatever_is_answered_reads_back(more: dict[str, str | None], tmp_path: Path) -> None:
    """The file is one that the harness accepts, and says what was said."""
    file = tmp_path / "brand.toml"
    given = {key: value for key, value in {**ACME, **more}.items() if key != "mode"}
    done = init(str(file), "--yes", "--no-discovery", **given)
    config = config_file.read(file, unset=("connector", "login"))

    assert (0, None) == (done.exit_code, done.exception)
    assert config.brand is not None
    assert given["page"] == config.brand.page
    assert given["flow"] == config.connectors[0].flow
    assert bool(given["username"]) == bool(config.logins)
    assert (given["authorization-endpoint"] is not None) == ("popup" in config.matrix.surfaces)
    assert (given.get("js-method") or "lpGetAuthenticationToken") == config.connectors[0].js_method
    assert (given.get("page-method") or "named") == config.connectors[0].page_method
    assert (given.get("expiry-event") or "") == config.connectors[0].expiry_event


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    """Before a single question."""
    file = tmp_path / "brand.toml"
    file.write_text("mine")
    done = init(str(file))

    assert f"{file} exists already and is not overwritten; name another file, as harness init other.toml" == (
        str(done.exception)
    )
    assert "mine" == file.read_text()


def test_a_link_to_nothing_is_there_too(tmp_path: Path) -> None:
    """Nothing is written where it leads."""
    file = tmp_path / "brand.toml"
    file.symlink_to(tmp_path / "elsewhere.toml")
    done = init(str(file))

    assert f"{file} exists already and is not overwritten" in str(done.exception)
    assert [file] == list(tmp_path.iterdir())


def test_answers_that_cannot_work_leave_no_file(tmp_path: Path) -> None:
    """One sentence, and nothing half-written."""
    done = init(str(tmp_path / "brand.toml"), "--yes", "--no-discovery", **{**ACME, "page": "acme"})

    assert str(done.exception).startswith("--page: 'acme' is no https URL")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (("--map", "login.acme.example"), "--map: map holds login.acme.example = ''"),
        (("--proxy-env", "NOT_SET_ANYWHERE"), "--proxy-env: the environment variable NOT_SET_ANYWHERE is"),
        (("--proxy-env", "http://user:secret@proxy"), "--proxy-env: that is no name of an environment"),
    ],
)
def test_a_network_that_cannot_work_is_one_sentence(
    option: tuple[str, str], sentence: str, tmp_path: Path
) -> None:
    """With the option's name."""
    assert str(init(str(tmp_path / "brand.toml"), *option).exception).startswith(sentence)

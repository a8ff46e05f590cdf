"""The configuration file: what it may say, and one sentence with the line for everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import config_file
from harness.config import Config
from harness.errors import ConfigError

CONNECTOR = """
[connector]
flow = "code"
issuer = "https://login.brand.test"
authorization_endpoint = "https://login.brand.test/authorize"
token_endpoint = "https://login.brand.test/token"
client_id = "platform-code"
jwks_uri = "https://login.brand.test/jwks"
"""

BACKEND = """[platform]
backend = "https://verify.acme.example/base/"
"""


def written(folder: Path, text: str) -> Path:
    """Return a configuration file with this text."""
    path = folder / "brand.toml"
    path.write_text(text, "utf-8")
    return path


def test_an_empty_file_is_the_sample_brand(tmp_path: Path) -> None:
    """Every key is optional."""
    assert Config() == config_file.read(written(tmp_path, ""))


def test_the_file_narrows_the_matrix(tmp_path: Path) -> None:
    """What the file names is what is run."""
    config = config_file.read(written(tmp_path, 'mode = "compat"\n[matrix]\nsurfaces = ["popup"]\n'))

    assert ("popup",) == config.matrix.surfaces
    assert ("compat",) == config.matrix.modes


def test_a_connector_brings_its_flow_and_its_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret comes from the environment, and the matrix is the connector's flow."""
    monkeypatch.setenv("ACME_SECRET", "open sesame")
    config = config_file.read(written(tmp_path, f'{CONNECTOR}client_secret = {{ env = "ACME_SECRET" }}\n'))

    (connector,) = config.connectors
    assert connector.client_secret is not None
    assert "open sesame" == connector.client_secret.get_secret_value()
    assert ("code",) == config.matrix.flows


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    """The file is found beside the configuration."""
    (tmp_path / "secret.txt").write_text("open sesame\n", "utf-8")
    config = config_file.read(written(tmp_path, f'{CONNECTOR}client_secret = {{ file = "secret.txt" }}\n'))

    secret = config.connectors[0].client_secret
    assert secret is not None
    assert "open sesame" == secret.get_secret_value()


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    """Printing the configuration prints no secret."""
    (tmp_path / "secret.txt").write_text("open sesame\n", "utf-8")
    config = config_file.read(written(tmp_path, f'{CONNECTOR}client_secret = {{ file = "secret.txt" }}\n'))

    assert "open sesame" not in repr(config)


def test_another_backend_takes_its_token_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The URL stands in the file, the token does not, and neither print nor error shows it."""
    monkeypatch.setenv("BACKEND_TOKEN", "open-sesame")
    config = config_file.read(written(tmp_path, f"{BACKEND}backend_token = {{ env = 'BACKEND_TOKEN' }}\n"))

    assert "https://verify.acme.example/base" == config.platform.backend
    assert config.platform.backend_token is not None
    assert "open-sesame" == config.platform.backend_token.get_secret_value()
    assert "open-sesame" not in repr(config)


def test_a_token_that_fits_into_no_header_is_refused_unseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names the key, not the value."""
    monkeypatch.setenv("BACKEND_TOKEN", "open\nsesame")
    with pytest.raises(ConfigError, match="no bearer token") as caught:
        config_file.read(written(tmp_path, f"{BACKEND}backend_token = {{ env = 'BACKEND_TOKEN' }}\n"))

    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("matrix = 3", 1, "takes a table"),
        ("colour = 'red'", 1, "unknown key 'colour'"),
        ("rules = 3", 1, "takes a string"),
        ("\nmode = 'lenient'", 2, "allowed are strict, compat"),
        ("[matrix]\nsurfaces = ['embedded', 'telephone']", 2, "'embedded', 'popup' or 'app'"),
        ("[matrix]\n\ncolours = 3", 3, "unknown key 'colours' in [matrix]"),
        ("[deadlines]\ntoken = 'soon'", 2, "token is 'soon'"),
        ("[brand]\npage = 'https://www.acme.example/'", 1, "needs a [connector]"),
        ("[network]\nallow = []", 1, "belongs to a brand of your own"),
        ("[connector]\nflow = 'code'", 1, "lacks issuer"),
        (CONNECTOR + "client_secret = 'open sesame'", 9, "never the secret itself"),
        (CONNECTOR + "client_secret = { env = 'NOT_SET_ANYWHERE' }", 9, "is not set"),
        (CONNECTOR + "client_secret = { file = 'nowhere' }", 9, "cannot be read"),
        (CONNECTOR.replace("https://login.brand.test/token", "http://login.brand.test/"), 6, "https"),
        (CONNECTOR.replace("https://login.brand.test/token", "https://[login.brand.test/"), 6, "https"),
        (CONNECTOR.replace("https://login.brand.test/jwks", "https://login.brand.test:port/"), 8, "https"),
        (CONNECTOR + "userinfo_endpoint = 'https://login.brand.test:99999/'", 9, "https"),
        (CONNECTOR + "userinfo_endpoint = 'http://login.brand.test/'", 9, "https"),
        (
            CONNECTOR.replace('issuer = "https://login.brand', 'issuer = "https://login.acme'),
            4,
            "the sample brand has",
        ),
        (CONNECTOR.replace("jwks_uri", "#"), 2, "exactly one of jwks_uri and jwt_public_key"),
        (CONNECTOR + "[matrix]\nflows = ['implicit']", 10, "no connector has it"),
        (
            CONNECTOR.replace("jwks_uri = ", "jwt_public_key = '-----BEGIN CERTIFICATE-----' #"),
            8,
            "a certificate in PEM",
        ),
        (CONNECTOR.replace("client_id", "cleint_id"), 7, "unknown key 'cleint_id' in [connector]"),
        ("[[connector]]\n[[connector]]\nflow = 'magic'", 1, "lacks flow"),
        ("[matrix", None, "not TOML"),
        pytest.param("mode = " + "[" * 5_000, None, "nested too deeply", id="deep"),
        pytest.param("mode = " + "9" * 5_000, None, "not TOML", id="digits"),
        ("[platform]\nbackend = 'http://verify.acme.example'", 2, "https URL"),
        ("[platform]\nbackend = 'https://user@verify.acme.example'", 2, "https URL"),
        ("[platform]\nbackend = 'https://verify.acme.example/?a=b'", 2, "https URL"),
        ("[platform]\nbackend = 'https://verify.acme.example:port'", 2, "https URL"),
        ("[platform]\nbackend = 'elsewhere'", 2, "https URL"),
        (BACKEND, 1, "together"),
        (BACKEND + "backend_token = 'open-sesame'", 3, "never the secret itself"),
    ],
)
def test_a_mistake_is_one_sentence_with_file_and_line(
    text: str, line: int | None, told: str, tmp_path: Path
) -> None:
    """File, line, what was found, what is allowed."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        config_file.read(path)

    assert (path, line) == (caught.value.file, caught.value.line)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mistake_knows_its_table_and_key(tmp_path: Path) -> None:
    """So that a form can say it at the field."""
    two = f"{CONNECTOR.replace('[connector]', '[[connector]]')}\n[[connector]]\nflow = 'code'\nissuer = 7\n"

    with pytest.raises(ConfigError) as raised:
        config_file.read(written(tmp_path, two))
    assert ("connector", "issuer", 1) == (raised.value.section, raised.value.key, raised.value.index)


def test_of_two_connectors_of_a_flow_the_preferred_one_is_meant(tmp_path: Path) -> None:
    """Else the first; how people call them is theirs."""
    one = CONNECTOR.replace("[connector]", "[[connector]]")
    other = f'{one}id = "new"\npreferred = true\ndisplay_name = "The new one"\n'

    assert "new" == config_file.read(written(tmp_path, one + other)).connector_for("code").id
    assert "code" == config_file.read(written(tmp_path, one)).connector_for("code").id


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A mistyped name is not the sample brand."""
    with pytest.raises(ConfigError, match="no such file"):
        config_file.read(tmp_path / "brand.tml")


def test_the_older_connector_version_takes_compat(tmp_path: Path) -> None:
    """In strict it is a configuration error that names the line; in compat it is read."""
    older = f"{CONNECTOR}rfc_compliance = false\n"
    with pytest.raises(ConfigError, match='takes mode = "compat"') as caught:
        config_file.read(written(tmp_path, older))
    assert 9 == caught.value.line

    assert not config_file.read(written(tmp_path, f'mode = "compat"\n{older}')).connectors[0].rfc_compliance


BRAND = """
[connector]
flow = "code-pkce"
issuer = "https://login.acme.example"
authorization_endpoint = "https://login.acme.example/authorize"
token_endpoint = "https://login.acme.example/token"
client_id = "platform"
jwks_uri = "https://login.acme.example/jwks"
[brand]
page = "https://www.acme.example/account"
"""


def test_a_brand_of_ones_own_names_its_sites(tmp_path: Path) -> None:
    """Page and endpoints say who the brand is; the platform answers under its real names."""
    config = config_file.read(written(tmp_path, BRAND))

    assert "www.acme.example" == config.sites.brand
    assert "login.acme.example" == config.sites.idp
    assert ("lptag.liveperson.net", "lpcdn.lpsnmedia.net") == (config.sites.tag, config.sites.platform)
    assert "https://lpcdn.lpsnmedia.net/le_unified_window/index.html" == config.window_url
    assert ("https://www.acme.example",) == config.brand_origins
    assert ("embedded", "popup") == config.matrix.surfaces
    assert not {"www.acme.example", "login.acme.example"} & set(config.served)


def test_without_an_authorization_endpoint_there_is_no_popup(tmp_path: Path) -> None:
    """What only a surface needs may be left out with it."""
    text = "\n".join(line for line in BRAND.splitlines() if not line.startswith("authorization_endpoint"))

    assert ("embedded",) == config_file.read(written(tmp_path, text)).matrix.surfaces


def test_steps_are_words_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb, what it is done to, and where a secret comes from."""
    monkeypatch.setenv("ACME_PASSWORD", "open sesame")
    steps = '{ fill = "Password", env = "ACME_PASSWORD" }, { click = "Sign in", optional = true }'
    config = config_file.read(written(tmp_path, f"{BRAND}[[login]]\nsteps = [ {steps} ]\n"))

    password, button = config.logins[0].steps
    assert ("fill", "Password") == (password.verb, password.target)
    assert password.value is not None
    assert "open sesame" == password.value.get_secret_value()
    assert ("click", True) == (button.verb, button.optional)
    assert "sesame" not in repr(config)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("[[login]]\nsteps = [ { shout = 'Sign in' } ]", 12, "one verb of goto, fill"),
        ("[[login]]\nsteps = [ { fill = 'Password' } ]", 12, "it takes one of value, env and file"),
        ("[[login]]\nsteps = [ { click = 'Go', value = 'x' } ]", 12, "neither value, env nor file"),
        ("[[login]]\nsteps = [ { totp = 'Code', value = 'JBSWY3DP' } ]", 12, "takes env or file"),
        ("[[login]]\nsteps = [ { click = 'Go', twice = true } ]", 12, "unknown key 'twice'"),
        ("[[login]]\non = 'popup'\nsteps = [ { click = 'Go' } ]", 12, "'page' or 'authorize'"),
        ("sdk = { replace = 'http://tag.example/tag.js' }", 11, "https URL"),
        ("sdk = { inject = false }", 11, "inject = true"),
        ("before = 'Accept'", 11, "takes a list of steps"),
        ("[network]\nallow = ['https://acme.example']", 12, "it takes host names"),
        ("[network]\nmap = { 'www.acme.example' = 'localhost' }", 12, "address:port"),
        ("[network]\nca = 'nowhere.pem'", 12, "No such file"),
        ("[network]\nproxy = 'http://proxy:3128'", 12, "never the secret itself"),
        ("[network]\nproxy = { file = 'proxy.txt' }", 12, "it takes http://host:port"),
        ("[network]\nallow = ['cdn.example:8443']", 12, "without port"),
        ("[network]\nallow = ['bücher.example']", 12, "in ASCII"),
        ("[network]\nallow = ['*']", 12, "it takes host names"),
        ("[network]\nallow = ['cdn.*.example']", 12, "it takes host names"),
        ("[network]\nmap = { '*.acme.example' = '127.0.0.1:8443' }", 12, "address:port"),
        ("[network]\nmap = { 'www.acme.example' = '127.0.0.1:65536' }", 12, "1 to 65535"),
        ("sdk = { replace = 'https://*.example/tag.js' }", 11, "https URL"),
        ("[platform]\ntag = 'https://www.acme.example'", 12, "which is the brand's"),
        ("[platform]\nwindow_url = 'https://login.acme.example/window'", 12, "which is the brand's"),
        (
            "[[login]]\nsteps = [ { goto = 'http://www.acme.example/login' } ]",
            12,
            "a path of the page's host",
        ),
        ("[[login]]\nsteps = [ { goto = 'https://[acme/' } ]", 12, "a path of the page's host"),
        ("[[login]]\nsteps = [ { totp = 'Code', file = 'proxy.txt' } ]", 12, "no base32"),
        ("[matrix]\nsurfaces = ['app']", 12, "a brand's own app is not driven"),
    ],
)
def test_a_mistake_about_ones_own_brand_is_one_sentence(
    text: str, line: int, told: str, tmp_path: Path
) -> None:
    """Its line, what was found, what is allowed; a secret that is none is not shown."""
    (tmp_path / "proxy.txt").write_text("http://alice:sesame@proxy:99999", "utf-8")
    with pytest.raises(ConfigError) as caught:
        config_file.read(written(tmp_path, BRAND + text))

    assert line == caught.value.line
    assert told in str(caught.value)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://bücher.example/",
        "https://www..example/",
        f"https://{'a' * 64}.example/",
        "https://alice@www.acme.example/",
        "https://www.acme.example:0/",
        "https://www.acme.example:port/",
        "https:///account",
        "http://www.acme.example/",
    ],
)
@pytest.mark.parametrize("key", ["page", "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_an_address_is_one_as_browsers_send_it(key: str, url: str, tmp_path: Path) -> None:
    """A host in letters beyond ASCII is asked for as xn--…, so that every comparison is of equal texts."""
    lines = [f'{key} = "{url}"' if line.startswith(f"{key} =") else line for line in BRAND.splitlines()]
    with pytest.raises(ConfigError, match=f"{key} is '.*it takes an https URL .* its host in ASCII"):
        config_file.read(written(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize(
    ("page", "meant", "origin"),
    [
        ("https://WWW.Acme.example:443", "https://www.acme.example/", "https://www.acme.example"),
        (
            "https://acme.example:8443/A?b=C#d",
            "https://acme.example:8443/A?b=C#d",
            "https://acme.example:8443",
        ),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/", "https://xn--bcher-kva.example"),
        ("https://[::1]:8443/", "https://[::1]:8443/", "https://[::1]:8443"),
        ("https://shop_web:8443/", "https://shop_web:8443/", "https://shop_web:8443"),
    ],
)
def test_the_page_is_named_as_the_browser_will_show_it(
    page: str, meant: str, origin: str, tmp_path: Path
) -> None:
    """With its port where that is not 443, without where it is; a page that is only a host has a path."""
    config = config_file.read(written(tmp_path, BRAND.replace("https://www.acme.example/account", page)))

    assert config.brand is not None
    assert (meant, origin) == (config.brand.page, config.brand.origin)
    assert origin == f"https://{config.sites.brand}"


def test_a_tag_from_another_origin_is_the_platforms_too(tmp_path: Path) -> None:
    """Where the file says so, the double answers there; never for a host of the brand's."""
    text = 'sdk = { replace = "https://TAG.example/v2/*" }\n[platform]\ntag = "https://tag.example"\n'
    config = config_file.read(written(tmp_path, BRAND + text))

    assert config.brand is not None
    assert "https://tag.example/v2/*" == config.brand.sdk.replace
    assert "tag.example" in config.served


@pytest.mark.parametrize(
    ("missing", "told"),
    [("token_endpoint", "which the flow code-pkce needs"), ("page", "lacks page")],
)
def test_what_a_brand_needs_is_asked_for(missing: str, told: str, tmp_path: Path) -> None:
    """The sentence says for what."""
    text = "\n".join(line for line in BRAND.splitlines() if not line.startswith(missing))
    with pytest.raises(ConfigError, match=told):
        config_file.read(written(tmp_path, text))


@pytest.mark.parametrize(("name", "content"), [("secret", b"\xff\xfe"), ("a\\u0000b", b"")])
def test_a_secrets_file_that_is_no_text_is_one_sentence(name: str, content: bytes, tmp_path: Path) -> None:
    """Whatever is in it, and whatever its name: nothing of it is shown."""
    (tmp_path / "secret").write_bytes(content)
    text = f'[[connector]]\nflow = "code"\nclient_secret = {{ file = "{name}" }}\n'

    with pytest.raises(ConfigError, match="no text in UTF-8"):
        config_file.parse(text, tmp_path / "harness.toml")

"""The sample authorization server, seen by a certified relying party: Apache with mod_auth_openidc."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from harness import Config, Harness
from harness.browser.drive import consumer_context
from harness.browser.login import customer, fill_login
from harness.config import Client

MODULES = Path("/usr/lib/apache2/modules")
Start = Callable[..., contextlib.AbstractContextManager[re.Match[str]]]
SECRET = "sample-relying-party-secret"

RELYING_PARTIES = {
    "code.rp.test": {"type": "code", "mode": "query"},
    "code-post.rp.test": {"type": "code", "mode": "form_post"},
    "form-post.rp.test": {"type": "id_token", "mode": "form_post"},
    "fragment.rp.test": {"type": "id_token", "mode": "fragment"},
}
"""Each is a virtual host with its own way of asking; all are one client of the authorization server."""

SERVER = Template("""\
ServerRoot "$folder"
ServerName code.rp.test
PidFile "$folder/pid"
DefaultRuntimeDir "$folder"
Mutex posixsem
ErrorLog /dev/stderr
LogLevel error mpm_event:notice
User www-data
Group www-data
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authn_core_module $modules/mod_authn_core.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule authz_user_module $modules/mod_authz_user.so
LoadModule auth_openidc_module $modules/mod_auth_openidc.so
LoadModule dir_module $modules/mod_dir.so
LoadModule filter_module $modules/mod_filter.so
LoadModule headers_module $modules/mod_headers.so
LoadModule include_module $modules/mod_include.so
LoadModule mime_module $modules/mod_mime.so
LoadModule ssl_module $modules/mod_ssl.so
StartServers 1
ServerLimit 1
ThreadsPerChild 16
MaxRequestWorkers 16
MinSpareThreads 1
Listen 127.0.0.1:$port
SSLEngine on
SSLCertificateFile "$folder/leaf.pem"
SSLCertificateKeyFile "$folder/key.pem"
TypesConfig /dev/null
AddType "text/html; charset=utf-8" .html
AddOutputFilter INCLUDES .html
DocumentRoot "$folder/pages"
OIDCProviderMetadataURL $issuer/.well-known/openid-configuration
OIDCOutgoingProxy $proxy
OIDCCABundlePath "$folder/ca.pem"
OIDCClientID peer
OIDCClientSecret $secret
OIDCCryptoPassphrase $passphrase
OIDCXForwardedHeaders X-Forwarded-Proto
RequestHeader set X-Forwarded-Proto https early
OIDCScope "openid profile email phone"
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCPassClaimsAs environment
<Directory "$folder/pages">
    Options +Includes
    AuthType openid-connect
    Require valid-user
</Directory>
""")

VIRTUAL_HOST = Template("""\
<VirtualHost 127.0.0.1:$port>
    ServerName $name
    SSLEngine on
    OIDCRedirectURI https://$name/back
    OIDCResponseType "$type"
    OIDCResponseMode $mode
</VirtualHost>
""")

PAGE = """\
<!doctype html>
<html lang="en">
<title>Members only</title>
<h1>Members only</h1>
<p role="status"><!--#echo var="REMOTE_USER" --></p>
<ul>
<li><!--#echo var="OIDC_CLAIM_given_name" --> <!--#echo var="OIDC_CLAIM_family_name" -->
<li><!--#echo var="OIDC_CLAIM_email" -->
<li><!--#echo var="OIDC_CLAIM_iss" -->
</ul>
"""


@pytest.fixture(scope="module")
def apache() -> Path:
    """Apache's program, where it and the module are installed."""
    found = shutil.which("apache2", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None or not (MODULES / "mod_auth_openidc.so").is_file():
        pytest.skip("Apache with mod_auth_openidc is not here: apt-get install libapache2-mod-auth-openidc")
    return Path(found)


@pytest.fixture(scope="module")
def visited(apache: Path, playwright: Playwright, started: Start) -> Iterator[Harness]:
    """A harness at which the relying parties are registered, and the relying parties, serving."""
    client = Client(
        client_id="peer",
        client_name="Members only",
        client_secret=SECRET,
        redirect_uris=tuple(f"https://{name}/back" for name in RELYING_PARTIES),
        response_types=("code", "id_token"),
        require_pkce=True,
    )
    with (
        Harness(Config(clients=(client,)), playwright=playwright) as harness,
        tempfile.TemporaryDirectory(prefix="harness-apache-") as folder,
        _reserved_port() as port,
    ):
        _write(harness, Path(folder), port)
        command = (apache, "-D", "FOREGROUND", "-f", Path(folder) / "apache.conf")
        with started(command, "resuming normal operations"):
            for name in RELYING_PARTIES:
                harness.server.names.add(name, ("127.0.0.1", port))
            yield harness


@contextlib.contextmanager
def _reserved_port() -> Iterator[int]:
    """Hold a free port that Apache, which cannot choose one itself, then listens on.

    A bound socket that does not listen keeps the port from everybody who asks for a free one, and Linux lets
    a second socket bind it if both allow reuse, as Apache's does: so nobody can take it in between.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def _write(harness: Harness, folder: Path, port: int) -> None:
    """Write what Apache reads.

    Started by root, it serves as another user, who has to reach the page and the authority's certificate;
    pytest's own folders are closed to everybody else, so this is not one of them.
    """
    server = harness.server
    key, leaf = server.tls.issue(*RELYING_PARTIES)
    files = {
        "ca.pem": server.tls.ca_pem,
        "leaf.pem": leaf,
        "pages/index.html": PAGE.encode(),
    }
    folder.chmod(0o711)
    (folder / "pages").mkdir(mode=0o755)
    for name, content in files.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o644)
    settings = {
        "folder": folder,
        "modules": MODULES,
        "port": port,
        "issuer": f"https://{server.config.sites.idp}",
        "proxy": server.proxy_url.removeprefix("http://"),
        "secret": SECRET,
        "passphrase": os.urandom(16).hex(),
    }
    hosts = [VIRTUAL_HOST.substitute(name=name, port=port, **how) for name, how in RELYING_PARTIES.items()]
    for name, secret in (
        ("key.pem", key.decode()),
        ("apache.conf", "".join([SERVER.substitute(settings), *hosts])),
    ):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(secret, "utf-8")


@pytest.fixture
def consumer(visited: Harness) -> Iterator[BrowserContext]:
    """A consumer's browser in which nobody is signed in."""
    browser, _ = visited.browser("chromium", "chrome-today")
    with consumer_context(
        browser, visited.server.proxy_url, deadline=visited.config.deadlines.case
    ) as context:
        yield context


@pytest.mark.parametrize("name", RELYING_PARTIES)
def test_a_certified_relying_party_signs_a_consumer_in(name: str, consumer: BrowserContext) -> None:
    """The protected page is Alice's after the sample's login, however the answer travels."""
    page = consumer.new_page()
    page.goto(f"https://{name}/")
    fill_login(page, customer("alice"))

    _shows_alice(page, name)


@pytest.mark.parametrize("name", RELYING_PARTIES)
def test_a_wrong_password_opens_nothing(name: str, consumer: BrowserContext) -> None:
    """The consumer stays at the login, and the protected page stays closed."""
    page = consumer.new_page()
    page.goto(f"https://{name}/")
    page.get_by_label("Username").fill("alice")
    page.get_by_label("Password").fill("not-her-password")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(f"https://{name}/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_one_login_serves_every_relying_party(consumer: BrowserContext) -> None:
    """Signed in once, the consumer is not asked again, neither here nor there."""
    page = consumer.new_page()
    first, *others = RELYING_PARTIES
    page.goto(f"https://{first}/")
    fill_login(page, customer("alice"))
    _shows_alice(page, first)

    for name in others:
        page.goto(f"https://{name}/")
        _shows_alice(page, name)


def _shows_alice(page: Page, name: str) -> None:
    alice = customer("alice")
    expect(page.get_by_role("heading", name="Members only")).to_be_visible()
    expect(page).to_have_url(f"https://{name}/")
    expect(page.get_by_role("status")).to_have_text(alice.sub)
    expect(page.get_by_role("listitem")).to_have_text([alice.name, alice.email, "https://login.brand.test"])

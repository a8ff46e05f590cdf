"""Every setting and every default, frozen. The TOML reader is :mod:`harness.config_file`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from harness.own_brand import HTTPS, TAG, WINDOW_URL, BrandPage, Login, Network, Probes, as_browsers_write
from harness.page_methods import Contract, mistake
from harness.settings import Settings

Surface = Literal["embedded", "popup", "app"]
Flow = Literal["implicit", "implicit-jwe", "code", "code-pkce"]
Mode = Literal["strict", "compat"]
EngineName = Literal["chromium", "firefox", "webkit"]
Device = Literal["desktop", "phone"]
Placement = Literal["same-site", "cross-site"]
Scenario = Literal["sign-in", "logged-out", "twice", "expired", "switch-user", "two-windows"]
Algorithm = Literal[
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
    "HS256",
]
KeyEncryption = Literal["RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]
ContentEncryption = Literal["A128CBC-HS256", "A128GCM", "A256GCM", "A256CBC-HS512"]

SURFACES: tuple[Surface, ...] = ("embedded", "popup", "app")
FLOWS: tuple[Flow, ...] = ("implicit", "implicit-jwe", "code", "code-pkce")
MODES: tuple[Mode, ...] = ("strict", "compat")
ENGINES: tuple[EngineName, ...] = ("chromium", "firefox", "webkit")
DEVICES: tuple[Device, ...] = ("desktop", "phone")
PLACEMENTS: tuple[Placement, ...] = ("same-site", "cross-site")
SCENARIOS: tuple[Scenario, ...] = (
    "sign-in",
    "logged-out",
    "twice",
    "expired",
    "switch-user",
    "two-windows",
)
OWN_POLICY: Mapping[EngineName, str] = {
    "chromium": "chrome-today",
    "firefox": "firefox-default",
    "webkit": "safari-like",
}
"""The policy that is meant where an engine is named and none is: what its own consumers have."""

PLACED: Mapping[Placement, str] = {"same-site": "login.brand.test", "cross-site": "login.idp.test"}
"""Where the sample's authorization server stands: beside the shop, or under a site of its own."""

KNOWN_RULES: tuple[str, ...] = ("2026.1",)
"""Every set of checks that there has been, in order; a configuration pins one of them."""

RULES = KNOWN_RULES[-1]
EMBEDDED = "embedded"

ACCOUNT = r"^[A-Za-z0-9_-]{1,64}$"
"""The form of an account's name."""

_BEARER = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class Sites(Settings):
    """The host names of the roles, on port 443 as the browser sees it.

    Attributes:
        brand: The shop.
        app: The mobile app's stand-in.
        idp: The authorization server.
        partner_idp: A second issuer, of another site.
        platform: Where the chat window is.
        tag: Where the SDK comes from.
        agent: The agent's workspace.
        verify: The verification backend.
        canary: A page in which a browser's conditions are read back.
        canary_frame: A third party's frame in that page.
    """

    brand: str = "www.brand.test"
    app: str = "app.brand.test"
    idp: str = "login.brand.test"
    partner_idp: str = "idp.test"
    platform: str = "chat.platform.test"
    tag: str = "chat.platform.test"
    agent: str = "agent.platform.test"
    verify: str = "verify.platform.test"
    canary: str = "canary.test"
    canary_frame: str = "frame.canary-other.test"

    def all(self) -> tuple[str, ...]:
        """Return every name once, in the order of the fields."""
        return tuple(dict.fromkeys(self.model_dump().values()))

    def ours(self) -> tuple[str, ...]:
        """Return the names under which the harness answers where the brand is somebody's own."""
        return (self.platform, self.tag, self.agent, self.verify, self.canary, self.canary_frame)

    @model_validator(mode="before")
    @classmethod
    def _tag_beside_the_window(cls, values: dict[str, object]) -> dict[str, object]:
        return {"tag": values["platform"], **values} if "platform" in values else values

    @property
    def idp_placement(self) -> Placement:
        """Whether shop and authorization server are one site to a browser."""
        return "same-site" if _site(self.brand) == _site(self.idp) else "cross-site"


class Connector(Contract):
    """The platform's configuration of one authorization server, its page method's contract among it.

    Attributes:
        id: Unique name within the account.
        flow: How the credential travels.
        issuer: Compared octet by octet with the ``iss`` claim.
        authorization_endpoint: Where the popup window sends the consumer; empty where there is no popup.
        token_endpoint: Where codes are exchanged; empty where none are.
        client_id: The platform's client at this authorization server.
        client_secret: Its secret; left out for a public client.
        client_auth: How the secret travels: HTTP Basic or in the body.
        jwks_uri: The issuer's JWK Set.
        jwt_public_key: Or its one key, base64 SubjectPublicKeyInfo on one line.
        rfc_compliance: The newer connector version; the older one exists in compat only.
        response_mode: Asked for in the popup's request; the response type's default when left out.
        scope: Asked for in the popup's request.
        callback_deadline: Seconds that the SDK waits for the page method.
        algorithms: The JWS algorithms that are accepted.
        key_encryption: The JWE ``alg`` values that are accepted.
        content_encryption: The JWE ``enc`` values that are accepted.
        audiences: Other audiences that are trusted beside ``client_id``.
        authorized_parties: Other clients that may stand in ``azp``.
        max_age: Asked for in the popup's request: the oldest accepted login, in seconds.
        acr_values: Asked for in the popup's request: any of these levels will do.
        verifier_length: Characters of a ``code_verifier``.
        discovery: Whether the issuer's discovery document is read, and its ``jwks_uri`` used.
        nonce: Whether the popup's request carries one.
        userinfo_endpoint: Asked after a code was exchanged, where it is set; its ``sub`` must be the token's.
        iss_parameter: Whether the server says that its responses carry ``iss`` (RFC 9207).
        claims_map: Further signed claims for the agent: claim name to label.
        delegation: Whether the brand lets the platform renew by refresh token, without the page.
        account: The account that it belongs to; the platform's own when left out.
        display_name: How people call the issuer.
        preferred: Whether it is meant where several connectors have its flow.
    """

    id: str = Field(min_length=1, max_length=64)
    flow: Flow
    issuer: str = Field(max_length=255)
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    client_id: str
    client_secret: SecretStr | None = None
    client_auth: Literal["basic", "post"] = "basic"
    jwks_uri: str | None = None
    jwt_public_key: str | None = None
    rfc_compliance: bool = True
    response_mode: Literal["query", "fragment", "form_post"] | None = None
    scope: str = "openid"
    callback_deadline: float = Field(default=30, gt=0, le=180)
    algorithms: tuple[Algorithm, ...] = Field(default=("RS256",), min_length=1)
    key_encryption: tuple[KeyEncryption, ...] = ("RSA-OAEP-256",)
    content_encryption: tuple[ContentEncryption, ...] = ("A128CBC-HS256", "A128GCM", "A256GCM")
    audiences: tuple[str, ...] = ()
    authorized_parties: tuple[str, ...] = ()
    max_age: float | None = Field(default=None, ge=0)
    acr_values: tuple[str, ...] = ()
    verifier_length: int = Field(default=43, ge=43, le=128)
    discovery: bool = False
    nonce: bool = True
    userinfo_endpoint: str | None = None
    iss_parameter: bool = False
    claims_map: dict[str, str] = Field(default_factory=dict)
    delegation: bool = False
    account: str | None = Field(default=None, pattern=ACCOUNT)
    display_name: str = Field(default="", max_length=255)
    preferred: bool = False

    @property
    def response_type(self) -> str:
        """What is handed over: ``code`` or ``id_token``."""
        return "code" if self.flow in ("code", "code-pkce") else "id_token"

    @property
    def asked_response_type(self) -> str:
        """What the popup's request asks for; the older connector version calls an id_token ``token``."""
        older = self.response_type == "id_token" and not self.rfc_compliance
        return "token" if older else self.response_type

    @property
    def pkce(self) -> bool:
        """Whether the platform makes a verifier for this connector."""
        return self.flow == "code-pkce"

    @field_validator("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    @classmethod
    def _readable(cls, value: str | None, info: ValidationInfo) -> str | None:
        # Another scheme is for the checks to find; what cannot even be read would break them.
        if value is not None and not _is_readable(value):
            raise ValueError(f"{info.field_name} is {value!r}; it takes {HTTPS}")
        return value

    @model_validator(mode="after")
    def _one_key_source(self) -> Self:
        if (self.jwks_uri is None) == (self.jwt_public_key is None):
            raise ValueError("set exactly one of jwks_uri and jwt_public_key")
        return self

    @model_validator(mode="after")
    def _page_method_as_a_whole(self) -> Self:
        if said := mistake(self, self.flow):
            raise ValueError(said)
        return self


class Client(Settings):
    """A client registered at the sample authorization server (RFC 7591 section 2 spells the fields).

    Attributes:
        client_id: Its id.
        client_name: What the consent page calls it.
        redirect_uris: Where it may be answered, compared exactly.
        response_types: What it may ask for, as ``code`` or ``id_token``.
        client_secret: What it authenticates with; a public client where ``None``.
        id_token_encrypted: Whether its id_tokens are nested in a JWE for the platform's key.
        require_pkce: Whether an authorization request without ``code_challenge`` is refused.
        first_party: Whether the client is the brand itself, so that no consent is asked.
        older: Whether the client is the platform's older connector version: its redirect URI comes with a
            query that varies, and the token endpoint is sent another one.
        offline: Whether it may be given refresh tokens (OpenID Connect Core section 11).
    """

    client_id: str
    client_name: str
    redirect_uris: tuple[str, ...]
    response_types: tuple[str, ...]
    client_secret: str | None = Field(default=None, repr=False)
    id_token_encrypted: bool = False
    require_pkce: bool = False
    first_party: bool = False
    older: bool = False
    offline: bool = False


class Platform(Settings):
    """The platform's own settings.

    Attributes:
        account: The brand's account with the platform.
        default_redirect_uri: Sent to the token endpoint when the page names none.
        encryption_keys: Files of the platform's private encryption keys, the current one first; a key of
            the run alone when left out.
        backend: Who verifies: ``embedded``, or the https URL of another implementation of the contract.
        backend_token: The bearer token for that URL.
        tag: Where a brand's own page loads the SDK from; the sample's own when there is no such brand.
        window_url: Where the chat window is, which is the redirect URI that is registered for the popup.
    """

    account: str = Field(default="fernhill", pattern=ACCOUNT)
    default_redirect_uri: str = Field(default="https://liveperson.net", pattern=r"^https://")
    encryption_keys: tuple[Path, ...] = ()
    backend: str = EMBEDDED
    backend_token: SecretStr | None = None
    tag: str = Field(default=TAG, pattern=r"^https://[A-Za-z0-9.-]+$")
    window_url: str = Field(default=WINDOW_URL, pattern=r"^https://[A-Za-z0-9.-]+/[^?#\s]+$")

    @field_validator("backend")
    @classmethod
    def _embedded_or_https(cls, value: str) -> str:
        if value == EMBEDDED or _is_plain_https(value):
            return value.rstrip("/")
        raise ValueError(
            f'backend is {value!r}; it takes "embedded", or an https URL without user, query and fragment'
        )

    @field_validator("backend_token")
    @classmethod
    def _fits_into_a_header(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _BEARER.fullmatch(value.get_secret_value()):
            raise ValueError(
                "backend_token is no bearer token; RFC 6750 section 2.1 says which characters it has"
            )
        return value

    @model_validator(mode="after")
    def _token_for_another_backend(self) -> Self:
        if (self.backend == EMBEDDED) != (self.backend_token is None):
            raise ValueError("backend takes a URL and backend_token together, or neither of them")
        return self


class Deadlines(Settings):
    """Every time limit, in seconds.

    Attributes:
        connect: Opening a connection of the back channel.
        keys: A JWK Set, as a whole.
        token: A token endpoint's answer, as a whole.
        verification: Everything that the authorization server is asked for one sign-in, as a whole; what
            has been begun may still end within its own time.
        backend: An answer of another verification backend, as a whole: it may exchange a code meanwhile.
        call: Life of a page-method call beyond its callback deadline.
        state: Life of an authorization transaction.
        code: Life of an authorization code of the sample brand.
        frame: How long a page's SDK waits for the window that it has framed.
        case: One driven case before it is undetermined.
        keys_cached: How long a JWK Set is used before it is fetched again.
        keys_stale: How long beyond that a set is used while its address is down.
        keys_cooldown: Shortest time between two fetches for an unknown ``kid``, or where the address is down.
    """

    connect: float = Field(default=2, gt=0, le=5)
    keys: float = Field(default=5, gt=0, le=10)
    token: float = Field(default=10, gt=0, le=30)
    verification: float = Field(default=15, gt=0, le=60)
    backend: float = Field(default=20, gt=0, le=60)
    call: float = Field(default=60, gt=0, le=900)
    state: float = Field(default=300, gt=0, le=900)
    code: float = Field(default=60, gt=0, le=60)
    frame: float = Field(default=10, gt=0, le=60)
    case: float = Field(default=45, gt=0, le=300)
    keys_cached: float = Field(default=600, ge=60, le=86_400)
    keys_stale: float = Field(default=3_600, ge=0, le=86_400)
    keys_cooldown: float = Field(default=30, gt=0)


class History(Settings):
    """What is kept of earlier runs.

    Attributes:
        path: A file, or the SQLAlchemy URL of a PostgreSQL database; a file in the user's state folder when
            left out.
        keep: How many of the newest runs of each series are kept; 0 keeps nothing.
    """

    path: SecretStr | None = None
    keep: int = Field(default=200, ge=0, le=100_000)


class Matrix(Settings):
    """Which cases are run: the product of the lists, each value once.

    Attributes:
        policies: The conditions in the browser; each engine's own when left out.
    """

    @field_validator("*", mode="after")
    @classmethod
    def _once_and_not_empty(cls, values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if values is None:
            return None
        if not values:
            raise ValueError("an empty list runs nothing; name at least one, or leave it out")
        return tuple(dict.fromkeys(values))

    surfaces: tuple[Surface, ...] = SURFACES
    flows: tuple[Flow, ...] = FLOWS
    engines: tuple[EngineName, ...] = ("chromium",)
    policies: tuple[str, ...] | None = None
    modes: tuple[Mode, ...] = ("strict",)
    scenarios: tuple[Scenario, ...] = ("sign-in",)


class ExpectedFinding(Settings):
    """A finding that is known, and does not fail a run until a day.

    Attributes:
        code: Its code.
        surface: The one surface on which it is expected; any where left out. So are the other axes.
        flow: The one flow.
        engine: The one engine.
        mode: The one mode.
        scenario: The one scenario.
        owner: Who is to mend it.
        reason: Why it is there for now.
        until: The last day on which it is expected.
        place: Where that is written: the file's name and the line.
    """

    code: str
    surface: Surface | None = None
    flow: Flow | None = None
    engine: EngineName | None = None
    mode: Mode | None = None
    scenario: Scenario | None = None
    owner: str
    reason: str
    until: date
    place: str = ""


class Config(Settings):
    """The whole configuration, passed around whole.

    Without arguments it is the sample brand's.

    Attributes:
        rules: The set of checks that the user has pinned; what newer ones find only warns.
        sites: Host names.
        connectors: The platform's connectors for the brand's account.
        clients: What is registered at the sample authorization server beside the sample's own clients.
        platform: The platform's own settings.
        deadlines: Time limits.
        matrix: The cases.
        database: SQLAlchemy URL of the store; a file in the run's own folder when left out.
        device: What the consumer holds; the app is on a phone either way.
        brand: A brand of one's own; the sample brand when left out.
        logins: How people sign in there.
        network: How it is reached.
        probes: Whether its authorization server is probed.
        show_claims: Whether a timeline shows what an id_token claims, instead of type and length.
        history: What is kept of earlier runs.
        expected: Findings that are known, and do not fail a run for a while.
    """

    rules: str = RULES
    sites: Sites = Sites()
    connectors: tuple[Connector, ...] = ()
    clients: tuple[Client, ...] = ()
    platform: Platform = Platform()
    deadlines: Deadlines = Deadlines()
    matrix: Matrix = Matrix()
    database: str | None = Field(default=None, repr=False)
    device: Device = "desktop"
    brand: BrandPage | None = None
    logins: tuple[Login, ...] = ()
    network: Network = Network()
    probes: Probes = Probes()
    history: History = History()
    expected: tuple[ExpectedFinding, ...] = ()
    show_claims: bool = False

    @model_validator(mode="before")
    @classmethod
    def _sample_by_default(cls, values: dict[str, object]) -> dict[str, object]:
        if values.get("connectors"):
            return values
        from harness.sample import connectors

        sites = Sites.model_validate(values.get("sites", {}))
        return {**values, "connectors": connectors(sites)}

    @model_validator(mode="after")
    def _sites_of_the_brand(self) -> Self:
        if self.brand is not None:
            first = self.connectors[0]
            names = {
                "brand": self.brand.page,
                "idp": first.authorization_endpoint or first.issuer,
                "platform": self.platform.window_url,
                "tag": self.platform.tag,
            }
            update = {role: urlsplit(as_browsers_write(url)).netloc for role, url in names.items()}
            # A frozen model has no other way to settle a field by others.
            object.__setattr__(self, "sites", self.sites.model_copy(update=update))
        return self

    @property
    def window_url(self) -> str:
        """Where the chat window is: the popup's redirect URI."""
        return self.platform.window_url if self.brand else f"https://{self.sites.platform}/window"

    @property
    def brand_origins(self) -> tuple[str, ...]:
        """The origins whose pages may hold the chat."""
        if self.brand is not None:
            return (self.brand.origin,)
        return (f"https://{self.sites.brand}", f"https://{self.sites.app}")

    @property
    def served(self) -> tuple[str, ...]:
        """The host names under which the harness itself answers."""
        return self.sites.all() if self.brand is None else tuple(dict.fromkeys(self.sites.ours()))

    @property
    def named_endpoints(self) -> tuple[str, ...]:
        """The URLs of the brand that the configuration names."""
        connectors = (
            url
            for one in self.connectors
            for url in (
                one.issuer,
                one.authorization_endpoint,
                one.token_endpoint,
                one.jwks_uri,
                one.userinfo_endpoint,
            )
        )
        urls = (self.brand.page if self.brand else None, *connectors, *_gone_to(self.logins))
        return tuple(dict.fromkeys(url for url in urls if url))

    def impatient(self, seconds: float) -> Config:
        """Return the same configuration, giving up on a page method or a frame within seconds."""
        connectors = tuple(
            connector.model_copy(update={"callback_deadline": seconds}) for connector in self.connectors
        )
        deadlines = self.deadlines.model_copy(update={"frame": seconds + 1})
        return self.model_copy(update={"connectors": connectors, "deadlines": deadlines})

    def placed(self, placement: Placement) -> Config:
        """Return the same configuration with the sample's authorization server at a placement."""
        before, after = self.sites.idp, PLACED[placement]
        urls = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")

        def moved(connector: Connector) -> Connector:
            values = {name: getattr(connector, name) for name in urls}
            return connector.model_copy(
                update={
                    name: re.sub(rf"^https://{re.escape(before)}(?=/|$)", f"https://{after}", value)
                    for name, value in values.items()
                    if value is not None
                }
            )

        sites = self.sites.model_copy(update={"idp": after})
        connectors = tuple(moved(connector) for connector in self.connectors)
        return self.model_copy(update={"sites": sites, "connectors": connectors})

    def connector_for(self, flow: Flow) -> Connector:
        """Return the connector of a flow: a preferred one, else the first.

        Raises:
            LookupError: When no connector has that flow.
        """
        found = [connector for connector in self.connectors if connector.flow == flow]
        if not found:
            raise LookupError(flow)
        return next((connector for connector in found if connector.preferred), found[0])

    def account_of(self, connector: Connector) -> str:
        """Return the account that a connector belongs to."""
        return connector.account or self.platform.account

    def connector(self, connector_id: str) -> Connector:
        """Return a connector by its id; raises :class:`LookupError` when there is none."""
        for connector in self.connectors:
            if connector.id == connector_id:
                return connector
        raise LookupError(connector_id)


def _gone_to(logins: tuple[Login, ...]) -> tuple[str, ...]:
    steps = (step for login in logins for step in login.steps)
    return tuple(step.target for step in steps if step.verb == "goto" and step.target.startswith("https://"))


def _site(host: str) -> str:
    """Return the registrable domain of a host.

    Without the public suffix list: two labels, three under a country's second level as ``co.uk``.
    """
    labels = host.partition(":")[0].split(".")
    second = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3:] if second else labels[-2:])


def _is_readable(url: str) -> bool:
    """Tell whether a text has parts that can be told apart (RFC 3986 section 3)."""
    try:
        _ = urlsplit(url).port
    except ValueError:
        return False
    return True


def _is_plain_https(url: str) -> bool:
    """Tell whether a URL can be the base of others."""
    if not _is_readable(url):
        return False
    parts = urlsplit(url)
    plain = url.isascii() and url.isprintable() and not set(url) & set(" ?#@\\")
    return parts.scheme == "https" and bool(parts.hostname) and plain

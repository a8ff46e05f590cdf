"""The sample brand: its people, its clients at the authorization server, its connectors at the platform.

Everybody here is invented, and so is every password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.config import Client as Client
from harness.config import Connector, Flow, Sites

PLATFORM_SECRET = "sample-platform-secret"  # noqa: S105 - an invented secret of an invented client
BRAND_SECRET = "sample-brand-secret"  # noqa: S105 - an invented secret of an invented client


@dataclass(frozen=True, kw_only=True)
class Bill:
    """One line of the billing history; ``amount`` in minor units (cents) of ``currency``."""

    date: str
    amount: int
    currency: str
    status: str


@dataclass(frozen=True, kw_only=True)
class WayToPay:
    """One way in which a consumer may pay a bill.

    Attributes:
        fee: What it adds to the bill in minor units; below zero it saves that much.
        instalments: In how many equal parts the sum is paid.
        note: One sentence for the agent.
    """

    id: str
    name: str
    fee: int
    instalments: int = 1
    note: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What the shop sells; ``price`` per month in minor units (cents) of ``currency``."""

    id: str
    name: str
    price: int
    currency: str = "EUR"
    summary: str
    included: tuple[str, ...]
    most_chosen: bool = False


PLANS: tuple[Plan, ...] = (
    Plan(
        id="fibre-500",
        name="Fibre 500",
        price=3490,
        summary="500 Mbit/s down, 250 up. Router included.",
        included=("500 Mbit/s down, 250 Mbit/s up", "Router included", "One month's notice"),
    ),
    Plan(
        id="fibre-500-mobile-duo",
        name="Fibre 500 + Mobile Duo",
        price=4890,
        summary="Fibre at home and two SIM cards with 20 GB each.",
        included=("Everything in Fibre 500", "Two SIM cards with 20 GB each", "Both on one bill"),
        most_chosen=True,
    ),
    Plan(
        id="fibre-1000",
        name="Fibre 1000",
        price=7990,
        summary="1000 Mbit/s both ways, for homes that work.",
        included=("1000 Mbit/s down and up", "Router and one repeater included", "Repairs on the same day"),
    ),
    Plan(
        id="mobile-solo",
        name="Mobile Solo 20 GB",
        price=1990,
        summary="20 GB, calls and messages included, no contract.",
        included=("20 GB in the whole Union", "Calls and messages included", "No contract"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A consumer of the sample brand, as its own records know them."""

    username: str
    password: str = field(repr=False)
    sub: str
    given_name: str
    family_name: str
    email: str
    phone_number: str
    gender: str
    account_number: str
    package: str
    balance: int
    customer_since: tuple[int, int, int]
    bills: tuple[Bill, ...]
    ways_to_pay: tuple[WayToPay, ...]
    consented: bool = True

    @property
    def name(self) -> str:
        """Given name and family name."""
        return f"{self.given_name} {self.family_name}"

    @property
    def open_bills(self) -> tuple[Bill, ...]:
        """The bills that have not been paid."""
        return tuple(bill for bill in self.bills if bill.status == "open")


_CARD = WayToPay(id="card", name="Card on file", fee=0, note="Paid at once with the card ending in 4242.")
_TRANSFER = WayToPay(id="transfer", name="Bank transfer", fee=150, note="Costs a handling fee.")
_DEBIT = WayToPay(
    id="direct-debit", name="Direct debit", fee=-300, note="Saves €3.00 a bill; this one is the first."
)
_INSTALMENTS = WayToPay(
    id="instalments", name="Three instalments", fee=450, instalments=3, note="Spread over three months."
)

DEFAULT_ACCOUNT = "alice"

CUSTOMERS: tuple[Customer, ...] = (
    Customer(
        username="alice",
        password="alice-opens-the-gate",  # noqa: S106 - invented
        sub="fh-100234",
        given_name="Alice",
        family_name="Abel",
        email="alice@customers.example",
        phone_number="+1 202 555 0143",
        gender="FEMALE",
        account_number="FH-100-234",
        package="Fibre 500 + Mobile Duo",
        balance=4890,
        customer_since=(2021, 3, 14),
        bills=(
            Bill(date="2026-11-01", amount=4890, currency="EUR", status="open"),
            Bill(date="2026-10-01", amount=4890, currency="EUR", status="paid"),
            Bill(date="2026-09-01", amount=5640, currency="EUR", status="paid"),
        ),
        ways_to_pay=(_TRANSFER, _CARD, _INSTALMENTS, _DEBIT),
    ),
    Customer(
        username="bob",
        password="bob-likes-the-sea",  # noqa: S106 - invented
        sub="fh-100871",
        given_name="Bob",
        family_name="Brandt",
        email="bob@customers.example",
        phone_number="+1 202 555 0178",
        gender="MALE",
        account_number="FH-100-871",
        package="Mobile Solo 20 GB",
        balance=0,
        customer_since=(2023, 9, 2),
        bills=(
            Bill(date="2026-11-05", amount=1990, currency="EUR", status="paid"),
            Bill(date="2026-10-05", amount=1990, currency="EUR", status="paid"),
        ),
        ways_to_pay=(_CARD, _TRANSFER),
    ),
    Customer(
        username="carol",
        password="carol-has-a-kite",  # noqa: S106 - invented
        sub="fh-101002",
        given_name="Carol",
        family_name="Castell",
        email="carol@customers.example",
        phone_number="+1 202 555 0112",
        gender="FEMALE",
        account_number="FH-101-002",
        package="Fibre 1000",
        balance=7990,
        customer_since=(2026, 8, 20),
        bills=(Bill(date="2026-11-08", amount=7990, currency="EUR", status="open"),),
        ways_to_pay=(_INSTALMENTS, _TRANSFER, _CARD),
        consented=False,
    ),
)


def page_redirect_uri(sites: Sites) -> str:
    """Return the redirect URI that the brand's page method names beside a code."""
    return f"https://{sites.brand}/chat/redirect"


def app_redirect_uri(sites: Sites) -> str:
    """Return the redirect URI of the app's sheet, for its own and for the platform's credential."""
    return f"https://{sites.app}/sheet"


def window_uri(sites: Sites) -> str:
    """Return the platform's window URL, which is the popup's redirect URI."""
    return f"https://{sites.platform}/window"


def clients(sites: Sites) -> tuple[Client, ...]:
    """Return what is registered at the sample authorization server."""
    own = (
        Client(
            client_id="brand-web",
            client_name="Fernhill website",
            client_secret=BRAND_SECRET,
            redirect_uris=(f"https://{sites.brand}/callback",),
            response_types=("code",),
            require_pkce=True,
            first_party=True,
        ),
        Client(
            client_id="brand-app",
            client_name="Fernhill app",
            redirect_uris=(app_redirect_uri(sites),),
            response_types=("code",),
            require_pkce=True,
            first_party=True,
        ),
    )
    flows: tuple[Flow, ...] = ("implicit", "implicit-jwe", "code", "code-pkce")
    platform = tuple(_platform_client(flow, sites) for flow in flows)
    return own + platform + tuple(_older(client) for client in platform)


def _older(client: Client) -> Client:
    """Return what is registered for the platform's older connector version."""
    changes = {
        "client_id": f"older-{client.client_id}",
        "older": True,
        "response_types": ("token",) if client.response_types == ("id_token",) else client.response_types,
    }
    return client.model_copy(update=changes)


def _platform_client(flow: Flow, sites: Sites) -> Client:
    code = flow in ("code", "code-pkce")
    return Client(
        client_id=f"platform-{flow}",
        client_name="Parley conversations",
        client_secret=PLATFORM_SECRET if code else None,
        redirect_uris=(window_uri(sites), page_redirect_uri(sites), app_redirect_uri(sites)),
        response_types=("code",) if code else ("id_token",),
        id_token_encrypted=flow == "implicit-jwe",
        require_pkce=flow == "code-pkce",
        offline=code,
    )


def connectors(sites: Sites) -> tuple[Connector, ...]:
    """Return the platform's connectors: one per flow at the brand's own provider, one at its partner's."""
    own = tuple(_connector(flow, sites.idp) for flow in ("implicit", "implicit-jwe", "code", "code-pkce"))
    older = tuple(_older_connector(connector) for connector in own)
    return (*own, _connector("implicit", sites.partner_idp, prefix="partner-"), *older)


def _older_connector(connector: Connector) -> Connector:
    changes = {
        "id": f"older-{connector.id}",
        "client_id": f"older-{connector.client_id}",
        "rfc_compliance": False,
    }
    return connector.model_copy(update=changes)


def _connector(flow: Flow, idp: str, prefix: str = "") -> Connector:
    values: dict[str, Any] = {
        "id": f"{prefix}{flow}",
        "flow": flow,
        "issuer": f"https://{idp}",
        "authorization_endpoint": f"https://{idp}/authorize",
        "token_endpoint": f"https://{idp}/token",
        "client_id": f"platform-{flow}",
        "jwks_uri": f"https://{idp}/jwks",
        "claims_map": {"billing_history": "Billing history", "ways_to_pay": "Ways to pay"},
        "iss_parameter": True,
    }
    if flow in ("code", "code-pkce"):
        values["client_secret"] = PLATFORM_SECRET
    return Connector.model_validate(values)

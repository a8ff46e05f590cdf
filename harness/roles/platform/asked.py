"""What windows, SDK and popups may ask of the platform's API."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from starlette.exceptions import HTTPException

from harness.config import MODES, SURFACES, Config
from harness.protocol import strict_json
from harness.protocol.authorization import ResponseMode
from harness.protocol.page_method import PageAnswer
from harness.roles.platform.gate import Body
from harness.verification.decision import Engagement

_MENDED = BeforeValidator(strict_json.mended)
"""For what is kept and shown: a page may cut a name in the middle of a character."""


class OpenWindow(Body):
    """A framed window, or a mobile SDK, asks for a call; one that resumes names its session."""

    engagement: str = Field(max_length=80)
    origin: str = Field(max_length=300)
    session: str | None = Field(default=None, max_length=100, repr=False)


class AnswerCall(Body):
    """A framed window passes on what the page method, or the app, answered."""

    session: str = Field(max_length=100, repr=False)
    call_id: str = Field(max_length=100, repr=False)
    sealed_verifier: str | None = Field(default=None, max_length=500, repr=False)
    engagement: str = Field(max_length=80)
    origin: str = Field(max_length=300)
    answer: PageAnswer | None = None
    identity: Annotated[Any, _MENDED] = Field(default=None, repr=False)
    page: Annotated[dict[str, Any], _MENDED] = Field(default_factory=dict, repr=False)


class Renew(Body):
    """A window whose credential has expired asks for a renewal."""

    session: str = Field(max_length=100, repr=False)


class LogOut(Body):
    """The SDK says that the consumer has logged out of the page that opened a popup."""

    popup: str = Field(min_length=16, max_length=64, repr=False)


class AnswerPopup(Body):
    """A popup that came back passes on the parameters it came back with."""

    mode: ResponseMode
    encoded: str = Field(max_length=60_000, repr=False)


def engagement_named(config: Config, name: str) -> Engagement:
    """Return an engagement by its name, ``surface.connector.mode``.

    Raises:
        HTTPException: 404 when there is none.
    """
    surface, _, rest = name.partition(".")
    flow, _, mode = rest.partition(".")
    mode = mode or "strict"
    # A connector's id names it; the sample's first ones are called as their flow is.
    connector = next((c for c in config.connectors if flow in (c.id, c.flow)), None)
    if surface not in SURFACES or mode not in MODES or connector is None:
        raise HTTPException(404, "There is no such engagement.")
    if not connector.rfc_compliance and mode == "strict":
        raise HTTPException(404, "The older connector version exists in compat only.")
    return Engagement(surface=surface, connector=connector, mode=mode)

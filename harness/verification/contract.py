"""The HTTP contract of a verification backend: its messages, its operations, its OpenAPI document.

``python -m harness.verification.contract`` prints the document. Both sides read strictly: JSON with one
meaning (RFC 7493), every member known, nothing converted.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import models_json_schema
from typing_extensions import TypeAliasType

from harness.catalogue.codes import codes
from harness.config import Mode, Surface
from harness.protocol import strict_json
from harness.protocol.authorization import ResponseMode
from harness.protocol.page_method import PageAnswer
from harness.protocol.problem import Severity

VERSION = "1"
MESSAGE_LIMIT = 256 * 1024
"""Octets of any message: 64 Ki characters of a response, three octets each at worst, with their frame."""

TEXT_LIMIT = 300
_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]*\.[\w.-]*")
"""What a JOSE header in compact form starts with: base64url of ``{"``."""


def _clean(value: Any) -> Any:
    """Clip and escape a foreign text that will be printed, and take out what looks like a token."""
    if not isinstance(value, str):
        return value
    shown = "".join(one if one.isprintable() else "�" for one in value[: 4 * TEXT_LIMIT])
    return _TOKEN.sub("[a token]", shown)[:TEXT_LIMIT]


def _known(value: str) -> str:
    if value not in codes():
        raise ValueError("no code of this contract")
    return value


def _codes_schema() -> dict[str, Any]:
    meanings = [{"const": code.code, "title": code.title} for code in codes().values()]
    return {"type": "string", "description": "What is wrong, by its stable code.", "oneOf": meanings}


Code = TypeAliasType("Code", Annotated[str, AfterValidator(_known), WithJsonSchema(_codes_schema())])
Text = Annotated[str, Field(max_length=TEXT_LIMIT), BeforeValidator(_clean)]
Secret = Annotated[str, Field(max_length=100)]


class Message(BaseModel):
    """Base of every message: frozen, unknown members refused, no input in an error's text."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Engaged(Message):
    """What a window works for."""

    surface: Surface
    """Where the consumer chats."""

    connector: str = Field(min_length=1, max_length=64)
    """The id of a connector; its configuration is known to both sides."""

    mode: Mode
    """How strict the platform is."""


class OpenCall(Message):
    """A window asks for a call of the page method, or an app for a credential request."""

    engagement: Engaged
    """What the call is for."""

    origin: str = Field(max_length=300)
    """The origin of the page; the answer must come from the same."""

    session: Secret = Field(repr=False)
    """A digest of the window's session; the answer must come from the same. A window that was authenticated
    may open further calls, and another consumer is refused there: ``platform.subject_changed``."""


class OpenedCall(Message):
    """An open call: all that the browser may know."""

    call_id: Secret = Field(repr=False)
    """Names the call; answered once."""

    code_challenge: str | None = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    """The S256 challenge (RFC 7636 section 4.2), exactly when the connector's flow is code-pkce."""

    sealed_verifier: str | None = Field(max_length=500, repr=False)
    """The verifier, sealed for the backend, which gets it back with the answer; it may keep its own copy."""


class AnswerCall(Message):
    """What the page method, or the app, answered to a call."""

    call_id: Secret = Field(repr=False)
    """The call."""

    session: Secret = Field(repr=False)
    """A digest of the window's session."""

    origin: str = Field(max_length=300)
    """The origin of the page."""

    sealed_verifier: str | None = Field(max_length=500, repr=False)
    """What came with the call."""

    answer: PageAnswer = Field(repr=False)
    """What the SDK saw."""

    identity: Any = Field(default=None, repr=False)
    """What the page's identity function answered; never trusted, only compared."""


class OpenPopup(Message):
    """A browser is about to be sent to the authorization endpoint."""

    engagement: Engaged
    """What the transaction is for."""

    popup: str = Field(min_length=16, max_length=64, repr=False)
    """Names the popup; it comes back with the verdict."""

    binding: Secret = Field(repr=False)
    """A digest of the browser's cookie; the response must come from the same browser."""

    redirect_uri: str = Field(max_length=300)
    """Where the response comes back to."""

    window_config: Any
    """The window's configuration, which is a part of ``state``."""


class OpenedPopup(Message):
    """An open authorization transaction."""

    url: str = Field(max_length=8_000, pattern=r"^https://", repr=False)
    """The authorization request: the connector's authorization endpoint with its parameters."""


class AnswerPopup(Message):
    """An authorization response as it came back, not interpreted."""

    mode: ResponseMode
    """Where its parameters were found."""

    encoded: str = Field(max_length=64 * 1024, repr=False)
    """The parameters, form-encoded, without ``?`` or ``#``."""

    binding: Secret | None = Field(repr=False)
    """A digest of the browser's cookie; null when it sent none."""

    session: Secret = Field(repr=False)
    """A digest of the window's new session."""


class Found(Message):
    """One problem with its weight in the mode of the engagement."""

    step: Text
    """The step that found it."""

    code: Code
    """What is wrong."""

    severity: Severity
    """An error refuses the consumer."""

    expected: Text
    """What the specification or the configuration asks for."""

    observed: Text
    """What was seen, redacted: never a credential."""


class Claims(Message):
    """The verified claims that the agent is shown."""

    iss: str = Field(max_length=255)
    """The issuer: the connector's, octet by octet."""

    sub: str = Field(pattern=r"^[^\x00-\x1f\x7f]{1,255}$", repr=False)
    """The consumer at this issuer (OpenID Connect Core section 2), without control characters."""

    given_name: Any = Field(default=None, repr=False)
    """As in the id_token."""

    family_name: Any = Field(default=None, repr=False)
    """As in the id_token."""

    email: Any = Field(default=None, repr=False)
    """As in the id_token."""

    phone_number: Any = Field(default=None, repr=False)
    """As in the id_token."""

    gender: Any = Field(default=None, repr=False)
    """As in the id_token."""

    preferred_username: Any = Field(default=None, repr=False)
    """As in the id_token."""

    auth_time: Any = Field(default=None, repr=False)
    """As in the id_token."""

    lp_sdes: tuple[dict[str, Any], ...] = Field(default=(), repr=False)
    """The legal items of ``lp_sdes``."""

    mapped: dict[str, Any] = Field(default_factory=dict, repr=False)
    """Further claims that the connector maps, by their labels."""


class Decided(Message):
    """A verdict: always status 200, because a refusal is an answer."""

    flow: str = Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")
    """The backend's public name of the transaction; empty when there is none."""

    outcome: Literal["authenticated", "refused", "not_authenticated"]
    """``not_authenticated``: nobody is logged in, and nothing is wrong."""

    code: Code | None
    """Null when authenticated, the first error when refused, the reason when not authenticated."""

    problems: tuple[Found, ...] = Field(max_length=100)
    """Everything that was found, in the order of the steps."""

    engagement: Engaged | None
    """What the transaction was for; null when what came belongs to none."""

    popup: str | None = Field(default=None, max_length=64, repr=False)
    """The popup whose transaction an authorization response names, whether or not it was taken."""

    claims: Claims | None = Field(default=None, repr=False)
    """The consumer, exactly when authenticated."""

    expires_at: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """When the credential expires, in seconds since the epoch; the window then renews it."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        errors = [one.code for one in self.problems if one.severity == "error"]
        accepted = self.outcome == "authenticated"
        if accepted != (self.claims is not None) or accepted != (self.code is None):
            raise ValueError("claims belong to authenticated, a code to everything else")
        if accepted and (errors or self.engagement is None):
            raise ValueError("authenticated takes an engagement and no error")
        if self.outcome == "refused" and errors[:1] != [self.code]:
            raise ValueError("the code of a refusal is its first error's")
        return self


class Renew(Message):
    """A window whose credential has expired asks for a renewal without the page."""

    session: Secret = Field(repr=False)
    """A digest of the window's session."""


class Renewed(Message):
    """A renewal, or none."""

    verdict: Decided | None
    """Null where there is nothing to renew with, so that the page method is asked again."""


class RsaKey(Message):
    """A public RSA key (RFC 7518 section 6.3.1); a private member is an unknown one."""

    kty: Literal["RSA"]
    """The key type."""

    use: Literal["enc"]
    """It encrypts."""

    alg: Literal["RSA-OAEP-256"]
    """Its one algorithm."""

    kid: str = Field(min_length=1, max_length=200)
    """Names the key."""

    n: str = Field(pattern=r"^[A-Za-z0-9_-]{342,1366}$")
    """The modulus: 2048 bits or more."""

    e: str = Field(pattern=r"^[A-Za-z0-9_-]{4,12}$")
    """The exponent."""


class EcKey(Message):
    """A public P-256 key (RFC 7518 section 6.2.1); a private member is an unknown one."""

    kty: Literal["EC"]
    """The key type."""

    use: Literal["enc"]
    """It encrypts."""

    kid: str = Field(min_length=1, max_length=200)
    """Names the key."""

    crv: Literal["P-256"]
    """The curve."""

    x: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    """The x coordinate."""

    y: str = Field(pattern=r"^[A-Za-z0-9_-]{43}$")
    """The y coordinate."""


class EncryptionKeys(Message):
    """The keys for which the sample brand's issuer encrypts, the current one of each type first."""

    keys: tuple[Annotated[RsaKey | EcKey, Field(discriminator="kty")], ...] = Field(
        min_length=1, max_length=10
    )
    """A JWK Set's keys."""


class Nothing(Message):
    """An empty object."""


class Failure(Message):
    """Why there is no answer, in one form for every operation."""

    error: Literal[
        "malformed",
        "unauthorized",
        "not_found",
        "method_not_allowed",
        "too_large",
        "media_type",
        "unprocessable",
        "broken",
    ]
    """For programs."""

    detail: Text
    """One sentence for people."""


Asked = TypeVar("Asked", bound=Message)
Given = TypeVar("Given", bound=Message)


@dataclass(frozen=True, kw_only=True)
class Operation(Generic[Asked, Given]):
    """One operation: a POST of ``asked`` that answers with ``given``.

    Attributes:
        id: Its name.
        path: Below the backend's URL.
        summary: What it does.
    """

    id: str
    path: str
    summary: str
    asked: type[Asked]
    given: type[Given]


OPEN_CALL = Operation(
    id="openCall",
    path=f"/v{VERSION}/calls",
    summary="Open a call of the page method, bound to a page's origin and a window's session.",
    asked=OpenCall,
    given=OpenedCall,
)
ANSWER_CALL = Operation(
    id="answerCall",
    path=f"/v{VERSION}/calls/answer",
    summary="Decide what the page method answered. A call is answered once.",
    asked=AnswerCall,
    given=Decided,
)
OPEN_POPUP = Operation(
    id="openPopup",
    path=f"/v{VERSION}/popups",
    summary="Open an authorization transaction, bound to a browser.",
    asked=OpenPopup,
    given=OpenedPopup,
)
ANSWER_POPUP = Operation(
    id="answerPopup",
    path=f"/v{VERSION}/popups/answer",
    summary="Decide an authorization response. A transaction is taken once.",
    asked=AnswerPopup,
    given=Decided,
)
RENEW = Operation(
    id="renew",
    path=f"/v{VERSION}/sessions/renew",
    summary="Renew a sign-in by refresh token, for connectors that delegate.",
    asked=Renew,
    given=Renewed,
)
ENCRYPTION_KEYS = Operation(
    id="encryptionKeys",
    path=f"/v{VERSION}/encryption-keys",
    summary="Name the public keys for encrypted id_tokens (flow implicit-jwe only).",
    asked=Nothing,
    given=EncryptionKeys,
)
OPERATIONS: tuple[Operation[Any, Any], ...] = (
    OPEN_CALL,
    ANSWER_CALL,
    OPEN_POPUP,
    ANSWER_POPUP,
    RENEW,
    ENCRYPTION_KEYS,
)

FAILURES = {
    400: "The body is no JSON with one meaning (RFC 7493).",
    401: "The bearer token is missing or wrong (RFC 6750 section 3).",
    413: f"The body is larger than {MESSAGE_LIMIT} octets.",
    415: "The body is not application/json.",
    422: "The JSON is not what this operation takes, or names what the backend does not have.",
    500: "The backend failed.",
}


class NotTheContract(ValueError):
    """A message is not what the contract says; the text holds no value of it.

    Attributes:
        not_json: Whether it is not even JSON.
    """

    def __init__(self, sentence: str, *, not_json: bool = False) -> None:
        super().__init__(sentence)
        self.not_json = not_json


def read(octets: bytes, model: type[Given]) -> Given:
    """Read a message strictly.

    Raises:
        NotTheContract: When it is not JSON with one meaning (RFC 7493), or has another form.
    """
    try:
        strict_json.loads(octets)
        return model.model_validate_json(octets, strict=True)
    except strict_json.NotJson as error:
        raise NotTheContract(f"the message is no strict JSON: {error}", not_json=True) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        # The name of an unknown member is foreign too, so it is shown as carefully as a value.
        where = _clean(".".join(str(part) for part in first["loc"]))[:80] or "the message"
        raise NotTheContract(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None


def written(message: Message) -> bytes:
    """Return a message as JSON; what was not set is left out."""
    return message.model_dump_json(exclude_unset=True).encode()


def document(url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of a backend at ``url``."""
    spoken = {model for operation in OPERATIONS for model in (operation.asked, operation.given)}
    models: list[type[Message]] = sorted({*spoken, Failure}, key=lambda model: str(model.__name__))
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    for message, member, said in _said():
        if message in schemas["$defs"]:
            schemas["$defs"][message]["properties"][member]["description"] = said
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Verification backend",
            "version": VERSION,
            "description": "Opens sign-in transactions and decides what comes back. Each request is sent "
            "once and never again, because what it carries may be used once.",
        },
        "servers": [{"url": url}],
        "security": [{"bearer": []}],
        "paths": {operation.path: {"post": _described(operation)} for operation in OPERATIONS},
        "components": {
            "schemas": schemas["$defs"],
            "responses": {f"Failure{status}": _failed(said) for status, said in FAILURES.items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _said() -> Iterator[tuple[str, str, str]]:
    """Yield what is said below each member: the message, the member, the words.

    Pydantic can read it too, but does so whenever this is imported, which takes a tenth of a second.
    """
    for one in ast.parse(Path(__file__).read_text("utf-8")).body:
        if isinstance(one, ast.ClassDef):
            for member, below in pairwise(one.body):
                match member, below:
                    case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                        value=ast.Constant(value=str(said))
                    ):
                        yield one.name, name, inspect.cleandoc(said)


def _described(operation: Operation[Any, Any]) -> dict[str, Any]:
    failures = {str(status): {"$ref": f"#/components/responses/Failure{status}"} for status in FAILURES}
    return {
        "operationId": operation.id,
        "summary": operation.summary,
        "requestBody": {"required": True, "content": _content(operation.asked)},
        "responses": {
            "200": {"description": operation.given.__doc__, "content": _content(operation.given)},
            **failures,
        },
    }


def _failed(said: str) -> dict[str, Any]:
    return {"description": said, "content": _content(Failure)}


def _content(model: type[Message]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}


if __name__ == "__main__":
    print(json.dumps(document("https://verify.example"), indent=2))

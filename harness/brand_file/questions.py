"""The questions of ``harness init``, in their order: one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from harness.brand_file import answers
from harness.brand_file.advertised import Advertised
from harness.config import FLOWS
from harness.own_brand import REPLACED
from harness.page_methods import FAMILIES

CODE_FLOWS = ("code", "code-pkce")


@dataclass
class Known:
    """What is known so far.

    Attributes:
        answers: The answers, by the question's name.
        advertised: What the issuer says of itself; ``None`` where it says nothing.
    """

    answers: dict[str, str] = field(default_factory=dict)
    advertised: Advertised | None = None

    def __getitem__(self, name: str) -> str:
        return self.answers.get(name, "")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question.

    Attributes:
        name: The answer's name, which is also the option's.
        ask: The question.
        help: What the option's help says.
        check: Returns the answer, or raises :class:`~harness.brand_file.answers.NotThat`.
        default: What is taken when nothing is said; ``None`` where something must be.
        wanted: Whether it is a question at all, by what is known.
        belongs: What it belongs to, for where it is answered and is no question.
    """

    name: str
    ask: str
    help: str
    check: Callable[[str], str]
    default: Callable[[Known], str | None] = lambda _: None
    wanted: Callable[[Known], bool] = lambda _: True
    belongs: str = ""

    @property
    def option(self) -> str:
        """The option of the command line."""
        return f"--{self.name.replace('_', '-')}"


def _preferred(known: Known) -> str:
    offered = known.advertised.flows if known.advertised else ()
    return offered[0] if offered else "code-pkce"


def _is_code(known: Known) -> bool:
    return known["flow"] in CODE_FLOWS


def _may_be_another(known: Known) -> bool:
    return known["flow"] != "code-pkce"


def _signs_in(known: Known) -> bool:
    return bool(known["username"])


def _fixed(text: str) -> Callable[[Known], str]:
    return lambda _: text


_LOGIN = "somebody who signs in, --username"

QUESTIONS: tuple[Question, ...] = (
    Question(
        name="issuer",
        ask="Issuer: what the id_token has as iss",
        help="The authorization server's issuer, octet for octet as in its tokens.",
        check=answers.issuer,
    ),
    Question(
        name="flow",
        ask="Flow: how the credential travels",
        help=f"How the credential travels: {', '.join(FLOWS)}.",
        check=answers.flow,
        default=_preferred,
    ),
    Question(
        name="authorization_endpoint",
        ask="Authorization endpoint, for the popup window (empty: there is no popup)",
        help="Where the popup sends the consumer.",
        check=answers.https_or_nothing,
        default=_fixed(""),
    ),
    Question(
        name="token_endpoint",
        ask="Token endpoint, where the platform exchanges the code",
        help="Where the platform exchanges the code.",
        check=answers.https,
        wanted=_is_code,
        belongs="the flows code and code-pkce",
    ),
    Question(
        name="keys",
        ask="Keys: the JWK Set's URL, or the public key on one line",
        help="The JWK Set's URL, or the one public key as the connector form takes it.",
        check=answers.key_source,
    ),
    Question(
        name="client_id",
        ask="Client id of the platform at this server",
        help="The platform's client id at this server.",
        check=answers.words,
    ),
    Question(
        name="client_secret_env",
        ask="Environment variable that holds the client's secret (empty: it has none)",
        help="The environment variable that holds the client's secret.",
        check=answers.variable_or_nothing,
        default=_fixed(""),
        wanted=_is_code,
        belongs="the flows code and code-pkce",
    ),
    Question(
        name="page",
        ask="The page on which a signed-in consumer finds the chat",
        help="The page on which a signed-in consumer finds the chat.",
        check=answers.https,
    ),
    Question(
        name="tag",
        ask=f"The platform's tag in the page: its URL with *, or {answers.INJECT} where there is none yet",
        help=f"The tag URL that the page loads, with *, or {answers.INJECT} where it has none yet.",
        check=answers.tag,
        default=_fixed(REPLACED),
    ),
    Question(
        name="page_method",
        ask="How the SDK gets the credential: it calls a named function or a provider, or the page pushes it",
        help=f"How the SDK gets the credential from the page: {', '.join(FAMILIES)} (docs/adapters.md).",
        check=answers.page_method,
        default=_fixed("named"),
        wanted=_may_be_another,
        belongs="the flows without PKCE",
    ),
    Question(
        name="js_method",
        ask="The page method: what the platform calls, or what the page calls to register or to push",
        help="The page method's name, dots allowed.",
        check=answers.method,
        default=lambda known: answers.METHOD if known["page_method"] in ("", "named") else None,
    ),
    Question(
        name="expiry_event",
        ask="The event of window on which the page pushes again",
        help="The event of window on which the page pushes a fresh token.",
        check=answers.words,
        wanted=lambda known: known["page_method"] == "push",
        belongs="the page method push",
    ),
    Question(
        name="launcher",
        ask=f"The words on what opens the chat, or {answers.OURS} for a button of the harness",
        help=f"The words on what opens the chat, or {answers.OURS} for a button of the harness.",
        check=answers.words,
        default=_fixed(answers.OURS),
    ),
    Question(
        name="account",
        ask="Somebody who can sign in: a name for the results",
        help="A name for somebody who can sign in.",
        check=answers.account,
        default=_fixed("alice"),
    ),
    Question(
        name="username",
        ask="What they type as their user name (empty: harness record shall write how they sign in)",
        help="What they type as their user name; without it harness record writes how they sign in.",
        check=answers.words_or_nothing,
        default=_fixed(""),
    ),
    Question(
        name="username_field",
        ask="The label of the field for it",
        help="The label of the field for the user name.",
        check=answers.words,
        default=_fixed("Username"),
        wanted=_signs_in,
        belongs=_LOGIN,
    ),
    Question(
        name="password_env",
        ask="Environment variable that holds their password",
        help="The environment variable that holds their password.",
        check=answers.variable,
        default=lambda known: password_variable(known["account"]),
        wanted=_signs_in,
        belongs=_LOGIN,
    ),
    Question(
        name="password_field",
        ask="The label of the field for it",
        help="The label of the field for the password.",
        check=answers.words,
        default=_fixed("Password"),
        wanted=_signs_in,
        belongs=_LOGIN,
    ),
    Question(
        name="button",
        ask="The words on the button that signs them in",
        help="The words on the button that signs them in.",
        check=answers.words,
        default=_fixed("Sign in"),
        wanted=_signs_in,
        belongs=_LOGIN,
    ),
)


def password_variable(account: str) -> str:
    """Return the name of the environment variable for somebody's password."""
    name = account.upper().replace("-", "_")
    return f"{'_' if name[:1].isdigit() else ''}{name}_PASSWORD"

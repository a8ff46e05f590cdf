"""The questions: what is asked, what is not, and one sentence for every answer that cannot work."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.brand_file.advertised import Advertised
from harness.brand_file.interview import interview
from harness.brand_file.questions import QUESTIONS, Known
from harness.errors import UsageError
from harness.protocol.problem import Refusal

ISSUER = "https://login.acme.example"
OFFER = Advertised(
    issuer=ISSUER,
    endpoints={
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "keys": f"{ISSUER}/jwks",
    },
    flows=("code", "implicit"),
)
GIVEN = {"issuer": ISSUER, "client_id": "platform", "page": "https://www.acme.example/account"}


class Person:
    """Somebody who types; takes the default where nothing was foreseen."""

    def __init__(self, *typed: tuple[str, str]) -> None:
        self._typed = list(typed)
        self.asked: list[str] = []
        self.told: list[str] = []

    def ask(self, question: str, default: str) -> str:
        """Type the next foreseen answer of a question."""
        self.asked.append(question)
        for one in self._typed:
            if question.startswith(one[0]):
                self._typed.remove(one)
                return one[1]
        return default

    def interview(
        self, given: dict[str, str] | None = None, discover: Callable[[str], Advertised] | None = None
    ) -> Known:
        """Answer the questions that are left."""
        return interview(given or {}, ask=self.ask, say=self.told.append, discover=discover)


def nothing(issuer: str) -> Advertised:
    """Answer as a server without a document."""
    raise Refusal("disco.invalid", expected="status 200", observed="status 404")


def test_what_the_issuer_says_is_not_asked() -> None:
    """Its endpoints are filled in, and the flows that it offers are marked, the best one first."""
    person = Person()
    known = person.interview(GIVEN, lambda _: OFFER)

    assert f"{ISSUER}/token" == known["token_endpoint"]
    assert f"{ISSUER}/jwks" == known["keys"]
    assert "code" == known["flow"]
    assert (
        "Flow: how the credential travels (implicit *, implicit-jwe, code *, code-pkce; "
        "* the server offers it)"
    ) in person.asked
    assert not any("endpoint" in question for question in person.asked)


def test_without_a_document_the_endpoints_are_asked_for() -> None:
    """Why is said once."""
    person = Person(("Token endpoint", f"{ISSUER}/token"), ("Keys", f"{ISSUER}/jwks"))
    known = person.interview(GIVEN, nothing)

    assert (f"{ISSUER}/token", f"{ISSUER}/jwks", "") == (
        known["token_endpoint"],
        known["keys"],
        known["authorization_endpoint"],
    )
    assert [
        f"no discovery document of {ISSUER} could be read (disco.invalid: expected status 200, observed "
        "status 404), so its endpoints are asked for"
    ] == person.told


@pytest.mark.parametrize(("code", "option"), [("net.tls_invalid", "--ca"), ("net.connect_failed", "--map")])
def test_an_issuer_that_is_not_reached_names_the_option_that_may_help(code: str, option: str) -> None:
    """A staging server has a private authority, or no name in DNS."""

    def unreached(issuer: str) -> Advertised:
        raise Refusal(code, expected="a way", observed="none")

    person = Person(("Token endpoint", f"{ISSUER}/token"), ("Keys", f"{ISSUER}/jwks"))
    person.interview(GIVEN, unreached)

    (told,) = person.told
    assert f" {option}" in told


WRONG = (
    ("issuer", "Issuer", "http://login.acme.example", "is no https URL"),
    ("issuer", "Issuer", "https://login.acme.example?a=b", "has a query or a fragment"),
    ("issuer", "Issuer", f"https://login.acme.example/{'a' * 250}", "an issuer has at most 255"),
    ("flow", "Flow", "hybrid", "choose implicit, implicit-jwe, code, code-pkce"),
    ("authorization_endpoint", "Authorization", "login.acme.example", "is no https URL"),
    ("token_endpoint", "Token endpoint", "", "is no https URL"),
    ("keys", "Keys", "-----BEGIN PUBLIC KEY-----", "takes the JWK Set's https URL, or base64"),
    ("client_id", "Client id", "", "a few words on one line"),
    ("client_secret_env", "Environment variable that holds the client", "s3cret", "never the secret itself"),
    ("page", "The page on", "www.acme.example", "is no https URL"),
    ("tag", "The platform's tag", "https://*/tag.js", "is no tag URL"),
    ("js_method", "The page method", "get token()", "is no name of a function"),
    ("launcher", "The words on what", "", "a few words on one line"),
    ("account", "Somebody who", "alice@acme", "is no account's name"),
    ("username", "What they type", "a\tb", "a few words on one line"),
    ("password_env", "Environment variable that holds their", "", "no name of an environment variable"),
)
GOOD = {
    "issuer": ISSUER,
    "flow": "code",
    "token_endpoint": f"{ISSUER}/token",
    "keys": f"{ISSUER}/jwks",
    "client_id": "platform",
    "page": "https://www.acme.example/account",
    "username": "alice",
    "launcher": "Chat with us",
    "password_env": "ACME_PASSWORD",
}


@pytest.mark.parametrize(("name", "question", "typed", "sentence"), WRONG)
def test_an_answer_that_cannot_work_is_asked_for_again(
    name: str, question: str, typed: str, sentence: str
) -> None:
    """One sentence says what is allowed."""
    person = Person((question, typed), *((question, GOOD[name]) for _ in [0] if name in GOOD))
    known = person.interview({key: value for key, value in GOOD.items() if key != name})

    (said,) = person.told
    assert sentence in said
    assert known[name] == GOOD.get(name, known[name]) != typed


@pytest.mark.parametrize(("name", "question", "typed", "sentence"), WRONG)
def test_an_option_that_cannot_work_ends_it(name: str, question: str, typed: str, sentence: str) -> None:
    """The same sentence, with the option's name."""
    option = next(one.option for one in QUESTIONS if one.name == name)

    with pytest.raises(UsageError) as raised:
        Person().interview({**GOOD, name: typed})
    assert str(raised.value).startswith(f"{option}: ")
    assert sentence in str(raised.value)


def test_what_may_be_a_secret_is_not_repeated() -> None:
    """Where a variable's name was asked for and something else came."""
    with pytest.raises(UsageError) as raised:
        Person().interview({**GOOD, "client_secret_env": "hunter2-hunter2"})

    assert "hunter2" not in str(raised.value)


def test_an_option_that_belongs_to_something_else_is_refused() -> None:
    """An implicit flow exchanges nothing, and a login needs somebody."""
    with pytest.raises(UsageError, match="--token-endpoint belongs to the flows code and code-pkce"):
        Person().interview({**GOOD, "flow": "implicit"})
    with pytest.raises(UsageError, match="--password-env belongs to somebody who signs in"):
        Person().interview({**GOOD, "username": ""})


def test_without_anybody_to_ask_defaults_are_taken() -> None:
    """And what has none must be given."""
    given = {"issuer": ISSUER, "page": "https://www.acme.example/account"}

    with pytest.raises(UsageError, match="nothing says --client-id, and there is nobody to ask; add it"):
        interview(given, ask=None, say=lambda _: None, discover=lambda _: OFFER)
    known = interview(
        {**given, "client_id": "platform"}, ask=None, say=lambda _: None, discover=lambda _: OFFER
    )
    assert ("code", "", "harness") == (known["flow"], known["username"], known["launcher"])


def test_the_password_s_variable_is_named_after_the_account() -> None:
    """In the form that every shell takes."""
    person = Person()
    known = person.interview({**GOOD, "account": "2nd-user", "password_env": "X"} | {})
    other = Person().interview({key: value for key, value in GOOD.items() if key != "password_env"})

    assert "X" == known["password_env"]
    assert "ALICE_PASSWORD" == other["password_env"]


def test_a_server_that_calls_itself_otherwise_is_asked_about() -> None:
    """Its own name is the default; whoever keeps the other one is asked for the endpoints."""
    other = Advertised(issuer=f"{ISSUER}/", endpoints=OFFER.endpoints, flows=OFFER.flows)
    rest = {key: value for key, value in GOOD.items() if key not in ("issuer", "token_endpoint", "keys")}
    takes = Person(("Issuer", ISSUER)).interview(rest, lambda _: other)
    keeper = Person(("Issuer", ISSUER), ("Issuer", ISSUER), ("Token", f"{ISSUER}/t"), ("Keys", f"{ISSUER}/k"))
    keeps = keeper.interview(rest, lambda _: other)

    assert (f"{ISSUER}/", f"{ISSUER}/token") == (takes["issuer"], takes["token_endpoint"])
    assert (ISSUER, f"{ISSUER}/t") == (keeps["issuer"], keeps["token_endpoint"])
    with pytest.raises(UsageError, match=f"calls itself {ISSUER}/, .*; give --issuer {ISSUER}/, or"):
        Person().interview(GOOD, lambda _: other)

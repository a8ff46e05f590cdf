"""A credential leaves as its fingerprint or not at all, however it is wrapped."""

from __future__ import annotations

import base64
import functools
import html
import itertools
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protocol.fingerprint import fingerprint
from harness.redact import HIDDEN, Redactor, address, looks_secret, member_names

CODE = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC50ZXN0In0.c2lnbmF0dXJl"
JWE = "eyJhbGciOiJSU0EtT0FFUC0yNTYifQ.a2V5.aXY.Y2lwaGVy.dGFn"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----"
MARK = f"fp:{fingerprint(CODE)}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://chat.test/window?code={CODE}&lang=en", f"https://chat.test/window?code={MARK}&lang=…"),
        (f"https://chat.test/window#state={CODE}", f"https://chat.test/window#state={MARK}"),
        (f"https://chat.test/cb?%63o%64e={CODE}", f"https://chat.test/cb?code={MARK}"),
        (f"https://chat.test/cb?Code={CODE}", f"https://chat.test/cb?Code={MARK}"),
        (f"https://chat.test/cb;jsessionid={CODE}", f"https://chat.test/cb;jsessionid={MARK}"),
        (f"https://chat.test/window&code={CODE}", f"https://chat.test/window&code={MARK}"),
        (f"https://chat.test/#/account?token={CODE}", f"https://chat.test/#/account?token={MARK}"),
        (f"https://chat.test/session/{CODE}/x", f"https://chat.test/session/{MARK}/x"),
        (f"https://chat.test/cb?{CODE}", f"https://chat.test/cb?{HIDDEN}"),
        (
            f"https://chat.test/?next=https%3A%2F%2Fa.test%2F%3Fcode%3D{CODE}",
            f"https://chat.test/?next={HIDDEN}",
        ),
        (f"https://chat.test/?data=%7B%22id_token%22%3A%22{CODE}%22%7D", f"https://chat.test/?data={HIDDEN}"),
        ("https://user:secret@chat.test/", "https://chat.test/"),
        ("https://chat.test/?password=hunter2", f"https://chat.test/?password={HIDDEN}"),
        (f"data:text/html,<script>code='{CODE}'</script>", f"data:text/html,{HIDDEN}"),
        (f"javascript:code='{CODE}'", f"javascript:{HIDDEN}"),
        (f"blob:https://chat.test/{CODE}", f"blob:https://chat.test/{HIDDEN}"),
        ("about:srcdoc", "about:srcdoc"),
        ("about:neterror?e=xfoBlocked&u=https%3A//a.test/", "about:neterror?e=xfoBlocked"),
        (f"/cb?code={CODE}", f"/cb?code={MARK}"),
        (
            "https://chat.test/?prompt=none&error=login_required",
            "https://chat.test/?prompt=none&error=login_required",
        ),
        (f"https://chat.test/?error={CODE}", f"https://chat.test/?error={MARK}"),
        (
            f"https://chat.test/?code=~{'0' * 12}&lang=~{'1' * 12}",
            f"https://chat.test/?code=fp:{'0' * 12}&lang=…",
        ),
    ],
)
def test_an_address_keeps_origin_path_and_names(url: str, shown: str) -> None:
    """What a parameter says goes; what it is called stays, and a credential keeps its fingerprint."""
    assert shown == address(url).text


def test_an_address_is_redacted_once_and_for_all() -> None:
    """What is redacted already stays as it is, fingerprints included."""
    once = address(f"https://chat.test/cb?code={CODE}&lang=en#id_token={JWT}")

    assert once.text == address(once.text).text
    assert once.fingerprints == address(once.text).fingerprints


def test_an_address_s_fingerprint_is_that_of_the_decoded_value() -> None:
    """The server that got the value and the browser that sent it name it alike."""
    state = json.dumps({"config": {"skin": "fernhill"}, "rnd": "x y+z"})

    for encoded in (quote(state, safe=""), quote_plus(state)):
        assert (fingerprint(state),) == address(f"https://chat.test/cb?state={encoded}").fingerprints


@pytest.mark.parametrize(
    "text",
    [
        f"code={CODE}",
        f"code: {CODE}",
        f"Error: code={CODE}",
        f"Authorization: Bearer {CODE}",
        f"Cookie: a={CODE}; b={CODE}",
        f"set-cookie: __Host-idp={CODE}; Path=/; Secure",
        f"redirect%3Fcode%3D{CODE}",
        f"double%253Fcode%253D{CODE}",
        json.dumps({"id_token": CODE}),
        json.dumps({"body": json.dumps({"id_token": CODE})}),
        json.dumps(json.dumps(json.dumps({"token": CODE}))),
        f"{{ssoKey: {CODE}, redirect_uri: https://a.test/}}",
        f"['ticket', '{CODE}']",
        f"see https://a.test/cb?code={CODE}, please",
        f'data:application/json,{{"code":"{CODE}"}}',
        f"<input name=state value={CODE}>",
        f"token => {CODE}",
    ],
)
def test_text_loses_its_credentials(text: str) -> None:
    """By name, in whatever notation, at whatever depth of encoding."""
    assert CODE not in Redactor().text(text)


@pytest.mark.parametrize("secret", [JWT, JWE, PEM, CODE, "0123456789abcdef" * 4, f"{JWT[:60]}"])
@pytest.mark.parametrize("text", ["{}", "got {}", "({})", '"{}"', "a\n{}\nb", "x={};"])
def test_a_shape_gives_a_credential_away(secret: str, text: str) -> None:
    """JOSE, PEM and long opaque text are credentials whatever they are called."""
    assert secret not in Redactor().text(text.format(secret))


@pytest.mark.parametrize(
    "text",
    [
        "lpGetAuthenticationToken is not a function at https://www.brand.test/static/x.js:10:3",
        "Refused to display 'https://chat.test/' in a frame because it set 'X-Frame-Options' to 'deny'.",
        "Failed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameOriginAfterDefaultedToSameOriginByCoep",
        "error code: 404",
        "corp-not-same-origin-after-defaulted-to-same-origin-by-coep",
        "default-src 'none'; script-src 'self' https://cdn.test",
    ],
)
def test_what_an_engineer_needs_stays(text: str) -> None:
    """Names, addresses, statuses and the browser's own words are no credentials."""
    assert text == Redactor().text(text)


def test_people_are_not_named() -> None:
    """An e-mail address is personal data."""
    assert f"hello {HIDDEN}" == Redactor().text("hello alice@brand.test")


IN_A_PATH, IN_A_COMPONENT, IN_A_FORM = "!$&'()*+,;=:@~", "!'()*~", "*"
"""What browsers leave as it is in a path, by encodeURIComponent, and in a form."""

NOTATIONS: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    functools.partial(quote, safe=""),
    functools.partial(quote, safe=IN_A_PATH),
    functools.partial(quote, safe=IN_A_COMPONENT),
    functools.partial(quote_plus, safe=IN_A_FORM),
    lambda text: quote(text, safe="").lower() if text.islower() else quote(text, safe=""),
    lambda text: "".join(f"%{octet:02x}" for octet in text.encode()),
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: json.dumps(text)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c").replace("/", "\\/"),
    lambda text: "".join(
        f"\\x{ord(one):02X}" if ord(one) < 0x80 and not one.isalnum() else one for one in text
    ),
    lambda text: "".join(f"\\u{{{ord(one):x}}}" if not one.isalnum() else one for one in text),
    html.escape,
    lambda text: "".join(f"&#{ord(one)};" if not one.isalnum() else one for one in text),
    lambda text: "".join(f"&#x{ord(one):X};" if not one.isalnum() else one for one in text),
)
"""How browsers, scripts and servers write a text."""

AWKWARD = (
    "a\\\\&b\\\\\\\\",
    "Summer!(2024)&co",
    'pass word&"ä"',
    "it's~a*(b)+c=/d;,$@",
    "back\\slash/1",
    "tab\tnew\nline",
    "s😀crets",
)


@pytest.mark.parametrize("secret", AWKWARD)
def test_a_known_secret_is_found_in_every_notation(secret: str) -> None:
    """Also in two of them inside each other, where neither name nor shape gives it away."""
    redactor = Redactor([secret])

    for inner, outer in itertools.product(NOTATIONS, repeat=2):
        written = outer(inner(secret))
        for shown in (redactor.text(f"it was {written}."), redactor.seal(f"it was {written}.")):
            assert shown in (f"it was {HIDDEN}.", HIDDEN), written
        assert redactor.holds_credential(f"it was {written}.")


@pytest.mark.parametrize("secret", AWKWARD)
@pytest.mark.parametrize("encoded", NOTATIONS[1:5])
def test_a_known_secret_is_found_in_an_address(secret: str, encoded: Callable[[str], str]) -> None:
    """In its path as well as in what follows it, whatever separates parameters there."""
    redactor = Redactor([secret])

    for url in ("https://shop.example/as/{}/go", "https://shop.example/#/{}", "/relative/{}?a=b"):
        shown = redactor.url(url.format(encoded(secret)))
        assert url.split("{")[0] in shown
        assert not any(part in shown for part in re.findall(r"[A-Za-z0-9]{3,}", encoded(secret)))


@pytest.mark.parametrize("before", ["", "a", "ab", "alice:"])
def test_what_is_secret_from_the_start_is_found_in_base64(before: str) -> None:
    """As it stands in an Authorization header, wherever it begins in what is encoded."""
    redactor = Redactor(["Summer!(2024)&co"])
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(f"{before}Summer!(2024)&co".encode()).decode()

        assert redactor.holds_credential(encoded)
        assert encoded[4:-4] not in redactor.seal(f"sent {encoded}")


@pytest.mark.parametrize("secret", ["7392", "739214", "Pa5s!", "Pa5s!wd"])
def test_a_short_password_is_hidden_as_a_whole_word(secret: str) -> None:
    """A PIN too; a longer number or word that begins like it stays."""
    redactor = Redactor([secret])

    assert f"refused for {HIDDEN}, x{secret[1:]}1" == redactor.text(f"refused for {secret}, x{secret[1:]}1")
    assert "/login/…/" in redactor.url(f"https://shop.example/login/{secret}/")


@pytest.mark.parametrize("encoded", NOTATIONS)
def test_a_long_secret_is_found_too(encoded: Callable[[str], str]) -> None:
    """However many of its characters a notation changes, and though nothing is left of the text then."""
    secret = "[{(&" * 1000
    redactor = Redactor([secret])

    assert redactor.body(f"it was {encoded(secret)}") in (f"it was {HIDDEN}", HIDDEN)


@pytest.mark.parametrize("secret", ["7392", "\\\\" * 8])
def test_what_only_looks_like_a_secret_when_decoded_stays(secret: str) -> None:
    """Part of a longer number is no PIN, and not every text holds a secret of backslashes."""
    assert "order 173921 of a b" == Redactor([secret]).text("order 173921 of a%20b")


def test_a_word_of_three_letters_is_no_secret() -> None:
    """It would hide ordinary text."""
    assert "the cat sat" == Redactor(["cat"]).text("the cat sat")


def test_what_went_over_the_wire_is_known_afterwards() -> None:
    """A short code in a form is hidden where the page prints it without its name."""
    redactor = Redactor()
    redactor.learn_from("grant_type=authorization_code&code=shortcode&password=hunter-two")

    assert f"now fp:{fingerprint('shortcode')} and {HIDDEN}" == redactor.text("now shortcode and hunter-two")


def test_what_is_learned_later_is_hidden_in_the_same_text() -> None:
    """What was worked out before is worked out again."""
    redactor = Redactor()
    before = redactor.text("now shortcode")
    redactor.learn("shortcode")

    assert ("now shortcode", f"now fp:{fingerprint('shortcode')}") == (before, redactor.text("now shortcode"))


def test_the_longest_of_two_secrets_is_hidden_whole() -> None:
    """One that begins with another one leaves no end behind."""
    redactor = Redactor(["hunter-two", "hunter-two-and-more"])

    assert f"{HIDDEN} {HIDDEN}" == redactor.text("hunter-two-and-more hunter-two")


def test_words_and_addresses_are_never_learned_as_secrets() -> None:
    """An error or an issuer in the place of a code stays readable everywhere else."""
    redactor = Redactor()
    redactor.learn_from("https://a.test/cb?code=access_denied")
    redactor.learn_from("https://a.test/cb?code=https%3A%2F%2Fidp.test")
    redactor.learn_cookie("accepted")

    assert "access_denied at https://idp.test/ accepted" == redactor.text(
        "access_denied at https://idp.test/ accepted"
    )


def test_the_last_gate_is_by_value() -> None:
    """What is known to be secret is hidden in whatever member it stands, names of members among them."""
    redactor = Redactor(["hunter-two"])

    assert {"any": [HIDDEN, 1], HIDDEN: {"x": f"a {HIDDEN}"}, "none": None} == redactor.seal(
        {"any": ["hunter-two", 1], "hunter-two": {"x": "a hunter-two"}, "none": None}
    )


@pytest.mark.parametrize("secret", ['pä"ss1234', "Grün\\2024x", 'ü"ü"ü"', 'plain"1234', "tab\tü1234"])
@pytest.mark.parametrize("people", [False, True])
def test_the_last_gate_knows_what_json_escapes(secret: str, people: bool) -> None:
    """Quotes and backslashes hide nothing, in data, in a line of JSON, or beside letters that it leaves."""
    redactor = Redactor([] if people else [secret])
    if people:
        redactor.learn_person(secret)
    said = {"observed": f"x {secret} y", secret: [(secret, 1)]}

    assert {"observed": f"x {HIDDEN} y", HIDDEN: [[HIDDEN, 1]]} == redactor.seal(said)
    for ascii_only in (False, True):
        line = json.dumps({"observed": f"x {secret} y"}, ensure_ascii=ascii_only)
        assert people or redactor.holds_credential(line)
        assert json.dumps({"observed": f"x {HIDDEN} y"}, ensure_ascii=False) == json.dumps(
            json.loads(redactor.seal(line)), ensure_ascii=False
        )


def test_fingerprints_are_found_in_forms_json_and_text() -> None:
    """So that a request's body and a console's line are recognised as carrying the same credential."""
    redactor = Redactor()

    for text in (f"code={CODE}&x=1", json.dumps({"a": {"ssoKey": CODE}}), f"got code {CODE} today"):
        assert (fingerprint(CODE),) == redactor.fingerprints(text)
    assert () == redactor.fingerprints(None)


def test_member_names_of_forms_and_json() -> None:
    """Names are facts, once each."""
    assert ["a", "b"] == member_names("a=1&b=2&a=3")
    assert ["call_id", "token"] == member_names(json.dumps({"call_id": "x", "answer": {"token": "y"}}))
    assert [] == member_names(None)


def test_half_a_character_does_no_harm() -> None:
    """A lone surrogate, which no file can hold, becomes a question mark."""
    Redactor().text("a\ud800b").encode()
    Redactor().url("https://a.test/\ud800").encode()


SECRETS = st.from_regex(r"[A-Za-z][a-z0-9A-Z]{9}[0-9][A-Z][a-z][A-Za-z0-9_-]{12,30}", fullmatch=True)
NAMES = st.sampled_from(
    ["code", "id_token", "access_token", "state", "nonce", "ssoKey", "client_secret", "Password"]
)
WRAPPINGS = st.sampled_from(
    [
        "https://a.test/cb?{n}={s}&x=1",
        "https://a.test/cb#{n}={s}",
        "{n}={s}",
        "{n}: '{s}'",
        '{{"{n}":"{s}"}}',
        '{{\\"{n}\\":\\"{s}\\"}}',
        "cookie: {n}={s}",
        "x%26{n}%3D{s}",
        "Bearer {s}",
        "{s}",
    ]
)


@given(SECRETS, NAMES, WRAPPINGS, st.text(max_size=20))
def test_no_wrapping_carries_a_secret_through(secret: str, name: str, wrapping: str, around: str) -> None:
    """Whatever stands around it, the secret does not come out."""
    text = f"{around} {wrapping.format(n=name, s=secret)} {around}"

    assert secret not in Redactor().text(text, limit=10_000)
    assert secret not in Redactor().url(f"https://a.test/?{name}={secret}&y={quote(around)}")


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    """Nothing that a page can write breaks the redaction."""
    redactor = Redactor(["hunter-two"])

    assert len(redactor.text(text)) <= 600
    redactor.url(text)
    redactor.fingerprints(text)
    assert looks_secret(text) in (True, False)


CREDENTIALS = (
    *(
        "code",
        "id_token",
        "access_token",
        "refresh_token",
        "client_secret",
        "code_verifier",
        "state",
        "nonce",
    ),
    *("Authorization", "Cookie", "Set-Cookie", "password"),
)
PLAINLY = "Kite7over"
"""Nothing about it says that it is secret but what it is called."""


@pytest.mark.parametrize("name", CREDENTIALS)
@pytest.mark.parametrize(
    "notation",
    [
        "{name}={value}",
        "a=1&{name}={value}&b=2",
        '{{"{name}": "{value}"}}',
        "{name}: {value}",
        "https://a.test/cb?{name}={value}#x",
        "https://a.test/cb#{name}={value}",
    ],
)
def test_a_credential_is_known_by_its_name_alone(name: str, notation: str) -> None:
    """Whatever its value looks like, in a form, JSON, a header or an address."""
    text = notation.format(name=name, value=PLAINLY)

    assert not looks_secret(PLAINLY)
    assert PLAINLY not in Redactor().text(text)
    assert PLAINLY in Redactor().text(text.replace(name, "colour").replace("https://", ""))


def test_half_a_character_in_a_secret_is_learnt() -> None:
    """A page's script may cut a token anywhere, and what it sends then is hidden all the same."""
    redactor = Redactor()
    redactor.learn_from('{"token": "\\ud800abcdef-ghijkl"}')

    assert "abcdef-ghijkl" not in redactor.text("it was \ud800abcdef-ghijkl")


@pytest.mark.parametrize(
    "text",
    ["ab:" * 5_000, "https://" * 2_000, "code=" * 4_000, "ab=" * 5_000 + "code=hunter-two"],
    ids=["colons", "addresses", "codes", "signs"],
)
def test_pairs_inside_pairs_come_to_an_end(text: str) -> None:
    """However many there are, and what is too deep to look into is hidden."""
    assert "hunter-two" not in Redactor().body(text)


def test_long_text_without_an_address_is_no_work() -> None:
    """Every character could begin an e-mail address, and none is looked at more than a few times."""
    assert f"{'x' * 100_000} {HIDDEN}" == Redactor().body("x" * 100_000 + " alice@example.org")

"""What a consumer, or somebody in their place, does: the ordinary sign-in and the attacks on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from harness import probes
from harness.clock import ManualClock
from harness.matrix import Case
from harness.protocol import base64url
from harness.roles import attacker
from harness.sample import PLATFORM_SECRET
from harness.server import RunningServer
from harness.wire import Back, WireConsumer

RENEWED_AFTER = 400
"""Seconds after which an id_token of the sample has expired, leeway included."""

REBINDING_HOST = "keys.rebind.test"

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the curve's group (SEC 2 section 2.4.2)."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who acts, where and in which case.

    Attributes:
        server: The running harness.
        clock: Its clock, which can be moved.
        consumer: A signed-in consumer.
        case: The row of the matrix.
        connector: The id of the connector that the window works for.
    """

    server: RunningServer
    clock: ManualClock
    consumer: WireConsumer
    case: Case
    connector: str

    @property
    def engagement(self) -> str:
        """The engagement's name."""
        return f"{self.case.surface}.{self.connector}.{self.case.mode}"


def sign_in(scene: Scene) -> None:
    """Sign in as anybody would."""
    consumer, case = scene.consumer, scene.case
    if case.surface == "popup":
        consumer.come_back(_response(scene))
        return
    call = consumer.open_call(scene.engagement)
    if case.surface == "app":
        consumer.hand_over(call, consumer.app_answer(call, case.flow))
        return
    report = consumer.page_report(call, case.flow)
    consumer.hand_over(call, None, answer=report, identity=consumer.identity())


def _response(scene: Scene) -> Back:
    return scene.consumer.authorize(scene.consumer.start_popup(scene.engagement))


def twice(scene: Scene) -> None:
    """Sign in twice, in two windows, a second apart."""
    sign_in(scene)
    scene.clock.advance(1)
    sign_in(scene)


def comes_back_twice(scene: Scene) -> None:
    """Arrive with the same response again."""
    back = _response(scene)
    scene.consumer.come_back(back)
    scene.consumer.come_back(back)


def comes_back_late(scene: Scene) -> None:
    """Arrive when the state has expired."""
    back = _response(scene)
    scene.clock.advance(scene.server.config.deadlines.state + 1)
    scene.consumer.come_back(back)


def comes_back_elsewhere(scene: Scene) -> None:
    """Let somebody else's browser, which has a popup of its own, arrive with the response."""
    back = _response(scene)
    with WireConsumer(scene.server) as victim:
        victim.start_popup(scene.engagement)
        victim.come_back(back)


def comes_unasked(scene: Scene) -> None:
    """Arrive with a response that no request of this browser asked for."""
    with WireConsumer(scene.server) as victim:
        victim.come_back(Back(mode="query", encoded="code=injected&state=made-up"))


def code_taken_before(scene: Scene) -> None:
    """Let something else use the code before the consumer arrives."""
    back = _response(scene)
    code = dict(pair.split("=", 1) for pair in back.encoded.split("&"))["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": f"https://{scene.server.config.sites.platform}/window",
    }
    issuer = scene.server.config.connector(scene.connector).token_endpoint
    scene.server.http.post(issuer, data=form, auth=(f"platform-{scene.case.flow}", PLATFORM_SECRET))
    scene.consumer.come_back(back)


def same_code_twice(scene: Scene) -> None:
    """Hand the code of one call over in a second call too."""
    first, second = (scene.consumer.open_call(scene.engagement) for _ in range(2))
    answer = scene.consumer.page_answer(first, scene.case.flow)
    scene.consumer.hand_over(first, answer)
    scene.consumer.hand_over(second, answer)


def same_token_elsewhere(scene: Scene) -> None:
    """Hand the id_token of one window over in a second window too."""
    same_code_twice(scene)


def same_token_resumed(scene: Scene) -> None:
    """Hand the id_token over again in the same window, as one does that kept it over a page load."""
    first = scene.consumer.open_call(scene.engagement)
    answer = scene.consumer.page_answer(first, scene.case.flow)
    scene.consumer.hand_over(first, answer)
    second = scene.consumer.open_call(scene.engagement, session=first["session"])
    scene.consumer.hand_over(second, answer)


def same_token_varied(scene: Scene) -> None:
    """Hand the id_token over in a second window, with the other signature that ECDSA allows."""
    first, second = (scene.consumer.open_call(scene.engagement) for _ in range(2))
    answer = scene.consumer.page_answer(first, scene.case.flow)
    scene.consumer.hand_over(first, answer)
    start, _, signature = answer.rpartition(".")
    octets = base64url.decode(signature)
    r, s = octets[:32], int.from_bytes(octets[32:])
    other = base64url.encode(r + (P256_ORDER - s).to_bytes(32))
    scene.consumer.hand_over(second, f"{start}.{other}")


def floods_with_key_ids(scene: Scene) -> None:
    """Hand over tokens with made-up key ids, and a good one after them."""
    for number in range(4):
        call = scene.consumer.open_call(scene.engagement)
        head = base64url.encode(b'{"alg":"RS256","kid":"made-up-%d"}' % number)
        _, body, signature = scene.consumer.page_answer(call, scene.case.flow).split(".")
        scene.consumer.hand_over(call, f"{head}.{body}.{signature}")
    sign_in(scene)


def hands_over_the_platforms_own(scene: Scene) -> None:
    """Hand the platform's own session token over as if it were an id_token."""
    first, second = (scene.consumer.open_call(scene.engagement) for _ in range(2))
    welcome = scene.consumer.hand_over(first, scene.consumer.page_answer(first, scene.case.flow))
    scene.consumer.hand_over(second, welcome["token"])


def posts_another_type(scene: Scene) -> None:
    """Arrive by form_post with a form of another content type."""
    back = _response(scene)
    scene.consumer.post_form(back, content_type="text/plain")


def _asks_otherwise(scene: Scene, **changes: str) -> None:
    url = scene.consumer.start_popup(scene.engagement)
    parts = urlsplit(url)
    asked = {name: value for name, value in {**dict(parse_qsl(parts.query)), **changes}.items() if value}
    scene.consumer.come_back(scene.consumer.authorize(f"{url.split('?')[0]}?{urlencode(asked)}"))


def asks_for_plain(scene: Scene) -> None:
    """Ask for the PKCE method plain."""
    _asks_otherwise(scene, code_challenge_method="plain")


def asks_for_no_method(scene: Scene) -> None:
    """Ask without naming a PKCE method, which means plain."""
    _asks_otherwise(scene, code_challenge_method="")


def asks_with_a_short_challenge(scene: Scene) -> None:
    """Ask with a challenge that is none."""
    _asks_otherwise(scene, code_challenge="too-short")


def changes_the_subject(scene: Scene) -> None:
    """Sign in, and let somebody else's credential follow in the same window."""
    first = scene.consumer.open_call(scene.engagement)
    scene.consumer.hand_over(first, scene.consumer.page_answer(first, scene.case.flow))
    second = scene.consumer.open_call(scene.engagement, session=first["session"])
    with WireConsumer(scene.server) as other:
        other.sign_in("bob")
        scene.consumer.hand_over(second, other.page_answer(second, scene.case.flow))


def signs_in_at_the_partner(scene: Scene) -> None:
    """Sign in at another issuer that knows the same subject."""
    sign_in(scene)
    partner = f"{scene.case.surface}.partner-implicit.{scene.case.mode}"
    scene.consumer.come_back(scene.consumer.authorize(scene.consumer.start_popup(partner)))


def answers_a_foreign_call(scene: Scene) -> None:
    """Answer the consumer's call from an attacker's window, with the attacker's own good credential."""
    call = scene.consumer.open_call(scene.engagement)
    with WireConsumer(scene.server) as attacker:
        attacker.sign_in("bob")
        own = attacker.open_call(scene.engagement)
        answer = attacker.page_answer(own, scene.case.flow)
        scene.consumer.hand_over(call, answer, session=own["session"])


def foreign_verifier(scene: Scene) -> None:
    """Hand a code over with the sealed verifier of another call."""
    first, second = (scene.consumer.open_call(scene.engagement) for _ in range(2))
    answer = scene.consumer.page_answer(first, scene.case.flow)
    scene.consumer.hand_over(first, answer, sealed_verifier=second["sealed_verifier"])


def injects_a_code(scene: Scene) -> None:
    """Put a code that was stolen from the consumer into a response of the attacker's own transaction."""
    stolen = dict(pair.split("=", 1) for pair in _response(scene).encoded.split("&"))["code"]
    with WireConsumer(scene.server) as attacker:
        attacker.sign_in("bob")
        back = attacker.authorize(attacker.start_popup(scene.engagement))
        own = dict(pair.split("=", 1) for pair in back.encoded.split("&"))["code"]
        attacker.come_back(Back(mode=back.mode, encoded=back.encoded.replace(own, stolen)))


def renews(scene: Scene) -> None:
    """Sign in, and have the sign-in renewed when the id_token has expired."""
    session = _signed_in_session(scene)
    scene.clock.advance(RENEWED_AFTER)
    scene.consumer.renew(session)


def _signed_in_session(scene: Scene) -> str:
    consumer = scene.consumer
    if scene.case.surface == "popup":
        return str(consumer.come_back(_response(scene))["session"])
    call = consumer.open_call(scene.engagement)
    consumer.hand_over(call, consumer.page_answer(call, scene.case.flow))
    return str(call["session"])


def never_comes_back(scene: Scene) -> None:
    """Open a popup that does not come back in time, and ask how far it is."""
    with WireConsumer(scene.server) as consumer:
        popup = consumer.open_popup(scene.engagement)
        back = consumer.authorize(popup.url)
        if back.encoded:
            consumer.come_back(back)
            return
        scene.clock.advance(scene.server.config.deadlines.state + 1)
        consumer.popup_status(popup.name)


def logs_out_before(scene: Scene) -> None:
    """Hand a token over that was issued before the consumer logged out."""
    with WireConsumer(scene.server) as consumer:
        consumer.sign_in("alice")
        if scene.case.surface == "popup":
            back = consumer.authorize(consumer.start_popup(scene.engagement))
            consumer.log_out()
            consumer.come_back(back)
            return
        call = consumer.open_call(scene.engagement)
        ask = consumer.app_answer if scene.case.surface == "app" else consumer.page_answer
        answer = ask(call, scene.case.flow)
        consumer.log_out()
        consumer.hand_over(call, answer)


def signs_in_at_both_accounts(scene: Scene) -> None:
    """Sign in at the platform's other account, where the same issuer knows the same subject."""
    sign_in(replace(scene, connector=scene.case.flow))
    sign_in(scene)


def confuses_two_providers(scene: Scene) -> None:
    """Answer the request to one provider with the code of another one, to which a request is open too."""
    own = replace(scene, connector=scene.case.flow)
    scene.consumer.start_popup(own.engagement)
    asked = scene.consumer.start_popup(scene.engagement)
    honest = scene.server.config.connector(own.connector).authorization_endpoint
    scene.consumer.come_back(scene.consumer.authorize(f"{honest}?{urlsplit(asked).query}"))


def moves_its_name(scene: Scene) -> None:
    """Let the host of the keys resolve to a public address when looked up, and then to a private one."""
    names, sites = scene.server.names, scene.server.config.sites
    private = names.resolve(sites.idp, 443)
    assert private is not None, "the sample's own names are mapped"
    names.add(REBINDING_HOST, ("8.8.8.8", 443), private)
    names.resolve(REBINDING_HOST, 443)
    sign_in(scene)


def probes_a_post(scene: Scene) -> None:
    """Sign in, and send the authorization request by POST beside it."""
    sign_in(scene)
    asked = scene.consumer.start_popup(scene.engagement)
    probes.authorize_by_post(scene.server.http, scene.server.store.events, asked)


def probes_return_addresses(scene: Scene) -> None:
    """Sign in, and tell the window beside it to go on to an attacker's addresses."""
    sign_in(scene)
    sites = scene.server.config.sites
    http, events = scene.server.http, scene.server.store.events
    window = scene.server.config.window_url
    probes.ask_to_lead_elsewhere(http, events, window, attacker.host(sites))


def probes_a_used_code(scene: Scene) -> None:
    """Sign in, and beside it use a code twice and then the first access token."""
    back = dict(parse_qsl(_response(scene).encoded))
    connector = scene.server.config.connector(scene.connector)
    redirect_uri = f"https://{scene.server.config.sites.platform}/window"
    used = probes.CodeUse(
        code=back["code"], redirect_uri=redirect_uri, endpoint=f"{connector.issuer}/userinfo"
    )
    probes.use_a_code_twice(scene.server.http, scene.server.store.events, connector, used)
    sign_in(scene)


def is_asked_twice(scene: Scene) -> None:
    """Sign in, and let another browser of the consumer's ask for a credential beside it."""
    with WireConsumer(scene.server) as other:
        other.sign_in("alice")
        given = other.page_answer(other.open_call(scene.engagement), scene.case.flow)
        credential = given["ssoKey"] if isinstance(given, dict) else given
        host = scene.server.config.sites.brand
        probes.ask_in_a_fresh_context(scene.server.store.events, host, str(credential))
    sign_in(scene)


def brings_no_token(scene: Scene) -> None:
    """Ask for an authenticated conversation with nothing but the page's identity."""
    call = scene.consumer.open_call(scene.engagement)
    known = {"iss": f"https://{scene.server.config.sites.idp}", "acr": "loa1", "sub": "fh-100234"}
    scene.consumer.hand_over(call, None, answer=None, identity=known)


BEHAVIOURS: Mapping[str, Callable[[Scene], None]] = {
    "twice": twice,
    "comes-back-twice": comes_back_twice,
    "comes-back-late": comes_back_late,
    "comes-back-elsewhere": comes_back_elsewhere,
    "comes-unasked": comes_unasked,
    "code-taken-before": code_taken_before,
    "same-code-twice": same_code_twice,
    "same-token-elsewhere": same_token_elsewhere,
    "same-token-resumed": same_token_resumed,
    "same-token-varied": same_token_varied,
    "floods-with-key-ids": floods_with_key_ids,
    "hands-over-the-platforms-own": hands_over_the_platforms_own,
    "posts-another-type": posts_another_type,
    "asks-for-plain": asks_for_plain,
    "asks-for-no-method": asks_for_no_method,
    "asks-with-a-short-challenge": asks_with_a_short_challenge,
    "changes-the-subject": changes_the_subject,
    "signs-in-at-the-partner": signs_in_at_the_partner,
    "answers-a-foreign-call": answers_a_foreign_call,
    "foreign-verifier": foreign_verifier,
    "injects-a-code": injects_a_code,
    "renews": renews,
    "brings-no-token": brings_no_token,
    "is-asked-twice": is_asked_twice,
    "never-comes-back": never_comes_back,
    "logs-out-before": logs_out_before,
    "signs-in-at-both-accounts": signs_in_at_both_accounts,
    "confuses-two-providers": confuses_two_providers,
    "moves-its-name": moves_its_name,
    "probes-a-post": probes_a_post,
    "probes-a-used-code": probes_a_used_code,
    "probes-return-addresses": probes_return_addresses,
}

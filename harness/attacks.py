"""Attacks on our own side: what somebody tries whom the platform, or the harness, must not let.

Each is a small deed over HTTP. It puts on the timeline what was tried and what came of it; whether that is as
it must be is for the checks to say. One that needs no more than the attacker ends there; beside the others
the consumer signs in as always.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx2
from joserfc.jwk import RSAKey

from harness.net import MappedTransport
from harness.protocol import base64url
from harness.protocol.fingerprint import fingerprint
from harness.roles import attacker
from harness.roles.seams import Draft
from harness.scene import Scene, response, sign_in
from harness.wire import WireConsumer

STRANGER = "https://stranger.test"
"""A site that is registered nowhere."""

_JSON = "application/json"


@contextlib.contextmanager
def attack(scene: Scene, name: str) -> Iterator[Callable[..., None]]:
    """Put the beginning and the end of an attack on the timeline; give what records what came of it."""
    events = scene.server.store.events
    events.append("harness", "attack.started", attack=name)

    def seen(**facts: Any) -> None:
        events.append("harness", "attack.seen", attack=name, **facts)

    try:
        yield seen
    finally:
        events.append("harness", "attack.ended", attack=name)


def post(
    scene: Scene, body: Mapping[str, Any], *, origin: str | None = None, kind: str = _JSON
) -> httpx2.Response:
    """Pass an answer on as the window does, or as somebody else would."""
    chat = f"https://{scene.server.config.sites.platform}"
    headers = {"Origin": origin or chat, "Content-Type": kind}
    return scene.consumer.http.post(f"{chat}/api/answer", content=json.dumps(body), headers=headers)


def good(scene: Scene, **changes: Any) -> dict[str, Any]:
    """Return the body that signs the consumer in."""
    call = scene.consumer.open_call(scene.engagement)
    return scene.consumer.handed(call, scene.consumer.page_answer(call, scene.case.flow), **changes)


def posts_from_another_site(scene: Scene) -> None:
    """Let a page of another site post what signs somebody in, as a form can (RFC 6749 section 10.12)."""
    with attack(scene, "foreign_page") as seen:
        answer = post(scene, good(scene), origin=STRANGER)
        seen(origin=STRANGER, status=answer.status_code)


def posts_too_much(scene: Scene) -> None:
    """Post 10 000 fields beside a good credential."""
    page = {f"field-{number}": "0123456789" for number in range(10_000)}
    with attack(scene, "oversized") as seen:
        body = good(scene, page=page)
        seen(octets=len(json.dumps(body)), status=post(scene, body).status_code)


def asks_in_another_form(scene: Scene) -> None:
    """Send the credential in an address, and as plain text (RFC 6750 sections 2.3 and 5.3)."""
    chat = f"https://{scene.server.config.sites.platform}"
    with attack(scene, "other_form") as seen:
        body = good(scene)
        asked = {"call_id": body["call_id"], "token": json.dumps(body["answer"]["token"])}
        seen(method="GET", status=scene.consumer.http.get(f"{chat}/api/answer", params=asked).status_code)
        seen(method="POST", status=post(scene, body, kind="text/plain").status_code)


def tries_without_end(scene: Scene) -> None:
    """Hand over one bad credential after the other in one window (RFC 6585 section 4)."""
    with attack(scene, "many_attempts") as seen:
        call = scene.consumer.open_call(scene.engagement)
        for _ in range(12):
            last = post(scene, scene.consumer.handed(call, "e30.e30.e30"))
            call = scene.consumer.open_call(scene.engagement, session=call["session"])
        seen(status=last.status_code, retry_after=last.headers.get("retry-after"))
    if last.status_code == httpx2.codes.OK:
        sign_in(scene)


def reads_from_another_site(scene: Scene) -> None:
    """Let a page of another site read what the SDK may (Fetch section 3.3)."""
    chat = f"https://{scene.server.config.sites.platform}"
    with attack(scene, "origin_reads") as seen:
        answer = scene.consumer.http.get(
            f"{chat}/sdk/engagement", params={"section": scene.engagement}, headers={"Origin": STRANGER}
        )
        seen(
            origin=STRANGER,
            allowed=answer.headers.get("access-control-allow-origin"),
            credentials=answer.headers.get("access-control-allow-credentials"),
        )
    sign_in(scene)


def damages_the_encryption(scene: Scene) -> None:
    """Hand over tokens whose key, whose text and whose tag do not decrypt (RFC 7516 section 11.5)."""
    _compares(scene, "damaged_encryption", (_flipped(1), _flipped(3), _flipped(4)))


def hands_over_defects(scene: Scene) -> None:
    """Hand over tokens that are wrong in ways of their own, and read what the platform says of each."""
    _compares(scene, "defective_tokens", (_flipped(1), _flipped(2), lambda token: "e30.e30.e30"))


def _compares(scene: Scene, name: str, edits: tuple[Callable[[str], str], ...]) -> None:
    with attack(scene, name) as seen:
        answers = []
        for edit in edits:
            body = good(scene)
            body["answer"]["token"] = edit(body["answer"]["token"])
            answer = post(scene, body)
            answers.append(_public(answer.status_code, answer.json()))
        seen(answers=answers)
    sign_in(scene)


def _public(status: int, answer: Mapping[str, Any]) -> str:
    """Return the mark of what an outsider is told."""
    told = {name: value for name, value in answer.items() if name not in _OF_ITS_OWN}
    return fingerprint(json.dumps([status, told], sort_keys=True))


_OF_ITS_OWN = ("reference", "token", "session")
"""What is different in every answer, and says nothing."""


def _flipped(part: int) -> Callable[[str], str]:
    """Return what changes one octet in the middle of a part of a compact token."""

    def edit(token: str) -> str:
        parts = token.split(".")
        octets = bytearray(base64url.decode(parts[part]))
        octets[len(octets) // 2] ^= 1
        return ".".join([*parts[:part], base64url.encode(bytes(octets)), *parts[part + 1 :]])

    return edit


def knows_the_session(scene: Scene) -> None:
    """Learn the name of a window's session before the login, and use it after (RFC 9700 section 4.7)."""
    with attack(scene, "known_session") as seen:
        body = good(scene)
        post(scene, body)
        later = scene.consumer.open_call(scene.engagement, session=body["session"])
        seen(taken=later["session"] == body["session"])


def signs_in_as_alike(scene: Scene) -> None:
    """Sign in as two people whose subjects differ in their spelling alone (OpenID Connect Core section 2)."""
    sign_in(scene)
    _signs_in_as(scene, lambda sub: sub.upper())


def signs_in_with_the_same_address(scene: Scene) -> None:
    """Sign in as two people who have one e-mail address (OpenID Connect Core section 5.7)."""
    sign_in(scene)
    _signs_in_as(scene, lambda sub: f"another-{sub}")


def _signs_in_as(scene: Scene, subject: Callable[[str], str]) -> None:
    """Sign in at an authorization server that calls the consumer otherwise."""
    seams = scene.server.composition.seams

    def claims(known: dict[str, Any], now: float) -> dict[str, Any]:
        return {**known, "sub": subject(known["sub"])}

    with seams.put(replace(seams.now, claims=claims)):
        sign_in(scene)


def follows_a_guest(scene: Scene) -> None:
    """Sign in in a window of one's own, on a device on which a guest has chatted before."""
    scene.clock.advance(1)  # nobody else is a guest at that moment
    with attack(scene, "guest_before") as seen:
        guest = scene.consumer.nobody(scene.consumer.open_call(scene.engagement))
        own = post(scene, good(scene)).json()
        seen(shown=_conversation(guest["token"]) == _conversation(own["token"]))


def _conversation(token: str) -> Any:
    """Return the conversation that a window's token opens."""
    return json.loads(base64url.decode(token.split(".")[1]))["sub"]


def guesses_the_state(scene: Scene) -> None:
    """Come back with more and more of the right state, and then with all of it (OIDC Core section 16.12)."""
    with attack(scene, "near_states") as seen:
        back = response(scene)
        parameters = dict(parse_qsl(back.encoded))
        state = parameters["state"]
        answers = []
        for right in (1, len(state) // 2, len(state) - 1):
            near = urlencode({**parameters, "state": state[:right] + "~" * (len(state) - right)})
            told = scene.consumer.come_back(replace(back, encoded=near))
            answers.append(_public(httpx2.codes.OK, told))
        seen(answers=answers)
    scene.consumer.come_back(back)


def signs_with_another_issuers_key(scene: Scene) -> None:
    """Hand over a token of the one issuer that a key of the other has signed (RFC 8725 section 3.8)."""
    seams = scene.server.composition.seams
    asked = f"{scene.case.surface}.partner-implicit.{scene.case.mode}"
    # The platform has the other issuer's keys now.
    scene.consumer.come_back(scene.consumer.authorize(scene.consumer.start_popup(asked)))

    def forged(draft: Draft, issuer: str, keys: Mapping[str, RSAKey]) -> Draft:
        key = next(keys[name] for name in keys if name != issuer)
        assert not isinstance(draft.header, bytes), "nothing else is put into the header"
        return replace(draft, key=key, header={**draft.header, "kid": key.kid})

    with attack(scene, "key_of_other_issuer") as seen, seams.put(replace(seams.now, draft=forged)):
        seen(outcome=post(scene, good(scene)).json()["outcome"])
    sign_in(scene)


def sits_down_after_a_logout(scene: Scene) -> None:
    """Go on in a popup whose consumer has signed out of the brand (OpenID Connect Back-Channel Logout)."""
    with WireConsumer(scene.server) as consumer:
        consumer.sign_in("alice")
        popup = consumer.open_popup(scene.engagement)
        session = consumer.come_back(consumer.authorize(popup.url))["session"]
        consumer.leave_shop(popup.name)
        with attack(scene, "after_logout") as seen:
            seen(alive=consumer.open_call(scene.engagement, session=session)["session"] == session)


def tells_it_to_lead_elsewhere(scene: Scene) -> None:
    """Tell the window to go on to somebody else's addresses, in each way that careless code believes.

    Source: RFC 9700 section 4.11.1; how browsers read such addresses: the URL Standard section 4.4.
    """
    sites, callback = scene.server.config.sites, scene.server.config.window_url
    own, elsewhere = sites.platform, attacker.host(sites)
    addresses = (
        f"https://{elsewhere}/",
        f"//{elsewhere}/",
        f"/\\{elsewhere}/",
        f"/\t/{elsewhere}/",
        f"https://{own}@{elsewhere}/",
        f"https://{elsewhere}/{own}",
        f"data:text/html,{own}",
    )
    # Not through a client, which reads every Location and may refuse to.
    transport = MappedTransport(scene.server.names, scene.server.tls.client)
    with attack(scene, "return_address") as seen, transport:
        for address in addresses:
            answer = transport.handle_request(httpx2.Request("GET", callback, params={"return_to": address}))
            answer.close()
            seen(callback=callback, status=answer.status_code, location=answer.headers.get("location"))
    sign_in(scene)


ATTACKS: Mapping[str, Callable[[Scene], None]] = {
    "posts-from-another-site": posts_from_another_site,
    "posts-too-much": posts_too_much,
    "asks-in-another-form": asks_in_another_form,
    "tries-without-end": tries_without_end,
    "reads-from-another-site": reads_from_another_site,
    "damages-the-encryption": damages_the_encryption,
    "hands-over-defects": hands_over_defects,
    "knows-the-session": knows_the_session,
    "signs-in-as-alike": signs_in_as_alike,
    "signs-in-with-the-same-address": signs_in_with_the_same_address,
    "guesses-the-state": guesses_the_state,
    "sits-down-after-a-logout": sits_down_after_a_logout,
    "follows-a-guest": follows_a_guest,
    "signs-with-another-issuers-key": signs_with_another_issuers_key,
    "tells-it-to-lead-elsewhere": tells_it_to_lead_elsewhere,
}
"""By the names that rows of ``faults.toml`` use."""

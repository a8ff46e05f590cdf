"""From a row of ``faults.toml`` to the seams that make the sample brand misbehave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from harness.catalogue.faults import FaultRow, Step
from harness.faults import consumer_browser, encryption, endpoints, id_token, network, page, weak_platform
from harness.roles.seams import Seams

INJECTORS: Mapping[str, Callable[..., Seams]] = {
    "claims": id_token.claims,
    "payload": id_token.payload,
    "header": id_token.header,
    "foreign_key": id_token.foreign_key,
    "attacker_key": id_token.attacker_key,
    "sign_with": id_token.sign_with,
    "hmac": id_token.hmac,
    "text": id_token.text,
    "unsigned": id_token.unsigned,
    "der_signature": id_token.der_signature,
    "pss_salt": id_token.pss_salt,
    "reserialised": id_token.reserialised,
    "nested": id_token.nested,
    "plain": encryption.plain,
    "always_encrypted": encryption.always,
    "encrypted": encryption.encrypted,
    "claimed_header": encryption.claimed_header,
    "bare_claims": encryption.bare_claims,
    "encrypted_twice": encryption.twice,
    "wrong_order": encryption.wrong_order,
    "inner": encryption.inner,
    "encrypted_key": encryption.encrypted_key,
    "swapped_codes": endpoints.swapped_codes,
    "page_method": page.page_method,
    "page_answers": page.page_answers,
    "identity": page.identity,
    "page": page.page,
    "page_headers": page.page_headers,
    "idp_headers": page.idp_headers,
    "worker": page.worker,
    "direct": page.direct,
    "aborted": page.aborted,
    "idp_scripts": page.idp_scripts,
    "goes_offline": consumer_browser.goes_offline,
    "socket_dropped": consumer_browser.socket_dropped,
    "in_app_browser": consumer_browser.in_app,
    "popup_target": weak_platform.popup_target,
    "redirect": endpoints.redirect,
    "login": endpoints.login,
    "longest_address": weak_platform.longest_address,
    "redirector": endpoints.redirector,
    "token_endpoint": endpoints.token_endpoint,
    "jwks": endpoints.jwks,
    "userinfo": endpoints.userinfo,
    "discovery": endpoints.discovery,
    "authorization_endpoint": endpoints.authorization_endpoint,
    "lenient": endpoints.lenient,
    "unchallenged_verifier": endpoints.unchallenged_verifier,
    "challenge_ignored": endpoints.challenge_ignored,
    "token_as_code": endpoints.token_as_code,
    "static_token": id_token.static_token,
    "client_authentication": endpoints.client_authentication,
    "refreshed_claims": id_token.refreshed_claims,
    "special_code": endpoints.special_code,
    "weak_verifier": weak_platform.weak_verifier,
    "bare_verifier": weak_platform.bare_verifier,
    "merged_issuers": weak_platform.merged_issuers,
    "folded_subjects": weak_platform.folded_subjects,
    "merged_by": weak_platform.merged_by,
    "one_key_cache": weak_platform.one_key_cache,
    "talkative_decryption": weak_platform.talkative_decryption,
    "weak_harness": weak_platform.weak_harness,
    "open_log": weak_platform.open_log,
    "broken_library": weak_platform.broken_library,
    "weak_gate": weak_platform.weak_gate,
    "weak_windows": weak_platform.weak_windows,
    "weak_pages": weak_platform.weak_pages,
    "state_in_frame": weak_platform.state_in_frame,
    "open_callback": weak_platform.open_callback,
    "tag_page": weak_platform.tag_page,
    "jwks_members": endpoints.jwks_members,
    "line": network.line,
    "idp_clock": network.idp_clock,
}


def inject(
    row: FaultRow,
    variation: tuple[Step, ...] | None = None,
    injectors: Mapping[str, Callable[..., Seams]] = INJECTORS,
) -> Seams:
    """Return the seams of a row.

    Args:
        row: The row.
        variation: One of its variations; the first when left out.
        injectors: The injectors that it may name; ours when left out.
    """
    steps = row.variations(row.expect[0])[0] if variation is None else variation
    return overlay(*(injectors[name](**arguments) for step in steps for name, arguments in step.items()))


def overlay(*layers: Seams) -> Seams:
    """Return the seams in which every layer's changes hold; two layers may not change the same place."""
    plain, values = Seams(), dict[str, Any]()
    for layer in layers:
        for field in fields(Seams):
            value = getattr(layer, field.name)
            if value != getattr(plain, field.name):
                assert field.name not in values, f"two injectors change {field.name}"
                values[field.name] = value
    return Seams(**values)

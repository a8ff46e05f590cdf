"""Counterfactuals: what would mend a finding, put in place without a change at the brand, to see if it does.

An overlay stands between the page method and its caller, or changes a header of one host's answers on their
way to the browser. Which one fits is read from the finding and the timeline alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harness.checks.places import directives, origin_of
from harness.checks.seen import family, origin, path, setting, site
from harness.report.model import Finding
from harness.timeline import Event, Timeline

Headers = list[tuple[str, str]]
"""Response headers in order, names in lower case."""

Edit = Callable[[Headers], Headers]


@dataclass(frozen=True, kw_only=True)
class Overlay:
    """What would mend a finding.

    Attributes:
        does: What it does, in one clause.
        script: What stands between the page method and its caller: a script of ``web/static/overlay``.
        told: What the script is told.
        host: Whose answers are changed, with its port where that is not 443; empty for nobody's.
        edit: How their headers are changed.
    """

    does: str
    script: str = "none"
    told: Mapping[str, Any] = field(default_factory=dict)
    host: str = ""
    edit: Edit = list


def overlay_for(finding: Finding, timeline: Timeline) -> Overlay | None:
    """Return what would mend a finding; ``None`` where nothing short of a change at the brand would."""
    make = _OVERLAYS.get(finding.code)
    return make(timeline) if make else None


ALTERED = Overlay(does="alters the credential, so that it has to be refused", script="altered")
"""What shows that good can be told from bad."""


def _anyway(timeline: Timeline) -> Overlay:
    pushes = family(timeline).member == "next"
    return Overlay(
        does="the SDK is told that there is nothing where nothing is pushed in time"
        if pushes
        else "the callback is called with what the method returns, and with an error where that is nothing",
        script="answers-anyway",
        told={"patience": setting(timeline, "callback_deadline") or 1},
    )


def _first(timeline: Timeline) -> Overlay:
    return Overlay(does="only the first call of the callback is let through", script="first-answer")


def _any_case(timeline: Timeline) -> Overlay | None:
    if family(timeline).member:  # the page defines nothing that could have another case
        return None
    name = setting(timeline, "method")
    return Overlay(does=f"the method is offered as {name} too, whatever its case is", script="any-case")


def _only_tokens(timeline: Timeline) -> Overlay:
    return Overlay(does="an answer that is no token becomes an error", script="only-tokens")


def _registered(timeline: Timeline) -> Overlay | None:
    endpoint = path(setting(timeline, "authorization_endpoint"))
    for sent in timeline.of("request.sent"):
        url = str(sent.data["url"])
        named = parse_qs(urlsplit(url).query).get("redirect_uri")
        if path(url) == endpoint and named:
            return Overlay(
                does=f"the answer's redirect_uri is {named[0]}, as in the authorization request",
                script="registered-redirect",
                told={"redirect_uri": named[0]},
            )
    return None


def _page_policy(timeline: Timeline) -> Overlay | None:
    if not any(
        one.data["navigation"] and origin_of(one) == site(timeline, "brand") and _has_policy(one)
        for one in timeline.of("response.received")
    ):
        # The policy stands in the page itself, where no header reaches it.
        return None
    ours = " ".join(dict.fromkeys(filter(None, (site(timeline, "tag"), site(timeline, "platform")))))
    return _on_page(
        timeline,
        f"the page's content security policy allows {ours}",
        lambda headers: _policies(headers, lambda policy: _allowing(policy, tuple(_INSTEAD), ours)),
    )


def _has_policy(response: Event) -> bool:
    return "content-security-policy" in (response.data["headers"] or {})


def _opener(timeline: Timeline) -> Overlay | None:
    value = "same-origin-allow-popups"
    return _on_page(
        timeline,
        f"the page is sent with Cross-Origin-Opener-Policy: {value}",
        lambda headers: _set(headers, "cross-origin-opener-policy", value),
    )


def _on_page(timeline: Timeline, does: str, edit: Edit) -> Overlay | None:
    host = urlsplit(site(timeline, "brand") or "").netloc
    return Overlay(does=does, host=host, edit=edit) if host else None


def _form_action(timeline: Timeline) -> Overlay | None:
    window = site(timeline, "platform") or ""
    return _on_login(
        timeline,
        f"the login page's form-action allows {window}",
        lambda headers: _policies(headers, lambda policy: _allowing(policy, ("form-action",), window)),
    )


def _framing(timeline: Timeline) -> Overlay | None:
    return _on_login(
        timeline,
        "the login is sent with frame-ancestors 'none'",
        lambda headers: [*headers, ("content-security-policy", "frame-ancestors 'none'")],
    )


def _on_login(timeline: Timeline, does: str, edit: Edit) -> Overlay | None:
    host = urlsplit(origin(setting(timeline, "authorization_endpoint"))).netloc
    return Overlay(does=does, host=host, edit=edit) if host else None


def _cookie(timeline: Timeline) -> Overlay | None:
    """Mend a cookie that a request from another site went without (RFC 6265bis section 5.7)."""
    named = {site(timeline, "brand"), site(timeline, "idp")}
    for blocked in timeline.of("cookie.blocked"):
        # Only hosts that the configuration names are reached on the browser's behalf.
        ours = origin_of(blocked) in named
        if ours and any("samesite" in reason.lower() for reason in blocked.data["reasons"]):
            host = urlsplit(blocked.data["url"]).netloc
            return Overlay(
                does=f"cookies of {host} are SameSite=None; Secure", host=host, edit=_for_other_sites
            )
    return None


_OVERLAYS: Mapping[str, Callable[[Timeline], Overlay | None]] = {
    "sdk.callback_timeout": _anyway,
    "sdk.callback_repeated": _first,
    "sdk.method_missing": _any_case,
    "jwt.malformed_compact": _only_tokens,
    "token.redirect_uri_mismatch": _registered,
    "browser.csp_blocked": _page_policy,
    "idp.csp_form_action": _form_action,
    "idp.framable": _framing,
    "popup.opener_severed": _opener,
    "sdk.brand_reported_error": _cookie,
}


def _set(headers: Headers, name: str, value: str) -> Headers:
    return [*((one, held) for one, held in headers if one != name), (name, value)]


def _policies(headers: Headers, edit: Callable[[str], str]) -> Headers:
    """Edit each policy of each header; a comma separates those of one (CSP3 section 2.2.2)."""

    def edited(value: str) -> str:
        return ", ".join(edit(policy) for policy in value.split(",") if policy.strip())

    return [(name, edited(value) if name == "content-security-policy" else value) for name, value in headers]


def _allowing(policy: str, wanted: tuple[str, ...], sources: str) -> str:
    """Add sources to directives; one that is missing starts as what stands in for it (CSP3 section 6.8.3)."""
    held = {name: " ".join(words) for name, words in directives(policy).items()}
    for name in wanted:
        governing = next((one for one in (name, *_INSTEAD.get(name, ())) if one in held), None)
        if governing is not None:
            before = held[governing]
            held[name] = f"{'' if before.lower() == _NOTHING else before} {sources}".strip()
    return "; ".join(f"{name} {value}".strip() for name, value in held.items())


_NOTHING = "'none'"

_INSTEAD: Mapping[str, tuple[str, ...]] = {
    "script-src-elem": (),
    "script-src": ("default-src",),
    "frame-src": ("child-src", "default-src"),
    "connect-src": ("default-src",),
    "img-src": ("default-src",),
    "style-src-elem": (),
    "style-src": ("default-src",),
}
"""What the platform may need, and what stands in for a directive that is left out, the nearest first."""


def _for_other_sites(headers: Headers) -> Headers:
    return [(name, _same_site_none(value) if name == "set-cookie" else value) for name, value in headers]


def _same_site_none(cookie: str) -> str:
    pair, *attributes = (part.strip() for part in cookie.split(";"))
    kept = [one for one in attributes if one.partition("=")[0].strip().lower() not in ("samesite", "secure")]
    return "; ".join((pair, *kept, "SameSite=None", "Secure"))

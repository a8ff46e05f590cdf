"""Walls that answer robots in a server's place: what they answer says nothing about the server."""

from __future__ import annotations

from harness.verification.outbound import Answer

_STATUSES = frozenset({401, 403, 405, 429, 503})

_HEADERS: tuple[tuple[str, str, str], ...] = (
    # developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response
    ("cf-mitigated", "challenge", "Cloudflare"),
    # docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-actions.html
    ("x-amzn-waf-action", "", "AWS WAF"),
    ("x-datadome", "", "DataDome"),
)
"""Headers that a wall sets whatever the status: name, what the value holds, whose it is."""

_MARKS: tuple[tuple[str, str], ...] = (
    ("/cdn-cgi/challenge-platform/", "Cloudflare"),
    ("_cf_chl_opt", "Cloudflare"),
    ("challenges.cloudflare.com", "Cloudflare Turnstile"),
    ("errors.edgesuite.net", "Akamai"),
    ("akamaighost", "Akamai"),
    ("_incapsula_resource", "Imperva"),
    ("captcha-delivery.com", "DataDome"),
    ("px-captcha", "HUMAN"),
    ("hcaptcha.com", "hCaptcha"),
    ("/recaptcha/", "reCAPTCHA"),
)
"""What a wall's page holds, in lower case; believed with a status that refuses only: logins hold it too."""


def wall(answer: Answer) -> str | None:
    """Return whose wall answered, ``None`` where the server itself did."""
    for name, held, builder in _HEADERS:
        if name in answer.headers and held in answer.headers[name].lower() and answer.status != 200:
            return builder
    if answer.status not in _STATUSES:
        return None
    page = answer.body[: 256 * 1024].decode("utf-8", "replace").lower()
    seen = f"{answer.headers.get('server', '').lower()}\n{page}"
    for mark, builder in _MARKS:
        if mark in seen:
            return builder
    return "the server's limit for robots" if answer.status == 429 else None

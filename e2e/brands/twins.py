"""The broken twins: what each does wrong, what the harness should say of it, and what would mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from . import classic, federated, nested, provider, push, spa, sso
from .classic import Classic
from .federated import Federated
from .idp import Mistakes
from .nested import Nested
from .provider import Provider
from .push import Push
from .serving import Site
from .spa import Spa
from .sso import Sso

Brand = Literal["classic", "spa", "nested", "sso", "federated", "provider", "push"]

BUILD: dict[Brand, Callable[[Any], Site]] = {
    "classic": classic.build,
    "spa": spa.build,
    "nested": nested.build,
    "sso": sso.build,
    "federated": federated.build,
    "provider": provider.build,
    "push": push.build,
}
"""How each brand is built from a variation of it."""

RIGHT: dict[Brand, Any] = {
    "classic": Classic(),
    "spa": Spa(),
    "nested": Nested(),
    "sso": Sso(),
    "federated": Federated(),
    "provider": Provider(),
    "push": Push(),
}
"""Each brand without a mistake."""


@dataclass(frozen=True, kw_only=True)
class HeaderOverlay:
    """Another response header.

    Attributes:
        url: Whose: scheme, host and path.
        name: The header.
        drop: What is taken out of its value; nothing where the whole header is replaced.
        value: What is put in: the whole value, or, in a content security policy, one directive.
    """

    url: str
    name: str
    value: str
    drop: str = ""


@dataclass(frozen=True, kw_only=True)
class CookieOverlay:
    """Another attribute of a cookie that a host sets."""

    host: str
    cookie: str
    attribute: str
    value: str


@dataclass(frozen=True, kw_only=True)
class MethodOverlay:
    """A wrapper around the page method.

    Attributes:
        does: What it does, in one clause.
    """

    does: str


Overlay = HeaderOverlay | CookieOverlay | MethodOverlay


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A brand with one mistake, which is really in its page or its server.

    Attributes:
        id: The brand's name and the mistake's.
        brand: Which brand.
        variation: How it is built.
        wrong: What is broken, in one sentence.
        outcome: How the sign-in ends.
        code: What is found (a code of the catalogue).
        severity: How much that weighs.
        party: Who must act.
        hop: Where it shows.
        surface: The surface on which it shows.
        scenario: The scenario in which it shows.
        overlay: What would mend it without touching page or server; ``None`` where nothing would.
    """

    id: str
    brand: Brand
    variation: Any
    wrong: str
    outcome: Literal["authenticated", "refused", "not_authenticated"]
    code: str
    severity: Literal["error", "warning", "info"] = "error"
    party: Literal["brand page", "idp"]
    hop: str
    surface: Literal["embedded", "popup"] = "embedded"
    scenario: Literal["sign-in", "logged-out", "twice", "expired"] = "sign-in"
    overlay: Overlay | None = None

    @property
    def flow(self) -> str:
        """The flow of its brand."""
        return FLOWS[self.brand]


FLOWS: dict[Brand, str] = {
    "classic": "implicit",
    "spa": "code-pkce",
    "nested": "implicit",
    "sso": "code",
    "federated": "implicit",
    "provider": "implicit",
    "push": "implicit",
}
"""The one flow of each brand's connector."""

TWINS = (
    Twin(
        id="classic-passes-any-body",
        brand="classic",
        variation=Classic(method="passes-any-body"),
        wrong="The page passes the backend's answer on as the token, whatever its status is.",
        outcome="refused",
        code="jwt.malformed_compact",
        party="idp",
        hop="id_token header",
        scenario="logged-out",
        overlay=MethodOverlay(does='answers ("", "reason") where the token is no compact JWT'),
    ),
    Twin(
        id="classic-without-else",
        brand="classic",
        variation=Classic(method="without-else"),
        wrong="The callback is called on success only, and never when nobody is signed in.",
        outcome="refused",
        code="sdk.callback_timeout",
        party="brand page",
        hop="brand page",
        scenario="logged-out",
        overlay=MethodOverlay(does='answers ("", "reason") where the method has not called back in time'),
    ),
    Twin(
        id="classic-calls-twice",
        brand="classic",
        variation=Classic(method="calls-twice"),
        wrong="Two handlers of one request both call the callback.",
        outcome="authenticated",
        code="sdk.callback_repeated",
        severity="warning",
        party="brand page",
        hop="brand page",
        overlay=MethodOverlay(does="lets the first call of the callback through, and no other"),
    ),
    Twin(
        id="classic-pasted-token",
        brand="classic",
        variation=Classic(method="pasted-token"),
        wrong="A developer's own long-lived token stands in the script, and everybody gets it.",
        outcome="authenticated",
        code="brand.token_static",
        party="brand page",
        hop="brand page",
    ),
    Twin(
        id="spa-own-pair",
        brand="spa",
        variation=Spa(method="own-pair"),
        wrong="The page makes a PKCE pair of its own, and ignores the platform's challenge.",
        outcome="refused",
        code="pkce.verification_failed",
        party="brand page",
        hop="token endpoint",
    ),
    Twin(
        id="spa-keeps-code",
        brand="spa",
        variation=Spa(method="keeps-code"),
        wrong="The page keeps its first code, and answers with it again after it was loaded anew.",
        outcome="refused",
        code="platform.code_replayed",
        party="brand page",
        hop="platform",
        scenario="twice",
    ),
    Twin(
        id="spa-identity-issuer",
        brand="spa",
        variation=Spa(identity_issuer=f"{spa.ISSUER}/"),
        wrong="The identity function's iss ends in a slash, and the token's does not.",
        outcome="refused",
        code="platform.identity_mismatch",
        party="brand page",
        hop="brand page",
    ),
    Twin(
        id="spa-form-action",
        brand="spa",
        variation=Spa(idp=Mistakes(form_action_self=True)),
        wrong="The login page's form-action is 'self', so that Chromium does not follow to the platform.",
        outcome="refused",
        code="idp.csp_form_action",
        party="idp",
        hop="authorization endpoint",
        surface="popup",
        overlay=HeaderOverlay(
            url=f"{spa.ISSUER}/authorize",
            name="Content-Security-Policy",
            drop="form-action 'self'",
            value="form-action 'self' https://lpcdn.lpsnmedia.net",
        ),
    ),
    Twin(
        id="spa-framable",
        brand="spa",
        variation=Spa(idp=Mistakes(framable=True)),
        wrong="The login page says nothing of who may frame it.",
        outcome="authenticated",
        code="idp.framable",
        party="idp",
        hop="authorization endpoint",
        surface="popup",
        overlay=HeaderOverlay(
            url=f"{spa.ISSUER}/authorize",
            name="Content-Security-Policy",
            value="frame-ancestors 'none'",
        ),
    ),
    Twin(
        id="nested-other-case",
        brand="nested",
        variation=Nested(method="other-case"),
        wrong="The method is called getAuthenticationtoken, with a small t.",
        outcome="refused",
        code="sdk.method_missing",
        party="brand page",
        hop="brand page",
        overlay=MethodOverlay(does="offers the method under its configured name too"),
    ),
    Twin(
        id="nested-returns",
        brand="nested",
        variation=Nested(method="returns"),
        wrong="The method returns a promise of the token, and calls no callback.",
        outcome="refused",
        code="sdk.callback_timeout",
        party="brand page",
        hop="brand page",
        overlay=MethodOverlay(does="calls the callback with what the returned promise resolves to"),
    ),
    Twin(
        id="nested-frame-src",
        brand="nested",
        variation=Nested(frames_platform=False),
        wrong="The page's content security policy has no frame-src, and default-src is 'self'.",
        outcome="refused",
        code="browser.csp_blocked",
        party="brand page",
        hop="brand page",
        overlay=HeaderOverlay(
            url=f"https://{nested.HOST}/account",
            name="Content-Security-Policy",
            value="frame-src https://*.liveperson.net https://*.lpsnmedia.net",
        ),
    ),
    Twin(
        id="nested-milliseconds",
        brand="nested",
        variation=Nested(milliseconds=True),
        wrong="iat and exp are in milliseconds.",
        outcome="refused",
        code="claims.numericdate_ms",
        party="idp",
        hop="id_token payload",
    ),
    Twin(
        id="nested-earlier-key",
        brand="nested",
        variation=Nested(registered_key="earlier"),
        wrong="The bank signs with a new key, and the platform was given the earlier one.",
        outcome="refused",
        code="jwt.signature_invalid",
        party="idp",
        hop="id_token signature",
    ),
    Twin(
        id="sso-own-address",
        brand="sso",
        variation=Sso(method="own-address"),
        wrong="The callback's redirect_uri is the page's own address, and the code is for another one.",
        outcome="refused",
        code="token.redirect_uri_mismatch",
        party="brand page",
        hop="token endpoint",
        # Only the backend knows for which redirect URI its code is.
        overlay=None,
    ),
    Twin(
        id="sso-with-secret",
        brand="sso",
        variation=Sso(method="with-secret"),
        wrong="The client secret stands in a script of the page.",
        outcome="authenticated",
        code="brand.secret_exposed",
        party="brand page",
        hop="brand page",
    ),
    Twin(
        id="sso-secret-changed",
        brand="sso",
        variation=Sso(secret_changed=True),
        wrong="The client's secret was changed at the authorization server, and not in the connector.",
        outcome="refused",
        code="token.invalid_client",
        party="idp",
        hop="token endpoint",
    ),
    Twin(
        id="sso-state-dropped",
        brand="sso",
        variation=Sso(idp=Mistakes(drops_state=True)),
        wrong="The authorization response has no state.",
        outcome="refused",
        code="authz.state_missing",
        party="idp",
        hop="redirect",
        surface="popup",
    ),
    Twin(
        id="sso-opener-policy",
        brand="sso",
        variation=Sso(opener_policy="same-origin"),
        wrong="The page's opener policy cuts its popups off.",
        outcome="authenticated",
        code="popup.opener_severed",
        severity="warning",
        party="brand page",
        hop="brand page",
        surface="popup",
        overlay=HeaderOverlay(
            url=sso.PAGE, name="Cross-Origin-Opener-Policy", value="same-origin-allow-popups"
        ),
    ),
    Twin(
        id="federated-same-site",
        brand="federated",
        variation=Federated(session_same_site="lax"),
        wrong="The provider's session cookie is SameSite=Lax, and its site is not the page's.",
        outcome="not_authenticated",
        code="sdk.brand_reported_error",
        severity="info",
        party="brand page",
        hop="brand page",
        overlay=CookieOverlay(
            host=federated.PROVIDER, cookie="__Host-concordia", attribute="SameSite", value="None"
        ),
    ),
    Twin(
        id="federated-own-token",
        brand="federated",
        variation=Federated(method="own-token"),
        wrong="The page hands the id_token of the brand's own client over.",
        outcome="refused",
        code="claims.aud_mismatch",
        party="idp",
        hop="id_token payload",
    ),
    Twin(
        id="federated-glued",
        brand="federated",
        variation=Federated(idp=Mistakes(glues=True)),
        wrong="The provider appends its parameters to the clean redirect URI with an ampersand.",
        outcome="refused",
        code="redirect.query_lost",
        party="idp",
        hop="redirect",
        surface="popup",
    ),
    Twin(
        id="federated-nonce-dropped",
        brand="federated",
        variation=Federated(idp=Mistakes(drops_nonce=True)),
        wrong="The id_token does not repeat the nonce of the request.",
        outcome="refused",
        code="claims.nonce_missing",
        party="idp",
        hop="id_token payload",
        surface="popup",
    ),
    Twin(
        id="provider-other-command",
        brand="provider",
        variation=Provider(method="other-command"),
        wrong="The provider is registered by a command that the platform does not have.",
        outcome="refused",
        code="sdk.method_missing",
        party="brand page",
        hop="brand page",
    ),
    Twin(
        id="provider-registers-token",
        brand="provider",
        variation=Provider(method="registers-token"),
        wrong="The page registers its token where a function belongs.",
        outcome="refused",
        code="sdk.method_not_callable",
        party="brand page",
        hop="brand page",
    ),
    Twin(
        id="provider-returns",
        brand="provider",
        variation=Provider(method="returns"),
        wrong="The provider returns a promise of the token, and calls no callback.",
        outcome="refused",
        code="sdk.callback_timeout",
        party="brand page",
        hop="brand page",
        overlay=MethodOverlay(does="calls the callback with what the returned promise resolves to"),
    ),
    Twin(
        id="provider-rejects",
        brand="provider",
        variation=Provider(method="rejects"),
        wrong="The provider reads a refusal as JSON, which throws, and calls no callback then.",
        outcome="refused",
        code="sdk.method_rejected",
        party="brand page",
        hop="brand page",
        scenario="logged-out",
    ),
    Twin(
        id="provider-calls-twice",
        brand="provider",
        variation=Provider(method="calls-twice"),
        wrong="An else is missing, so that the provider calls its callback a second time.",
        outcome="authenticated",
        code="sdk.callback_repeated",
        severity="warning",
        party="brand page",
        hop="brand page",
        overlay=MethodOverlay(does="lets the first call of the callback through, and no other"),
    ),
    Twin(
        id="push-never-again",
        brand="push",
        variation=Push(method="never-again"),
        wrong="The page pushes once, and does not hear the event that asks for a fresh token.",
        outcome="refused",
        code="sdk.callback_timeout",
        party="brand page",
        hop="brand page",
        scenario="expired",
    ),
    Twin(
        id="push-same-again",
        brand="push",
        variation=Push(method="same-again", age=3600),
        wrong="The page keeps a token that has expired, and pushes it again when a fresh one is wanted.",
        outcome="refused",
        code="claims.expired",
        party="idp",
        hop="id_token payload",
    ),
    Twin(
        id="push-bare-token",
        brand="push",
        variation=Push(method="bare-token"),
        wrong="The token is pushed as it is, without the object around it.",
        outcome="refused",
        code="sdk.result_shape",
        party="brand page",
        hop="brand page",
    ),
    Twin(
        id="push-silent-stranger",
        brand="push",
        variation=Push(method="silent-stranger"),
        wrong="The page pushes nothing when nobody is signed in.",
        outcome="refused",
        code="sdk.callback_timeout",
        party="brand page",
        hop="brand page",
        scenario="logged-out",
        overlay=MethodOverlay(does="tells the SDK that there is nothing where nothing is pushed in time"),
    ),
)
"""All of them; the codes, parties and hops are the catalogue's."""

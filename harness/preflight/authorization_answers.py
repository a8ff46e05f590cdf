"""What the authorization endpoint's answers mean for the popup."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.checks.found import Found
from harness.config import Connector, Mode
from harness.preflight import csp, markup
from harness.preflight.addresses import shown
from harness.preflight.asking import Heard
from harness.preflight.authorization import (
    PAGE,
    STRANGER,
    SUBJECT,
    AuthorizationSeen,
    Refused,
    leads_to,
    refusal,
)
from harness.preflight.model import Line, Undetermined
from harness.preflight.said import Said, unheard


def judge(seen: AuthorizationSeen, connector: Connector, mode: Mode) -> Iterator[Said]:
    """Say whether the endpoint takes the platform's request, and what its page does to the popup."""
    last = seen.chain[-1]
    if said := tuple(unheard(SUBJECT, last, mode)):
        yield from said
        return
    yield from _downgrades(seen)
    refused = refusal(seen.chain, seen.redirect_uri)
    if refused is not None:
        yield from _refused(seen, connector, refused)
    elif last.status >= 400:
        yield Line(subject=SUBJECT, mark="unknown", said=f"status {last.status} at {shown(last.url)}")
        reason = f"status {last.status} at {shown(last.url)}, which may want a browser; sign in to find out"
        yield Undetermined(subject=SUBJECT, reason=reason)
    else:
        yield Line(subject=SUBJECT, mark="yes", said=_landed(last))
        yield from _page(last, seen.redirect_uri)
    yield from _posted(seen)
    yield from _stranger(seen)


def _landed(last: Heard) -> str:
    if not (target := leads_to(last)):
        return f"answers with a page, status {last.status}; parentWindowOrigin is tolerated"
    host = urlsplit(target).netloc
    return f"leads on to {host}, which the file does not name, so nothing was asked there"


def _downgrades(seen: AuthorizationSeen) -> Iterator[Found]:
    for heard in seen.chain:
        if (target := leads_to(heard)).startswith("http://"):
            yield Found(
                code="redirect.downgrade",
                severity="error",
                expected="https at every hop",
                observed=f"a redirect from {shown(heard.url)} to http://{urlsplit(target).netloc}",
            )


def _refused(seen: AuthorizationSeen, connector: Connector, refused: Refused) -> Iterator[Said]:
    if seen.without and seen.without[-1].answer and refusal(seen.without, seen.redirect_uri) is None:
        yield Line(subject=SUBJECT, mark="no", said="refuses parentWindowOrigin, which it does not know")
        yield Found(
            code="idp.unknown_parameter",
            severity="error",
            expected="parentWindowOrigin ignored",
            observed=f"{refused.observed}; the same request without it is taken",
        )
        return
    yield Line(subject=SUBJECT, mark="no", said=refused.observed)
    fix = (
        f"Compare the registration of client {connector.client_id} with the connector: redirect URI "
        f"{seen.redirect_uri}, response type {connector.asked_response_type}, scope {connector.scope}"
    )
    yield Found(
        code=refused.code,
        severity="error",
        expected=f"the login, for client {connector.client_id}",
        observed=refused.observed,
        fix=fix if refused.code == "authz.invalid_request" else None,
    )


def _page(last: Heard, redirect_uri: str) -> Iterator[Said]:
    """Say what the login page's headers do to the popup, and to whoever frames it."""
    if last.status >= 300 or not last.header("content-type").startswith(PAGE):
        return
    header, page = last.header("content-security-policy"), shown(last.url)
    listed = [one["frame-ancestors"] for one in csp.policies(header) if "frame-ancestors" in one]
    anybody = all(set(one) & {"*", "http:", "https:"} for one in listed)
    if anybody and (listed or not last.header("x-frame-options")):
        yield Line(subject="login page", mark="warning", said="any site may put it into a frame")
        yield Found(
            code="idp.framable",
            severity="error",
            expected="frame-ancestors 'none', or the origins that may frame it",
            observed=f"{page} with frame-ancestors *" if listed else f"{page} without frame-ancestors",
        )
    yield from _form_action(last, redirect_uri)
    opener = last.header("cross-origin-opener-policy").partition(";")[0].strip()
    if opener.startswith("same-origin"):
        yield Found(
            code="popup.opener_severed",
            severity="info",
            expected="a login without Cross-Origin-Opener-Policy, or with unsafe-none",
            observed=f"{page} with Cross-Origin-Opener-Policy: {opener}",
            fix="Nothing, if the platform's own page comes back afterwards; else send unsafe-none",
        )


def _form_action(last: Heard, redirect_uri: str) -> Iterator[Said]:
    parts = urlsplit(redirect_uri)
    goal = f"{parts.scheme}://{parts.netloc}"
    in_page = markup.read(last.text, last.url).policies
    for policy in csp.policies(last.header("content-security-policy"), in_page):
        if csp.permits(policy, "form-action", redirect_uri, last.url) is False:
            yield Line(subject="login page", mark="warning", said=f"form-action does not list {goal}")
            yield Found(
                code="idp.csp_form_action",
                severity="warning",
                expected=f"{goal} in the form-action of {shown(last.url)}",
                observed=f"form-action {' '.join(policy['form-action'])}",
                fix=f"Add {goal} to form-action on {shown(last.url)}: Chromium holds every redirect that "
                "follows a form's POST against it",
            )
            return


def _posted(seen: AuthorizationSeen) -> Iterator[Said]:
    if seen.posted is None or seen.posted.status not in (404, 405, 501):
        return
    yield Found(
        code="idp.authorize_post",
        severity="warning",
        expected="an authorization request by POST taken as by GET",
        observed=f"status {seen.posted.status}",
    )


def _stranger(seen: AuthorizationSeen) -> Iterator[Said]:
    subject, stranger = "redirect_uri", seen.stranger
    if stranger is None or tuple(unheard(subject, stranger, "strict")):
        return
    if leads_to(stranger).startswith(STRANGER):
        yield Line(subject=subject, mark="no", said="one that nobody registered is redirected to")
        yield Found(
            code="idp.redirect_uri_unvalidated",
            severity="error",
            expected="an error page for a redirect_uri that is not registered",
            observed=f"a redirect to {STRANGER}",
        )
    elif refusal((stranger,), STRANGER) is not None:
        yield Line(subject=subject, mark="yes", said="one that nobody registered is refused")
    else:
        yield Line(
            subject=subject, mark="unknown", said="one that nobody registered is not refused before a login"
        )

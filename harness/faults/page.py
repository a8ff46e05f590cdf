"""Faults of the brand's page: what its method answers, what its identity function says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import BrowserContext

from harness.roles.seams import Page, PageAnswers, Seams


def page_method(*, variant: str) -> Seams:
    """Let the page load another page method.

    Args:
        variant: The name of a script in ``web/static/brand/page-method``.
    """
    return Seams(page_method=variant)


def page_answers(**spec: Any) -> Seams:
    """Let the page method answer as :class:`~harness.roles.seams.PageAnswers` says."""
    return Seams(page_method="answering", page_answers=PageAnswers(**spec))


def page(**parts: Any) -> Seams:
    """Build the page in another way, as :class:`~harness.roles.seams.Page` says."""
    return Seams(page=Page(**parts))


def page_headers(**headers: str) -> Seams:
    """Let the brand's pages carry other headers.

    Args:
        headers: Names, with underscores for hyphens, and values.
    """
    return Seams(page_headers={name.replace("_", "-"): value for name, value in headers.items()})


def idp_headers(**headers: str) -> Seams:
    """Let the authorization server's pages carry other headers; the arguments are those of page_headers."""
    return Seams(idp_headers={name.replace("_", "-"): value for name, value in headers.items()})


def worker(*, script: str) -> Seams:
    """Let the brand's pages install a service worker.

    Args:
        script: The name of a script in ``web/static/brand/extra``.
    """
    return Seams(page=Page(worker=script, scripts=("install-worker",), csp={"worker-src": "'self'"}))


def direct(*, hosts: tuple[str, ...], sdk: str) -> Seams:
    """Let a public page of the brand's load the SDK from an address that is reached without the proxy.

    Args:
        hosts: The hosts that are reached so.
        sdk: The SDK's address.
    """
    # What comes through a proxy has no address of its own, so that the page has to say that it is public.
    allowed = {"script-src": "'nonce-{nonce}' https:", "treat-as-public-address": ""}
    return Seams(direct=tuple(hosts), page=Page(sdk={"src": sdk}, csp=allowed))


def idp_scripts(*, names: tuple[str, ...]) -> Seams:
    """Let the authorization server's pages load scripts.

    Args:
        names: Names of scripts in ``web/static/idp/extra``.
    """
    return Seams(idp_scripts=tuple(names))


def identity(
    *,
    set: Mapping[str, Any] | None = None,  # noqa: A002 - the name stands in faults.toml
    remove: tuple[str, ...] = (),
) -> Seams:
    """Let the identity function answer otherwise.

    Args:
        set: Members and their new values.
        remove: Members to leave out.
    """

    def change(answer: dict[str, Any]) -> dict[str, Any]:
        changed = {**answer, **(set or {})}
        return {name: value for name, value in changed.items() if name not in remove}

    return Seams(identity=change)


def aborted(*, address: str, error: str) -> Seams:
    """Let something in the browser drop requests, as an extension does.

    Args:
        address: Which, as a pattern of Playwright's.
        error: With which of Playwright's error codes.
    """

    def meddle(context: BrowserContext) -> None:
        context.route(address, lambda route: route.abort(error))

    return Seams(browser=meddle)

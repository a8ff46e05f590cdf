"""The platform's scripts for pages: under which address, what they are told, and how they get there."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from harness import page_methods
from harness.config import Config
from harness.roles import web


def sdk_url(config: Config) -> str:
    """Return the address under which pages load the SDK; ``*`` stands for anything."""
    if config.brand is None:
        return f"https://{config.sites.tag}/tag/tag.js*"
    return config.brand.sdk.replace or f"https://{config.sites.tag}/tag/*"


def served(config: Config, *, injected: bool = False) -> dict[str, Any]:
    """Return what the SDK is told before it starts.

    Args:
        config: Host names, and whether the page has a launcher of its own.
        injected: Whether the SDK is put in before the page's first script.
    """
    return {
        "tag": f"https://{config.sites.tag}",
        "window": config.window_url,
        "button": config.brand is None or config.brand.launcher is None,
        "injected": injected,
        "methods": _registering(config),
    }


def _registering(config: Config) -> list[dict[str, Any]]:
    """Return what has to be in the page before anything is asked of it: what the page itself calls."""
    called = (one for one in config.connectors if page_methods.FAMILIES[one.page_method].member)
    found = [page_methods.told(one) for one in called]
    return [one for place, one in enumerate(found) if one not in found[:place]]


def sdk_source(config: Config, *, injected: bool) -> str:
    """Return the SDK as it gets into a page past the page's own tag.

    Args:
        config: Host names, and whether the page has a launcher of its own.
        injected: Whether it is put in before the page's first script; it then starts on brand's pages alone.
    """
    source = _source("sdk.js", (), json.dumps(served(config, injected=injected)))
    if not injected:
        return source
    origins = json.dumps(list(config.brand_origins))
    return f"if (window === top && {origins}.includes(location.origin)) {{\n{source}\n}}"


_PARTS: Mapping[str, tuple[str, ...]] = {
    "sdk.js": tuple(
        f"platform/page-method/{part}.js" for part in ("interface", *page_methods.FAMILIES, "asking")
    )
}
"""What a script is made of beside its own file: the SDK has one part for each family of page methods."""


@functools.cache
def _source(name: str, weak: tuple[str, ...], told: str) -> str:
    """Return a script with the message types it shares with the window, in one scope of its own."""
    weaker = (f"weak-platform/{one}.js" for one in weak)
    names = ("platform/messages.js", *weaker, *_PARTS.get(name, ()), f"platform/{name}")
    parts = [(web.web_root() / "static" / part).read_text("utf-8") for part in names]
    return "\n".join(('(() => {\n"use strict";', f"const SERVED = {told};", *parts)) + "\n})();\n"


def script(name: str, weak: tuple[str, ...], told: Mapping[str, Any] | None = None) -> Response:
    """Return the answer with one of the platform's scripts for pages.

    Args:
        name: Its file.
        weak: Weaker habits that are put in.
        told: What it is told before it starts.
    """
    # Everybody may read it, so that a page can hold it to a hash (Subresource Integrity section 3.4).
    headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
    source = _source(name, weak, json.dumps(told or {}))
    return Response(source, media_type="text/javascript", headers=headers)

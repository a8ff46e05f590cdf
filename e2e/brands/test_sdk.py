"""How the platform's SDK gets into a page: under the page's own tag, from the brand's own host, or put in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness import Case, Harness, config_file
from harness.config import Config

from .conftest import Serve
from .serving import Served
from .twins import RIGHT, Brand

FLOWS = {"classic": "implicit", "nested": "implicit"}


def with_sdk(served: Served, sdk: str) -> Config:
    """Return a brand's configuration in which the SDK gets into the page another way."""
    text = served.file.read_text("utf-8")
    text = re.sub(r"(?m)^sdk = .*\n", "", text).replace("[brand]\n", f"[brand]\nsdk = {sdk}\n")
    path = Path(served.folder) / "other.toml"
    path.write_text(text, "utf-8")
    return config_file.read(path)


@pytest.mark.parametrize("brand", ["classic", "nested"])
def test_an_injected_sdk_survives_the_page_s_own_snippet(brand: Brand, serve: Serve) -> None:
    """The inline snippet, and the tag that comes late, change nothing; what was queued is taken over."""
    config = with_sdk(serve(brand, RIGHT[brand]), "{ inject = true }")
    with Harness(config) as harness:
        result = harness.run(Case(surface="embedded", flow="implicit"))

    assert ("authenticated", ()) == (result.outcome, result.findings)


@pytest.mark.parametrize(
    "script",
    [
        "var lpTag = {}; lpTag.section = ['account']; lpTag.identities = [];",
        "window.lpTag = window.lpTag || {}; lpTag.sdes = lpTag.sdes || []; lpTag.sdes.push({});",
        "setTimeout(() => { window.lpTag = { section: 'late', identities: [] }; });",
    ],
)
def test_an_injected_sdk_survives_an_object_of_the_page_s_own(script: str, serve: Serve) -> None:
    """Whenever the page makes one, the SDK makes it its own."""
    config = with_sdk(serve("classic", RIGHT["classic"]), "{ inject = true }")
    with Harness(config) as harness, harness.surface(Case(surface="embedded", flow="implicit")) as shop:
        shop.page.add_init_script(f"window.addEventListener('readystatechange', () => {{ {script} }}, true);")
        shop.open_page()
        shop.page.evaluate(script)

        assert shop.page.evaluate("typeof lpTag.newPage === 'function' && typeof lpTag.timings === 'object'")


def test_a_tag_of_the_brand_s_own_host_is_answered(serve: Serve) -> None:
    """The brand loads the tag from an address of its own; only that one is the SDK."""
    served = serve("classic", RIGHT["classic"])
    config = with_sdk(served, '{ replace = "https://www.larkspur.example/js/chat-tag.js*" }')
    with Harness(config) as harness, harness.surface(Case(surface="embedded", flow="implicit")) as shop:
        shop.page.add_init_script(
            "document.addEventListener('DOMContentLoaded', () => {"
            "  const tag = document.createElement('script'); tag.src = '/js/chat-tag.js?site=1';"
            "  document.head.append(tag); });"
        )
        shop.open_page()

        assert 1 == shop.page.locator("html[data-parley=ready]").count()

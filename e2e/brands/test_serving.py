from __future__ import annotations

import stat

import pytest

from .conftest import Serve, Visit
from .platform_side import read
from .twins import BUILD, FLOWS, RIGHT, Brand

BRANDS: tuple[Brand, ...] = tuple(BUILD)

SCRIPTS: dict[Brand, str] = {
    "provider": "https://cdn.deskline.example/client.js",
    "push": "https://cdn.relay.example/messaging.js",
}
"""The scripts of the platforms that have no tag of the sample platform's family."""


@pytest.mark.parametrize("brand", BRANDS)
def test_the_file_names_the_page_and_maps_every_host_to_the_socket(brand: Brand, serve: Serve) -> None:
    """With the flow of the brand, and an authority that is beside the file."""
    served = serve(brand, RIGHT[brand])

    file = read(served)

    host, port = served.address
    assert dict.fromkeys(served.site.hosts, f"{host}:{port}") == file["network"]["map"]
    assert (served.folder / file["network"]["ca"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert FLOWS[brand] == file["connector"]["flow"]
    assert file["brand"]["page"].split("/")[2] in served.site.hosts


@pytest.mark.parametrize("brand", BRANDS)
def test_no_secret_stands_in_the_file(brand: Brand, serve: Serve) -> None:
    """Passwords come from the environment, a client secret from a file that only its owner can read."""
    served = serve(brand, RIGHT[brand])

    text = served.file.read_text("utf-8")

    assert not [secret for secret in served.site.environment.values() if secret in text]
    assert not [secret for secret in served.site.secrets.values() if secret in text]
    assert all(name in text for name in served.site.environment)
    for name in served.site.secrets:
        assert 0o600 == stat.S_IMODE((served.folder / name).stat().st_mode)


@pytest.mark.parametrize("brand", [brand for brand in BRANDS if brand not in SCRIPTS])
def test_the_page_brings_the_tag_of_the_platform(brand: Brand, serve: Serve, visit: Visit) -> None:
    """By the snippet that real pages have, in the page or in a script of it."""
    served = serve(brand, RIGHT[brand])
    visitor = visit(served)
    page = read(served)["brand"]["page"]

    shown = visitor.get(page).text
    consent = visitor.get(page.replace("/account", "/static/consent.js")).text if brand == "nested" else ""

    assert '"lptag.liveperson.net") + "/tag/tag.js?site="' in shown + consent
    assert ("lptag.liveperson.net" in shown) != bool(consent)


@pytest.mark.parametrize("brand", SCRIPTS)
def test_the_page_of_another_platform_brings_its_script(brand: Brand, serve: Serve, visit: Visit) -> None:
    """And no tag of a platform that the brand is not on."""
    served = serve(brand, RIGHT[brand])

    shown = visit(served).get(read(served)["brand"]["page"]).text

    assert f'"{SCRIPTS[brand]}' in shown
    assert "lptag" not in shown

"""Names are mapped without DNS, and an address is checked where it is connected to."""

from __future__ import annotations

import socket
import ssl

import httpx2
import pytest

from harness.net import AddressForbidden, NameMap, back_channel

PUBLIC = ("8.8.8.8", 443)


def test_an_added_name_is_mapped_from_then_on() -> None:
    """Upper case and a final dot make no difference, another port does."""
    names = NameMap({"www.brand.test": ("127.0.0.1", 1)})
    assert names.resolve("op.test", 443) is None

    names.add("OP.test", ("127.0.0.1", 2))

    assert ("127.0.0.1", 2) == names.resolve("op.test.", 443)
    assert ("127.0.0.1", 1) == names.resolve("www.brand.test", 443)
    assert names.resolve("op.test", 80) is None


def test_plain_http_has_a_server_of_its_own() -> None:
    """For the names that were there from the start, on port 80 alone."""
    names = NameMap({"www.brand.test": ("127.0.0.1", 1)}, plain=("127.0.0.1", 2))
    names.add("op.test", ("127.0.0.1", 3))

    assert ("127.0.0.1", 2) == names.resolve("www.brand.test", 80)
    assert [None, None] == [names.resolve("op.test", 80), names.resolve("www.brand.test", 8080)]


def test_a_name_can_move_to_another_address() -> None:
    """An attacker's name server answers differently from one lookup to the next; the last answer stays."""
    names = NameMap({})
    names.add("rebind.test", PUBLIC, ("127.0.0.1", 2))
    assert [PUBLIC, ("127.0.0.1", 2), ("127.0.0.1", 2)] == [names.resolve("rebind.test", 443) for _ in "123"]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1"])
def test_a_host_that_nobody_configured_must_be_public(address: str) -> None:
    """It is refused by the address that would be connected to, before anything is sent."""
    names = NameMap({})
    names.add("rebind.test", PUBLIC, (address, 9))
    assert PUBLIC == names.resolve("rebind.test", 443), "the lookup before says that the host is public"
    trust = ssl.create_default_context()
    with (
        back_channel(names, trust, connect=1, total=1, public_only=True) as http,
        pytest.raises(httpx2.ConnectError) as refused,
    ):
        http.get("https://rebind.test/jwks")
    assert isinstance(refused.value.__cause__, AddressForbidden)


def test_a_host_that_is_configured_may_be_private() -> None:
    """The same address is connected to where the configuration names it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        names = NameMap({"staging.test": server.getsockname()})
        with back_channel(names, ssl.create_default_context(), connect=1, total=1) as http:
            server.close()
            with pytest.raises(httpx2.ConnectError) as refused:
                http.get("https://staging.test/jwks")
    assert not isinstance(refused.value.__cause__, AddressForbidden)

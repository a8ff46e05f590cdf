"""The address of a Playwright server: what is taken, what is kept out of messages."""

from __future__ import annotations

import pytest

from harness.browser.remote import endpoint
from harness.errors import UsageError


def test_launch_options_are_taken_out_of_the_address() -> None:
    """They travel with those of the policy; a token stays where the server looks for it."""
    read = endpoint('wss://grid.example/pw?token=t&launch-options={"executablePath":"/opt/chrome"}&browser=x')

    assert "wss://grid.example/pw?token=t" == read.url
    assert {"executablePath": "/opt/chrome"} == read.options


def test_a_token_is_in_no_message() -> None:
    """Host and port name a server; what authorises its use does not."""
    read = endpoint("wss://me:secret@grid.example:3000/pw?token=t")

    assert "grid.example:3000" == read.host
    assert "secret" not in repr(read)
    assert "remote" == read.found("firefox").label


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://grid.example/", "ws://"),
        ("grid.example:3000", "ws://"),
        ("ws:///nowhere", "ws://"),
        ("ws://grid.example/?launch-options=x", "launch-options"),
        ("ws://grid.example/?launch-options=[]", "launch-options"),
    ],
)
def test_another_address_is_one_sentence(address: str, told: str) -> None:
    """What it takes is said before anything starts."""
    with pytest.raises(UsageError, match=told):
        endpoint(address)

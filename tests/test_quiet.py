"""What the libraries below us log: nothing that passes through them, unless somebody asked by name."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from typing import Any

import pytest

from harness.clock import MovableClock
from harness.config import Config
from harness.quiet import TALKATIVE, quieten
from harness.sample import CUSTOMERS
from harness.server import running
from harness.wire import WireConsumer
from tests.chatting import chatting


@pytest.fixture(autouse=True)
def _as_before() -> Any:
    """Give every library its level back."""
    before = {name: logging.getLogger(name).level for name in TALKATIVE}
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def test_a_suite_that_collects_every_log_collects_no_credential(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sign-ins in a window and a popup and a conversation, with everything logged that anybody logs."""
    noted, made = [], secrets.token_urlsafe

    def note(*octets: int) -> str:
        noted.append(made(*octets))
        return noted[-1]

    monkeypatch.setattr(secrets, "token_urlsafe", note)
    caplog.set_level(logging.DEBUG)
    with (
        running(Config(), folder=tmp_path, clock=MovableClock()) as server,
        WireConsumer(server) as consumer,
    ):
        consumer.sign_in("alice")
        tokens = []
        for flow in ("code-pkce", "implicit"):
            call = consumer.open_call(f"embedded.{flow}")
            tokens.append(consumer.page_answer(call, flow))
            signed_in = consumer.hand_over(call, tokens[-1])
            assert "authenticated" == signed_in["outcome"]
        popup = consumer.open_popup("popup.code-pkce")
        assert "authenticated" == consumer.come_back(consumer.authorize(popup.url))["outcome"]
        with chatting(server, signed_in["token"]) as chat:
            chat.hear_until("ready")
            chat.say(text="the number of my card is 4711")
            assert "4711" in str(chat.hear())

    logged = "\n".join(record.getMessage() for record in caplog.records)
    values = [*noted, *map(str, tokens), signed_in["token"], CUSTOMERS[0].password, "4711"]
    assert 20 < len(noted)
    assert [] == [value for value in values if value in logged]
    assert not [one for one in caplog.records if one.name.split(".")[0] in TALKATIVE]


def test_warnings_are_still_heard(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a library has to say that somebody must act on."""
    quieten()
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")

    assert ["Invalid HTTP request received."] == [record.getMessage() for record in caplog.records]


def test_who_asks_for_a_library_by_name_hears_it() -> None:
    """A level that was set stays."""
    logging.getLogger("httpx2").setLevel(logging.DEBUG)
    quieten()

    assert logging.getLogger("httpx2").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("httpcore2.http11").isEnabledFor(logging.INFO)

"""What a consumer does at a server that may be killed, what they are told, and what its database holds."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from json import JSONDecodeError
from typing import Any

import httpx2
from sqlalchemy import create_engine, func, select
from websockets.exceptions import WebSocketException

from harness.errors import HarnessBroken
from harness.store.database import open_engine
from harness.store.tables import engagements, messages
from harness.wire import WireConsumer
from tests.killing.serving import ENGAGEMENT, FLOW, Served

LOST = (httpx2.TransportError, HarnessBroken, WebSocketException, OSError, ssl.SSLError, JSONDecodeError)
"""What a consumer sees whose server, or whose server's database, is killed: nothing was acknowledged."""


@dataclass(kw_only=True)
class Visit:
    """A consumer who signs in, chats, and is told what has been done.

    Attributes:
        answer: What the page method answered, once it has.
        said: What is said in the conversation.
        accepted: Whether the sign-in was acknowledged.
        heard: Whether the message was.
    """

    answer: Any = field(default=None, repr=False)
    said: str = field(default_factory=lambda: secrets.token_hex(8))
    accepted: bool = False
    heard: bool = False

    def make(self, server: Served) -> None:
        """Go through the whole flow; raises one of ``LOST`` where that does not work."""
        with WireConsumer(server) as consumer:
            consumer.sign_in("alice")
            call = consumer.open_call(ENGAGEMENT)
            self.answer = consumer.page_answer(call, FLOW)
            if self.answer is None:
                raise HarnessBroken("the shop gave no credential")
            welcome = consumer.hand_over(call, self.answer)
            self.accepted = welcome["outcome"] == "authenticated"
            if not self.accepted:
                raise HarnessBroken(f"the sign-in was {welcome['outcome']}")
            with server.chatting(welcome["token"]) as window:
                window.hear_until("ready")
                window.say(text=self.said)
                self.heard = window.hear()["text"] == self.said

    def again(self, server: Served) -> str:
        """Hand the same credential over in another window, as somebody who has copied it would."""
        with WireConsumer(server) as consumer:
            consumer.sign_in("alice")
            return str(consumer.hand_over(consumer.open_call(ENGAGEMENT), self.answer)["outcome"])


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What stands in a database.

    Attributes:
        engagements: How often somebody was taken in.
        count: How often a text was said.
    """

    engagements: int
    count: Callable[[str], int]


def kept(database: str) -> Kept:
    """Read a database, and see that a file is whole."""
    url = database.replace("postgresql://", "postgresql+psycopg://")
    engine = open_engine(url) if url.startswith("sqlite") else create_engine(url)
    with engine.connect() as connection:
        if url.startswith("sqlite"):
            assert "ok" == connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
        often = connection.execute(select(func.count()).select_from(engagements)).scalar_one()
        texts = tuple(connection.execute(select(messages.c.text)).scalars())
    engine.dispose()
    return Kept(engagements=often, count=texts.count)

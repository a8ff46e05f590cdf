"""Conversations, their messages, and the popups' status."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from harness.clock import Clock
from harness.protocol.fingerprint import digest
from harness.store.news import CONVERSATIONS, Teller, conversation_topic, popup_topic
from harness.store.sql import Begin, upsert
from harness.store.tables import conversations, messages, popups, profiles, receipts

Sender = Literal["consumer", "agent"]
PopupStatus = Literal["opened", "finished", "failed"]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of a conversation.

    Attributes:
        receipt: What was done with it, for those who show more than its text; ``None`` for mere words.
    """

    id: int
    sender: Sender
    text: str = field(repr=False)
    at: float
    receipt: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the message as it goes over the WebSocket."""
        members = {name: value for name, value in asdict(self).items() if value is not None}
        return {"type": "message", **members}


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A conversation as the agent sees it.

    Attributes:
        verified: The profile's verified claims; ``None`` for a guest.
        unverified: What the page supplied: nobody vouches for it.
    """

    id: str
    surface: str
    opened_at: float
    profile: int | None
    verified: dict[str, Any] | None = field(repr=False)
    unverified: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Popup:
    """How far a popup has come, and since when, in seconds since the epoch."""

    status: PopupStatus
    at: float


class Conversations:
    """Opens conversations and keeps their messages; other processes hear of every change."""

    def __init__(self, begin: Begin, clock: Clock, teller: Teller) -> None:
        self._begin, self._clock, self._tell = begin, clock, teller.tell

    def open(self, *, profile: int | None, surface: str, unverified: dict[str, Any]) -> str:
        """Open a conversation and return its id."""
        conversation = secrets.token_urlsafe(16)
        row = {
            "id": conversation,
            "profile": profile,
            "surface": surface,
            "unverified": unverified,
            "opened_at": self._clock.now(),
        }
        with self._begin() as connection:
            connection.execute(insert(conversations).values(row))
            self._tell(connection, CONVERSATIONS)
        return conversation

    def identify(self, conversation: str, profile: int) -> None:
        """Let a conversation go on as a known consumer's: a step-up from a guest."""
        change = update(conversations).where(conversations.c.id == conversation).values(profile=profile)
        with self._begin() as connection:
            connection.execute(change)
            self._tell(connection, CONVERSATIONS)

    def hold(self, conversation: str) -> None:
        """Let nobody else speak in a conversation before the transaction ends."""
        with self._begin() as connection:
            _hold(connection, conversation)

    def say(
        self, conversation: str, sender: Sender, text: str, *, receipt: dict[str, Any] | None = None
    ) -> Message:
        """Add a message, with the receipt of what was done with it."""
        at = self._clock.now()
        row = {"conversation": conversation, "sender": sender, "text": text, "at": at}
        with self._begin() as connection:
            # Whoever has seen a message asks for those with a higher number: no lower one may come later.
            _hold(connection, conversation)
            key = connection.execute(insert(messages).values(row)).inserted_primary_key
            assert key is not None
            if receipt is not None:
                connection.execute(insert(receipts).values(message=key[0], data=receipt))
            self._tell(connection, conversation_topic(conversation), CONVERSATIONS)
        return Message(id=key[0], sender=sender, text=text, at=at, receipt=receipt)

    def messages(self, conversation: str, *, after: int = 0) -> tuple[Message, ...]:
        """Return the messages with an id above ``after``, oldest first."""
        columns = (messages.c.id, messages.c.sender, messages.c.text, messages.c.at)
        query = (
            select(*columns, receipts.c.data.label("receipt"))
            .select_from(messages.outerjoin(receipts))
            .where(messages.c.conversation == conversation, messages.c.id > after)
        )
        with self._begin() as connection:
            rows = connection.execute(query.order_by(messages.c.id)).mappings()
            return tuple(Message(**row) for row in rows)

    def all(self) -> tuple[Conversation, ...]:
        """Return every conversation, newest first."""
        return self._read(select())

    def find(self, conversation: str) -> Conversation | None:
        """Return one conversation."""
        return next(iter(self._read(select().where(conversations.c.id == conversation))), None)

    def _read(self, query: Any) -> tuple[Conversation, ...]:
        names = ("id", "surface", "opened_at", "profile", "unverified")
        query = (
            query.add_columns(*(conversations.c[name] for name in names), profiles.c.verified)
            .select_from(conversations.outerjoin(profiles))
            .order_by(conversations.c.number.desc())
        )
        with self._begin() as connection:
            return tuple(Conversation(**row) for row in connection.execute(query).mappings())

    def set_popup(self, popup: str, status: PopupStatus) -> None:
        """Remember how far a popup has come, under the hash of its id."""
        row = {"id_hash": digest(popup), "status": status, "at": self._clock.now()}
        with self._begin() as connection:
            fresh = upsert(connection.dialect.name, popups).values(row)
            connection.execute(fresh.on_conflict_do_update(index_elements=[popups.c.id_hash], set_=row))
            self._tell(connection, popup_topic(popup))

    def give_up(self, popup: str) -> bool:
        """Let an open popup have failed; tell whether it was open until now."""
        mine = (popups.c.id_hash == digest(popup)) & (popups.c.status == "opened")
        with self._begin() as connection:
            self._tell(connection, popup_topic(popup))
            return connection.execute(update(popups).where(mine).values(status="failed")).rowcount == 1

    def popup(self, popup: str) -> Popup | None:
        """Return how far a popup has come."""
        query = select(popups.c.status, popups.c.at).where(popups.c.id_hash == digest(popup))
        with self._begin() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Popup(**row)


def _hold(connection: Connection, conversation: str) -> None:
    """Lock a conversation's row; SQLite has one writer, so that there is nobody to wait for."""
    if connection.dialect.name == "postgresql":
        row = select(conversations.c.id).where(conversations.c.id == conversation)
        # Not stronger: the foreign key of another table's row may look at it meanwhile.
        connection.execute(row.with_for_update(key_share=True))

"""Conversations over WebSockets: the consumer's end and the agent's end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from harness.roles.platform.bus import Bus, Closed
from harness.roles.platform.services import NotOffered, Receipt, Services
from harness.roles.platform.session_tokens import Session, SessionTokens
from harness.store import Store
from harness.store.conversations import Conversation, Message, Sender
from harness.store.news import CONVERSATIONS, conversation_topic

TEXT_LIMIT = 2_000
ENDED_SECONDS = 24 * 3600
HELLO_SECONDS = 10.0
"""How long a window may take to say who it is."""

POLICY_VIOLATION = 1008
GOING_AWAY = 1001

CONVERSATION = r"^[A-Za-z0-9_-]{1,64}$"

READY = {"type": "ready"}
"""Everything that was said before has been sent, so that the window knows what was not taken."""

EXPIRED = {"type": "expired"}
"""The window has to renew its credential."""


class Hello(BaseModel):
    """The first frame of a consumer's window."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: str = Field(max_length=4_096, repr=False)
    after: int = Field(default=0, ge=0)
    """The last message that the window has seen, for one that comes back."""


class Say(BaseModel):
    """One message; the agent names the conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # No control characters: a database may refuse them, and nobody can read them.
    text: str = Field(min_length=1, max_length=TEXT_LIMIT, pattern=r"^[^\x00-\x08\x0e-\x1f]*$")
    conversation: str | None = Field(default=None, pattern=CONVERSATION)


class Order(BaseModel):
    """The agent orders a plan for the consumer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversation: str = Field(pattern=CONVERSATION)
    plan: str = Field(max_length=64)


class Payment(BaseModel):
    """The agent agrees with the consumer on how a bill is paid."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversation: str = Field(pattern=CONVERSATION)
    bill: str = Field(max_length=40)
    way: str = Field(max_length=64)


_AGENT_FRAME: TypeAdapter[Say | Order | Payment] = TypeAdapter(Say | Order | Payment)


class Desk:
    """Both ends of the conversations.

    Args:
        store: Keeps the messages.
        bus: Tells who waits that there is something to read.
        tokens: Reads what the windows present.
        window_origin: The only origin whose pages may open the consumer's end.
        agent_origin: The only origin whose pages may open the agent's end.
        services: What an agent can do for a consumer whom the brand vouches for.
        patience: Seconds that a window may take to say who it is.
    """

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        tokens: SessionTokens,
        window_origin: str,
        agent_origin: str,
        services: Services,
        patience: float = HELLO_SECONDS,
    ) -> None:
        self._patience = patience
        self._store, self._bus, self._tokens, self._services = store, bus, tokens, services
        self._window_origin, self._agent_origin = window_origin, agent_origin

    def open(self, *, profile: int | None, surface: str, unverified: dict[str, Any]) -> str:
        """Open a conversation and tell the workspaces."""
        conversation = self._store.conversations.open(profile=profile, surface=surface, unverified=unverified)
        self._bus.publish(CONVERSATIONS)
        return conversation

    def may_go_on(self, conversation: str, *, profile: int | None) -> bool:
        """Tell whether a window may go on in its conversation: a guest not in a known consumer's."""
        found = self._store.conversations.find(conversation)
        return found is not None and found.profile in (None, profile)

    def latest_guest(self) -> str | None:
        """Return the conversation that a guest opened last, which no other window may see."""
        guests = (one.id for one in self._store.conversations.all() if one.profile is None)
        return next(guests, None)

    def go_on(self, conversation: str, *, profile: int | None) -> None:
        """Go on with a window's conversation, from now on as a known consumer's if there is a profile."""
        if profile is not None:
            self._store.conversations.identify(conversation, profile)
        self._bus.publish(CONVERSATIONS)

    def end(self, conversation: str) -> None:
        """Let nobody speak in a conversation any more with the token that its window has."""
        self._store.sessions.keep("ended", conversation, seconds=ENDED_SECONDS)

    async def consumer(self, socket: WebSocket) -> None:
        """Serve one chat window; its first frame carries the session token."""
        if not await self._accept(socket, self._window_origin):
            return
        try:
            async with asyncio.timeout(self._patience):
                hello = Hello.model_validate_json(await _frame(socket))
        except (ValidationError, WebSocketDisconnect, TimeoutError):
            await _close(socket, POLICY_VIOLATION)
            return
        session = self._tokens.read(hello.token)
        if session is None:
            await _close(socket, POLICY_VIOLATION)
            return
        if await self._has_expired(session):
            with contextlib.suppress(WebSocketDisconnect):  # gone before it could be told
                await socket.send_json(EXPIRED)
            await _close(socket, POLICY_VIOLATION)
            return
        conversation = session.conversation

        async def hear(frame: str) -> None:
            said = Say.model_validate_json(frame)
            if await self._has_expired(session):
                # Not taken: the window renews its credential and says it again.
                await socket.send_json(EXPIRED)
                return
            await self._say(conversation, "consumer", said.text)

        await self._serve(socket, hear, lambda: self._forward(socket, conversation, hello.after))

    async def agent(self, socket: WebSocket, *, allowed: bool) -> None:
        """Serve one agent's workspace, which is sent every conversation and every message."""
        if not allowed or not await self._accept(socket, self._agent_origin):
            await _close(socket, POLICY_VIOLATION)
            return

        async def hear(frame: str) -> None:
            asked = _AGENT_FRAME.validate_json(frame)
            if isinstance(asked, Order | Payment):
                await self._settle(socket, asked)
            elif asked.conversation and await self._is_known(asked.conversation):
                await self._say(asked.conversation, "agent", asked.text)

        await self._serve(socket, hear, lambda: self._watch(socket))

    async def _is_known(self, conversation: str) -> bool:
        return await run_in_threadpool(self._store.conversations.find, conversation) is not None

    async def _has_expired(self, session: Session) -> bool:
        if self._tokens.clock.now() >= session.expires_at:
            return True
        ended = await run_in_threadpool(self._store.sessions.find, "ended", session.conversation)
        return ended is not None

    async def _accept(self, socket: WebSocket, origin: str) -> bool:
        if socket.headers.get("origin") != origin:
            await _close(socket, POLICY_VIOLATION)
            return False
        await socket.accept()
        return True

    async def _serve(
        self, socket: WebSocket, hear: Callable[[str], Awaitable[None]], write: Callable[[], Awaitable[None]]
    ) -> None:
        """Run the writing side while the reading side listens; end both together."""
        writer = asyncio.ensure_future(write())
        reader = asyncio.ensure_future(_listen(socket, hear))
        try:
            await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (writer, reader):
                task.cancel()
            await asyncio.gather(writer, reader, return_exceptions=True)
            await _close(socket, GOING_AWAY)

    async def _say(self, conversation: str, sender: Sender, text: str) -> None:
        await run_in_threadpool(self._store.conversations.say, conversation, sender, text)
        self._bus.publish(conversation_topic(conversation), CONVERSATIONS)

    async def _settle(self, socket: WebSocket, asked: Order | Payment) -> None:
        """Do what the agent asks for, or tell them why it cannot be done."""
        try:
            await run_in_threadpool(self._book, asked)
        except NotOffered as refusal:
            frame = {"type": "refused", "conversation": asked.conversation, "sentence": str(refusal)}
            await socket.send_json(frame)
            return
        self._bus.publish(conversation_topic(asked.conversation), CONVERSATIONS)

    def _book(self, asked: Order | Payment) -> None:
        # One transaction: of two agents who order the same at the same moment, the later one is told so.
        with self._store.transaction() as records:
            records.conversations.hold(asked.conversation)
            conversation = records.conversations.find(asked.conversation)
            if conversation is None:
                raise NotOffered("There is no such conversation.")
            said = records.conversations.messages(conversation.id)
            receipt = self._receipt(asked, conversation, said)
            records.conversations.say(conversation.id, "agent", receipt.text, receipt=receipt.as_json())

    def _receipt(
        self, asked: Order | Payment, conversation: Conversation, said: tuple[Message, ...]
    ) -> Receipt:
        if isinstance(asked, Order):
            return self._services.order(conversation.verified, said, plan=asked.plan)
        return self._services.payment(conversation.verified, said, bill=asked.bill, way=asked.way)

    async def _forward(self, socket: WebSocket, conversation: str, sent: int) -> None:
        """Send what the window has not seen, then that it has seen all, then whatever is said."""
        with self._bus.subscribe(conversation_topic(conversation)) as subscription:
            sent = await self._send_after(socket, conversation, sent)
            await socket.send_json(READY)
            while True:
                await subscription.changed()
                sent = await self._send_after(socket, conversation, sent)

    async def _send_after(self, socket: WebSocket, conversation: str, sent: int) -> int:
        for message in await run_in_threadpool(self._store.conversations.messages, conversation, after=sent):
            await socket.send_json(message.as_json())
            sent = message.id
        return sent

    async def _watch(self, socket: WebSocket) -> None:
        with self._bus.subscribe(CONVERSATIONS) as subscription:
            while True:
                await socket.send_json(await run_in_threadpool(self._overview))
                await subscription.changed()

    def _overview(self) -> dict[str, Any]:
        items = [self._item(conversation) for conversation in self._store.conversations.all()[:50]]
        return {"type": "conversations", "items": items}

    def _item(self, conversation: Conversation) -> dict[str, Any]:
        said = self._store.conversations.messages(conversation.id)
        history = self._store.people.surfaces(conversation.profile) if conversation.profile else ()
        return {
            **vars(conversation),
            "engagements": list(history),
            "messages": [message.as_json() for message in said],
            "services": self._services.offered(conversation.verified, said),
        }


async def _listen(socket: WebSocket, hear: Callable[[str], Awaitable[None]]) -> None:
    with contextlib.suppress(WebSocketDisconnect, Closed):
        while True:
            frame = await _frame(socket)
            with contextlib.suppress(ValidationError):  # a malformed frame is nobody's message
                await hear(frame)


async def _frame(socket: WebSocket) -> str:
    """Return the text of the next frame; a binary one has none (RFC 6455 section 5.6), and is malformed here.

    Raises:
        WebSocketDisconnect: When the other end is gone.
    """
    frame = await socket.receive()
    if frame["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(frame.get("code", 1005))
    return frame.get("text") or ""


async def _close(socket: WebSocket, code: int) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):  # already closed by the other side
        await socket.close(code)

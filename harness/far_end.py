"""The far end of a bad line in one harness: its doors, bound before anybody knocks."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from harness import tls
from harness.clock import Clock
from harness.net import NameMap
from harness.own_habits import LOOPBACK
from harness.roles.line import BadWays, Door, Line, LineServer
from harness.serving import bound_socket


@dataclass(frozen=True, kw_only=True)
class FarEnd:
    """Where bad lines lead.

    Attributes:
        ways: The name map of those whose line it is.
    """

    ways: BadWays
    _server: LineServer
    _doors: tuple[tuple[socket.socket, ssl.SSLContext | None], ...]
    _open: list[asyncio.Server] = field(default_factory=list)

    async def start(self) -> None:
        """Take connections from now on."""
        for bound, greeting in self._doors:
            self._open.append(await asyncio.start_server(self._server.serve, sock=bound, ssl=greeting))

    def stop(self) -> None:
        """Take no more."""
        for door in self._open:
            door.close()


@contextlib.contextmanager
def far_end(
    names: NameMap,
    hosts: tuple[str, ...],
    certificates: tls.RunTls,
    clock: Clock,
    line: Callable[[], Line | None],
) -> Iterator[FarEnd]:
    """Bind the doors for the length of the block.

    Args:
        names: Where the real servers are.
        hosts: The names that are reached over the line.
        certificates: The run's.
        clock: Passes while something is slow.
        line: Returns the line; ``None`` while it is good.
    """
    contexts: dict[Door, ssl.SSLContext | None] = {
        "plain": None,
        "good": certificates.server,
        "incomplete": certificates.without_chain(*hosts),
    }
    with contextlib.ExitStack() as stack:
        bound = {door: stack.enter_context(bound_socket(0, "--port")) for door in contexts}
        # Bound, so that nobody else takes the port, and not listened on.
        closed = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
        closed.bind((LOOPBACK, 0))
        addresses = {door: one.getsockname() for door, one in {**bound, "refused": closed}.items()}
        yield FarEnd(
            ways=BadWays(names, frozenset(hosts), addresses, line),
            _server=LineServer(names, certificates.client, clock, line),
            _doors=tuple((bound[door], context) for door, context in contexts.items()),
        )

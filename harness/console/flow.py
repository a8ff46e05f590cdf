"""The live flow view: the sequence diagram of the case that runs, growing while it runs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

from sse_starlette import EventSourceResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from harness.live import Feed, Watched
from harness.report.sequence import Diagram, diagram
from harness.roles import web


class Flow:
    """A part of the console that shows a feed.

    Args:
        feed: What is watched.
    """

    title, path = "Flow", "/flow"

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._closed = False
        self._watching: set[Callable[[], None]] = set()

    def close(self) -> None:
        """End every stream: the server is going down."""
        self._closed = True
        for wake in tuple(self._watching):
            wake()

    def routes(self, pages: web.Pages) -> Sequence[BaseRoute]:
        """Return the page, and the stream that it listens to."""

        def show(_: Request) -> Response:
            watched = self._feed.now
            return pages.render("flow.html", here=self.path, watched=watched, drawn=drawn(watched))

        def stream(_: Request) -> Response:
            return EventSourceResponse(self._pictures())

        return [Route(self.path, show), Route(f"{self.path}/events", stream)]

    async def _pictures(self) -> AsyncIterator[dict[str, str]]:
        """Yield the whole picture after every change; changes that come meanwhile are in the next one."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the console's loop has ended
                loop.call_soon_threadsafe(changed.set)

        stop = self._feed.listen(wake)
        self._watching.add(wake)
        try:
            while not self._closed:
                changed.clear()
                yield {"event": "picture", "data": await asyncio.to_thread(picture, self._feed.now)}
                await changed.wait()
        finally:
            self._watching.discard(wake)
            stop()


def picture(watched: Watched) -> str:
    """Return a case as far as it has come, as HTML."""
    return web.environment().get_template("console/_flow.html").render(watched=watched, drawn=drawn(watched))


def drawn(watched: Watched) -> Diagram:
    """Return the diagram of a case as far as it has come."""
    judged = watched.judgement
    return diagram(watched.so_far(), judged.findings if judged else (), code=judged.code if judged else None)

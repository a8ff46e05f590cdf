"""The side panel: pages of the console that show what happens and take what is asked."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError
from sse_starlette import EventSourceResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from harness.config import EngineName
from harness.demo.board import Board
from harness.demo.choice import Choice, options
from harness.demo.controls import PACES, Asked, Controls, Go, Pace, Play, SetPace
from harness.roles import web

ASK = "/demo/ask"
"""Where the buttons' requests go."""

_ASKED: TypeAdapter[Play | SetPace | Go] = TypeAdapter(Asked)
_LIMIT = 4_096


class DemoPart:
    """The demo's page of the console.

    Args:
        board: What it shows.
        controls: What takes what is asked.
        engine: In which engine the demo plays.
        choice: What is picked at first.
        pace: The pace at first.
    """

    title, path = "Demo", "/demo"

    def __init__(
        self, board: Board, controls: Controls, *, engine: EngineName, choice: Choice, pace: Pace
    ) -> None:
        self._board, self._controls = board, controls
        self._engine, self._choice, self._pace = engine, choice, pace

    def routes(self, pages: web.Pages) -> Sequence[BaseRoute]:
        """Return the page, the stream that it follows, and what takes its buttons' requests."""

        def show(_: Request) -> Response:
            return pages.render(
                "demo.html",
                here=self.path,
                chosen=self._choice,
                pace=self._pace if self._pace != "none" else "normal",
                paces=PACES[:-1],
                **options(self._engine),
            )

        return [
            Route(self.path, show),
            Route("/demo/events", self._events),
            Route(ASK, self._ask, methods=["POST"]),
        ]

    async def _events(self, request: Request) -> Response:
        last = request.headers.get("last-event-id", "0")
        return EventSourceResponse(self._board.follow(web.number(last) or 0))

    async def _ask(self, request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LIMIT:
                raise HTTPException(413, "That is more than a button asks for.")
        try:
            asked = _ASKED.validate_json(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise HTTPException(
                400, f"The panel asked for something that there is not: {first['msg']}."
            ) from None
        self._controls.ask(asked)
        return Response(status_code=204)

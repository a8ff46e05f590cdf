"""What the panel follows."""

from __future__ import annotations

import asyncio
import json

from harness.demo.board import Board


def test_whoever_comes_late_gets_what_belongs_to_the_running_case() -> None:
    """And nothing of the one before it."""
    board = Board()
    board.tell("hop", sentence="long ago")
    board.tell("begin", title="now")
    last = board.tell("hop", sentence="just now")

    assert ["begin", "hop"] == [message["kind"] for message in board.after(0)]
    assert () == board.after(last)
    assert last == board.last


def test_a_panel_that_follows_is_told_of_each_message_until_the_end() -> None:
    """In order, each with its number."""
    board = Board()

    async def follow() -> list[str]:
        told = []
        async for message in board.follow(0):
            told.append(json.loads(str(message.data))["kind"])
            if told == ["begin"]:
                board.tell("end")
            if told == ["begin", "end"]:
                board.close()
        return told

    board.tell("begin")

    assert ["begin", "end"] == asyncio.run(follow())

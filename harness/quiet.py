"""Libraries that write down what passes through them, kept quiet where nobody asked to hear them."""

from __future__ import annotations

import logging

TALKATIVE = ("authlib", "httpcore2", "httpx2", "python_multipart", "sse_starlette", "uvicorn", "websockets")
"""What they log below a warning are addresses with codes, cookies, tokens that were issued, and messages."""


def quieten() -> None:
    """Let these libraries log warnings and worse, and no more.

    A suite that collects everything, as with ``pytest --log-level=DEBUG``, would have credentials in its
    report otherwise. Whoever has set a level for one of them by its name has asked for what it says.
    """
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)

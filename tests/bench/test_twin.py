from __future__ import annotations

import json
from collections import Counter

import pytest

from e2e.bench.twin import FILLING, Name, bare, differences, filled, named

PAGE: Name = ("GET", "www.brand.test", "/account")
CALL: Name = ("POST", "chat.platform.test", "/api/call")


@pytest.mark.parametrize("kind", FILLING)
def test_a_text_is_filled_up_to_the_real_size(kind: str) -> None:
    """The twin's answers are as large as the harness's."""
    assert 500 == len(filled("", 500, kind))


def test_what_fills_an_answer_up_does_not_break_it() -> None:
    """JSON stays JSON; a text that is larger already stays as it is."""
    assert {"filling"} == json.loads(filled("", 100, "fetch")).keys()
    assert b"const a = 1;" == filled("const a = 1;", 5, "script")


def test_a_documents_own_scripts_become_comments_but_for_the_last() -> None:
    """What it loads stays, and so does its size: a browser lays the same page out."""
    loads = b'<script nonce="n" src="/a.js"></script>'
    document = (
        b'<p>Hello</p><script nonce="n">real(1);</script>' + loads + b"<script>real(22222222);</script>"
    )

    twin = bare(document, "own();")

    assert len(document) == len(twin)
    assert b"real" not in twin
    assert twin.startswith(b'<p>Hello</p><script nonce="n">/*xxxx')
    assert loads + b"<script>own();/*" in twin


def test_a_request_is_known_without_its_query() -> None:
    """Codes, states and challenges differ from run to run."""
    assert PAGE == named("GET", "https://www.brand.test/account?surface=popup#top")


def test_twins_ask_for_the_same() -> None:
    """What only one of them asks for is named, as often as it is asked for."""
    real, bare = Counter([PAGE, CALL, CALL]), Counter([PAGE, CALL])

    assert "" == differences(real, Counter(real))
    assert "only the harness asks POST chat.platform.test /api/call" == differences(real, bare)
    assert "only the twin asks POST chat.platform.test /api/call" == differences(bare, real)

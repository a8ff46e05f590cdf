"""A bad line breaks what passes over it, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.clock import ManualClock
from harness.config import Config
from harness.protocol.problem import Refusal
from harness.roles.line import Line, Sent, answer_with, chunked, cut, fields, reset
from harness.roles.seams import Seams
from harness.server import RunningServer, running
from harness.verification.outbound import Answer, Outbound

CLOCK = ManualClock(1_795_176_000)
ANSWER = Sent(octets=b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")


def test_an_answer_is_cut_behind_its_head() -> None:
    """The head goes through whole, and the share of the body that is let through."""
    assert ANSWER.octets[:-2] == cut(0.5)(ANSWER).octets
    assert ANSWER.head == cut(0)(ANSWER).octets


def test_an_answer_can_be_another_one() -> None:
    """Whatever its octets are."""
    assert b"no HTTP" == answer_with(b"no HTTP")(ANSWER).octets


def test_field_lines_are_put_in_before_the_empty_line() -> None:
    """As they are, good or not."""
    assert b"\r\nX: 1\r\n\r\nbody" in fields(b"X: 1\r\n")(ANSWER).octets


def test_a_body_can_be_sent_in_a_chunk() -> None:
    """Well-framed, with a size that is none, or without its end."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert head + b"4\r\nbody\r\n0\r\n\r\n" == chunked()(ANSWER).octets
    assert head + b"?\r\nbody\r\n0\r\n\r\n" == chunked(size="?")(ANSWER).octets
    assert head + b"4\r\nbody\r\n" == chunked(last=False)(ANSWER).octets


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A harness with a clock that stands still."""
    with running(Config(), folder=tmp_path_factory.mktemp("line"), clock=CLOCK) as started:
        yield started


def asked(server: RunningServer, line: Line | None) -> Answer:
    """Ask the authorization server for its keys, over a line, as the platform's servers do."""
    with server.composition.seams.put(Seams(line=line)):
        outbound = Outbound(server.platforms, connect=2)
        return outbound.get(f"https://{server.config.sites.idp}/jwks", limit=10_000, total=5)


def test_over_a_good_line_the_answer_comes_whole(server: RunningServer) -> None:
    """Also over one that is bad in name only, through another connection."""
    assert asked(server, None).body == asked(server, Line()).body
    assert 200 == asked(server, Line(answer=(chunked(),))).status


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (Line(refused=True), "net.connect_failed"),
        (Line(name="unknown"), "net.dns_failed"),
        (Line(name="unanswered"), "net.dns_failed"),
        (Line(handshake="old"), "net.tls_version"),
        (Line(handshake="incomplete"), "net.tls_invalid"),
        (Line(proxy=b"HTTP/1.1 407 No\r\n\r\n"), "net.proxy_auth"),
        (Line(proxy=b"HTTP/1.1 502 No\r\n\r\n"), "net.connect_failed"),
        (Line(answer=(cut(0.5),)), "net.interrupted"),
        (Line(answer=(cut(0.5), reset())), "net.interrupted"),
        (Line(answer=(answer_with(b""),)), "net.interrupted"),
        (Line(answer=(answer_with(b"no HTTP\r\n\r\n"),)), "net.protocol_error"),
        (Line(answer=(chunked(last=False),)), "net.protocol_error"),
    ],
)
def test_each_way_to_be_bad_has_its_code(line: Line, code: str, server: RunningServer) -> None:
    """And the line is good again afterwards."""
    with pytest.raises(Refusal) as refused:
        asked(server, line)

    assert code == refused.value.problem.code
    assert 200 == asked(server, None).status


def test_a_slow_line_lets_the_clock_pass(server: RunningServer) -> None:
    """Nobody waits for it."""
    before = CLOCK.now()
    asked(server, Line(slow=30))

    assert 30 == CLOCK.now() - before


def test_the_brand_has_another_line(server: RunningServer) -> None:
    """What is bad for the platform's servers is good for everybody else."""
    with server.composition.seams.put(Seams(line=Line(refused=True))):
        answer = server.http.get(f"https://{server.config.sites.idp}/jwks")

    assert 200 == answer.status_code

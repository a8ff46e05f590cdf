"""Ctrl-C, whatever it breaks on its way."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import click
import pytest

from harness.cli import cli, run


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Put the process's own handlers back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_fails_because_of_it_is_an_interruption(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal interrupts the browser's driver too, so that closing the browser fails: that is no bug."""

    @click.command()
    def busy() -> None:
        try:
            signal.raise_signal(number)
        finally:
            raise RuntimeError("Connection closed while reading from the driver")

    monkeypatch.setitem(cli.commands, "busy", busy)

    assert 130 == run(["busy"])
    told = capsys.readouterr().err
    assert "harness: interrupted; everything that was started has been stopped\n" == told


def test_a_failure_without_a_signal_is_told_with_its_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are what its authors need."""

    @click.command()
    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setitem(cli.commands, "broken", broken)

    assert 3 == run(["broken"])
    told = capsys.readouterr().err
    assert "RuntimeError: a bug" in told
    assert told.endswith("harness: the harness itself broke; the lines above say where, please report them\n")


def test_a_library_s_words_are_redacted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They may hold parts of a token, or what a terminal would obey; where it happened stays."""

    @click.command()
    def broken() -> None:
        raise RuntimeError("cannot read eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl\x1b[2J")

    monkeypatch.setitem(cli.commands, "broken", broken)

    assert 3 == run(["broken"])
    told = capsys.readouterr().err
    assert "RuntimeError: cannot read fp:" in told
    assert "eyJ" not in told.replace('raise RuntimeError("cannot read eyJ', "")
    assert "\x1b" not in told
    assert __file__ in told

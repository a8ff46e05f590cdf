"""The first Ctrl-C in a long run, and the second."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.cli.winding_down import winding_down


def interrupt() -> None:
    """Press Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


def test_the_first_one_lets_no_further_case_begin_and_says_so_once() -> None:
    """Whoever presses it learns what happens, and what a second one would do."""
    heard: list[str] = []
    with winding_down(heard.append) as goes_on:
        assert goes_on()
        interrupt()
        asked = [goes_on(), goes_on()]

    assert [False, False] == asked
    assert ["ending with the cases that have begun; Ctrl-C once more stops at once"] == heard


def test_the_second_one_stops_at_once() -> None:
    """As it does anywhere."""

    def twice() -> None:
        with winding_down(lambda _: None):
            interrupt()
            interrupt()

    with pytest.raises(KeyboardInterrupt):
        twice()


def test_it_ends_with_the_run() -> None:
    """What comes afterwards can be interrupted as ever."""
    before = signal.getsignal(signal.SIGINT)
    with winding_down(lambda _: None):
        pass

    assert before == signal.getsignal(signal.SIGINT)


def test_where_signals_are_somebody_elses_the_run_goes_on() -> None:
    """In a thread nobody can listen for them."""

    def asked() -> bool:
        with winding_down(lambda _: None) as goes_on:
            return goes_on()

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asked).result()

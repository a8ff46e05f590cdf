"""What the buttons ask for, and how long people get to read."""

from __future__ import annotations

from harness.demo.choice import Choice
from harness.demo.controls import Controls, Go, Play, SetPace, reading_seconds


def test_what_is_asked_comes_out_in_its_order_and_once() -> None:
    """The driving thread takes the whole line."""
    controls, play = Controls(), Play(do="play", choice=Choice())
    for asked in (SetPace(do="pace", pace="slow"), play, Go(do="next")):
        controls.ask(asked)

    assert ["pace", "play", "next"] == [asked.do for asked in controls.asked()]
    assert [] == list(controls.asked())


def test_long_sentences_stay_longer_and_known_ones_shorter() -> None:
    """At every pace but the one that waits for nobody."""
    short, long = "A click.", "A click, after which nobody types anything any more."

    assert 0 == reading_seconds(long, "none")
    assert reading_seconds(short, "normal") < reading_seconds(long, "normal")
    assert reading_seconds(long, "normal", known=True) < reading_seconds(long, "normal")
    assert reading_seconds(long, "fast") < reading_seconds(long, "normal") < reading_seconds(long, "slow")

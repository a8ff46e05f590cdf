"""Text from elsewhere: what acts is named, what is only written stays."""

from __future__ import annotations

import pytest

from harness.report import text
from harness.report.plain import cleaned, line, plain

from .hostile import EVERYTHING, hostile, run


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Grüße, 世界 ✓ …\n\tnext", "Grüße, 世界 ✓ …\n\tnext"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("a\u202eb\u2066c", "a⟨U+202E⟩b⟨U+2066⟩c"),
        ("\x00\x9b\ufffe", "⟨U+0000⟩⟨U+009B⟩⟨U+FFFE⟩"),
        ("one\r\ntwo", "one⟨U+000D⟩\ntwo"),
        ("x ::error title=a::b", "x : :error title=a::b"),
        ("::add-mask::x", ": :add-mask::x"),
        ("a##[error]b", "a## [error]b"),
        ("address ::1, and a::b", "address ::1, and a::b"),
    ],
)
def test_nothing_in_plain_text_acts(given: str, shown: str) -> None:
    """Controls, turns of direction and a build's commands are pulled apart or named."""
    assert shown == plain(given)


def test_half_a_pair_is_named() -> None:
    """UTF-8 has no form for it, and a file could not be written."""
    assert "⟨U+D800⟩" == plain("\ud800")


def test_a_line_is_one_line() -> None:
    """Whatever was between the words."""
    assert "a b c" == line(" a\n\n b\tc ")


def test_a_cleaned_report_shows_a_terminal_nothing_but_text() -> None:
    """No escape sequence, and no line that a build takes for a command."""
    report, _ = run(hostile)
    shown = text.render(cleaned(report))

    assert not any(ord(one) < 32 and one != "\n" for one in shown)
    assert not [one for one in shown.splitlines() if one.lstrip().startswith("::")]
    assert "##[" not in shown
    assert "window.pwned" in shown
    assert "\x1b" in EVERYTHING

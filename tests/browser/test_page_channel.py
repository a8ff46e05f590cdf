"""The line from a page to the recorder."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from harness.browser.page_channel import PageChannel


def channel() -> PageChannel:
    """Return a channel of a case."""
    return PageChannel(method="lpMethods.getToken", tag="https://chat.platform.test/tag/")


def line(of: PageChannel, *events: object) -> str:
    """Return a line as the script writes it."""
    token = json.loads(of.script.split("const CONFIG = ", 1)[1].split(";\n", 1)[0])["token"]
    return str(token) + json.dumps({"document": "d1", "events": list(events)})


def test_a_line_of_the_script_is_read() -> None:
    """Document, time, type and facts of each event, in order."""
    own = channel()
    told = own.read(line(own, {"type": "sdk.loaded", "at": 5.5, "data": {"instance": 1}}))

    assert told is not None
    (one,) = told
    assert ("d1", 5.5, "sdk.loaded", {"instance": 1}) == (one.document, one.at, one.type, one.data)


def test_every_case_has_a_word_of_its_own() -> None:
    """What one case's pages learn says nothing about the next one."""
    own, other = channel(), channel()

    assert own.read(line(other)) is None
    assert own.read("a line of the page") is None
    assert own.settle != other.settle


def test_only_the_page_s_own_types_are_taken() -> None:
    """A type that is not in the table, or is not the page's to tell, is dropped."""
    own = channel()
    events: list[object] = [
        {"type": name, "at": 1, "data": {}} for name in ("request.sent", "verdict", "nothing.known")
    ]

    assert [] == list(own.read(line(own, *events)) or ())


def test_the_script_is_a_script() -> None:
    """It parses, whatever the configured names hold."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not here to parse the script; Chromium does in e2e/test_recorder.py")
    script = PageChannel(method='a"b.\u2028c', tag="https://x.test/</script>").script

    done = subprocess.run([node, "--check", "-"], input=script, capture_output=True, text=True, check=False)

    assert "" == done.stderr

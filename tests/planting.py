"""The command with secrets planted: ``python -m tests.planting FILE check …`` writes into FILE what it knows.

What it keeps in temporary folders, its database among it, is copied beside FILE into ``temporary`` right
before it is deleted.

Every random value that the run makes, every PKCE verifier and every token that it looks at is noted, and
pages say what a terminal or a browser might obey, and the client's secret besides. Neither what is noted
nor that secret must be found in what the run leaves.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from playwright.sync_api import BrowserContext

from harness import consumers, sample, temporary
from harness.browser.drive import consumer_context
from harness.protocol import fingerprint, pkce

PLATFORM_SECRET = 'planted "secret" <&> 100%+ü'
HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[2J\x1b]0;owned\x07\u202eHOSTILE\u2066\x00\r"

_TOKEN = re.compile(r"ey[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}")
_SCRIPT = f"""
console.error({json.dumps(HOSTILE)});
setTimeout(() => {{ throw new Error({json.dumps(HOSTILE)}); }});
{{
    const planted = {json.dumps(PLATFORM_SECRET)};
    console.error("the secret is " + planted);
    console.error(JSON.stringify({{ planted }}));
    setTimeout(() => {{ throw new Error("no good: " + planted); }});
    if (location.hostname === "www.brand.test") {{
        const body = JSON.stringify({{ note: planted, [planted]: [planted] }});
        fetch("/nowhere?" + encodeURIComponent(planted), {{
            method: "POST",
            headers: {{ "Content-Type": "application/json" }},
            body,
        }}).catch(() => undefined);
        fetch("/nowhere?" + new URLSearchParams({{ note: planted }})).catch(() => undefined);
    }}
}}
"""


def _noting(notes: set[str], made: Callable[..., str]) -> Callable[..., str]:
    def note(*arguments: Any) -> str:
        value = made(*arguments)
        notes.add(value)
        return value

    return note


def plant(notes: set[str]) -> None:
    """Replace what makes secrets by what also notes them, and plant a client's secret and hostile pages."""
    secrets.token_urlsafe = _noting(notes, secrets.token_urlsafe)
    made, opened = pkce.s256, consumer_context

    def s256(code_verifier: str) -> str:
        notes.add(code_verifier)
        return made(code_verifier)

    def sha256(octets: bytes) -> Any:
        # Whatever is a token is fingerprinted by somebody.
        text = octets.decode("utf-8", "replace")
        if _TOKEN.fullmatch(text):
            notes.add(text)
        return hashlib.sha256(octets)

    @contextlib.contextmanager
    def hostile(*arguments: Any, **more: Any) -> Iterator[BrowserContext]:
        with opened(*arguments, **more) as context:
            context.add_init_script(_SCRIPT)
            yield context

    pkce.s256 = s256
    vars(fingerprint)["hashlib"] = SimpleNamespace(sha256=sha256)
    sample.PLATFORM_SECRET = PLATFORM_SECRET
    vars(consumers)["consumer_context"] = hostile


def keep_temporary(folder: Path) -> None:
    """Copy every temporary folder of the harness into another one before it is deleted."""
    deleted = shutil.rmtree

    def rmtree(path: Path, **more: Any) -> None:
        if path.is_dir():
            shutil.copytree(path, folder / path.name, symlinks=True, dirs_exist_ok=True)
        deleted(path, **more)

    vars(temporary)["shutil"] = SimpleNamespace(rmtree=rmtree)


if __name__ == "__main__":
    from harness.cli import run

    seen: set[str] = set()
    plant(seen)
    keep_temporary(Path(sys.argv[1]).parent / "temporary")
    try:
        code = run(sys.argv[2:])
    finally:
        Path(sys.argv[1]).write_text(json.dumps(sorted(seen)), "utf-8")
    sys.exit(code)

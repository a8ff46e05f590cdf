"""Importing the package, as pytest does for every run, must cost nothing."""

from __future__ import annotations

import subprocess
import sys


def test_the_plugin_loads_neither_browser_nor_server() -> None:
    """Every project in which the package is installed loads the plugin."""
    script = (
        "import sys, harness.pytest_plugin; "
        "print(sorted({'playwright', 'starlette', 'sqlalchemy', 'authlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()

"""A certificate store that trusts one run's authority, in the format that Firefox reads from its profile."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from harness.errors import EngineUnavailable, HarnessBroken

FILES = ("cert9.db", "key4.db", "pkcs11.txt")
"""What a profile needs of the store."""


def certutil() -> str:
    """Return NSS's tool.

    Raises:
        EngineUnavailable: With the package that has it.
    """
    if found := shutil.which("certutil"):
        return found
    raise EngineUnavailable(
        "Firefox learns the run's certificate authority through certutil, which is not here; install it with "
        "'apt-get install libnss3-tools' (Debian, Ubuntu) or 'brew install nss' (macOS)"
    )


def store(folder: Path, ca_pem: bytes) -> Path:
    """Return the store of a run, made the first time.

    Args:
        folder: The run's private folder.
        ca_pem: The authority's certificate.

    Raises:
        EngineUnavailable: When certutil is missing.
        HarnessBroken: When it fails.
    """
    made = folder / "nss"
    if made.is_dir():
        return made
    made.mkdir()
    authority = folder / "authority.pem"
    authority.write_bytes(ca_pem)
    _run("-N", "--empty-password", "-d", f"sql:{made}")
    _run("-A", "-a", "-n", "one run", "-t", "C,,", "-i", str(authority), "-d", f"sql:{made}")
    return made


def _run(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - a fixed program, arguments of our own
        [certutil(), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise HarnessBroken(f"certutil {arguments[0]} failed: {done.stderr.strip()}")

"""Certificate stores that trust a run's authorities, for Firefox's profile and for Chromium's home."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

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
        "browsers learn of a certificate authority through certutil, which is not here; install it with "
        "'apt-get install libnss3-tools' (Debian, Ubuntu) or 'brew install nss' (macOS)"
    )


def store(folder: Path, *authorities: bytes) -> Path:
    """Return the store of a run, made the first time.

    Args:
        folder: The run's private folder.
        authorities: Certificates of authorities, PEM, any number in each.

    Raises:
        EngineUnavailable: When certutil is missing.
        HarnessBroken: When it fails.
    """
    made = folder / "nss"
    if not made.is_dir():
        _make(made, *authorities)
    return made


def home(folder: Path, *authorities: bytes) -> Path:
    """Return a home folder of a run whose store Chromium reads, made the first time.

    Args:
        folder: The run's private folder.
        authorities: Certificates of authorities, PEM, any number in each.

    Raises:
        EngineUnavailable: When certutil is missing.
        HarnessBroken: When it fails.
    """
    made = folder / "home"
    if not made.is_dir():
        (made / ".pki").mkdir(parents=True)
        _make(made / ".pki" / "nssdb", *authorities)
    return made


def _make(made: Path, *authorities: bytes) -> None:
    made.mkdir()
    _run("-N", "--empty-password", "-d", f"sql:{made}")
    found = (one for pem in authorities for one in x509.load_pem_x509_certificates(pem))
    for number, certificate in enumerate(found, 1):
        file = made / f"authority-{number}.pem"
        file.write_bytes(certificate.public_bytes(Encoding.PEM))
        _run("-A", "-a", "-n", f"authority {number}", "-t", "C,,", "-d", f"sql:{made}", "-i", str(file))


def _run(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603 - a fixed program, arguments of our own
        [certutil(), *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise HarnessBroken(f"certutil {arguments[0]} failed: {done.stderr.strip()}")

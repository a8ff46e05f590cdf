"""The corpus: small inputs by target, each with the word for what must become of it in its name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from e2e.fuzz.model import Found

FOLDER = Path(__file__).parent / "corpus"
ACCEPTED, REFUSED, FOUND = "accepted", "refused", "found"
"""What an input's name begins with; what was found once only has to be refused or accepted now."""


def entries(target: str, folder: Path = FOLDER) -> tuple[Path, ...]:
    """Return a target's inputs, by name.

    Args:
        target: The target's name.
        folder: Where the corpora are.
    """
    return tuple(sorted(one for one in (folder / target).glob("*") if one.is_file()))


def seeds(target: str, folder: Path = FOLDER) -> tuple[bytes, ...]:
    """Return what a target's inputs hold."""
    return tuple(one.read_bytes() for one in entries(target, folder)) or (b"",)


def save(found: Found, folder: Path = FOLDER) -> Path:
    """Keep what showed a defect, and return its file."""
    path = folder / found.target / f"{FOUND}-{hashlib.sha256(found.octets).hexdigest()[:12]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(found.octets)
    return path

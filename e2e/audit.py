"""``./run audit``: asks PyPI, through pip-audit, whether an advisory is known about a version in the locks.

pip-audit passes over what the index knows no advisories of, and ends well even when that is everything, as
with a mirror that has the packages only. Here what was passed over is unknown, and unknown is not good.

Exit codes: 0 every version was looked up and no advisory is known, 1 an advisory is known, 4 something could
not be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCKS = (
    "requirements.lock",
    "requirements-lowest.lock",
    "requirements-audit.lock",
    "e2e/peers/requirements.txt",
)
GOOD, KNOWN, UNKNOWN = 0, 1, 4


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What was learned about one lock.

    Attributes:
        asked: How many versions were looked up.
        known: A sentence for every advisory.
        passed_over: The packages of which nothing was learned.
        trouble: Why nothing at all was learned; empty where something was.
    """

    asked: int = 0
    known: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def exit_code(self) -> int:
        """What it comes to."""
        if self.known:
            return KNOWN
        return UNKNOWN if self.trouble or self.passed_over or not self.asked else GOOD

    @property
    def sentence(self) -> str:
        """What it comes to, in words."""
        if self.known:
            told = "; ".join(self.known)
            return f"{len(self.known)} known: {told}; raise the version, and make the lock again"
        if self.trouble:
            return f"PyPI's advisories could not be reached ({self.trouble}), so nothing is known"
        if self.exit_code == UNKNOWN:
            every = self.asked + len(self.passed_over)
            return (
                f"the index tells no advisories of {len(self.passed_over)} of its {every} versions, "
                "so nothing is known of them"
            )
        return f"no advisory is known about its {self.asked} versions"


def read(printed: str, trouble: str = "") -> Audit:
    """Read what pip-audit printed in its format ``json``.

    Args:
        printed: Its stdout.
        trouble: The last line of its stderr, said where stdout holds no answer.
    """
    try:
        packages = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        # Its words may hold the address of a proxy.
        return Audit(trouble=trouble.partition(":")[0] or "no answer")
    found = [one for one in packages if "vulns" in one]
    passed_over = tuple(one["name"] for one in packages if "vulns" not in one)
    known = tuple(sentence for one in found for sentence in _advisories(one))
    return Audit(asked=len(found), known=known, passed_over=passed_over)


def _advisories(package: Mapping[str, Any]) -> Iterator[str]:
    for one in package["vulns"]:
        mended = ", ".join(one.get("fix_versions", ())) or "no version yet"
        yield f"{package['name']} {package['version']} has {one['id']}, mended in {mended}"


def ask(program: str, lock: str, further: Sequence[str] = ()) -> Audit:
    """Ask about one lock, whose hashes make sure that nothing is installed or resolved for it.

    Args:
        program: Where pip-audit is.
        lock: The lock, below the checkout.
        further: Arguments for pip-audit, as ``--ignore-vuln ID``.
    """
    fixed = ("--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json")
    done = subprocess.run(
        [program, "--requirement", lock, *fixed, *further],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return read(done.stdout, (done.stderr.strip().splitlines() or [""])[-1])


def main(arguments: Sequence[str]) -> int:
    """Ask about every lock, say what is known, and return the exit code."""
    program, *further = arguments
    audits = {lock: ask(program, lock, further) for lock in LOCKS}
    for lock, audit in audits.items():
        print(f"audit: {lock}: {audit.sentence}", file=sys.stdout if audit.exit_code == GOOD else sys.stderr)
    codes = {audit.exit_code for audit in audits.values()}
    return next(code for code in (KNOWN, UNKNOWN, GOOD) if code in codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

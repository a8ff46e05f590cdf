"""What a process does in a test when it has played a case: it dies as by the hand of somebody else."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.matrix import Case
from harness.report.model import CaseResult
from harness.timeline import Timeline


@dataclass(frozen=True)
class Dying:
    """Dies in the first attempt at some cases, and in every attempt at others.

    Args:
        folder: Where it is noted who has died.
        once: The ids of those in which a process dies once.
        always: The ids of those in which every process dies.
    """

    folder: Path
    once: tuple[str, ...] = ()
    always: tuple[str, ...] = ()

    def __call__(self, _: Any, case: Case, result: CaseResult, __: Timeline) -> CaseResult:
        """Die, or return the result as it is."""
        note = self.folder / case.id.replace("/", "-")
        if case.id in self.always or (case.id in self.once and not note.exists()):
            note.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

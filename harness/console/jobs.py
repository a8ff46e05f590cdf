"""One piece of work at a time, in a thread of its own, which any number of pages may watch."""

from __future__ import annotations

import contextlib
import itertools
import threading
import traceback
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.errors import HarnessError, UsageError
from harness.roles.platform.bus import Bus, Closed

State = Literal["running", "done", "failed", "cancelled"]
_CANCELLED = "it was cancelled; everything that it had started is stopped"


class Busy(UsageError):
    """Something else is still running."""


class Cancelled(Exception):
    """The job was asked to stop, and stops here."""


@dataclass(frozen=True, kw_only=True)
class Happened:
    """Something that a job tells.

    Attributes:
        seq: Its number in the job, counted from 1.
        kind: What kind of thing; ``ended`` is the last.
        data: What there is to tell of it.
    """

    seq: int
    kind: str
    data: Any


class Job:
    """A piece of work, and everything that it has told.

    Args:
        number: Its number, counted from 1.
        name: What kind of work it is.
        title: What it does, as in "the preflight".
        wake: Wakes who watches it.

    Attributes:
        state: How it stands.
        sentence: Why it failed or stopped; empty where it did not.
    """

    def __init__(self, number: int, name: str, title: str, wake: Callable[[], None]) -> None:
        self.number, self.name, self.title = number, name, title
        self.state: State = "running"
        self.sentence = ""
        self._wake = wake
        self._told: list[Happened] = []
        self._stop = threading.Event()

    @property
    def told(self) -> tuple[Happened, ...]:
        """Everything so far."""
        return tuple(self._told)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def tell(self, kind: str, data: Any = None) -> None:
        """Tell something.

        Raises:
            Cancelled: When the job was asked to stop: the work unwinds from here.
        """
        self._say(kind, data)
        if self.stopping:
            raise Cancelled

    def cancel(self) -> None:
        """Ask it to stop the next time that it tells something, from any thread."""
        self._stop.set()
        self._wake()

    def run(self, work: Callable[[Job], None]) -> None:
        """Do the work, in the thread that this is called in; whatever it raises becomes a sentence."""
        state: State = "done"
        sentence = ""
        try:
            work(self)
        except Cancelled:
            state, sentence = "cancelled", _CANCELLED
        except HarnessError as error:
            state, sentence = "failed", str(error)
        except Exception as error:
            # Nothing of what it says: that may hold what somebody typed.
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{type(error).__name__} in {Path(where.filename).name}, line {where.lineno}"
            state, sentence = "failed", f"the harness itself broke ({place}); please report it"
        if self.stopping and state == "failed":
            state, sentence = "cancelled", _CANCELLED
        self.sentence = sentence
        self.state = state
        self._say("ended", state)

    def _say(self, kind: str, data: Any) -> None:
        self._told.append(Happened(seq=len(self._told) + 1, kind=kind, data=data))
        self._wake()


class Jobs:
    """Runs one job at a time; a context manager that ends the one that is running.

    Attributes:
        last: The job that was started last, if any.
    """

    def __init__(self) -> None:
        self.last: Job | None = None
        self._bus = Bus()
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Jobs:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, name: str, title: str, work: Callable[[Job], None]) -> Job:
        """Start a job in a thread of its own.

        Args:
            name: What kind of work it is.
            title: What it does, as in "the preflight".
            work: The work; it tells the job what it does.

        Raises:
            Busy: When another one is still running.
        """
        with self._lock:
            if self.last is not None and self.last.state == "running":
                raise Busy(f"{self.last.title} is still running; wait for its end, or cancel it")
            job = Job(next(self._numbers), name, title, lambda: self._bus.publish("job"))
            self.last = job
            self._thread = threading.Thread(target=job.run, args=(work,), name=f"harness-job-{job.number}")
            self._thread.start()
        return job

    def cancel(self) -> None:
        """Ask the running job to stop; nothing where none is."""
        if self.last is not None and self.last.state == "running":
            self.last.cancel()

    async def watch(self, job: Job, *, after: int = 0) -> AsyncIterator[Happened]:
        """Yield what a job tells as it comes, until its end.

        Args:
            job: The job.
            after: The number of the last thing that is known already.
        """
        with self._bus.subscribe("job") as changes, contextlib.suppress(Closed):
            while True:
                for one in job.told[after:]:
                    after = one.seq
                    yield one
                    if one.kind == "ended":
                        return
                await changes.changed()

    def close(self) -> None:
        """End every watch, ask the running job to stop, and wait until it has."""
        self.cancel()
        self._bus.close()
        if self._thread is not None:
            self._thread.join()

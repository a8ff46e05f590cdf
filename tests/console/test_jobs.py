"""Jobs: one at a time, watched as they go, ended when they are told to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from harness.console.jobs import Busy, Happened, Job, Jobs
from harness.errors import EngineUnavailable


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    """Give a place for jobs, which ends the one that is left."""
    with Jobs() as jobs:
        yield jobs


class Worker:
    """Work that goes on to its next step when it is told to."""

    def __init__(self) -> None:
        self.begun, self._go = threading.Event(), threading.Semaphore(0)

    def __call__(self, job: Job) -> None:
        """Tell two steps, each after a word from outside."""
        self.begun.set()
        for step in ("first", "second"):
            self._go.acquire()
            job.tell("step", step)

    def go_on(self) -> None:
        """Let it take its next step."""
        self._go.release()


def watched(jobs: Jobs, job: Job, after: int = 0) -> list[Happened]:
    """Return what somebody sees who watches a job to its end."""

    async def watch() -> list[Happened]:
        return [one async for one in jobs.watch(job, after=after)]

    return asyncio.run(watch())


def test_what_a_job_tells_is_watched_in_its_order(jobs: Jobs) -> None:
    """From the beginning, or after what is known already; the end comes last."""
    worker = Worker()
    job = jobs.start("run", "the run", worker)
    worker.go_on()
    worker.go_on()

    assert [("step", "first"), ("step", "second"), ("ended", "done")] == [
        (one.kind, one.data) for one in watched(jobs, job)
    ]
    assert ["second", "done"] == [one.data for one in watched(jobs, job, after=1)]


def test_a_second_job_is_refused_while_one_runs(jobs: Jobs) -> None:
    """The sentence names what runs and what can be done; afterwards another one may start."""
    worker = Worker()
    first = jobs.start("preflight", "the preflight", worker)

    with pytest.raises(Busy, match="the preflight is still running; wait for its end, or cancel it"):
        jobs.start("run", "the run", worker)
    worker.go_on()
    worker.go_on()
    watched(jobs, first)
    assert "done" == watched(jobs, jobs.start("run", "the run", lambda job: None))[-1].data


def test_a_cancelled_job_stops_at_its_next_word(jobs: Jobs) -> None:
    """What it had to tell is told, what came after is not begun, and that is no failure."""
    worker = Worker()
    job = jobs.start("run", "the run", worker)
    worker.begun.wait()
    jobs.cancel()
    worker.go_on()

    assert ["first", "cancelled"] == [one.data for one in watched(jobs, job)]
    assert "it was cancelled; everything that it had started is stopped" == job.sentence


def test_an_error_of_the_harness_is_its_sentence(jobs: Jobs) -> None:
    """As the command line would say it."""

    def work(_: Job) -> None:
        raise EngineUnavailable("no webkit was found")

    job = jobs.start("run", "the run", work)
    watched(jobs, job)

    assert ("failed", "no webkit was found") == (job.state, job.sentence)


def test_another_error_is_named_without_what_it_says(jobs: Jobs, capsys: pytest.CaptureFixture[str]) -> None:
    """Its text may hold what somebody typed: neither page nor terminal shows it."""

    def work(_: Job) -> None:
        raise ValueError("hunter2-hunter2")

    job = jobs.start("run", "the run", work)
    watched(jobs, job)

    assert "failed" == job.state
    assert "the harness itself broke (ValueError in test_jobs.py" in job.sentence
    printed = capsys.readouterr()
    assert "hunter2" not in job.sentence + printed.out + printed.err


def test_the_end_of_the_server_ends_the_job_and_who_watches_it() -> None:
    """No thread is left."""
    before, worker = set(threading.enumerate()), Worker()
    with Jobs() as jobs:
        job = jobs.start("run", "the run", worker)
        worker.begun.wait()
        worker.go_on()
        worker.go_on()

    assert "running" != job.state
    # One of an earlier test's may have ended meanwhile.
    assert set(threading.enumerate()) <= before
    assert watched(jobs, job)[-1].kind == "ended"

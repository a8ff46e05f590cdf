"""Traces and HAR files of a run's cases: recorded to a private folder, scrubbed into the one asked for.

Playwright writes credentials in clear, so that nothing of what it writes leaves the private folder: when a
case's contexts are closed, and the recorders so have finalised, each recording is read, a scrubbed one is
written, and the original is deleted, also on an error and on Ctrl-C. Pictures are not recorded at all: nobody
can search a picture for what must not be in it, and the viewer draws the sample's pages from their documents.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from playwright.sync_api import BrowserContext, Error

from harness import files, temporary
from harness.config import Config
from harness.redact import Redactor
from harness.scrub import scrub_har, scrub_trace

_PACKED_HAR, _TRACE = ".har.zip", ".trace.zip"
_KINDS = (("har", _PACKED_HAR, ".har", scrub_har), ("traces", _TRACE, ".zip", scrub_trace))
"""Folder, what the original's name ends in, what the scrubbed one's does, and what makes one of the other."""


class Recording:
    """What Playwright records of one case's contexts.

    Args:
        folder: A private folder.
        trace: Whether a trace is recorded.
        har: Whether a HAR file is recorded.
        pages: Whether the pages are the sample brand's, so that their documents may be recorded.

    Attributes:
        unfinished: How many traces could not be finalised, as where the browser had died.
    """

    def __init__(self, folder: Path, *, trace: bool, har: bool, pages: bool) -> None:
        self._folder, self._trace, self._har, self._pages = folder, trace, har, pages
        self._numbers = itertools.count(1)
        self.unfinished = 0

    def context_options(self) -> dict[str, Any]:
        """Return what a context has to be made with."""
        if not self._har:
            return {}
        return {
            # Packed: of a browser elsewhere Playwright 1.64 delivers nothing else under the name asked for.
            "record_har_path": self._folder / f"{next(self._numbers)}{_PACKED_HAR}",
            "record_har_content": "embed" if self._pages else "omit",
            "record_har_mode": "full",
        }

    @contextlib.contextmanager
    def of(self, context: BrowserContext) -> Iterator[None]:
        """Record a context's trace for the length of the block."""
        if not self._trace:
            yield
            return
        context.tracing.start(screenshots=False, snapshots=self._pages, sources=False)
        try:
            yield
        finally:
            try:
                context.tracing.stop(path=self._folder / f"{next(self._numbers)}{_TRACE}")
            except Error:  # the browser may be gone already, as after Ctrl-C
                self.unfinished += 1

    def finished(self, suffix: str) -> tuple[Path, ...]:
        """Return what was finalised, in the order of the contexts."""
        return tuple(
            sorted(self._folder.glob(f"*{suffix}"), key=lambda path: int(path.name.partition(".")[0]))
        )


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """Scrubbed recordings of one case, on their way from one process to another.

    Attributes:
        files: The folder of each, its name without the number in front, and what is in it.
        left_out: How often something of a kind was left out of them.
    """

    files: tuple[tuple[str, str, bytes], ...] = field(default=(), repr=False)
    left_out: Counter[str] = field(default_factory=Counter)


class Recordings:
    """The scrubbed recordings of a run.

    Args:
        folder: Where they go: traces into ``traces``, HAR files into ``har``.
        trace: Whether traces are kept.
        har: Whether HAR files are kept.

    Raises:
        UsageError: When one of the two folders is a link.

    Attributes:
        kept: The files that were written.
        left_out: How often something of a kind was left out of them.
    """

    def __init__(self, folder: Path, *, trace: bool, har: bool) -> None:
        for kind, *_ in _KINDS:
            files.refuse_link(folder / kind)
        self._folder, self._trace, self._har = folder, trace, har
        self._numbers = itertools.count(1)
        # Known to nobody but the processes of the run, and forgotten with it.
        self._key = secrets.token_bytes(32)
        self.kept: list[Path] = []
        self.left_out: Counter[str] = Counter()

    @property
    def wanted(self) -> tuple[bool, bool, bytes]:
        """What another process of the run has to know: whether traces and HAR files are kept, and the key."""
        return self._trace, self._har, self._key

    @classmethod
    def elsewhere(cls, folder: Path, trace: bool, har: bool, key: bytes) -> Self:
        """Return the recordings of another process of the run, whose marks are the same.

        Args:
            folder: Where they wait to be taken.
            trace: Whether traces are kept.
            har: Whether HAR files are kept.
            key: What marks are made with.
        """
        other = cls(folder, trace=trace, har=har)
        other._key = key
        return other

    def taken(self) -> Recorded:
        """Take what was kept until now out of the folder."""
        # The number in front says when it was recorded here, which says nothing of the run.
        named = [(path.parent.name, path.name.partition("-")[2], path) for path in self.kept]
        files = tuple((folder, name, path.read_bytes()) for folder, name, path in named)
        for path in self.kept:
            path.unlink()
        left_out, self.kept, self.left_out = self.left_out, [], Counter()
        return Recorded(files=files, left_out=left_out)

    def adopt(self, recorded: Recorded) -> None:
        """Keep what was recorded of the run's next case in another process."""
        number = next(self._numbers)
        for folder, name, octets in recorded.files:
            target = self._folder / folder / f"{number:03}-{name}"
            files.make_folder(target.parent)
            files.leave(target, octets)
            self.kept.append(target)
        self.left_out += recorded.left_out

    def redactor(self, known: tuple[str, ...], people: Iterator[str]) -> Redactor:
        """Return what hides a case's secrets; the same value has the same mark in every case of the run.

        Args:
            known: Values that are secret.
            people: Values that say something about a person.
        """
        redactor = Redactor(known, key=self._key)
        for value in people:
            redactor.learn_person(value)
        return redactor

    @contextlib.contextmanager
    def case(self, name: str, config: Config, known: Callable[[], Redactor]) -> Iterator[Recording]:
        """Record a case: within the block its contexts are opened and closed.

        Nothing of a recording that cannot be read leaves; it is counted as left out.

        Args:
            name: The case's id.
            config: Says whose pages they are.
            known: Says what is secret, when everything has happened.
        """
        number, pages = next(self._numbers), config.brand is None
        with temporary.folder("recording-") as private:
            recording = Recording(private, trace=self._trace, har=self._har, pages=pages)
            yield recording
            stem = f"{number:03}-{name.replace('/', '-')}"
            redactor = known()
            if recording.unfinished:
                self.left_out["unfinished traces"] += recording.unfinished
            # What one recording gives away is hidden in the other as well.
            for folder, raw, suffix, scrub in _KINDS:
                for nth, source in enumerate(recording.finished(raw), 1):
                    target = self._folder / folder / f"{stem}{'' if nth == 1 else f'-{nth}'}{suffix}"
                    try:
                        files.make_folder(target.parent)
                        self.left_out += scrub(source, target, redactor, pages=pages).left_out
                    except Exception:
                        # The case itself is judged already. The exception's text may hold what must not be
                        # read, so that it is told to nobody.
                        self.left_out["unusable recordings"] += 1
                    else:
                        self.kept.append(target)
                    finally:
                        source.unlink(missing_ok=True)

    def summary(self) -> str:
        """Return one line: what was kept, and how often what was left out."""
        left = ", ".join(f"{what} {count}" for what, count in sorted(self.left_out.items()))
        kept = f"{len(self.kept)} recordings in {self._folder}, scrubbed"
        return f"{kept}; left out: {left}" if left else kept

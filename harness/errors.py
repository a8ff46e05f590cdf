"""Errors that leave the harness.

::

    HarnessError                 base class; ``exit_code`` is what the command line returns
    ├── UsageError           2   a flag, name or combination that cannot work
    ├── ConfigError          2   the configuration file, with file and line
    ├── EngineUnavailable    2   a requested browser engine that is not here
    ├── PolicyUnavailable    2   browser conditions that an engine cannot reach
    ├── TimelineError        2   a saved timeline that cannot be read, with file and line
    ├── HistoryUnavailable   2   kept runs that cannot be read, or a run that cannot be kept
    ├── ExtensionError       2   a check or a fault of somebody's own that cannot be used
    └── HarnessBroken        3   the harness itself failed, never the tested system
"""

from __future__ import annotations

from pathlib import Path


class HarnessError(Exception):
    """Base of every error that a caller of the harness may see."""

    exit_code = 3


class UsageError(HarnessError):
    """A flag, a name or a combination of them that cannot work."""

    exit_code = 2


class ConfigError(HarnessError):
    """A configuration that cannot work.

    Args:
        message: One sentence: what was found, what is allowed.
        file: The configuration file, if there is one.
        line: The line in it, counted from 1.
        section: The table that it is about, empty where that is none or unknown.
        key: The key in that table, empty for all of it.
        index: Which of several tables of that name, counted from 0.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        file: Path | None = None,
        line: int | None = None,
        section: str = "",
        key: str = "",
        index: int = 0,
    ) -> None:
        self.file, self.line, self.detail = file, line, message
        self.section, self.key, self.index = section, key, index
        where = ":".join(str(part) for part in (file, line) if part is not None)
        super().__init__(f"{where}: {message}" if where else message)


class TimelineError(HarnessError):
    """A saved timeline that cannot be read.

    Args:
        message: One sentence: what was found.
        file: The saved timeline.
        line: The line in it, counted from 1.
    """

    exit_code = 2

    def __init__(self, message: str, *, file: Path | None = None, line: int | None = None) -> None:
        where = ":".join(str(part) for part in (file, line) if part is not None)
        super().__init__(f"{where}: {message}" if where else message)


class EngineUnavailable(HarnessError):
    """A browser engine that was asked for is not on this machine, with the sentence that mends it."""

    exit_code = 2


class PolicyUnavailable(HarnessError):
    """Browser conditions that an engine cannot reach; a run goes on without them.

    Args:
        engine: The engine.
        policy: The policy's name.
        reason: Why: what the engine lacks, or what was read back from it.
    """

    exit_code = 2

    def __init__(self, engine: str, policy: str, reason: str) -> None:
        self.engine, self.policy, self.reason = engine, policy, reason
        super().__init__(f"{policy} is not available in {engine}: {reason}")


class HistoryUnavailable(HarnessError):
    """Kept runs that cannot be read, or a run that cannot be kept.

    Args:
        where: The file or the database, without any password.
        reason: Why, in words.
    """

    exit_code = 2

    def __init__(self, where: str, reason: str) -> None:
        self.where, self.reason = where, reason
        super().__init__(f"the history in {where} cannot be used: {reason}")


class ExtensionError(HarnessError):
    """An extension that cannot be used: a row that says something impossible, or a check that fails."""

    exit_code = 2


class HarnessBroken(HarnessError):
    """The harness itself failed; the tested system is not to blame."""

    exit_code = 3

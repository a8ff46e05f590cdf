"""Where runs are kept: a file of this user's, another file, a PostgreSQL database, or nowhere."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from harness.config import History
from harness.kept_sessions import state_folder
from harness.store.database import postgresql, shown

VARIABLE = "HARNESS_HISTORY"
FILE = "runs.db"
OFF = ("", "off")

_ALLOWED = "it takes a file, postgresql://user:password@host/database, or off"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A database of kept runs.

    Attributes:
        url: Its SQLAlchemy URL.
        shown: How it is called: the file, or the URL without its password.
        file: The file, where it is one.
    """

    url: URL = field(repr=False)
    shown: str
    file: Path | None = None

    @property
    def exists(self) -> bool:
        """Whether there is such a file; of a database only its server knows."""
        return self.file is None or self.file.is_file()

    @property
    def own(self) -> bool:
        """Whether it stands in the harness's own folder, which is nobody else's."""
        return self.file is not None and self.file.parent == state_folder()


def place_of(
    history: History | None = None,
    environment: Mapping[str, str] = os.environ,
    *,
    named: str | None = None,
) -> Place | None:
    """Return where runs are kept; ``None`` where nothing is.

    Args:
        history: What the configuration file says.
        environment: Whose ``HARNESS_HISTORY`` counts more than the file.
        named: What the command line says, which counts most.

    Raises:
        UsageError: When what is named is neither a file nor a PostgreSQL database.
    """
    if named is not None:
        return _place(named, "--history")
    if VARIABLE in environment:
        return _place(environment[VARIABLE], VARIABLE)
    if history is not None and history.keep == 0:
        return None
    if history is not None and history.path is not None:
        return _place(history.path.get_secret_value(), "[history] path")
    return _file(state_folder(environment) / FILE)


def _place(named: str, by: str) -> Place | None:
    if named.strip().lower() in OFF:
        return None
    if "://" not in named:
        return _file(Path(named).expanduser())
    with contextlib.suppress(ArgumentError, ValueError):
        file = make_url(named)
        if file.get_backend_name() == "sqlite" and file.database:
            return _file(Path(file.database))
    url = postgresql(named, by=by, allowed=_ALLOWED)
    return Place(url=url, shown=shown(url))


def _file(path: Path) -> Place:
    path = path.absolute()
    return Place(url=URL.create("sqlite", database=str(path)), shown=str(path), file=path)

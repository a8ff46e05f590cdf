"""What two runs differ in, as ``harness runs diff --format json`` prints it; field names are fixed."""

from __future__ import annotations

import json
from typing import Literal

from harness.history.model import RunHead
from harness.report.model import Result

Metric = Literal["flow_in_page", "case", "login"]


class Change(Result):
    """A case, or something else that passes or fails, and what became of it.

    Attributes:
        case: Its id; ``preflight``, or a probe's name.
        before: What it came to then, in words; ``None`` where it was not there.
        after: What it comes to now; ``None`` where it is not there any more.
        note: What else is worth a word: how often it failed lately, or why it does not run.
    """

    case: str
    before: str | None
    after: str | None
    note: str | None = None


class Lost(Result):
    """Something that was looked for then and is not now.

    Attributes:
        kind: A check that does not run any more; a code that no check can find any more; a case whose
            checks have nothing to look at, or that came to no result; a subject that could not be seen.
        name: The check, the code, the case or the subject.
        sentence: What is lost, and why.
        codes: What is not found any more because of it.
        checks: The checks that it concerns.
    """

    kind: Literal["check", "code", "case", "subject"]
    name: str
    sentence: str
    codes: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


class Moved(Result):
    """A check whose codes another one finds now: it has a new name, and nothing is lost."""

    before: str
    after: str


class Condition(Result):
    """A condition that is another one now: of the browser, of the engine, of the harness.

    Attributes:
        name: Which.
        cases: In how many cases; 0 for what is no case's.
    """

    name: str
    before: str
    after: str
    cases: int = 0


class Speed(Result):
    """How long something took, in milliseconds: medians over the passed cases that both runs have.

    Attributes:
        usual: The median over the earlier runs.
        now: The median in this one.
        slower: Whether that is notably more.
        cases: The cases that are notably slower than they used to be.
    """

    metric: Metric
    usual: float
    now: float
    slower: bool
    cases: tuple[str, ...] = ()


class Difference(Result):
    """What two runs differ in.

    Attributes:
        before: The earlier run.
        after: The later run.
        alike: Whether they are of one series, so that all of it means what it seems to.
        new_failures: What fails now and did not.
        fixed: What failed and passes now.
        other_codes: What fails now for another reason.
        still_failing: What fails as it did.
        flaky: What passes now and then: on a retry, or over the last runs.
        cases_gone: Cases that do not run any more.
        cases_new: Cases that did not run then.
        lost_checks: What is not looked for any more.
        moved_checks: Checks that have another name now.
        new_checks: Checks that did not run then.
        conditions: What else was not the same.
        timings: How long it took.
        same: How many cases are as they were.
    """

    before: RunHead
    after: RunHead
    alike: bool
    new_failures: tuple[Change, ...] = ()
    fixed: tuple[Change, ...] = ()
    other_codes: tuple[Change, ...] = ()
    still_failing: tuple[Change, ...] = ()
    flaky: tuple[Change, ...] = ()
    cases_gone: tuple[Change, ...] = ()
    cases_new: tuple[Change, ...] = ()
    lost_checks: tuple[Lost, ...] = ()
    moved_checks: tuple[Moved, ...] = ()
    new_checks: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    timings: tuple[Speed, ...] = ()
    same: int = 0

    @property
    def worse(self) -> bool:
        """Whether something fails that did not, or is not looked for any more."""
        return bool(self.new_failures or self.lost_checks)

    def as_json(self) -> str:
        """Return the difference as indented JSON with the field names that are fixed."""
        values = self.model_dump(mode="json")
        return json.dumps({"schema": 1, "worse": self.worse, **values}, indent=2)

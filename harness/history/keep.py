"""A finished run as it is kept: its report once more without secrets, and what was looked for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version

from harness.checks.additions import Additions
from harness.checks.judgement import NOTHING_ADDED
from harness.config import Config
from harness.history.inventory import checks_of
from harness.history.model import About, KeptRun, verdict
from harness.last_gate import sealed_report
from harness.opened import known_secrets
from harness.redact import Redactor
from harness.report.model import Report

_MARK = 10


def kept_run(
    config: Config,
    report: Report,
    *,
    at: float,
    subject: str,
    narrowing: Iterable[str] = (),
    command: str = "harness check",
    preflight: bool = False,
    seen: Mapping[str, tuple[str, ...]] | None = None,
    added: Additions = NOTHING_ADDED,
) -> KeptRun:
    """Return a run as it is kept.

    Args:
        config: What was checked.
        report: What came of it.
        at: When it began, in seconds since the epoch.
        subject: What it is called: the configuration file's name, or the sample brand.
        narrowing: The options that say which cases are run, in the words of the command line.
        command: The whole command line.
        preflight: Whether something was asked before the first case.
        seen: For each case which milestones were recorded.
        added: What extensions looked for beside.
    """
    redactor = Redactor(known_secrets(config))
    narrowing = tuple(narrowing)
    return KeptRun(
        id=report.run,
        at=at,
        series=series_of(config, subject, narrowing),
        title=" ".join((subject, *narrowing)),
        verdict=verdict(report),
        harness=version("consumer-auth-harness"),
        rules=report.rules,
        summary=report.summary,
        about=About(
            command=redactor.text(command),
            checks=checks_of(config, report, preflight=preflight, added=added),
            seen=seen or {},
        ),
        report=Report.model_validate(sealed_report(report.model_dump(), redactor)),
    )


def series_of(config: Config, subject: str, narrowing: Iterable[str]) -> str:
    """Return the name under which runs are like each other.

    It stands for the subject, the brand's page, the issuers, and the options that narrow a run. What else
    a configuration file says may change within a series: that is what a comparison is for. There is no
    secret in it.
    """
    issuers = sorted({one.issuer for one in config.connectors})
    page = config.brand.page if config.brand else None
    identity = json.dumps([subject, page, issuers, sorted(narrowing)])
    slug = re.sub(r"[^a-z0-9]+", "-", subject.lower()).strip("-")[:40]
    return f"{slug}-{hashlib.sha256(identity.encode()).hexdigest()[:_MARK]}"

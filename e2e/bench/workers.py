"""(e) A fixed sample of 40 faults, and matrices, against the number of workers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from e2e.bench.command import summary
from e2e.bench.model import Benchmark, Effort, Row, Say, measured
from harness.cli.check import check
from harness.errors import HarnessBroken

SAMPLE = (
    *("callback-wrong-type", "identity-shape-wrong", "method-returns-instead", "authorize-scraped-by-xhr"),
    *("popup-closed-by-user", "response-type-unsupported", "state-altered", "idp-open-redirect-on-error"),
    *("code-too-long", "iss-parameter-missing", "pkce-method-omitted", "pkce-not-advertised", "token-5xx"),
    *("token-expires-in-odd", "code-redirect-uri-unchecked", "header-duplicate-member", "alg-key-mismatch"),
    *("x5u-spoof", "rsa-key-small", "jwks-empty", "rotation-before-signing", "jwks-cache-header-extreme"),
    *("discovery-poisoned-cache", "jwe-alg-pbes2-bomb", "jwe-crit", "sub-normalised", "exp-missing"),
    *("iat-too-old", "acr-insufficient", "code-injection", "sub-reassigned", "api-body-too-large"),
    *("bind-all-interfaces", "ok-unknown-header", "ok-unknown-jwk-member", "iframe-sandbox-no-popups"),
    *("permissions-policy-storage-access", "samesite-none-without-secure", "idp-dns"),
    "callback-open-redirect",
)
"""Every ninth fault of the catalogue as it was when this was chosen."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """Something that workers share.

    Attributes:
        name: What it is.
        command: The command's arguments.
        workers: With how many it is run.
    """

    name: str
    command: tuple[str, ...]
    workers: tuple[int, ...] = (1, 2)


def works(effort: Effort) -> tuple[Work, ...]:
    """Return what is shared.

    Args:
        effort: How much of it.
    """
    faults = ",".join(SAMPLE[: effort.of(len(SAMPLE), least=2)])
    small = effort.share < 1
    matrix = ("--surface", "app", "--flow", "code") if small else ()
    firefox = ("--surface", "popup") if not small else ("--surface", "popup", "--flow", "code")
    return (
        Work(
            name="selftest, 40 faults",
            command=("selftest", "--fault", faults),
            workers=(1, 2) if not small else (1,),
        ),
        Work(name="matrix, chromium", command=("check", *matrix), workers=(1, 2) if not small else (1,)),
        Work(
            name="popups, firefox",
            command=("check", "--engine", "firefox", *firefox),
            workers=(1, 2) if not small else (1,),
        ),
    )


def run(effort: Effort, say: Say) -> Iterator[Row]:
    """Measure."""
    for work in works(effort):
        one: Row | None = None
        for workers in work.workers:
            say(f"{work.name}, {workers} worker{'s' if workers > 1 else ''}")
            row = _row(work, workers, one)
            one = one or row
            yield row


def _row(work: Work, workers: int, one: Row | None) -> Row:
    """Run a work with some workers, compared with what one took."""
    name = f"{work.name}, {workers} worker{'s' if workers > 1 else ''}"
    if not can_spread(work) and workers > 1:
        return Row(name=name, unit="s", missing="harness check has no --workers here")
    asked = ("--workers", str(workers)) if can_spread(work) else ()
    try:
        seconds = float(summary(*work.command, *asked)["seconds"])
    except HarnessBroken as error:
        return Row(name=name, unit="s", missing=str(error))
    return measured(name, [seconds], unit="s", twin=one)


def can_spread(work: Work) -> bool:
    """Tell whether the work's command can use several processes."""
    return work.command[0] != "check" or any(one.name == "workers" for one in check.params)


BENCHMARK = Benchmark(name="workers", title="a fixed sample of work against the number of workers", run=run)

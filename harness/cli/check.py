"""``harness check``: the main job."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import click

from harness import expectations
from harness.browser.tracing import Recordings
from harness.cli import kept, options, output, spreading
from harness.cli.keeping import Keeping
from harness.cli.progress import Doing, Progress
from harness.cli.winding_down import winding_down
from harness.config import DEVICES, PLACEMENTS, Config, Device, Placement
from harness.errors import UsageError
from harness.extension import Catalogue, installed
from harness.matrix import cases, prepared, with_fault
from harness.onboarding import onboard
from harness.opened import known_secrets
from harness.preflight import Preflight, preflight
from harness.report import text
from harness.report.folder import Folder
from harness.report.model import CaseResult
from harness.run import Harness
from harness.shards import Part, as_part


@click.command(short_help="Sign a consumer in, for real, in every case of the matrix.")
@options.configuration
@options.narrowing
@click.option(
    "--fault",
    metavar="ID",
    multiple=True,
    help="Put a fault of the catalogue in, to see how it is diagnosed.",
)
@click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="desktop",
    help="What the consumer holds. A phone has a small screen, and touch where the engine can; the app is "
    "on one either way.",
)
@click.option(
    "--placement",
    type=click.Choice(PLACEMENTS),
    help="Where the sample's authorization server stands: under the shop's domain, or under another one, "
    "so that browsers treat its cookies in frames as a third party's.",
)
@click.option(
    "--connect",
    metavar="WS",
    help="Use the browsers of a Playwright server, at the ws:// address that it prints.",
)
@click.option(
    "--proxy-port",
    type=click.IntRange(0, 65_535),
    default=0,
    help="Port of the browsers' proxy, 0 for any: fix it where a remote browser needs a way to it.",
)
@click.option("--headed", is_flag=True, help="Show the browser.")
@spreading.options
@output.formats
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Save the run in DIR: report.html with screenshots, report.json, junit.xml, summary.md, and the "
    "timelines, which harness judge reads again.",
)
@click.option(
    "--trace",
    is_flag=True,
    help="Keep a Playwright trace of each case in DIR/traces, scrubbed; playwright show-trace opens it.",
)
@click.option(
    "--har",
    is_flag=True,
    help="Keep the network traffic of each case in DIR/har, scrubbed. Firefox tells nothing of what requests "
    "carried, of WebSockets and of TLS.",
)
@click.option(
    "--show-claims",
    is_flag=True,
    help="Show in DIR what tokens say about the sample's invented people, not only its type and length.",
)
@click.option(
    "--confirm",
    is_flag=True,
    help="Put in place what would mend a finding, run the case again, and say whether that was the cause.",
)
@options.expected
@click.option("--allow-undetermined", is_flag=True, help="Exit 0 although something stayed undetermined.")
def check(
    file: Path | None,
    fault: tuple[str, ...],
    device: Device,
    placement: Placement | None,
    connect: str | None,
    proxy_port: int,
    headed: bool,
    workers: int | None,
    executor: str | None,
    shard: Part | None,
    repeat: int | None,
    until: float | None,
    format_: output.Format,
    out: Path | None,
    trace: bool,
    har: bool,
    show_claims: bool,
    confirm: bool,
    expected: Path | None,
    allow_undetermined: bool,
    **axes: Any,
) -> int:
    """Sign a consumer in, for real, in every case of the matrix.

    Without FILE: the sample brand, 3 surfaces by 4 flows in Chromium. With FILE: what it configures. Where
    that is a brand of your own, its servers are asked first what can be known without a login, and one
    login shows whether good can be told from bad; the report says first which surface is ready, and else
    who must act. Who signed in with `harness login FILE` is signed in by that session.

    Conditions that an engine cannot reach are listed with the reason; they neither pass nor fail. Every run
    is kept, and `harness runs diff` says what has changed since the one before.

    \b
    harness check
    harness check --surface popup --flow code,code-pkce
    harness check --engine chromium,firefox --policy third-party-blocked
    harness check --device phone --placement cross-site
    harness check --connect ws://127.0.0.1:3000/
    harness check --fault exp-past --format json
    harness check --out harness-report
    harness check --out harness-report --trace --har
    harness check --engine chromium,firefox --workers 2
    harness check --executor dask://127.0.0.1:8786
    harness check --shard 2/5 --out shard-2
    harness check --flow code-pkce --repeat 1000 --until 30m
    harness check brand.toml --confirm
    harness check brand.toml --expected expected.toml
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    config = options.narrowed(options.read_config(file), axes)
    config = config.model_copy(update={"device": device, "show_claims": show_claims})
    if expected is not None:
        config = config.model_copy(update={"expected": expectations.read(expected)})
    if show_claims and config.brand is not None:
        # What is said about real people would outlive their consent to look.
        raise UsageError(
            "--show-claims was given for a brand of one's own, whose people are real; it shows the sample "
            "brand's alone, so leave it out, or see harness demo, which shows claims of invented people"
        )
    if (trace or har) and out is None:
        raise UsageError("--trace and --har keep files; name the folder for them with --out DIR")
    rounds = spreading.rounds(repeat=repeat, until=until, recording=trace or har)
    if placement is not None and config.brand is not None:
        raise UsageError("--placement moves the sample's login; leave it out for a brand of one's own")
    if fault and config.brand is not None:
        raise UsageError("--fault breaks the sample; leave it out for a brand of one's own")
    config = config if placement is None else config.placed(placement)
    rows = cases(config.matrix)
    catalogue = Catalogue.of(installed())
    chosen = [catalogue.fault(one.strip()) for value in fault for one in value.split(",")]
    if chosen:
        broken = [with_fault(rows, row) for row in chosen]
        for row, shown in zip(chosen, broken, strict=True):
            if (axes["surface"] or axes["flow"]) and len(shown) < len(rows):
                where = f"{', '.join(row.surfaces)} in {', '.join(row.flows)}"
                click.echo(f"{row.id} can occur on {where} only; the other cases are left out", err=True)
        rows = tuple(case for shown in broken for case in shown)
        config = prepared(config, catalogue.faults)
    every, rows = rows, shard.rows(rows) if shard else rows
    sessions = kept.sessions(file, config)
    recordings = Recordings(out, trace=trace, har=har) if out and (trace or har) else None
    harness = Harness(
        config,
        headed=headed,
        connect=connect,
        proxy_port=proxy_port,
        sessions=sessions,
        recordings=recordings,
        extensions=catalogue.extensions,
    )
    harness.check_attendance()
    asked = spreading.Asked(workers=workers, executor=executor, proxy_port=proxy_port)
    spread = spreading.spread(harness, config, rows, rounds, asked)
    folder = Folder(out, secrets=known_secrets(config)) if out else None
    past = Keeping(config, click.get_current_context(), catalogue.added)
    quiet = format_ != "text"
    found = _preflight(config, quiet=quiet)
    total = len(rows) * (repeat or 1) if until is None else None
    with contextlib.ExitStack() as running:
        progress = running.enter_context(Progress("Checking", total, quiet=quiet))
        running.enter_context(harness)
        # Of a run without rounds there is nothing to count: it stops at once.
        goes_on = running.enter_context(winding_down(progress.say)) if rounds.counts else lambda: True
        report = onboard(
            harness,
            rows,
            preflight=found,
            confirm=confirm,
            heard=progress.say,
            progress=spreading.Told(progress, _line, repeated=rounds.counts),
            keep=past.hearing(folder.keep if folder else lambda _: None),
            look=folder.look if folder else None,
            spread=spread,
            rounds=rounds,
            goes_on=goes_on,
        )
    if shard is not None:
        report = as_part(report, shard, config, every)
    with contextlib.ExitStack() as ending:
        # From the last to the first: what fails, as a stdout that is closed, takes nothing else with it.
        ending.callback(output.show, report, format_)
        ending.callback(past.keep, report, preflight=found is not None)
        if folder:
            ending.callback(folder.finish, report, output.ready(report), file=file)
    if recordings is not None and report.cases:
        click.echo(recordings.summary(), err=True)
    if folder:
        click.echo(f"harness: the report is {folder.report}", err=True)
    if not goes_on():
        raise KeyboardInterrupt
    return output.exit_code(report, allow_undetermined=allow_undetermined)


def _preflight(config: Config, *, quiet: bool) -> Preflight | None:
    """Return what is known of a brand of one's own before anybody signs in; the sample brand is ours."""
    if config.brand is None:
        return None
    with Doing("Asking", quiet=quiet) as doing:
        return preflight(config, progress=doing.done)


def _line(result: CaseResult) -> str:
    said = f"{text.short_name(result)}: {result.outcome}" + (f", {result.code}" if result.code else "")
    if result.flaky:
        return f"{said}, on its retry only"
    return f"{said}, as expected" if result.as_expected else said

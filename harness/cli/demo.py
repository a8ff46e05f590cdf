"""``harness demo``: see it, with one command."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Literal

import click

from harness.browser.attended import has_display
from harness.browser.policies import POLICIES
from harness.browser.tracing import Recordings
from harness.cli.output import ready as readiness
from harness.config import FLOWS, SCENARIOS, SURFACES, EngineName, Flow, Scenario, Surface
from harness.demo import Choice, Demo, Play, record, watch
from harness.demo.controls import PACES, Pace
from harness.demo.show import CONFIG, came_of_interruption
from harness.errors import UsageError
from harness.judging import TIMELINES
from harness.matrix import fault as find_fault
from harness.opened import known_secrets
from harness.report.folder import Folder

NO_DISPLAY = (
    "harness demo opens browser windows, and there is no display here (DISPLAY is not set); "
    "harness demo --record DIR runs without one, or use xvfb-run harness demo"
)

NO_VIDEO = "none: there is no ffmpeg here that can make one (apt-get install ffmpeg)"


@click.command(short_help="Show a consumer signing in, in a real browser, step by step.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--surface", type=click.Choice(SURFACES), help="Where the consumer chats.")
@click.option("--flow", type=click.Choice(FLOWS), help="How the credential travels.")
@click.option(
    "--policy",
    metavar="POLICY",
    type=click.Choice(tuple(POLICIES)),
    help=f"Under which browser conditions: {', '.join(POLICIES)}.",
)
@click.option("--scenario", type=click.Choice(SCENARIOS), help="What the consumer does.")
@click.option("--fault", metavar="ID", help="What is broken on purpose; harness selftest --list names all.")
@click.option(
    "--engine",
    type=click.Choice(["chromium", "firefox"]),
    default="chromium",
    show_default=True,
    help="In which browser. Only Chromium lets its windows be placed side by side.",
)
@click.option(
    "--tour/--once",
    default=None,
    help="Lead through embedded window, workspace, popup and a fault, or play one case. The tour is what you "
    "get by default; one case where --surface, --flow, --policy, --scenario or --fault is given.",
)
@click.option(
    "--pace",
    type=click.Choice(PACES),
    help="How long captions stay before the demo goes on; the panel changes it.  [default: normal]",
)
@click.option(
    "--record",
    "record_",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Show nothing; leave screenshots, a video, traces and the report in DIR.",
)
def demo(
    file: Path | None,
    surface: Surface | None,
    flow: Flow | None,
    policy: str | None,
    scenario: Scenario | None,
    fault: str | None,
    engine: EngineName,
    tour: bool | None,
    pace: Pace | None,
    record_: Path | None,
) -> int:
    """Show a consumer signing in, in a real browser, step by step.

    It is the sample brand's, and takes no FILE. Two windows open. On the left the shop: Alice signs in, opens
    the chat, and is known there without a word; then her popup and the agent's workspace have their turn.
    Captions say what happens at each hop. On the right a panel: pick surface, flow, policy, scenario and
    fault there and play them; it shows the hops, who says what to whom, and, where something is broken, who
    must mend it.

    When the tour has ended, the windows are yours. Close one, or press Ctrl-C, to end the demo.

    Where there is no screen, --record DIR plays the same unseen and leaves numbered screenshots, a video
    (where ffmpeg is here), Playwright's traces without credentials, the report and the timelines.

    \b
    harness demo
    harness demo --pace slow
    harness demo --surface popup --flow implicit
    harness demo --fault jwt-in-code-flow
    harness demo --policy third-party-blocked --tour
    harness demo --record shown
    """  # noqa: D301 - click's own mark for a paragraph that is not rewrapped
    if file is not None:
        raise UsageError(
            f"harness demo shows the sample brand, whose accounts and faults it knows, and takes no file; "
            f"to watch your own brand, use harness check {file} --headed"
        )
    choice = _choice(surface, flow, policy, scenario, fault, engine)
    narrowed = any((surface, flow, policy, scenario, fault))
    do: Literal["tour", "play"] = "tour" if (tour if tour is not None else not narrowed) else "play"
    first = Play(do=do, choice=choice)
    if record_ is not None:
        return _record(Demo(first=first, engine=engine, pace=pace or "none"), record_)
    if not has_display():
        raise UsageError(NO_DISPLAY)
    return _watch(Demo(first=first, engine=engine, pace=pace or "normal"))


def _choice(
    surface: Surface | None,
    flow: Flow | None,
    policy: str | None,
    scenario: Scenario | None,
    fault: str | None,
    engine: EngineName,
) -> Choice:
    """Return what was picked; where only a fault was, a place where it can occur.

    Raises:
        UsageError: When the fault does not exist, or cannot occur there.
    """
    usual = Choice()
    row = find_fault(fault) if fault is not None else None
    if row is not None:
        surface = surface or (usual.surface if usual.surface in row.surfaces else row.surfaces[0])
        flow = flow or (usual.flow if usual.flow in row.flows else row.flows[0])
    choice = Choice(
        surface=surface or usual.surface,
        flow=flow or usual.flow,
        policy=policy or "",
        scenario=scenario or usual.scenario,
        fault=fault,
    )
    choice.case(engine)
    return choice


def _watch(demo: Demo) -> int:
    """Show it until somebody closes a window or presses Ctrl-C; both are how a demo ends."""

    def ready() -> None:
        click.echo(
            "The demo is open: the shop on the left, what happens on the right.\n"
            "Close one of its windows, or press Ctrl-C here, to end it.",
            err=True,
        )

    try:
        watch(demo, ready=ready)
    except (KeyboardInterrupt, Exception) as error:
        if not came_of_interruption(error):
            raise
        # What the browser's driver was busy with then fails in nobody's presence.
        logging.getLogger("asyncio").disabled = True
    click.echo("The demo has ended.", err=True)
    return 0


def _record(demo: Demo, folder: Path) -> int:
    """Leave everything in a folder, and say what lies where."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            f"--record {folder} is not empty; name another folder, which is made where it is missing"
        )
    folder.mkdir(parents=True, exist_ok=True)
    click.echo("Playing the demo unseen …", err=True)
    left, recordings = (
        Folder(folder, secrets=known_secrets(CONFIG)),
        Recordings(folder, trace=True, har=False),
    )
    recorded = record(demo, folder, recordings=recordings, video=shutil.which("ffmpeg") is not None)
    for one in recorded.shown:
        left.keep(one.timeline)
        left.look(one.pictures)
    left.finish(recorded.report, readiness(recorded.report))
    count = sum(1 for _ in (folder / "screenshots").iterdir())
    lines = (
        ("report", str(left.report)),
        ("screenshots", f"{folder / 'screenshots'}, {count} in order"),
        ("video", str(recorded.video or NO_VIDEO)),
        ("traces", f"{folder / 'traces'}, without credentials, for playwright show-trace"),
        ("timelines", f"{folder / TIMELINES}, judged again with harness judge"),
    )
    click.echo("\n".join(f"{name:13}{what}" for name, what in lines))
    if any(one.fault is None and not one.passed for one in recorded.report.cases):
        click.echo("harness: a case in which nothing was broken did not pass; the report says why", err=True)
        return 1
    return 0

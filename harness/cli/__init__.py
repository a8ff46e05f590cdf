"""The command line: data on stdout, messages and progress on stderr, one sentence on bad input."""

from __future__ import annotations

import contextlib
import logging
import signal
import sys
import traceback

import click

from harness.cli.groups import LateCommands
from harness.errors import HarnessBroken, HarnessError
from harness.redact import Redactor, visible

COMMANDS = (
    "check",
    "demo",
    "doctor",
    "explain",
    "init",
    "judge",
    "keys",
    "login",
    "preflight",
    "record",
    "runs",
    "selftest",
    "serve",
)

USAGE, BROKEN, INTERRUPTED = 2, HarnessBroken.exit_code, 130


@click.group(
    cls=LateCommands,
    late=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="consumer-auth-harness", prog_name="harness")
def cli() -> None:
    """Check that consumers can sign in to a conversational platform, in real browsers.

    Start with `harness check`: it plays a sample brand, its authorization server and the platform, and
    drives a browser through every flow. Exit codes: 0 passed, 1 a check failed, 2 usage or
    configuration, 3 the harness broke, 4 something stayed undetermined.
    """


def run(arguments: list[str]) -> int:
    """Run the command line and return the exit code; errors are one sentence on stderr."""
    stopped: list[int] = []

    def stop(number: int, _: object) -> None:
        """Let SIGTERM unwind like Ctrl-C, so that every context ends what it started."""
        stopped.append(number)
        raise KeyboardInterrupt

    with contextlib.suppress(ValueError):  # not in the main thread: then signals are somebody else's
        for number in (signal.SIGTERM, signal.SIGINT):  # a shell starts background jobs with SIGINT ignored
            signal.signal(number, stop)
    try:
        return int(cli.main(arguments, prog_name="harness", standalone_mode=False) or 0)
    except (KeyboardInterrupt, click.Abort):
        return _interrupted()
    except Exception as error:
        # Ctrl-C ends the browser's driver too, and what was using it then fails on its way out.
        return _interrupted() if stopped else _failed(error)


def _failed(error: Exception) -> int:
    match error:
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.ctx.get_help())
            return 0
        case click.ClickException():
            return _say(error.format_message(), USAGE)
        case HarnessError():
            return _say(str(error), error.exit_code)
        case OSError():
            return _say(f"the machine did not play along: {error.strerror or error}", BROKEN)
        case _:
            sys.stderr.write(_where(error))
            return _say("the harness itself broke; the lines above say where, please report them", BROKEN)


def _where(error: Exception) -> str:
    """Return where an error came from; a library's words may hold parts of a token, so they are redacted."""
    lines = "".join(traceback.format_exception(error)).splitlines()
    redactor = Redactor()
    told = (line if line.startswith('  File "') else redactor.text(line, limit=300) for line in lines)
    return visible("\n".join(told), lines=True) + "\n"


def _interrupted() -> int:
    # What the driver was waiting for ends in errors that nobody asks for any more.
    logging.getLogger("asyncio").addFilter(lambda record: record.exc_info is None)
    return _say("interrupted; everything that was started has been stopped", INTERRUPTED)


def _say(sentence: str, code: int) -> int:
    print(f"harness: {visible(sentence, lines=True)}", file=sys.stderr)
    return code

"""The way in and out: arguments to a command, errors to one sentence and an exit status."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from leakscape.cli.commands import leakscape
from leakscape.errors import SweepError
from leakscape.shown import sentence

USAGE, BUG, IO_ERROR, INTERRUPTED = 2, 70, 74, 130
"""Exit statuses that no error carries itself (those of sysexits.h, and 128 + SIGINT)."""
TRACEBACK = "LEAKSCAPE_TRACEBACK"
"""Environment variable that makes errors show where they come from."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what follows `leakscape`; by default what the process was given.

    Returns:
        The exit status.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without UTF-8 shows ? and goes on
            stream.reconfigure(errors="replace")
    try:
        given = list(sys.argv[1:] if arguments is None else arguments)
        with leakscape.make_context("leakscape", given) as context:
            status = leakscape.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except BrokenPipeError:
        _silence()
        return IO_ERROR
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted; run the same command again", INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        return _say(error.format_message(), USAGE)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx is not None else "leakscape"
        text = error.format_message().rstrip(".")
        return _say(f"{command}: {text}; see {command} --help", USAGE)
    except click.ClickException as error:
        return _say(error.format_message(), USAGE)
    except SweepError as error:
        return _say(str(error), error.exit_status)
    except OSError as error:
        where = error.filename if error.filename is not None else "input and output"
        return _say(f"{where}: {error.strerror or error}; check disk and permissions", IO_ERROR)
    except Exception as error:  # whatever else comes up here is a bug, and is told as one
        text = " ".join(str(error).split())[:300]
        return _say(
            f"{type(error).__name__}: {text}; this is a bug: {TRACEBACK}=1 shows where", BUG
        )
    return int(status or 0)


def _say(text: str, status: int) -> int:
    try:
        if os.environ.get(TRACEBACK):
            traceback.print_exc()
        print(sentence(text), file=sys.stderr, flush=True)
    except BrokenPipeError:
        _silence()
    return status


def _silence() -> None:
    """Point the broken streams at nothing: Python flushes them once more when it ends."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(nothing, stream.fileno())

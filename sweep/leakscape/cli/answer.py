"""The answer to a command: arguments to words, errors to one sentence and an exit status."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import click

from leakscape import interrupt
from leakscape.cli import streams
from leakscape.cli.analyses import leakscape
from leakscape.cli.streams import tell
from leakscape.errors import SweepError
from leakscape.shown import sentence

USAGE, DATA, BUG, IO_ERROR = 2, 65, 70, 74
"""Exit statuses that no error carries itself (those of sysexits.h)."""
TRACEBACK = "LEAKSCAPE_TRACEBACK"
"""Environment variable that makes errors show where they come from."""


def answer(arguments: Sequence[str]) -> int:
    """Do what a command line asks for.

    Args:
        arguments: what follows `leakscape`.

    Returns:
        The exit status.
    """
    streams.prepare()
    try:
        with leakscape.make_context("leakscape", list(arguments)) as context:
            status = leakscape.invoke(context)
        streams.finish()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except BrokenPipeError:  # click's own words: help and version
        streams.finish()
        return 0
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted; run the same command again", interrupt.status())
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
    except SystemExit as error:
        text = f"a kernel or a module of it calls sys.exit({error.code!r})"
        return _say(f"{text}; take that out", DATA)
    except Exception as error:  # whatever else comes up here is a bug, and is told as one
        text = " ".join(str(error).split())[:300]
        return _say(
            f"{type(error).__name__}: {text}; this is a bug: {TRACEBACK}=1 shows where", BUG
        )
    return int(status or 0)


def _say(text: str, status: int) -> int:
    if os.environ.get(TRACEBACK):
        tell(traceback.format_exc(), sys.stderr)
    tell(sentence(text), sys.stderr)
    return status

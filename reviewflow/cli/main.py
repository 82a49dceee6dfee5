"""The entry point: one ladder from errors to exit codes, and nothing else."""

from __future__ import annotations

import os
import sys

import typer
from typer.exceptions import TyperException

from reviewflow.errors import ReviewflowError

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run one command.

    Args:
        words: The words after the program's name.

    Returns:
        The exit code: 0 done, 1 the answer is no, 2 called wrongly, 3 an input, 4 the state of the review, 5 a service,
        70 our bug, 130 interrupted.
    """
    from reviewflow.cli.app import app
    from reviewflow.cli.session import opened

    try:
        code = app(words, standalone_mode=False, prog_name="reviewflow")
    except ReviewflowError as error:
        return _told(error)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except (BrokenPipeError, SystemExit) as left:
        # typer makes an exit with 1 of a pipe that was closed
        if not isinstance(left, BrokenPipeError) and not isinstance(left.__context__, BrokenPipeError):
            raise
        return _reader_gone()
    except TyperException as error:
        return _called_wrongly(error)
    except Exception:  # noqa: BLE001 the one place where a bug of ours is told from a person's mistake
        return _our_bug()
    finally:
        opened.close()
    # typer makes an interruption within a command an exit code of its own, without a word.
    return _interrupted() if code == _INTERRUPTED else code if isinstance(code, int) else 0


def _reader_gone() -> int:
    """The reader of our output has gone, as `head` does: that is no error of anybody's."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return 0


def _interrupted() -> int:
    typer.echo("\nreviewflow: interrupted; what was decided before is kept", err=True)
    return _INTERRUPTED


def _told(error: ReviewflowError) -> int:
    typer.echo(f"reviewflow: {error.what}", err=True)
    if error.remedy:
        typer.echo(f"try: {error.remedy}", err=True)
    return error.exit_code


def _called_wrongly(error: Exception) -> int:
    words = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    if not words and context is not None:  # a command that needs a subcommand was given none
        typer.echo(context.get_help())
        return 2
    typer.echo(f"reviewflow: {words}", err=True)
    path = context.command_path if context is not None else "reviewflow"
    typer.echo(f"try: {path} --help", err=True)
    return 2


def _our_bug() -> int:
    import traceback

    traceback.print_exc()
    typer.echo("reviewflow: this is a bug of reviewflow's, not a mistake of yours; nothing was written", err=True)
    typer.echo("try: report it with the lines above", err=True)
    return 70

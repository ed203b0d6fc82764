"""The commands: each finds, asks the core, shows, and ends with an exit code. Only here is anything printed.

The bare command and the page of commands are served without typer: they open before you notice. Everything else goes
through `app`. Whatever is not a RoadmapError is a mistake of ours, and is caught here, once.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence

from roadmap_cli.cli.desk import Desk
from roadmap_cli.errors import ExitCode, RoadmapError

BROKEN_PIPE = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that *arguments* name (the shell's, if None); the exit code."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # those of libraries are not for learners
    words = list(sys.argv[1:] if arguments is None else arguments)
    desk = Desk.here(plain=_take(words, "--plain"))
    try:
        status = _run(words, desk)
        desk.screen.flush()
    except RoadmapError as error:
        status = _tell(error, desk)
    except KeyboardInterrupt:
        status = ExitCode.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; what Python flushes at its end must go somewhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = BROKEN_PIPE
    except Exception as error:  # the one boundary: a bug of ours becomes a file that can be reported
        from roadmap_cli.cli import crash

        status = crash.report(error, words, desk)
    return int(status)


def _run(words: list[str], desk: Desk) -> int:
    if "_ROADMAP_COMPLETE" not in os.environ:
        if not words:
            from roadmap_cli.cli import dashboard

            return dashboard.show(desk)
        if words in (["--help"], ["-h"], ["help"]):
            from roadmap_cli.cli import catalogue

            return catalogue.show(desk)
    from roadmap_cli.cli import app

    return app.run(words, desk)


def _tell(error: RoadmapError, desk: Desk) -> int:
    from roadmap_cli.views.messages import error_page

    desk.screen.tell(error_page(error))
    return int(error.exit_code)


def _take(words: list[str], flag: str) -> bool:
    """Whether *flag* is among the options; it is taken out. What follows ``--`` is left alone."""
    end = words.index("--") if "--" in words else len(words)
    found = flag in words[:end]
    words[:end] = [word for word in words[:end] if word != flag]
    return found

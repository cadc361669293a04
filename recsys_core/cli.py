"""The command line: `movie-embeddings app | presets | train | neighbors | biases | project | quality | runs | …`.

In a checkout that is not installed, `python -m recsys_core` in place of `movie-embeddings`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from recsys_core.commands import app
from recsys_core.errors import RecsysError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, or 2 with one line on standard error for bad input."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser(opens_app=list(arguments[:1]) == ["app"]).parse_args(arguments)
    try:
        options.run(options)
    except RecsysError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; flushing at the end must not complain about it either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


class _OneLine(argparse.ArgumentParser):
    """A parser whose complaint is one line like any other of this command line; `--help` tells the rest."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {' '.join(message.split())} (see {self.prog} --help)\n")


def _parser(*, opens_app: bool) -> argparse.ArgumentParser:
    """opens_app: whether no other command is wanted. What they import takes as long as the app takes to answer."""
    called = Path(sys.argv[0]).stem
    parser = _OneLine(
        prog="python -m recsys_core" if called == "__main__" else called,
        description="Train and explore movie embeddings.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    app.add(commands)
    if not opens_app:
        from recsys_core.commands import compare, data, explore, runs, sweep, sweeps, train

        for command in (train, explore, runs, data, compare, sweep, sweeps):
            command.add(commands)
    return parser

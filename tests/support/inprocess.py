"""The real entry point of the command in this process: what a subprocess does, without importing torch again."""

from __future__ import annotations

import contextlib
import io
import sys
from subprocess import CompletedProcess

from iqabench.cli.main import main


def run_here(*words: object) -> CompletedProcess[str]:
    """Run ``iqabench WORDS`` and return its exit code and what it printed."""
    stdout, stderr, argv = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["iqabench", *map(str, words)]
    code: int | str | None = 0
    try:
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stderr):
            main()
    except SystemExit as end:
        code = end.code
    finally:
        sys.argv = argv
    return CompletedProcess(
        list(map(str, words)), code if isinstance(code, int) else 0, stdout.getvalue(), stderr.getvalue()
    )

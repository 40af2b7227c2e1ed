"""Where the ``iqabench`` command and ``python -m iqabench`` begin: signals first, then everything else."""

import atexit
import gc
import os
import sys

from iqabench._util import interruption

COLLECT_AFTER = 50_000
"""New objects between two collections of garbage. Python's 700 cost a fifth of the time to import torch and its like,
whose objects stay anyway."""


class Ending:
    """The last moment of the process, at which nothing is left to be done.

    Python would free torch's objects one by one, for some seconds in which the user waits for the prompt.
    """

    code: int | None = None
    """The exit code; None for an error that Python reports by itself."""

    def __call__(self) -> None:
        """End the process, if it ended as the command wanted."""
        if self.code is None:
            return
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                return  # Python says that what was printed could not be written
        os._exit(self.code)


def main() -> None:
    """Run the command; see :func:`iqabench.cli.main.main`."""
    interruption.listen()
    ending = Ending()
    # What is registered first is called last: every other library has ended by then. Where something is registered
    # already, as by what measures coverage, the process ends as any other.
    if not atexit._ncallbacks():
        atexit.register(ending)
    gc.set_threshold(COLLECT_AFTER)
    from iqabench.cli.main import main as command

    try:
        command()
    except KeyboardInterrupt:  # a signal between the work and its end
        interruption.leave(interruption.received() or 2)
    except SystemExit as end:
        ending.code = end.code if isinstance(end.code, int) else 0
        raise


if __name__ == "__main__":
    main()

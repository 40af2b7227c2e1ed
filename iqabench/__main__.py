"""Where the ``iqabench`` command and ``python -m iqabench`` begin: signals first, then everything else."""

import gc
import sys

from iqabench._util import interruption

COLLECT_AFTER = 50_000
"""New objects between two collections of garbage. Python's 700 cost a fifth of the time to import torch and its like,
whose objects stay anyway."""


def main() -> None:
    """Run the command; see :func:`iqabench.cli.main.main`."""
    interruption.listen()
    gc.set_threshold(COLLECT_AFTER)
    from iqabench.cli.main import main as command

    try:
        command()
    except KeyboardInterrupt:  # a signal between the work and its end
        interruption.leave(interruption.received() or 2)
    finally:
        # Else Python frees torch's objects one by one, which takes a second or two. Triton complains of what is left.
        if "triton" not in sys.modules:
            gc.freeze()


if __name__ == "__main__":
    main()

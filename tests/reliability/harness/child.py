"""What a child of the nursery runs: the real command line from its arguments to its exit code, with a fault in it.

``python -m tests.reliability.harness.child FAULT WORDS``, with the fault as JSON.
"""

from __future__ import annotations

import json
import os
import sys

from iqabench.cli.main import main
from tests.reliability.harness.faults import install


def run() -> None:
    """Run the command."""
    fault = json.loads(sys.argv[1])
    if "PYTHONIOENCODING" in os.environ:  # as Python does when it begins
        sys.stdout.reconfigure(encoding=os.environ["PYTHONIOENCODING"], errors="strict")  # type: ignore[union-attr]
        sys.stderr.reconfigure(encoding=os.environ["PYTHONIOENCODING"], errors="backslashreplace")  # type: ignore[union-attr]
    finish = install(fault) if fault else lambda: None
    sys.argv = ["iqabench", *sys.argv[2:]]
    try:
        main()
    finally:
        sys.stdout.flush()
        finish()


if __name__ == "__main__":
    run()

"""The command ``iqabench`` for shell scripts: a program that asks the server to fork it, and so begins faster."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from forking import toolkit

PROGRAM = f"""#!{sys.executable}
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from forking import COMMAND, toolkit
sys.exit(toolkit().start([COMMAND, *sys.argv[1:]], (0, 1, 2)).wait())
"""


def search_path(folder: Path) -> str:
    """Write the program ``iqabench`` to ``folder``; return a ``PATH`` on which it is found first."""
    toolkit()  # begun here, and not by the program, whose output it would keep open
    folder.mkdir()
    (folder / "iqabench").write_text(PROGRAM, encoding="utf-8")
    (folder / "iqabench").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"

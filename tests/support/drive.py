"""A program that runs several command lines of the installed ``iqabench``, one after the other.

It is given them as JSON, and the interpreter that they shall start. It prints, for each, its words, exit code, standard
output and standard error. A word ``@PATTERN KEY`` stands for what the JSON file of that pattern holds under the key
when the line's turn comes.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import traceback
from pathlib import Path

UNEXPECTED = -1
"""Exit code of a line that ends in an exception."""


def looked_up(word: str) -> str:
    """What ``word`` stands for."""
    if not word.startswith("@"):
        return word
    pattern, _, key = word[1:].partition(" ")
    return str(json.loads(next(Path().glob(pattern)).read_text())[key])


def main() -> None:
    """Run the lines."""
    sys.path.append(str(Path(__file__).parent))
    from inprocess import run_here

    sys.executable = sys.argv[2]
    multiprocessing.set_executable(sys.executable)
    done = []
    for line in json.loads(sys.argv[1]):
        try:
            one = run_here(*map(looked_up, line))
            done.append((line, one.returncode, one.stdout, one.stderr))
        except Exception:  # told by the test
            done.append((line, UNEXPECTED, "", traceback.format_exc()))
    json.dump(done, sys.stdout)


if __name__ == "__main__":
    main()

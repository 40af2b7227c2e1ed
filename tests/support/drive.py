"""A program that runs several command lines of the installed ``iqabench``, one after the other.

It is given them as JSON and prints, for each, its words, exit code, standard output and standard error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))
    from inprocess import run_here

    done = [run_here(*words) for words in json.loads(sys.argv[1])]
    json.dump([(one.args, one.returncode, one.stdout, one.stderr) for one in done], sys.stdout)

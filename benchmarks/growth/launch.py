"""Runs one command in a process of its own and prints what it took, as JSON: started as a script, without ``site``.

Linux counts the memory of the process that starts another one into the other's peak, up to the moment in which the
program is loaded. A benchmark that has made data holds a lot; this script holds next to nothing.
"""

import json
import os
import sys
import time


def launch(words: list[str], log: str) -> dict[str, float | int]:
    """Run ``words`` to their end, both streams to the file ``log``; return exit status, seconds and peak."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    started = time.perf_counter()
    process = os.posix_spawn(
        words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
    )
    _, status, used = os.wait4(process, 0)
    return {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.perf_counter() - started,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / (1024 if sys.platform == "linux" else 1 << 20),
    }


if __name__ == "__main__":
    print(json.dumps(launch(sys.argv[2:], sys.argv[1])))

"""What a process that forks does once, before its first child: memory that is quickly copied, and an interpreter.

Read by ``forking.py`` where that is run as a program.
"""

from __future__ import annotations

import ctypes
import sys
from multiprocessing import spawn
from pathlib import Path

HUGE_PAGE, COLLAPSE = 2 << 20, 25
"""Bytes of a huge page, and Linux's advice to make one of 512 pages (``MADV_COLLAPSE``)."""

INTERPRETER = """\
#!{python} -IS
import os, signal, socket, sys
words = sys.argv[1:]
start = next((number for number, word in enumerate(words) if word in ("-c", "-m")), None)
connection = socket.socket(socket.AF_UNIX)
try:
    connection.connect({address!r})
except OSError:
    start = None
if start is None:
    os.execv({python!r}, [{python!r}, *words])
import json
safe = ["-P"] if "-P" in words[:start] else []
numbers = [int(name) for name in os.listdir("/proc/self/fd")]
numbers = [one for one in numbers if one != connection.fileno() and os.path.exists(f"/proc/self/fd/{{one}}")]
request = json.dumps(
    {{"words": safe + words[start:], "cwd": os.getcwd(), "new_group": False, "numbers": numbers,
      "environment": dict(os.environ)}}
).encode()
socket.send_fds(connection, [len(request).to_bytes(4, "big")], numbers)
connection.sendall(request)
for one in numbers:
    os.close(one)
answer = b""
while len(answer) < 8:
    part = connection.recv(8 - len(answer))
    if not part:
        os._exit(1)
    answer += part
code = int.from_bytes(answer[4:], "big", signed=True)
if code < 0:
    signal.signal(-code, signal.SIG_DFL) if -code not in (signal.SIGKILL, signal.SIGSTOP) else None
    os.kill(os.getpid(), -code)
os._exit(code)
"""
"""``python -c CODE`` or ``python -m MODULE`` as a fork of the process that listens at an address."""


def gather_pages() -> None:
    """Put memory into huge pages, where Linux can: a fork copies an entry for each page, and takes half of its time."""
    advise = getattr(ctypes.CDLL(None), "madvise", None)
    maps = Path("/proc/self/maps")
    if advise is None or not maps.exists():
        return
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for line in maps.read_text().splitlines():
        place, rights, _, _, _, *name = line.split()
        if rights.startswith("rw") and name in ([], ["[heap]"]):
            start, end = (int(one, 16) for one in place.split("-"))
            for address in range(-(-start // HUGE_PAGE) * HUGE_PAGE, end // HUGE_PAGE * HUGE_PAGE, HUGE_PAGE):
                advise(address, HUGE_PAGE, COLLAPSE)  # where it cannot, all stays as it is


def fork_workers(address: str) -> None:
    """Let ``multiprocessing`` begin its processes as forks of this one, too: its own process that forks imports torch.

    That one is then begun by a program, which asks ``address``, hands on its open files and ends as the fork does.
    """
    program = Path(f"{address}.python")
    program.write_text(INTERPRETER.format(python=sys.executable, address=address), encoding="utf-8")
    program.chmod(0o755)
    spawn.set_executable(str(program))

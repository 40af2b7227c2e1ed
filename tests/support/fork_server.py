"""The process that forks: a program that imports what its children need, then answers requests (see ``forking.py``)."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import gc
import json
import locale
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import typing
import weakref
from collections.abc import Sequence
from importlib import import_module
from multiprocessing import spawn
from pathlib import Path

MOST_FILES = 250
"""That a child may be given."""
HUGE_PAGE, COLLAPSE = 2 << 20, 25
"""Bytes of a huge page, and Linux's advice to make one of 512 pages (``MADV_COLLAPSE``)."""

INTERPRETER = """\
#!{python} -IS
import os, signal, socket, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)  # what it begins is in its group, and is sent it, too
words = sys.argv[1:]
start = next((number for number, word in enumerate(words) if word in ("-c", "-m")), None)
start = start if os.path.isdir("/proc/self/fd") else None
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
    {{"words": safe + words[start:], "cwd": os.getcwd(), "new_group": False, "group": os.getpgrp(), "numbers": numbers,
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


def received(connection: socket.socket, size: int) -> bytes:
    """``size`` bytes; EOFError if the other side has ended."""
    found = b""
    while len(found) < size:
        part = connection.recv(size - len(found))
        if not part:
            raise EOFError("the process that forks has ended")
        found += part
    return found


def interpreter_of(address: str) -> str:
    """Where the program lies that asks the server at ``address``."""
    return f"{address}.python"


def write_interpreter(address: str, python: str) -> None:
    """Write the program that begins a process of ``multiprocessing`` as a fork of the one that listens at ``address``.

    Its own process that forks would import torch anew. The program hands on its open files, and ends as the fork does.
    """
    program = Path(interpreter_of(address))
    program.write_text(INTERPRETER.format(python=python, address=address), encoding="utf-8")
    program.chmod(0o755)


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


def keep_what_is_imported() -> None:
    """Let children end without freeing what was imported before them: each took 50 ms to take torch's operators down.

    What they import, open or make themselves ends as it does elsewhere.
    """
    for one in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        one.atexit = False
    typing._cleanups.clear()  # type: ignore[attr-defined]  # nanobind, which triton brings, empties these caches


def child() -> list[str]:
    """Answer requests until there are no more; return in each child, with its words."""
    address, held, *more = sys.argv[1:]
    for name in more:
        with contextlib.suppress(ImportError):  # an environment may lack one
            import_module(name)
    keep_what_is_imported()
    gc.collect()
    gc.freeze()  # else every child copies all these objects when its collector looks at them
    gather_pages()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(100)
    spawn.set_executable(interpreter_of(address))
    ended, tell = os.pipe()
    os.set_blocking(ended, False)
    os.set_blocking(tell, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(tell)
    holders = os.open(held, os.O_RDONLY | os.O_NONBLOCK)
    waiting = selectors.DefaultSelector()
    for one in (listener, holders, ended):
        waiting.register(one, selectors.EVENT_READ)
    asked: dict[int, socket.socket] = {}
    while True:
        ready = {key.fileobj for key, _ in waiting.select()}
        if holders in ready:
            os._exit(0)
        if ended in ready:
            os.read(ended, 4096)
            report(asked)
        if listener not in ready:
            continue
        connection, _ = listener.accept()
        size, files, _, _ = socket.recv_fds(connection, 4, MOST_FILES)
        request = json.loads(received(connection, int.from_bytes(size, "big")))
        pid = os.fork()
        if request["new_group"]:  # in both processes, so that the group is there whoever comes first
            with contextlib.suppress(OSError):
                os.setpgid(pid, pid)
        if not pid and "group" in request:
            with contextlib.suppress(OSError):  # a terminal's signals go to a group; another session's cannot be joined
                os.setpgid(0, request["group"])
        if pid:
            for one in files:
                os.close(one)
            asked[pid] = connection
            connection.sendall(pid.to_bytes(4, "big"))
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        waiting.close()
        for one in (holders, ended, tell):
            os.close(one)
        for one in (listener, connection, *asked.values()):
            one.close()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
        take(files, request.get("numbers", range(len(files))))
        open_streams()
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.path[:0] = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
        words: list[str] = request["words"]
        return words


def take(files: Sequence[int], numbers: Sequence[int]) -> None:
    """Give open ``files`` their ``numbers``, the first three of which are those of the standard streams."""
    above = max(*files, *numbers) + 1
    away = [fcntl.fcntl(one, fcntl.F_DUPFD, above) for one in files]
    for one in files:
        os.close(one)
    for one, number in zip(away, numbers, strict=True):
        os.dup2(one, number)
        os.close(one)


def report(asked: dict[int, socket.socket]) -> None:
    """Say how each child ended that has ended, to whom ``asked`` for it."""
    while asked:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with asked.pop(pid) as connection, contextlib.suppress(OSError):  # whoever asked may have stopped waiting
            connection.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))


def open_streams() -> None:
    """Standard streams as Python makes them when it begins: whether one can be sought is found out only then."""
    encoding = locale.getencoding()
    sys.stdin = sys.__stdin__ = open(0, encoding=encoding, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", encoding=encoding, closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(  # type: ignore[misc]  # noqa: SIM115
        2, "w", buffering=1, encoding=encoding, errors="backslashreplace", closefd=False
    )


def run(words: list[str]) -> None:
    """Do what ``python WORDS`` does."""
    safe = words[0] == "-P"
    first, *rest = words[safe:]
    if not safe:
        sys.path.insert(0, {"-c": "", "-m": str(Path.cwd())}.get(first, str(Path(first).parent)))
    if first == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    elif first == "-m":
        sys.argv = ["-m", *rest[1:]]
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [first, *rest]
        runpy.run_path(first, run_name="__main__")


def exit_code(words: list[str]) -> int:
    """Do what ``python WORDS`` does, and say what it would exit with."""
    try:
        run(words)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def end(code: int) -> None:
    """What the interpreter does at its end, but for freeing its objects one by one."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # as Python does when nobody reads any more
            code = 120
    os._exit(code)


if __name__ == "__main__":
    end(exit_code(child()))

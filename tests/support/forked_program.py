"""Programs that ask the server to fork them, and so begin faster: for code under test that starts programs itself.

The ``iqabench`` of :func:`search_path` is for shell scripts. The interpreter of :func:`interpreter` is for code that
starts ``sys.executable -m MODULE`` and for the fork server of ``multiprocessing``, whoever starts that code; such a
process ends when its program is killed, gets the signals that the program gets, and starts others in the same way.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import CompletedProcess

from forking import COMMAND, ForkServer, toolkit

PROGRAM = f"""#!{sys.executable}
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from forked_program import forward
forward(*{{given!r}})
"""
BEGIN_MODULE = """
import multiprocessing, os, runpy, signal, sys, threading

def end_with_program(number):
    try:
        psutil.Process(number).wait()
    except psutil.NoSuchProcess:
        pass
    os.kill(os.getpid(), signal.SIGKILL)

sys.executable, program, module, *rest = sys.argv[1:]
multiprocessing.set_executable(sys.executable)
if program:
    import psutil
    threading.Thread(target=end_with_program, args=(int(program),), daemon=True).start()
sys.argv = [module, *rest]
for one in (module, f"{module}.__main__"):  # runpy warns of one that was imported before
    if not hasattr(sys.modules.get(one), "__path__"):
        sys.modules.pop(one, None)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
"""Does what ``python -m MODULE WORDS`` does; whatever it starts by ``sys.executable`` is begun by that program."""
SERVES_FORKS = re.compile(r"from multiprocessing.forkserver import main; main\((\d+), (\d+), (.*)\)")
"""What ``multiprocessing`` has its fork server run: it listens at the first of two open files."""
BEGIN_SERVER = """
import os, socket, sys
from multiprocessing import forkserver

with socket.socket(fileno=os.dup(0)) as given:
    _, (listener, alive), _, _ = socket.recv_fds(given, 1, 2)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
eval(f"forkserver.main({listener}, {alive}, {sys.argv[1]})")
"""
OF_ITS_OWN = "submitit."
"""Modules that stay processes of their own: light ones, whose numbers are those of jobs."""
LONGEST = 880
"""Seconds."""
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)


def search_path(folder: Path) -> str:
    """Write the program ``iqabench`` to ``folder``; return a ``PATH`` on which it is found first."""
    toolkit()  # begun here, and not by the program, whose output it would keep open
    folder.mkdir()
    _write(folder / "iqabench", "toolkit", str(COMMAND))
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def interpreter(folder: Path, server: str = "toolkit", python: Path | str = sys.executable) -> Path:
    """Write the programs ``python`` and ``iqabench`` to ``folder``, and return the first.

    ``server`` is the name of one that has been begun, of the interpreter ``python``.
    """
    if server == "toolkit":
        toolkit()
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "python", server, "", str(python))
    _write(folder / "iqabench", server, str(Path(python).with_name("iqabench")))
    return folder / "python"


def module(
    program: Path, *words: str | Path, timeout: float = 280, environment: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """What ``python -m WORDS`` does where ``python`` is the interpreter ``program``."""
    return toolkit().run(["-c", BEGIN_MODULE, program, "", *words], timeout, environment=environment)


def forward(server: str, script: str, python: str = "") -> None:
    """Be the program: a fork runs ``script``, or what follows ``-m``; ``python`` itself does what is neither."""
    words, streams = sys.argv[1:], (0, 1, 2)
    if not script and (found := SERVES_FORKS.fullmatch(words[-1])):
        ours, theirs = socket.socketpair()
        socket.send_fds(ours, [b"."], [int(found[1]), int(found[2])])
        begun: Sequence[str] = ["-c", BEGIN_SERVER, found[3]]
        streams = (theirs.fileno(), 1, 2)
    elif not script:
        # Nobody waits for the output of a fork to come in small pieces.
        asked = words[1:] if words[:1] == ["-u"] else words
        if asked[:1] != ["-m"]:
            os.execv(python, [python, *words])
        program = str(Path(sys.argv[0]).absolute())
        if asked[1].startswith(OF_ITS_OWN):
            os.execv(python, [python, "-c", BEGIN_MODULE, program, "", *asked[1:]])
        begun = ["-c", BEGIN_MODULE, program, str(os.getpid()), *asked[1:]]
    else:
        begun = [script, *words]
    fork = ForkServer(server).start(begun, streams)
    for one in PASSED_ON:
        if signal.getsignal(one) != signal.SIG_IGN:
            signal.signal(one, lambda number, _: fork.send_signal(number))
    code = fork.wait(LONGEST)
    if code < 0:
        with suppress(OSError):  # SIGKILL cannot be handled
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


def _write(file: Path, *given: str) -> None:
    file.write_text(PROGRAM.format(given=given), encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)

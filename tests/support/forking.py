"""Processes that begin in milliseconds: forks of one that has imported torch and its like, and iqabench if asked to.

A child has its own working directory, environment and standard streams, runs a program from its first line to its exit
code, and can be sent signals: what ``subprocess`` starts, without ten seconds of imports and three of freeing what was
imported. Variables that Python or a library reads when it begins (``PYTHON...``, ``OMP_NUM_THREADS``) are those of the
first process; what tests these, or the imports themselves, needs ``subprocess``.

Tests use :func:`command`, :func:`python`, :func:`begin` or a :class:`ForkServer` of their own; run as a program, this
file is the process that forks. All of pytest's processes share one server of each kind, which the first that needs it
begins (:func:`hold_servers`).
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import json
import locale
import os
import runpy
import select
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import typing
import weakref
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

from filelock import FileLock

COMMAND = Path(sys.executable).with_name("iqabench")
MOST_FILES = 250
ROOT = Path(__file__).parents[2]
IMPORTED = (
    *("torch", "torch._dynamo", "torch.utils.data", "torchvision.transforms.v2.functional", "timm", "lpips", "piq"),
    *("pandas", "scipy.stats", "scipy.signal", "scipy.optimize", "scipy.ndimage", "matplotlib.figure"),
    *("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "matplotlib.backends.backend_pdf"),
    *("PIL.PngImagePlugin", "PIL.JpegImagePlugin", "PIL.ImageCms", "pydantic", "sqlite3", "psutil", "platformdirs"),
    *("rich.progress", "rich.table", "click", "jinja2", "filelock", "requests", "huggingface_hub.errors"),
    *("safetensors.torch", "importlib.metadata", "tomllib", "tomli_w", "xml.etree.ElementTree"),
    *("PIL._webp", "pandas.core.methods.to_dict", "pandas.io.formats.csvs", "encodings.utf_8_sig"),
    *("rich._emoji_codes", "rich._unicode_data.unicode17-0-0", "click._textwrap"),
)
"""What most children would otherwise import themselves; torch._dynamo is imported by the first optimiser."""


def modules_of_toolkit() -> tuple[str, ...]:
    """What a command of iqabench would otherwise import itself, beside libraries: all but what needs extras."""
    families = (f"baselines/{one}" for one in ("full_reference", "no_reference", "shared", "zoo"))
    rooms = ("iqabench", *families, "ckdn")
    files = [file for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files if file.stem != "__init__"]
    return tuple(name for name in names if ".integrations." not in name)


FETCHING = (
    *("iqabench.__main__", "iqabench.cli.data", "iqabench.cli.data_fetch", "iqabench.cli.weights"),
    *("iqabench.data.fetch", "iqabench._util.transfer.web", "iqabench._util.transfer.hub", "huggingface_hub.errors"),
    *("gdown", "requests", "httpx", "httpx2", "tqdm.auto", "yaml", "filelock", "rich.progress", "sqlite3"),
    *("numpy", "pandas", "pydantic", "PIL.PngImagePlugin", "PIL.BmpImagePlugin", "importlib.metadata"),
)
"""What a command that fetches would otherwise import itself, beside torch. Not the hub's client, which timm would
bring: it reads its variables (``HF_...``) when it is imported."""


class Fork:
    """A process that a :class:`ForkServer` began."""

    def __init__(self, connection: socket.socket, words: list[str]) -> None:
        self._connection = connection
        self._words = words
        self.pid = int.from_bytes(_receive(connection, 4), "big")

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    @property
    def running(self) -> bool:
        """False when it has ended."""
        return not select.select([self._connection], [], [], 0)[0]

    def wait(self, timeout: float = 280) -> int:
        """Its exit code, or minus the signal that ended it.

        Raises:
            TimeoutExpired: it has not ended after ``timeout`` seconds, and is killed.
        """
        self._connection.settimeout(timeout)
        try:
            return int.from_bytes(_receive(self._connection, 4), "big", signed=True)
        except TimeoutError:
            os.kill(self.pid, signal.SIGKILL)
            raise TimeoutExpired(self._words, timeout) from None
        finally:
            self._connection.close()


SERVERS = "IQABENCH_TEST_SERVERS"
"""Variable that names the folder in which servers are found."""
HELD = "held"


def hold_servers() -> None:
    """Make the folder in which servers are found, and let them live until this process ends, however it ends.

    A process that finds the variable :data:`SERVERS` uses the servers of the process that set it.
    """
    if SERVERS in os.environ:
        return
    folder = tempfile.mkdtemp(prefix="forks-")
    os.environ[SERVERS] = folder
    os.mkfifo(Path(folder, HELD))
    # A server reads the other end, and sees when nobody holds this one any more.
    os.open(Path(folder, HELD), os.O_RDWR | os.O_CLOEXEC)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)


class ForkServer:
    """Begins processes of one interpreter.

    Those of one ``name`` are one: the first to be used begins the process that forks. ``environment`` is what that
    process begins with; ``imports`` names modules that children need not import; if there is ``parent``, it is a fork
    of that one and need not import what that one has.
    """

    def __init__(
        self,
        name: str = "libraries",
        python: Path | str = sys.executable,
        environment: Mapping[str, str] | None = None,
        imports: Sequence[str] = IMPORTED,
        parent: ForkServer | None = None,
    ) -> None:
        hold_servers()
        folder = Path(os.environ[SERVERS])
        self._address = str(folder / name)
        begun = folder / f"{name}.begun"
        words = ["-P", __file__, self._address, str(folder / HELD), *imports]
        with FileLock(folder / f"{name}.lock"):
            if begun.exists():
                return
            if parent is None:
                subprocess.Popen([str(python), *words], stdin=subprocess.DEVNULL, env=environment)
            else:
                with open(os.devnull, "rb") as nothing:  # noqa: PTH123
                    parent.start(words, (nothing.fileno(), 1, 2), environment=environment)
            begun.touch()

    def start(
        self,
        words: Sequence[str | Path],
        streams: Sequence[int],
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
        new_group: bool = False,
    ) -> Fork:
        """Begin ``python WORDS``, with ``words`` a script, ``-m MODULE`` or ``-c CODE``, and what follows."""
        line = [str(word) for word in words]
        given = {"words": line, "cwd": str(cwd or Path.cwd()), "new_group": new_group}
        request = json.dumps(given | {"environment": dict(os.environ if environment is None else environment)}).encode()
        connection = self._connect()
        socket.send_fds(connection, [len(request).to_bytes(4, "big")], streams)
        connection.sendall(request)
        return Fork(connection, line)

    def run(
        self,
        words: Sequence[str | Path],
        timeout: float = 280,
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> CompletedProcess[str]:
        """What ``subprocess.run`` returns for ``python WORDS`` with captured output and no input."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull, "rb") as nothing:  # noqa: PTH123
            streams = (nothing.fileno(), out.fileno(), err.fileno())
            code = self.start(words, streams, cwd, environment).wait(timeout)
            out.seek(0)
            err.seek(0)
            return CompletedProcess(list(map(str, words)), code, out.read().decode(), err.read().decode())

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + 270
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(self._address)
            except OSError:
                connection.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return connection


@cache
def torch_alone() -> ForkServer:
    """The server from which the others are forked, so that torch is imported once."""
    return ForkServer("torch", imports=("torch",))


@cache
def libraries() -> ForkServer:
    """The server whose children have imported libraries, and nothing of iqabench."""
    return ForkServer(parent=torch_alone())


@cache
def toolkit() -> ForkServer:
    """The server whose children have imported iqabench, too."""
    return ForkServer("toolkit", imports=modules_of_toolkit(), parent=libraries())


@cache
def fetching() -> ForkServer:
    """The server whose children have imported what fetches, but for the hub's client."""
    return ForkServer("fetching", imports=FETCHING, parent=torch_alone())


def python(
    *words: str | Path, timeout: float = 280, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """What ``python WORDS`` does: ``-c CODE`` or ``-m MODULE`` or a script, and what follows."""
    return libraries().run(words, timeout, cwd, environment)


def command(
    *words: str | Path, timeout: float = 280, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """What the installed command ``iqabench WORDS`` does, in a process of its own."""
    return toolkit().run([COMMAND, *words], timeout, cwd, environment)


def begin(*words: str | Path) -> Fork:
    """Begin ``iqabench WORDS``, whose output nobody reads."""
    with open(os.devnull, "r+b") as nothing:  # noqa: PTH123
        return toolkit().start([COMMAND, *words], (nothing.fileno(),) * 3)


def _receive(connection: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        part = connection.recv(size - len(received))
        if not part:
            raise EOFError("the process that forks has ended")
        received += part
    return received


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
    sys.path.insert(0, str(Path(__file__).parent))
    from forked_server import fork_workers, gather_pages

    del sys.path[0]
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
    fork_workers(address)
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
        request = json.loads(_receive(connection, int.from_bytes(size, "big")))
        pid = os.fork()
        if request["new_group"]:  # in both processes, so that the group is there whoever comes first
            with contextlib.suppress(OSError):
                os.setpgid(pid, pid)
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

"""Processes that begin in milliseconds: forks of one that has imported torch and its like, and iqabench if asked to.

A child has its own working directory, environment and standard streams, runs a program from its first line to its exit
code, and can be sent signals: what ``subprocess`` starts, without ten seconds of imports and three of freeing what was
imported. Variables that Python or a library reads when it begins (``PYTHON...``, ``OMP_NUM_THREADS``) are those of the
first process; what tests these, or the imports themselves, needs ``subprocess``.

Tests use :func:`command`, :func:`python`, :func:`begin` or a :class:`ForkServer` of their own; ``fork_server.py`` is
the process that forks. All of pytest's processes share one server of each kind, which the first that needs it begins
(:func:`hold_servers`).
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired

from filelock import FileLock
from fork_server import interpreter_of, received, write_interpreter

COMMAND = Path(sys.executable).with_name("iqabench")
SERVER = Path(__file__).with_name("fork_server.py")
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
        self.pid = int.from_bytes(received(connection, 4), "big")

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
            return int.from_bytes(received(self._connection, 4), "big", signed=True)
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
        self.interpreter = interpreter_of(self._address)
        """The program by which ``multiprocessing`` begins its processes as forks."""
        begun = folder / f"{name}.begun"
        words = ["-P", str(SERVER), self._address, str(folder / HELD), *imports]
        with FileLock(folder / f"{name}.lock"):
            if begun.exists():
                return
            write_interpreter(self._address, str(python))
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

"""iqabench as ``pip install`` leaves it: its wheel in an environment from which the checkout is not seen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess

from filelock import FileLock
from forked_program import interpreter
from forking import ForkServer

CHECKOUT = Path(__file__).parents[2]
DRIVER = Path(__file__).with_name("drive.py")
SERVER = "installed"
LOOK = Path(__file__).with_name("look.py")
NO_SERVER = "http://127.0.0.1:9"
"""An address at which nothing answers: what wants the network fails at once."""
CONSOLE_SCRIPT = """\
#!{python}
import sys
from {module} import {function}
sys.exit({function}())
"""


@dataclass(frozen=True)
class Installed:
    """The environment that holds the wheel; every process of it starts in a folder that the caller names."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def command(self) -> Path:
        """Its command ``iqabench``."""
        return self.folder / "bin" / "iqabench"

    @property
    def packages(self) -> Path:
        """Where the wheel was unpacked."""
        return packages_of(self.folder)

    def run(self, *words: str | Path, cwd: Path, timeout: float = 280, **variables: str) -> CompletedProcess[str]:
        """What ``iqabench`` or ``python`` of the environment does, in a process that need not import torch."""
        line = list(words[1:]) if words[0] == "python" else [self.folder / "bin" / words[0], *words[1:]]
        return _forks(self.python).run(line, timeout, cwd, environment() | variables)

    def start(self, *words: str, cwd: Path) -> CompletedProcess[str]:
        """The same in a process that begins with nothing, as a user's."""
        line = [str(self.folder / "bin" / words[0]), *words[1:]]
        return subprocess.run(line, cwd=cwd, env=environment(), capture_output=True, text=True, check=False)

    def drive(self, lines: Sequence[Sequence[str]], cwd: Path, **variables: str) -> list[CompletedProcess[str]]:
        """What ``iqabench WORDS`` does for each of ``lines``, in one process: torch is imported once.

        What these lines start are forks, too; their programs lie beside ``cwd``.
        """
        _forks(self.python)
        program = interpreter(cwd.with_name(f"{cwd.name}-bin"), SERVER, self.python)
        done = self.run("python", "-P", DRIVER, json.dumps(lines), program, cwd=cwd, timeout=880, **variables)
        assert done.returncode == 0, done.stderr
        return [CompletedProcess(*fields) for fields in json.loads(done.stdout)]


@cache
def _forks(python: Path) -> ForkServer:
    return ForkServer(SERVER, python, environment())


def environment() -> dict[str, str]:
    """Variables of a process that shall find the wheel alone, and no server."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "UV_", "PIP_", "VIRTUAL_"))
    }
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NO_SERVER)
    return kept | proxies | {"no_proxy": "", "NO_PROXY": "", "PIP_INDEX_URL": f"{NO_SERVER}/simple/"}


def packages_of(environment: Path) -> Path:
    """Its folder of packages."""
    place = {"base": str(environment), "platbase": str(environment)}
    return Path(sysconfig.get_path("purelib", "venv", vars=place))


def once(base: Path, name: str, make: Callable[[Path], None]) -> Path:
    """The folder ``name`` that ``make`` fills, made by the first of pytest's processes that asks for it.

    ``base`` is a folder that these processes share.
    """
    folder = base / name
    done = base / f"{name}.done"
    with FileLock(base / f"{name}.lock"):
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def install(folder: Path) -> None:
    """Build the wheel of the checkout and unpack it in a new environment, which borrows other packages from here."""
    wheels = folder.with_name(f"{folder.name}-wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    (wheel,) = wheels.glob("*.whl")
    venv.create(folder, with_pip=False, symlinks=True)
    packages = packages_of(folder)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    # A folder that a .pth file names is searched last, and .pth files in it are not read: so the editable install of
    # the checkout, which is one, is not followed.
    (packages / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    write_console_scripts(folder)


def write_console_scripts(environment: Path) -> None:
    """What pip makes of ``[console_scripts]``."""
    (entry_points,) = packages_of(environment).glob("*.dist-info/entry_points.txt")
    _, _, rest = entry_points.read_text().partition("[console_scripts]\n")
    for line in rest.partition("\n\n")[0].splitlines():
        name, place = (part.strip() for part in line.split("="))
        module, function = place.split(":")
        script = environment / "bin" / name
        python = environment / "bin" / "python"
        script.write_text(CONSOLE_SCRIPT.format(python=python, module=module, function=function))
        script.chmod(0o755)

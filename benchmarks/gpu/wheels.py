"""``python -m benchmarks.gpu.wheels``: what a machine without network lacks, as wheels in one folder.

PyTorch, torchvision and what only they need (CUDA's packages among them) are left out: the machine has its own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path

import click
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "iqabench"
OWN = ("torch", "torchvision")
"""Brought by the machine."""
ROOT = Path(__file__).parents[2]
_LINE = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:==|\s+)([0-9][\w.+!-]*)\s*$")


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("wheels"), show_default=True)
@click.option("--python", "python_version", default="3.12", show_default=True, help="Python of the machine.")
@click.option("--glibc", default=28, show_default=True, type=click.IntRange(17), help="2.N of the machine's C library.")
@click.option(
    "--have",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What 'python3 -m pip list' prints there: what is new enough is left out.",
)
@click.option("--list", "only_list", is_flag=True, help="Print the packages and download nothing.")
def main(out: Path, python_version: str, glibc: int, have: Path | None, only_list: bool) -> None:
    """Collect the wheels that 'python -m benchmarks.gpu' needs beside PyTorch, for a Linux machine (x86_64).

    \b
    Take the folder and this checkout to the machine; there, in the checkout:
      python3 -m pip install --no-index --no-deps --target site wheels/*.whl
      PYTHONPATH=site python3 -m benchmarks.gpu
    """
    held = installed_there(have.read_text(encoding="utf-8")) if have else {}
    wanted = needed(held, python_version)
    if only_list:
        click.echo("\n".join(f"{name}=={version}" for name, version in wanted.items()))
        return
    out.mkdir(parents=True, exist_ok=True)
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in range(glibc, 16, -1)]
    platforms += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"]
    words = ["download", "--no-deps", "--only-binary=:all:", "--implementation", "cp", "--dest", str(out)]
    words += ["--python-version", python_version, *(word for one in platforms for word in ("--platform", one))]
    for old in out.glob("*.whl"):  # two versions of a package would stop the whole installation
        old.unlink()
    _pip(*words, *(f"{name}=={version}" for name, version in wanted.items()))
    # The methods are found by the entry points that this one declares; the code itself is the checkout's.
    _pip("wheel", "--no-deps", "--wheel-dir", str(out), str(ROOT))
    files = sorted(out.glob("*.whl"))
    size = sum(file.stat().st_size for file in files) / 2**20
    click.echo(f"{out}: {len(files)} wheels, {size:.0f} MiB; largest: {_largest(files)}")


def needed(held: Mapping[str, str], python_version: str) -> dict[str, str]:
    """Versions, by name, of what the project needs beyond :data:`OWN`: those that are installed here.

    ``held`` is what the machine has; what satisfies every requirement is left out, with what it needs in turn.
    """
    environment = {
        "python_version": python_version,
        "python_full_version": f"{python_version}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    found: dict[str, str] = {}
    ahead = [PROJECT]
    while ahead:
        for line in distribution(ahead.pop()).requires or ():
            requirement = Requirement(line)
            name = canonicalize_name(requirement.name)
            if requirement.marker and not requirement.marker.evaluate(environment):
                continue
            if name in OWN or name in found:
                continue
            if name in held and requirement.specifier.contains(held[name], prereleases=True):
                continue
            found[name] = distribution(name).version
            ahead.append(name)
    return dict(sorted(found.items()))


def installed_there(text: str) -> dict[str, str]:
    """Versions by name, from the output of ``pip list`` or ``pip freeze``; other lines are passed over."""
    lines = (_LINE.match(line) for line in text.splitlines())
    return {canonicalize_name(line[1]): line[2] for line in lines if line}


def _pip(*words: str) -> None:
    if find_spec("pip"):
        command = [sys.executable, "-m", "pip"]
    elif shutil.which("uv"):
        command = ["uv", "run", "--quiet", "--no-project", "--with", "pip", "python", "-m", "pip"]
    else:
        raise click.UsageError("neither pip nor uv is here; install one of them")
    done = subprocess.run([*command, *words, "--quiet", "--disable-pip-version-check"], check=False)
    if done.returncode:
        raise click.ClickException(f"pip {words[0]} ended with {done.returncode}; its message stands above")


def _largest(files: list[Path]) -> str:
    three = sorted(files, key=lambda file: file.stat().st_size, reverse=True)[:3]
    return ", ".join(f"{file.name.partition('-')[0]} {file.stat().st_size / 2**20:.1f} MiB" for file in three)


if __name__ == "__main__":
    main()

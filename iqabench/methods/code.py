"""What the code of a method from outside of iqabench is: the files of a distribution, by one digest.

Its version alone does not say it: a file may have been edited where it is installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from iqabench._util.hashing import file_digest, files_digest

_NOT_CODE = (".pyc", ".pyo", "RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
"""Ends of files that differ from installation to installation of the same code."""


def code_of(owner: Distribution | None, module: str) -> dict[str, str]:
    """``source`` and ``sha256`` of the distribution that offers ``module``.

    All files that the distribution lists are hashed, and all of the package that ``module`` is in, which an editable
    installation does not list.
    """
    top = module.partition(":")[0].partition(".")[0]
    return dict(_digest(owner.name if owner else "", top))


def code_of_distribution(name: str) -> dict[str, str]:
    """``source`` and ``sha256`` of the installed distribution called ``name``, whose package has the same name."""
    return dict(_digest(name, name))


@cache
def _digest(name: str, package: str) -> tuple[tuple[str, str], ...]:
    """In one process the code stays what was imported, so that it is hashed once."""
    files: dict[str, str] = {}
    source = package
    try:
        owner = distribution(name) if name else None
    except PackageNotFoundError:
        owner = None
    if owner is not None:
        source = f"{owner.name} {owner.version}"
        for listed in owner.files or ():
            place = Path(str(owner.locate_file(listed)))
            if not str(listed).endswith(_NOT_CODE) and ".." not in listed.parts and place.is_file():
                files[listed.as_posix()] = file_digest(place)
    files |= {shown: file_digest(place) for shown, place in _package_files(package)}
    return (("source", source), ("sha256", files_digest(iter(files.items()))))


def _package_files(package: str) -> Iterator[tuple[str, Path]]:
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return
    if spec is None:
        return
    if spec.submodule_search_locations is None:
        if spec.origin is not None and Path(spec.origin).is_file():
            yield Path(spec.origin).name, Path(spec.origin)
        return
    for folder in map(Path, spec.submodule_search_locations):
        for place in sorted(folder.rglob("*")):
            if place.is_file() and not place.name.endswith(_NOT_CODE) and "__pycache__" not in place.parts:
                yield f"{package}/{place.relative_to(folder).as_posix()}", place

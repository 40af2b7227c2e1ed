"""Does a path stay inside a folder, links followed?"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


class Enclosure:
    """A folder that nothing may lead out of; remembers its subfolders, so that 100,000 files take no time."""

    def __init__(self, folder: Path) -> None:
        self._root = os.path.realpath(folder).rstrip(os.sep) + os.sep
        self._real: dict[str, str] = {}

    def holds(self, path: str) -> bool:
        """True if ``path`` (normalised, absolute) lies in the folder once every link is followed."""
        return self.real(path).startswith(self._root)

    def real(self, path: str) -> str:
        """``path`` (normalised, absolute) with every link followed."""
        folder, name = os.path.split(path)
        if folder not in self._real:
            self._real[folder] = os.path.realpath(folder)
        real = os.path.join(self._real[folder], name)  # noqa: PTH118  Path would be slow here
        return os.path.realpath(real) if os.path.islink(real) else real  # noqa: PTH114

    def below(self, path: str) -> str:
        """``path`` relative to the folder with forward slashes, every link followed; ``""`` if it leads out of it."""
        real = self.real(path)
        return real.removeprefix(self._root).replace(os.sep, "/") if real.startswith(self._root) else ""


def inside(folder: Path, paths: Iterable[str]) -> list[str]:
    """:meth:`Enclosure.below` of each of ``paths``, which may be relative to the working folder."""
    enclosure = Enclosure(folder)
    return [enclosure.below(os.path.abspath(path)) for path in paths]  # noqa: PTH100  Path would be slow here

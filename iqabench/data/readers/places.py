"""Where the files of a release lie: found whatever the case of their names, since releases mix it."""

from __future__ import annotations

import os
from pathlib import Path

from iqabench._util.errors import DataError


def entry(folder: Path, name: str) -> Path | None:
    """The file or folder ``name`` in ``folder``, in whatever case it is written; None if there is none."""
    exact = folder / name
    if exact.exists():
        return exact
    if not folder.is_dir():
        return None
    return next((found for found in sorted(folder.iterdir()) if found.name.lower() == name.lower()), None)


def release_folder(data_set: str, root: Path, *names: str) -> Path:
    """The folder that holds one of ``names``: ``root``, or a folder in it, as archives unpack into one.

    Raises
    ------
    DataError
        If there is none: the message says what was expected and what is there.
    """
    below = sorted(found for found in root.iterdir() if found.is_dir()) if root.is_dir() else []
    for folder in (root, *below):
        if any(entry(folder, name) for name in names):
            return folder
    there = sorted(found.name + "/" * found.is_dir() for found in root.iterdir()) if root.is_dir() else []
    holds = ", ".join(there[:6]) + (", ..." if len(there) > 6 else "") if there else "nothing"
    raise DataError(
        f"{root}: no {' or '.join(names)} in it, so this is not {data_set} as it is released; it holds {holds}. "
        "--root must be the folder that was unpacked"
    )


class ImageFolder:
    """Images below folders by name in lower case: what a label file calls ``I01.bmp`` may lie there as ``i01.BMP``.

    Raises
    ------
    DataError
        If two files of one folder differ only in case, or two folders hold files of one name: which is meant?
    """

    def __init__(self, *folders: Path, deep: bool = False) -> None:
        self.folder = folders[0]
        self._files: dict[str, str] = {}
        for folder in folders:
            self._add(folder, deep)

    def path(self, name: str) -> str:
        """Where the image ``name`` lies; where it should lie, if it is not there."""
        return self._files.get(name.lower()) or str(self.folder / name)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._files

    def __len__(self) -> int:
        return len(self._files)

    def _add(self, folder: Path, deep: bool) -> None:
        if not folder.is_dir():
            return
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda one: one.name)
        for one in entries:
            if one.is_dir():
                if deep:
                    self._add(Path(one.path), deep)
                continue
            known = self._files.setdefault(one.name.lower(), one.path)
            if known != one.path:
                raise DataError(f"{one.path} and {known} have one name but for its case; remove one of them")

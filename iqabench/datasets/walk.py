"""Files below a folder, through links: a disk of images is often linked to where it is wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path


def files_below(folder: str | Path, above: frozenset[str] = frozenset()) -> Iterator[str]:
    """Path of every file below ``folder``, in sorted order, links followed; one that leads back up ends there.

    Paths begin with ``folder``. A folder that may not be read holds nothing.
    """
    real = os.path.realpath(folder)
    if real in above:
        return
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError:  # a link that leads to itself
            continue
        if is_folder:
            yield from files_below(entry.path, above | {real})
        elif is_file:
            yield entry.path

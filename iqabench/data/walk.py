"""Files below a folder, through links: a disk of images is often linked to where it is wanted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from iqabench.data.images.formats import ENDINGS


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


COMPANIONS = (".csv", ".toml", ".txt", ".json", ".md", ".mat", ".xlsx")
"""Endings of what lies beside the images of a data set: nobody takes them for images."""


def is_image(name: str | Path) -> bool:
    """True if a file's ending is that of a format that is read."""
    return Path(name).suffix.lower() in ENDINGS


def is_passed_over(name: str | Path) -> bool:
    """True if a search leaves a file out because of its ending, and the user should know."""
    path = Path(name)
    return not (is_image(path) or path.name.startswith(".") or path.suffix.lower() in COMPANIONS)

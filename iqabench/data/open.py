"""Opens a data set by the name of its layout."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from iqabench._util.errors import UserError
from iqabench.data.base import Dataset


@dataclass(frozen=True)
class DatasetLayout:
    """A layout on disk that can be read: its reader ``"module:function"``, imported when it is used."""

    reader: str
    summary: str
    root: str | None
    """What ``--root`` must name; None if the dataset is part of the package."""


DATASETS: dict[str, DatasetLayout] = {
    "pipal": DatasetLayout(
        "iqabench.data.pipal:read_pipal",
        "PIPAL: 200 contents x 116 restorations and distortions, Elo scores (label files and images as released)",
        "the folder that holds Train_Label and the image folders",
    ),
    "votes": DatasetLayout(
        "iqabench.data.votes:read_votes",
        "Forced choices between restorations: images/METHOD/CONTENT.png, images/LR/CONTENT.png, votes.csv",
        "the folder that holds votes.csv and images",
    ),
    "manifest": DatasetLayout(
        "iqabench.data.manifest:read_manifest",
        "Any CSV with a column 'image' and, where known, degraded, pristine, content, algorithm, mos",
        "the CSV file, or a folder that holds manifest.csv",
    ),
    "mini": DatasetLayout(
        "iqabench.data.mini:read_mini",
        "A small dataset inside the package, with computed labels: for trying out and for tests",
        None,
    ),
    "bapps": DatasetLayout(
        "iqabench.data.bapps:read_bapps",
        "BAPPS 2AFC: 2afc/PART/CATEGORY/{ref,p0,p1,judge}, shares of people who chose p1",
        "the folder that holds 2afc",
    ),
}
"""The layouts that :func:`open_dataset` reads, by name."""


def open_dataset(name: str, root: str | Path | None = None, **options: Any) -> Dataset:
    """Open a dataset by the name of its layout; ``options`` go to its reader.

    Every reader takes ``require_images=False``, which keeps the paths of files that are not there.

    Raises
    ------
    UserError
        For an unknown name or option, or a missing root; :class:`DataError` for what the files hold.
    """
    layout = DATASETS.get(name)
    if layout is None:
        near = difflib.get_close_matches(name.lower(), DATASETS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UserError(f"unknown dataset {name!r}{hint} Known: {', '.join(DATASETS)}")
    module, _, function = layout.reader.partition(":")
    reader: Callable[..., Dataset] = getattr(import_module(module), function)
    known = [parameter for parameter in inspect.signature(reader).parameters if parameter != "root"]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise UserError(f"dataset {name} has no option {unknown[0]!r}; it has: {', '.join(known)}")
    if layout.root is None:
        if root is not None:
            raise UserError(f"dataset {name} is part of the package; leave out --root")
        return reader(**options)
    if root is None:
        raise UserError(f"dataset {name} needs --root: {layout.root}")
    path = Path(root).expanduser()
    try:
        found = path.exists()
    except (OSError, ValueError) as error:
        raise UserError(f"--root {str(root)[:80]!r} is no usable path ({error.__class__.__name__})") from error
    if not found:
        raise UserError(f"--root {root}: no such file or folder; it must be {layout.root}")
    return reader(path.absolute(), **options)


def reader_options(name: str, allow_outside_root: bool = False, mos_direction: str | None = None) -> dict[str, Any]:
    """Options of the reader of the layout ``name``, as far as any was given.

    Raises
    ------
    UserError
        If ``mos_direction`` is given for a layout that states the direction of its labels itself.
    """
    if mos_direction is not None and name != "manifest":
        raise UserError(f"--mos-direction is about the labels of a manifest; leave it out for --dataset {name}")
    options = {"allow_outside_root": allow_outside_root or None, "mos_direction": mos_direction}
    return {key: value for key, value in options.items() if value is not None}

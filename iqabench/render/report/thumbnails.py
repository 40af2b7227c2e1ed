"""Small copies of restored images, embedded in the report as data."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from PIL import Image

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.data.images import read_image

SIZE = 160
"""Longest side in pixels."""
QUALITY = 80
BUDGET = 2_500_000
"""Characters that all thumbnails of a report may take together."""


@dataclass
class Thumbnails:
    """Makes thumbnails of images below ``root`` until the budget is spent; counts what it could not make."""

    root: Path | None
    images: list[str]
    """Path of every image relative to ``root``; empty where unknown."""
    made: dict[int, str] = field(default_factory=dict)
    """Data addresses by row of the labels."""
    missing: set[int] = field(default_factory=set)
    damaged: dict[int, str] = field(default_factory=dict)
    over_budget: set[int] = field(default_factory=set)
    _spent: int = 0

    def add(self, row: int) -> None:
        """Make the thumbnail of one image, or note why there is none."""
        if self.root is None or row in self.made or row in self.missing or row in self.damaged:
            return
        path = self._path(row)
        if path is None:
            self.missing.add(row)
        elif self._spent >= BUDGET:
            self.over_budget.add(row)
        else:
            try:
                self.made[row] = _data_address(path)
                self._spent += len(self.made[row])
            except DataError as error:
                self.damaged[row] = str(error)

    def sentence(self) -> str:
        """What is not shown and why; empty if every image is."""
        if self.root is None:
            return "Names only: the image files' folder was not given (--root)."
        said = []
        if self.missing:
            said.append(f"{len(self.missing)} image files were not found below the folder given.")
        if self.damaged:
            said.append(f"{len(self.damaged)} could not be read, the first: {next(iter(self.damaged.values()))}.")
        if self.over_budget:
            said.append(f"{counted(len(self.over_budget), 'further image')} are named only, to keep this file small.")
        return " ".join(said)

    def _path(self, row: int) -> Path | None:
        name = self.images[row]
        relative = PurePosixPath(name)
        # Names come from a results folder that may be someone else's: nothing outside the root is read.
        if self.root is None or not name or relative.is_absolute() or ".." in relative.parts:
            return None
        path = self.root / relative
        return path if path.is_file() else None


def _data_address(path: Path) -> str:
    picture = Image.fromarray(read_image(path))
    picture.thumbnail((SIZE, SIZE), Image.Resampling.LANCZOS)
    return data_address(picture)


def data_address(picture: Image.Image, *, exact: bool = False) -> str:
    """The picture itself as an address, in WebP; ``exact`` keeps every pixel as it is."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=QUALITY, lossless=exact)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")

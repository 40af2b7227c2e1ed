"""What is read at all: formats, endings of files, limits; and the version of the rules."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PIXELS = "2"
"""Version of the rules of :mod:`iqabench.data.images`: a run's identity and the cache of decoded pixels hold it.
Raise it with every change of a rule that changes pixels."""

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "PPM", "GIF")
"""Formats that are read, in Pillow's names, whatever a file's name ends in. Pillow knows more; among them are
some that are programs (PostScript), which no image of a dataset may be."""

ENDINGS = (
    *(".png", ".apng", ".bmp", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".tif", ".tiff", ".webp", ".gif"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
)
"""Endings of the formats that are read: what a search of a folder takes for an image. All others are passed over,
which is said."""

MAX_PIXELS = 100_000_000
"""Largest width x height that is decoded; a larger one is refused by its header alone."""

BYTES_PER_PIXEL = 24
"""Most memory that decoding takes for each pixel: 2.4 GB for the largest image."""

MAX_JPEG_WORK = 20 * MAX_PIXELS
"""Largest pixels x scans of a JPEG. A progressive one has about ten scans; thousands are made to waste time."""

NAMED = 3
"""Files that a message names before it only counts them."""

Pixels = NDArray[np.uint8]


def named(names: list[str]) -> str:
    """The first names of many, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def passed_over(names: list[str], where: str) -> str:
    """One sentence for files that a search passed over because of their ending; empty without any."""
    if not names:
        return ""
    count = "1 file is" if len(names) == 1 else f"{len(names)} files are"
    return (
        f"{where}: {count} passed over because of the ending, which no format that is read has: {named(names)}; "
        "save images as PNG to have them"
    )

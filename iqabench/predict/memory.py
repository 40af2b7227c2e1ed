"""Images in memory as the engine wants them: what a file of them would hold, 8-bit RGB."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from iqabench._util.errors import DataError
from iqabench.data.images import load_image
from iqabench.scoring.batches import InMemory, Source


def as_list(images: Any) -> tuple[list[Any], bool]:
    """The single images of ``images``, and whether it was one image: a list, a tuple or a fourth dimension is many."""
    if isinstance(images, list | tuple):
        return list(images), False
    if isinstance(images, np.ndarray | torch.Tensor) and images.ndim == 4:
        return list(images), False
    return [images], True


def as_source(image: Any, name: str) -> Source:
    """One image for the engine; ``name`` stands for it in messages unless it is a file.

    Raises
    ------
    DataError
        If it cannot be an image (:func:`iqabench.data.images.load_image`).
    """
    if isinstance(image, str | os.PathLike):
        path = Path(image).expanduser()
        if path.is_dir():
            raise DataError(f"{path} is a folder; give a list of files, or use the command 'iqabench score'")
        return str(path.resolve())
    return InMemory(name, *load_image(image, name))


def names_of(count: int, what: str) -> Sequence[str]:
    """``restored`` for one image, ``restored[0]``, ``restored[1]``, ... for several, sorted as they are numbered."""
    digits = len(str(count - 1))
    return [what] if count == 1 else [f"{what}[{number:0{digits}}]" for number in range(count)]

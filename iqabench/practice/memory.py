"""Images in memory as the engine wants them: what a file of them would hold, 8-bit RGB."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from iqabench.errors import DataError
from iqabench.images import Pixels, from_pillow
from iqabench.scoring.batches import InMemory, Source

SLACK = 0.5
"""How far a float may leave [0, 1] before its range is taken for a mistake; a file would cut it off, too."""

Picture = str | Path | Image.Image | np.ndarray | torch.Tensor


def as_list(images: Any) -> tuple[list[Picture], bool]:
    """The single images of ``images``, and whether it was one image: a list, a tuple or a fourth dimension is many."""
    if isinstance(images, list | tuple):
        return list(images), False
    if isinstance(images, np.ndarray | torch.Tensor) and images.ndim == 4:
        return list(images), False
    return [images], True


def as_source(image: Picture, name: str) -> Source:
    """One image for the engine; ``name`` stands for it in messages unless it is a file.

    Raises
    ------
    DataError
        If shape, type or range of values cannot be an image's.
    """
    if isinstance(image, str | Path):
        path = Path(image).expanduser()
        if path.is_dir():
            raise DataError(f"{path} is a folder; give a list of files, or use the command 'iqabench score'")
        return str(path.resolve())
    if isinstance(image, Image.Image):
        return InMemory(name, from_pillow(image, name))
    if isinstance(image, torch.Tensor):
        array, layout, channels = image.detach().cpu().numpy(), "(3, H, W)", 0
    elif isinstance(image, np.ndarray):
        array, layout, channels = image, "(H, W, 3)", 2
    else:
        raise DataError(f"{name}: a {type(image).__name__} is no image; give a path, PIL image, array or tensor")
    if array.ndim == 2:
        array = np.expand_dims(array, channels)
    if array.ndim != 3 or array.shape[channels] not in (1, 3, 4):
        raise DataError(f"{name}: shape {tuple(array.shape)}; a {type(image).__name__} must be {layout} or (H, W)")
    if channels == 0:
        array = array.transpose(1, 2, 0)
    return InMemory(name, _rgb(_bytes(array, name)))


def _bytes(array: np.ndarray, name: str) -> Pixels:
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind != "f":
        raise DataError(f"{name}: values of type {array.dtype}; give uint8 (0 to 255) or floats (0 to 1)")
    values = array.astype(np.float32)
    low, high = (float(values.min()), float(values.max())) if values.size else (np.nan, np.nan)
    if not (low >= -SLACK and high <= 1 + SLACK):
        raise DataError(f"{name}: floats from {low:g} to {high:g}; bring them to [0, 1], or give uint8 (0 to 255)")
    return np.rint(values.clip(0, 1) * 255).astype(np.uint8)


def _rgb(array: Pixels) -> Pixels:
    """Grey and alpha by the rules for files."""
    modes: dict[int, str] = {1: "L", 3: "RGB", 4: "RGBA"}
    plain = array[..., 0] if array.shape[2] == 1 else array
    return from_pillow(Image.fromarray(np.ascontiguousarray(plain), modes[array.shape[2]]), "")


def names_of(count: int, what: str) -> Sequence[str]:
    """``restored`` for one image, ``restored[0]``, ``restored[1]``, ... for several, sorted as they are numbered."""
    digits = len(str(count - 1))
    return [what] if count == 1 else [f"{what}[{number:0{digits}}]" for number in range(count)]

"""The one entrance for an image, whatever holds it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from iqabench._util.errors import DataError
from iqabench.data.images.arrays import inspect_array, numpy_of
from iqabench.data.images.decode import inspect_bytes, inspect_image, inspect_opened
from iqabench.data.images.formats import Pixels


def load_image(image: Any, name: str = "image") -> tuple[Pixels, tuple[str, ...]]:
    """Return an image as ``uint8 (H, W, 3)`` and the conversions that made it so.

    Parameters
    ----------
    image
        A path, the bytes of a file, a binary file object, a PIL image, a NumPy array ``(H, W, 3)`` or ``(H, W)``, or a
        tensor ``(3, H, W)`` or ``(H, W)``.
    name
        Stands for it in messages unless it is a path.

    Raises
    ------
    DataError
        If it is no image, or one whose conversion would be a guess.
    """
    if isinstance(image, str | os.PathLike):
        return inspect_image(Path(image).expanduser())
    if isinstance(image, Image.Image):
        return inspect_opened(image, name)
    if isinstance(image, np.ma.MaskedArray):
        raise DataError(f"{name}: a masked array has pixels without a value; fill them (.filled(VALUE)) before scoring")
    if isinstance(image, np.ndarray):
        return inspect_array(image, name, channels=2)
    torch = sys.modules.get("torch")  # without it nothing can be a tensor
    if torch is not None and isinstance(image, torch.Tensor):
        return inspect_array(numpy_of(image, name), name, channels=0)
    data = image.read() if hasattr(image, "read") else image
    if isinstance(data, bytes | bytearray | memoryview):
        return inspect_bytes(bytes(data), name)
    if data is not image:
        raise DataError(f"{name}: read() gave {type(data).__name__}; open the file in binary mode ('rb')")
    raise DataError(f"{name}: a {type(image).__name__} is no image; give a path, PIL image, array, tensor or bytes")

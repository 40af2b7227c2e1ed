"""Write the photographs of ``mini`` as files: only ones that the scikit-image and scikit-learn wheels carry.

Which they are, under which licence and whose, is in ``recipe.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

OF_SCIKIT_LEARN = ("china", "flower")


def load(name: str) -> np.ndarray:
    """The whole photograph, (h,w,3) or, where it is grey, (h,w) uint8."""
    if name in OF_SCIKIT_LEARN:
        return load_sample_image(f"{name}.jpg")
    loader: Callable[[], np.ndarray] = getattr(data, name)
    return loader()


def write_photographs(folder: Path, names: Iterable[str]) -> None:
    """Write each photograph as ``NAME.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.fromarray(load(name)).save(folder / f"{name}.png")

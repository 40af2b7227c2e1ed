"""Which images show the same scene: the same photograph at another size, in another file, or a crop of it.

Scenes are compared by a perceptual hash, that of the library ImageHash (``phash``, 144 bits), computed here for many
windows at once: two images are alike if at most :data:`ALIKE` bits differ. A crop is found by comparing it with
windows of the other image that have its shape, down to half of its height and width. docs/data.md says how many were
found, and how many false alarms there were.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby, product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from iqabench._util.errors import DataError, UserError
from iqabench.data.images import read_image
from iqabench.data.walk import files_below, is_image
from iqabench.data.workers import Progress, for_each_file

if TYPE_CHECKING:
    import pandas as pd
    from PIL import Image

SIDE = 12
BITS = SIDE * SIDE
ALIKE = 34
"""Most bits that differ between two images of one scene."""
_DETAIL = 4
"""The hash is made of an image of ``SIDE * _DETAIL`` pixels a side."""
_SMALL = 160
"""Shorter side, in pixels, of the image that windows are cut from."""
_SCALES = tuple(1.15**-step for step in range(6))
"""Height and width of windows, as shares of the largest one."""
_STEP = 0.06
"""How far one window lies from the next, as a share of its height and width."""
_SHAPES_ALIKE = 0.04
"""Largest relative difference between the height-to-width ratios of a crop and of a window."""
_FLAT = 2.0
"""Standard deviation of grey levels below which an image shows no scene."""


_ONES = np.array([number.bit_count() for number in range(256)], dtype=np.uint8)
"""How many bits of a byte are set."""


Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in pixels."""


class Scene(NamedTuple):
    """One content, and the image that stands for it."""

    content: str
    path: str


class SameScene(NamedTuple):
    """Two images that show the same scene."""

    ours: Scene
    theirs: Scene
    distance: int
    """Bits of :data:`BITS` that differ."""


class _Look(NamedTuple):
    """What is remembered of an image."""

    grey: Image.Image
    bits: np.ndarray
    shape: float


def scenes_of(frame: pd.DataFrame) -> list[Scene]:
    """One image for each content of a manifest frame: the pristine one where there is one, else a restored one.

    An image of an unnamed content stands for itself.
    """
    found: dict[str, Scene] = {}
    names = ["content", "image_id", "pristine", "image"]
    for content, image_id, pristine, image in frame[names].itertuples(index=False, name=None):
        name = content or image_id
        path = pristine if isinstance(pristine, str) else image
        found.setdefault(name, Scene(name, path))
    return list(found.values())


def scenes_below(folder: Path) -> list[Scene]:
    """Every image below ``folder`` as a scene, by its path in it.

    Raises
    ------
    UserError
        If there is none.
    """
    found = [Scene(Path(path).relative_to(folder).as_posix(), path) for path in files_below(folder) if is_image(path)]
    if not found:
        raise UserError(f"{folder}: there is no image in it")
    return found


def same_scenes(
    ours: Sequence[Scene],
    theirs: Sequence[Scene],
    progress: Progress | None = None,
    *,
    crops: bool = True,
    skip_unreadable: bool = False,
) -> list[SameScene]:
    """Pairs that show the same scene, nearest first; with ``crops`` also those where one is a part of the other.

    With crops an image takes about a tenth of a second, without them a few milliseconds. An image without detail
    shows no scene. ``progress`` counts files.

    Raises
    ------
    DataError
        If an image cannot be read; with ``skip_unreadable`` it is left out.
    """
    cuts = [(ours, theirs), (theirs, ours)] if crops else []
    steps = [{scene.path for scene in (*ours, *theirs)}, *({scene.path for scene in one} for one, _ in cuts)]
    bars = _in_a_row(progress, [len(paths) for paths in steps])
    seen = for_each_file(steps[0], lambda path: _look(path, skip_unreadable), bars[0])
    looks = {path: look for path, look in seen.items() if look is not None}
    ours, theirs = ([scene for scene in one if scene.path in looks] for one in (ours, theirs))
    if not ours or not theirs:
        return []
    distances = _whole(ours, theirs, looks)
    if crops:
        distances = np.minimum(distances, _cut(ours, theirs, looks, bars[1]))
        distances = np.minimum(distances, _cut(theirs, ours, looks, bars[2]).T)
    near = [SameScene(ours[i], theirs[j], int(distances[i, j])) for i, j in np.argwhere(distances <= ALIKE)]
    return sorted(near, key=lambda pair: (pair.distance, pair.ours, pair.theirs))


def _in_a_row(progress: Progress | None, counts: Sequence[int]) -> list[Progress | None]:
    """One progress for each step, which together count to the end of all."""
    if progress is None:
        return [None] * len(counts)
    before = [sum(counts[:step]) for step in range(len(counts))]
    return [partial(_from, progress, start, sum(counts)) for start in before]


def _from(progress: Progress, start: int, total: int, done: int, _: int) -> None:
    progress(start + done, total)


def _look(path: str, skip_unreadable: bool) -> _Look | None:
    """An image as it is compared; None if it shows nothing."""
    from PIL import Image

    try:
        grey = Image.fromarray(read_image(path)).convert("L")
    except DataError:
        if skip_unreadable:
            return None
        raise
    shape = grey.width / grey.height
    shrink = _SMALL / min(grey.size)
    if shrink < 1:
        size = (max(1, round(grey.width * shrink)), max(1, round(grey.height * shrink)))
        grey = grey.resize(size, Image.Resampling.LANCZOS)
    if np.asarray(grey).std() < _FLAT:
        return None
    return _Look(grey, hashes(grey, [(0, 0, *grey.size)])[0], shape)


def hashes(grey: Image.Image, boxes: Iterable[Box]) -> np.ndarray:
    """Perceptual hashes of windows of a grey image, ``(n, BITS // 8)`` bytes.

    A bit says whether a low frequency of the cosine transform lies above the median of all (``phash`` of ImageHash).
    """
    from scipy.fft import dct

    windows = np.stack([np.asarray(window) for window in _resized(grey, boxes)]).astype(np.float32)
    low = dct(dct(windows, axis=1)[:, :SIDE], axis=2)[:, :, :SIDE].reshape(len(windows), BITS)
    return np.packbits(low > np.median(low, axis=1, keepdims=True), axis=1)


def _resized(grey: Image.Image, boxes: Iterable[Box]) -> Iterator[Image.Image]:
    """Windows at the size that is hashed, as ``grey.resize(box=...)`` makes them.

    Pillow resizes rows before columns: those of windows one above the other are resized once.
    """
    from PIL import Image

    side = SIDE * _DETAIL
    for (left, right), windows in groupby(boxes, key=lambda box: (box[0], box[2])):
        strip = grey.resize((side, grey.height), Image.Resampling.BILINEAR, box=(left, 0, right, grey.height))
        for _, top, _, bottom in windows:
            yield strip.resize((side, side), Image.Resampling.BILINEAR, box=(0, top, side, bottom))


def _distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How many bits differ: ``(n, bytes)`` and ``(m, bytes)`` to ``(n, m)``."""
    return np.asarray(_ONES[first[:, None] ^ second[None]].sum(2, dtype=np.int64))


def _whole(ours: Sequence[Scene], theirs: Sequence[Scene], looks: dict[str, _Look]) -> np.ndarray:
    """Distances of whole images, ``(ours, theirs)``."""
    bits = np.array([looks[scene.path].bits for scene in theirs])
    return np.concatenate([_distances(looks[scene.path].bits[None], bits) for scene in ours])


def _cut(
    ours: Sequence[Scene], theirs: Sequence[Scene], looks: dict[str, _Look], progress: Progress | None
) -> np.ndarray:
    """Distances of the nearest window of each of ours from each of theirs as a whole, ``(ours, theirs)``."""
    bits = np.array([looks[scene.path].bits for scene in theirs])
    shapes = np.array([looks[scene.path].shape for scene in theirs])
    found = for_each_file(
        [scene.path for scene in ours], lambda path: _nearest(looks[path].grey, bits, shapes), progress
    )
    return np.array([found[scene.path] for scene in ours])


def _nearest(grey: Image.Image, bits: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """Of each image, given by its hash and its width to height, the distance from the nearest window of ``grey``."""
    nearest = np.full(len(bits), BITS)
    left = np.ones(len(bits), dtype=bool)
    while left.any():
        shape = shapes[left][0]
        alike = left & (np.abs(np.log(shapes / shape)) <= _SHAPES_ALIKE)
        windows = hashes(grey, _windows(grey.size, shape))
        nearest[alike] = _distances(windows, bits[alike]).min(0)
        left &= ~alike
    return nearest


def _windows(size: tuple[int, int], shape: float) -> Iterator[Box]:
    """Windows of one shape, the largest first: left, top, right and bottom."""
    width, height = size
    largest = (width, width / shape) if width / height < shape else (height * shape, height)
    for scale in _SCALES:
        w, h = largest[0] * scale, largest[1] * scale
        for x, y in product(_places(width, w), _places(height, h)):
            yield x, y, min(x + w, width), min(y + h, height)


def _places(room: float, side: float) -> np.ndarray:
    """Where windows of ``side`` begin, so that they reach from one end of ``room`` to the other."""
    free = room - side
    count = 1 + max(0, math.ceil(free / (_STEP * side) - 1e-6))
    return np.linspace(0, free, count) if count > 1 else np.array([free / 2])

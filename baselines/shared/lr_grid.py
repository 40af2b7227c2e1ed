"""The grid of the degraded image before it was enlarged, found from the enlarged image alone.

A method is shown the degraded image D at the size of the restored one. What bicubic enlargement by a whole factor made
lies in a small linear space: D is the product of two known matrices and the low-resolution image. D belongs to a
grid if the least-squares solution on that grid gives D back to within the rounding to 8 bits. So the grid is found
wherever D comes from: a small file, an image that a data set holds enlarged, or the input of a network in training.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_FACTOR = 8
TOLERANCE = 0.5 / 255
"""Largest root mean square, on [0, 1], of what a grid fails to explain. Rounding to 8 bits leaves 0.29 / 255."""
HOPELESS = 4 * TOLERANCE
"""Above this the values that were cut off at black and white are not to blame."""
COLUMNS = 64
"""Looked at first, about: green alone, since nine grids of ten are refused."""
ROUNDS = 3
"""Of the estimate of what those values were."""


class OnGrid(NamedTuple):
    """The degraded image at two sizes."""

    shown: Tensor
    """As the method was shown it, ``(1, 3, H, W)``."""
    own: Tensor
    """On its own grid, ``(1, 3, h, w)``, in [0, 1]; ``shown`` itself where no coarser grid holds it."""


def on_own_grid(shown: Tensor, least: int = 1) -> OnGrid:
    """Bring the degraded image to the coarsest grid that holds all of it.

    The grids are those of the whole factors 8 to 2, their sides rounded to nearest, down or up. A picture so smooth
    that a coarser grid holds it, too, is brought there: nothing of it is lost.

    Parameters
    ----------
    shown
        ``(1, 3, H, W)``, RGB in [0, 1].
    least
        Smallest height and width of a grid.
    """
    import torch

    height, width = shown.shape[-2:]
    # On the CPU, and in float64: some accelerators have none, and one channel is little work.
    image = shown.detach().to("cpu", torch.float64)
    for factor in range(LARGEST_FACTOR, 1, -1):
        for small in _sizes(height, width, factor):
            if min(small) < least or _misses_columns(image[:, 1:2], small[0], factor):
                continue
            if _fitted(image[:, 1:2], small, factor)[1] <= TOLERANCE:
                own = _fitted(image, small, factor)[0].clamp(0, 1)
                return OnGrid(shown, own.to(shown.device, shown.dtype))
    return OnGrid(shown, shown)


def shrunk(images: Tensor, like: Tensor) -> Tensor:
    """Shrink ``(N, 3, H, W)`` to the height and width of ``like`` by the antialiased bicubic filter."""
    from iqabench.data.images import upsample_tensor

    size = (like.shape[-2], like.shape[-1])
    return images if images.shape[-2:] == size else upsample_tensor(images, *size)


def _sizes(height: int, width: int, factor: int) -> list[tuple[int, int]]:
    nearest = (round(height / factor), round(width / factor))
    down = (height // factor, width // factor)
    up = (-(-height // factor), -(-width // factor))
    return list(dict.fromkeys([nearest, down, up]))


def _misses_columns(channel: Tensor, side: int, factor: int) -> bool:
    """True if columns of ``channel`` ``(1, 1, H, W)`` show that no picture ``side`` high is behind it: little work."""
    columns = channel[..., :: max(1, channel.shape[-1] // COLUMNS)]
    tall = _enlarging(side, channel.shape[-2])
    model = tall.matrix @ (tall.inverse @ columns)
    return _misfit(model, columns, (_inner(channel.shape[-2], factor), slice(None))) > HOPELESS


def _misfit(model: Tensor, image: Tensor, inner: tuple[slice, slice]) -> float:
    return float((model.clamp(0, 1) - image)[..., inner[0], inner[1]].square().mean().sqrt())


def _inner(length: int, factor: int) -> slice:
    """Without the borders, where programs enlarge differently."""
    return slice(2 * factor, -2 * factor) if length > 8 * factor else slice(None)


def _fitted(image: Tensor, small: tuple[int, int], factor: int) -> tuple[Tensor, float]:
    """The picture ``(1, C, h, w)`` that, enlarged, comes nearest to ``image`` ``(1, C, H, W)``, and what it misses.

    That is a root mean square without the borders.
    """
    inner = (_inner(image.shape[-2], factor), _inner(image.shape[-1], factor))
    black, white = image <= 0, image >= 1
    own, model = _solved(image, small)
    rest = _misfit(model, image, inner)
    for _ in range(ROUNDS if bool((black | white).any()) else 0):
        if rest > HOPELESS:
            break
        # Enlarging overshoots at edges, and 8 bits cut the overshoot off: put back what the model says it was.
        filled = image.where(~black, model.clamp(max=0)).where(~white, model.clamp(min=1))
        own, model = _solved(filled, small)
        rest = _misfit(model, image, inner)
    return own, rest


def _solved(image: Tensor, small: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The least-squares picture ``(1, C, h, w)`` behind ``image`` ``(1, C, H, W)``, and that picture enlarged."""
    tall, wide = (_enlarging(side, length) for side, length in zip(small, image.shape[-2:], strict=True))
    own = tall.inverse @ image @ wide.inverse.T
    return own, tall.matrix @ own @ wide.matrix.T


class _Enlarging(NamedTuple):
    matrix: Tensor
    """``(length, side)``."""
    inverse: Tensor
    """Its pseudo-inverse, ``(side, length)``."""


@lru_cache(maxsize=32)
def _enlarging(side: int, length: int) -> _Enlarging:
    """What enlarges ``side`` samples to ``length`` by the bicubic rule, as a matrix of float64."""
    import torch
    from torch.nn.functional import interpolate

    unit = torch.eye(side, dtype=torch.float64)[None, None]
    matrix = interpolate(unit, (length, side), mode="bicubic", antialias=True)[0, 0]
    return _Enlarging(matrix, torch.linalg.solve(matrix.T @ matrix, matrix.T))

"""Scores images of any size: whole up to a stated number of pixels, larger ones as the mean of tiles.

The rule, for every method alike:

* the image is divided into the fewest equal tiles, but for a pixel, whose sides are at most ``side`` pixels: they cover
  it exactly, do not overlap, and hold real pixels only (nothing is reflected or padded);
* the reference, already of the restored image's size, is cut at the same places;
* the image's score is the mean of the tiles' scores weighted by their area, so that every pixel counts once.

Memory is that of one tile (for each image of the batch) beside the image itself.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import torch
from torch import Tensor

from iqabench._util.errors import UserError
from iqabench.methods.contract import Method
from iqabench.methods.network import has_network
from iqabench.methods.tiling import SIDE, SMALLEST_SIDE, Tile, Tiling


def parse_tiles(text: str) -> Tiling | None:
    """``auto`` (None: the method's own rule, else the default one), ``off``, or a side in pixels.

    Raises
    ------
    UserError
        For anything else.
    """
    if text == "auto":
        return None
    if text == "off":
        return Tiling(whole_pixels=None)
    if not (text.isascii() and text.isdigit() and int(text) >= SMALLEST_SIDE):
        raise UserError(f"tiles {text!r}: use auto, off, or a side of at least {SMALLEST_SIDE} pixels, such as {SIDE}")
    return Tiling(whole_pixels=0, side=int(text))


class Tiled(Method):
    """A method that scores images of any size by a :class:`Tiling`; small ones go through unchanged.

    Parameters
    ----------
    method
        Any method of the contract.
    tiling
        The rule; by default the method's own ``tiling``, else the default one.
    blind
        Show the method nothing, also where a reference is prepared: so that methods without and with
        reference take part in one pass over the images.
    """

    def __init__(self, method: Any, tiling: Tiling | None = None, *, blind: bool = False) -> None:
        self.method = method
        self.info = method.info
        self.tiling: Tiling = tiling or method.tiling or Tiling()
        self.blind = blind
        self.map_shows, self.map_signed = method.map_shows, method.map_signed
        self.is_network: bool | None = has_network(method)

    def to(self, device: torch.device) -> Tiled:
        """Move the method to ``device``, if it has tensors to move."""
        self.method.to(device)
        return self

    def eval(self) -> Tiled:
        """Put the method into evaluation mode, if it has one."""
        self.method.eval()
        return self

    def fused(self, precision: str) -> Tiled:
        """This method with the form of its network that the engine scores by; itself, if it has no such form."""
        fused = self.method.fused(precision)
        if fused is self.method:
            return self
        twin = copy(self)
        twin.method = fused
        return twin

    def prepare(self, reference: Tensor) -> Any:
        """Prepare a reference ``(1, 3, H, W)``; one that will be cut is only kept, and prepared tile by tile."""
        if self.blind:
            return None
        if self.tiling.cuts(*reference.shape[-2:]):
            return _Uncut(reference)
        return self.method.prepare(reference)

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Score ``restored`` ``(N, 3, H, W)``; return ``(N,)``."""
        height, width = restored.shape[-2:]
        if not self.tiling.cuts(height, width):
            whole: Tensor = self.method.score(restored, prepared)
            return whole
        total: Any = 0.0  # what a method returns is judged by the engine
        for tile in self.tiling.tiles(height, width):
            shown = self.method.prepare(prepared.cut(tile)) if isinstance(prepared, _Uncut) else None
            cut = restored[..., tile.rows, tile.columns].contiguous()
            total = total + self.method.score(cut, shown) * (tile.area / (height * width))
        summed: Tensor = total
        return summed

    def map(self, restored: Tensor, prepared: Any) -> Tensor:
        """The method's maps ``(N, H, W)`` of ``restored`` ``(N, 3, H, W)``, tile by tile where it is cut."""
        height, width = restored.shape[-2:]
        if not self.tiling.cuts(height, width):
            whole: Tensor = self.method.map(restored, prepared)
            return whole
        maps = restored.new_empty((len(restored), height, width))
        for tile in self.tiling.tiles(height, width):
            shown = self.method.prepare(prepared.cut(tile)) if isinstance(prepared, _Uncut) else None
            cut = restored[..., tile.rows, tile.columns].contiguous()
            maps[..., tile.rows, tile.columns] = self.method.map(cut, shown)
        return maps


class _Uncut:
    """A large reference; as bytes where these hold it exactly, since every method of a run keeps one."""

    def __init__(self, reference: Tensor) -> None:
        levels = None if reference.requires_grad else _levels(reference)
        self._kept = reference if levels is None else levels

    def cut(self, tile: Tile) -> Tensor:
        """A part ``(1, 3, h, w)`` in [0, 1], bit by bit as it was given."""
        part = self._kept[..., tile.rows, tile.columns].contiguous()
        return part.float().div_(255) if part.dtype == torch.uint8 else part


def _levels(image: Tensor) -> Tensor | None:
    """The 8-bit levels of an image in [0, 1], None if it has others; strip by strip, to need little memory."""
    levels = torch.empty(image.shape, dtype=torch.uint8, device=image.device)
    for given, kept in zip(image.split(SIDE, -2), levels.split(SIDE, -2), strict=True):
        kept.copy_((given * 255).round())
        if not torch.equal(kept.float().div_(255), given):
            return None
    return levels

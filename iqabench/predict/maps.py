"""Where an image is bad: a method's map of one's own images, with the same rules as its score."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from iqabench._util.devices import choose_device
from iqabench._util.errors import DataError, MethodError
from iqabench._util.generators import kept_generators
from iqabench.data.images import Pixels, read_image, upsample
from iqabench.methods.given import method_given
from iqabench.predict.call import build, inputs_for, pairs_in_memory
from iqabench.predict.loaded import LoadedMethod
from iqabench.predict.memory import as_list
from iqabench.predict.suitable import examine
from iqabench.scoring.arithmetic import full_precision
from iqabench.scoring.batches import InMemory, Source
from iqabench.scoring.engine import to_float
from iqabench.scoring.tiles import Tiled, parse_tiles


class Mapper:
    """Makes maps by one method, preparing each reference once where the same is shown again and again."""

    def __init__(self, tiled: Tiled, device: torch.device) -> None:
        self.tiled = tiled
        self.device = device
        self._shown: tuple[str, tuple[int, ...]] | None = None
        self._prepared: Any = None

    def map(self, restored: Pixels, shown: Pixels | None, key: str = "") -> np.ndarray:
        """How bad it is at each pixel of ``restored``: float32 ``(H, W)``, larger is worse.

        Parameters
        ----------
        restored, shown
            ``uint8 (H, W, 3)``; the reference is upsampled to the size of the restored image. None: nothing is shown.
        key
            Stands for the reference: with the same one it is not prepared again. "" stands for none.

        Raises
        ------
        MethodError
            If what the method returns is no map.
        """
        with full_precision(), torch.inference_mode(), kept_generators():
            self.tiled.to(self.device).eval()
            image = self._floats(restored)
            made = (key, image.shape)
            if shown is None:
                self._shown = self._prepared = None
            elif not key or self._shown != made:
                self._shown = None
                same = shown.shape == restored.shape
                self._prepared = self.tiled.prepare(
                    self._floats(shown if same else upsample(shown, restored.shape[0], restored.shape[1]))
                )
                self._shown = made
            found = self.tiled.map(image, self._prepared)
        name = self.tiled.info.name
        if not isinstance(found, Tensor) or found.shape != (1, *image.shape[-2:]):
            raise MethodError(f"{name}: map() returned no tensor (1, H, W); 'iqabench check {name}' says more")
        values: np.ndarray = found[0].detach().float().cpu().numpy()
        if not np.isfinite(values).all():
            raise MethodError(f"{name}: map() returned values that are not finite")
        return values

    def _floats(self, pixels: Pixels) -> Tensor:
        return to_float(torch.tensor(pixels).to(self.device).permute(2, 0, 1)[None].contiguous())


def quality_map(
    restored: Any,
    degraded: Any = None,
    method: Any = "ckdn",
    *,
    tiles: str | int = "auto",
    device: str = "auto",
    **parameters: Any,
) -> np.ndarray | list[np.ndarray]:
    """Say where restored images are bad: one value for each pixel, in the method's own sense, larger is worse.

    Parameters
    ----------
    restored, degraded
        One image or many, and what is shown beside them, as :func:`iqabench.score` takes them.
    method
        A method that has a map (``psnr``, ``ssim``, ``lpips``, ``dists``, ``ckdn`` and their kin), or one of your own
        that defines :meth:`iqabench.Method.map`.
    tiles, device, parameters
        As for :func:`iqabench.score`. Maps are computed in float32.

    Returns
    -------
    ndarray or list of ndarray
        float32 ``(H, W)`` for one image, a list for many. 0 is perfect and nothing is below it, unless the method
        declares ``map_signed``, as CKDN does: there only differences between the maps of one content mean something.

    Raises
    ------
    UserError
        If an image cannot be scored, or the method has no map.

    Examples
    --------
    >>> import iqabench, numpy
    >>> degraded = numpy.full((32, 32, 3), 100, numpy.uint8)
    >>> restored = degraded.copy()
    >>> restored[:, 16:] = 151
    >>> found = iqabench.quality_map(restored, degraded, "psnr")
    >>> found.shape, found[:, :16].max().item(), round(found[:, 16:].mean().item(), 2)
    ((32, 32), 0.0, 0.04)
    """
    images, single = as_list(restored)
    inputs = inputs_for(images, degraded)
    if not images:
        return []
    if isinstance(method, str):
        ready = build(method, parameters)
    else:
        given = method_given(method, parameters)
        ready = LoadedMethod(given.info.name, given)
    if not ready.method.map_shows:
        raise MethodError(f"{ready.name} has a score, but no map: its class defines no map(restored, prepared)")
    rows = pairs_in_memory(images, inputs).rows
    blind = ready.blind(bool(rows["degraded"].notna().any()))
    fitness = examine(rows, None if blind else "degraded")
    if fitness.unfit:
        raise DataError("\n".join(fitness.sentences()))
    mapper = Mapper(ready.tiled(parse_tiles(str(tiles)), blind=blind), choose_device(device))
    found = [
        mapper.map(pixels_of(image), None if blind else pixels_of(shown), "" if blind else str(shown))
        for image, shown in zip(rows["image"], rows["degraded"], strict=True)
    ]
    return found[0] if single else found


def pixels_of(source: Source) -> Pixels:
    """The pixels ``uint8 (H, W, 3)`` of a file or of an image in memory. Raises DataError if it cannot be read."""
    return source.pixels if isinstance(source, InMemory) else read_image(source)

"""Check of the map that a method declares: where an image is bad, in the sense of its score."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from iqabench._util.generators import kept_generators
from iqabench.checks.samples import CHECK_SIZE, noisy
from iqabench.checks.scoring import CheckFailed, call, pictures

SUM_TOLERANCE = 1e-4
"""Largest difference, absolute or relative, between a score and what the maps add up to."""


def has_a_map_that_agrees_with_its_score(method: Any) -> None:
    """A declared map is ``(N, H, W)``, finite, repeatable, at least 0 unless signed, and adds up to what it says.

    It is also worse where noise was put on an otherwise unchanged picture, on average, if the map has no sign. A method
    without ``map_shows`` declares no map and passes.
    """
    if not method.map_shows:
        return
    size = max(CHECK_SIZE, method.info.minimum_size)
    restored, shown = pictures(method, width=size + size // 4)
    maps = maps_of(method, restored, shown)
    if not isinstance(maps, Tensor) or maps.shape != (len(restored), *restored.shape[-2:]):
        got = tuple(maps.shape) if isinstance(maps, Tensor) else type(maps).__name__
        raise CheckFailed(
            f"map() returned {got} for images {tuple(restored.shape)}; return a tensor (N, H, W), one value for each "
            "pixel: iqabench.methods.maps.spread brings a coarse map to that size"
        )
    if not bool(maps.isfinite().all()):
        raise CheckFailed("map() returned NaN or infinity; guard divisions and logarithms against zero")
    if not method.map_signed and bool((maps < -1e-6).any()):
        raise CheckFailed(
            f"map() returned {maps.min().item():.3g}; larger is worse and 0 is perfect, else declare map_signed = True"
        )
    _is_one_of_each_image(method, maps, restored, shown)
    scores, summed = call(method, restored, shown), method.score_of_maps(maps)
    if summed is not None and not torch.allclose(summed.to(scores), scores, atol=SUM_TOLERANCE, rtol=SUM_TOLERANCE):
        raise CheckFailed(
            f"its maps add up to the scores {summed.tolist()} by score_of_maps, but score() says {scores.tolist()}"
        )
    if shown is not None and not method.map_signed:
        _finds_the_noise(method, shown)


def maps_of(method: Any, restored: Tensor, reference: Tensor | None) -> Any:
    """``map(restored, prepare(reference))`` on copies."""
    with torch.inference_mode(), kept_generators():
        prepared = None if reference is None else method.prepare(reference.clone())
        return method.map(restored.clone(), prepared)


def _is_one_of_each_image(method: Any, maps: Tensor, restored: Tensor, shown: Tensor | None) -> None:
    alone = torch.cat([maps_of(method, image[None], shown) for image in restored])
    spread = maps.abs().amax() + 1e-12
    if not bool(((alone - maps).abs() <= 1e-3 * spread).all()):
        raise CheckFailed(
            "the map of an image differs between two calls, or between alone and in a batch; draw nothing at random, "
            "and keep images apart"
        )


def _finds_the_noise(method: Any, shown: Tensor) -> None:
    half = shown.shape[-1] // 2
    picture = shown.clone()
    picture[..., half:] = noisy(shown, 0.2)[..., half:]
    found = maps_of(method, picture, shown)[0]
    left, right = found[:, :half].mean().item(), found[:, half:].mean().item()
    if not right > left:
        raise CheckFailed(
            f"with noise on the right half alone its map is {left:.3g} on the left and {right:.3g} on the right; "
            "larger must be worse"
        )

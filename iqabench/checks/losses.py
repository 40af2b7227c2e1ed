"""Check of a method as a loss: no image, however plain, may turn a network in training into NaN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from iqabench._util.errors import DataError
from iqabench.checks.samples import blurred, noisy, pristine
from iqabench.checks.scoring import CheckFailed
from iqabench.methods.contract import Paradigm

SIDE = 32
"""Side in pixels of the pictures, unless a method needs more."""


def has_finite_gradients(method: Any) -> None:
    """A score that has a gradient has a finite one, and is finite, on equal, flat, black and ordinary pictures.

    A method whose score has no gradient passes: it is refused as a loss, with a message.
    """
    blind = method.info.paradigms == (Paradigm.NR,)
    for about, names, restored, reference in pictures_of_all_kinds(max(SIDE, method.info.minimum_size)):
        images = restored.clone().requires_grad_()
        try:
            with torch.enable_grad():
                scores = method.score(images, None if blind else method.prepare(reference.clone()))
        except DataError:
            continue  # it says of its own accord that it has no score for them
        except RuntimeError as error:
            if "requires grad" in str(error):
                return
            raise
        if not (isinstance(scores, Tensor) and scores.requires_grad):
            return
        (gradient,) = torch.autograd.grad(scores.sum(), images, allow_unused=True)
        if gradient is None:
            return
        for name, score, slope in zip(names, scores, gradient, strict=True):
            beside = "" if blind else f" beside {about}"
            if not bool(score.isfinite()):
                raise CheckFailed(
                    f"as a loss, {name}{beside} has the score {score.item()}; guard divisions and logarithms: add a "
                    "small number to what is divided by, and to what a logarithm is taken of"
                )
            if not bool(slope.isfinite().all()):
                raise CheckFailed(
                    f"as a loss, {name}{beside} has a gradient of NaN or infinity, which ends a training; the slope of "
                    "a square root or fractional power is infinite at 0: take it of x.clamp_min(1e-12), and choose "
                    "inputs of divisions by torch.where before dividing, not after"
                )


def pictures_of_all_kinds(size: int) -> Iterator[tuple[str, tuple[str, ...], Tensor, Tensor]]:
    """What the reference is, what the restored pictures are, these ``(N, 3, H, W)`` and the reference."""
    ordinary = pristine(size)
    grey, black = torch.full_like(ordinary, 0.5), torch.zeros_like(ordinary)
    half = ordinary.clone()
    half[..., : size // 2] = 0.5
    damaged = ("an ordinary picture", noisy(blurred(ordinary, 2), 0.02))
    for about, reference, (name, other) in (
        ("an ordinary picture", ordinary, damaged),
        ("a picture that is half grey", half, ("a black picture", black)),
        ("a grey one", grey, damaged),
        ("a black one", black, ("a grey picture", grey)),
    ):
        names = ("an equal picture", "a picture with one other pixel", name)
        yield about, names, torch.cat([reference, _with_one_pixel(reference), other]), reference


def _with_one_pixel(image: Tensor) -> Tensor:
    changed = image.clone()
    middle = changed[0, 1, changed.shape[-2] // 2]
    middle[changed.shape[-1] // 2] = (middle[changed.shape[-1] // 2] + 0.25) % 1
    return changed

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

STEPS = (1.0, 4.0, 0.25)
"""Largest change of a pixel, in grey levels of 255, that a step along the gradient makes."""


def has_finite_gradients(method: Any) -> None:
    """A score that has a gradient has a finite one, and is finite, on equal, flat, black and ordinary pictures.

    A method whose score has no gradient passes, unless it promises one: it is refused as a loss, with a message.
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
                return _none_is_promised(method)
            raise
        if not (isinstance(scores, Tensor) and scores.requires_grad):
            return _none_is_promised(method)
        (gradient,) = torch.autograd.grad(scores.sum(), images, allow_unused=True)
        if gradient is None:
            return _none_is_promised(method)
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


def _none_is_promised(method: Any) -> None:
    if method.info.differentiable:
        raise CheckFailed(
            "it declares differentiable=True, but its score has no gradient in the restored image; leave out "
            "torch.no_grad, .detach(), .item() and NumPy, or the declaration"
        )


def promised_gradients_agree_with_the_scores(method: Any) -> None:
    """A step along the gradient changes the score by what the gradient says: so a loss teaches what scores mean.

    Of methods that promise a gradient (``differentiable=True``). The step is small (at most 4 of 255 grey levels at any
    pixel), on an ordinary damaged picture; half to twice the due change is accepted, at any of three lengths, since
    networks are piecewise linear.
    """
    if not method.info.differentiable:
        return
    size = max(2 * SIDE, method.info.minimum_size)
    reference = 0.1 + 0.8 * pristine(size)
    shown = None if method.info.paradigms == (Paradigm.NR,) else blurred(reference, 4)
    images = noisy(blurred(reference, 2), 0.02).requires_grad_()
    try:
        value = _score_of(method, images, shown)
    except RuntimeError as error:
        if "requires grad" in str(error):
            return _none_is_promised(method)
        raise
    slope = torch.autograd.grad(value, images, allow_unused=True)[0] if value.requires_grad else None
    if slope is None:
        return _none_is_promised(method)
    if not bool(slope.isfinite().all()) or not bool(slope.any()):
        raise CheckFailed(
            "as a loss, a noisy and blurred picture has a gradient that is zero or not finite: nothing is learnt "
            "from it; leave out rounding, thresholds and what saturates, or differentiable=True"
        )
    steps = [slope * (level / 255 / slope.abs().max()) for level in STEPS]
    changes = [
        (_score_of(method, images + step, shown) - _score_of(method, images - step, shown)).item() / 2 for step in steps
    ]
    due = [(slope * step).sum().item() for step in steps]
    if not any(0.5 * one <= change <= 2 * one for change, one in zip(changes, due, strict=True)):
        raise CheckFailed(
            f"its gradient does not agree with its scores: a step of {STEPS[0]:g} of 255 grey levels along it should "
            f"change the score by {due[0]:.3g}, and changes it by {changes[0]:.3g}; some part of score() or prepare() "
            "is cut off from the gradient (.detach(), torch.no_grad, rounding), or its backward is wrong"
        )


def _score_of(method: Any, images: Tensor, shown: Tensor | None) -> Tensor:
    """The one score of ``images`` ``(1, 3, H, W)``, computed as a loss computes it."""
    with torch.enable_grad():
        traced = images if images.requires_grad else images.detach().requires_grad_()
        scores: Tensor = method.score(traced, None if shown is None else method.prepare(shown.clone()))
        return scores.sum()


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

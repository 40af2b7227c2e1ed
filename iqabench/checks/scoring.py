"""Checks of ``prepare`` and ``score``."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from iqabench._util.generators import kept_generators
from iqabench.checks.samples import CHECK_SIZE, blurred, noisy, pristine, restored_batch
from iqabench.methods.contract import Paradigm

TOLERANCE = 1e-5
"""Largest change of a score, absolute or relative to its size, that batching or order may make."""


class CheckFailed(Exception):  # noqa: N818 - reads as a verdict in the report
    """The method does not keep the contract; the message says how to mend it."""


def call(method: Any, restored: Tensor, reference: Tensor | None) -> Tensor:
    """``score(restored, prepare(reference))`` as the runner does it, on copies."""
    with torch.inference_mode():
        prepared = None if reference is None else method.prepare(reference.clone())
        scores: Tensor = method.score(restored.clone(), prepared)
        return scores


def pictures(method: Any, width: int | None = None) -> tuple[Tensor, Tensor | None]:
    """A batch to score and the reference to show it, large enough for the method."""
    size = max(CHECK_SIZE, method.info.minimum_size)
    reference = pristine(size, width)
    shown = None if method.info.paradigms == (Paradigm.NR,) else blurred(reference, 4)
    return restored_batch(reference), shown


def few_pictures(method: Any, count: int, width: int | None = None) -> tuple[Tensor, Tensor | None]:
    """The first ``count`` of :func:`pictures`: as many as a fault needs to show itself, since some methods are slow."""
    restored, shown = pictures(method, width)
    return restored[:count], shown


def returns_one_finite_score_per_image(method: Any) -> None:
    """``score`` returns a finite tensor ``(N,)``."""
    restored, shown = pictures(method)
    scores = call(method, restored, shown)
    if not isinstance(scores, Tensor):
        raise CheckFailed(f"score() returned {type(scores).__name__}; return a torch.Tensor of shape (N,)")
    if scores.shape != (4,):
        raise CheckFailed(
            f"score() returned shape {tuple(scores.shape)} for 4 images; return (4,): average over channels, "
            "height and width but not over the batch, for example .mean((1, 2, 3))"
        )
    if scores.is_complex():
        raise CheckFailed("score() returned complex numbers; return real ones, which can be ranked")
    if not torch.isfinite(scores).all():
        raise CheckFailed(f"score() returned {scores.tolist()}; guard divisions and logarithms against zero")


def leaves_its_inputs_alone(method: Any) -> None:
    """Neither images nor reference are changed in place."""
    restored, shown = few_pictures(method, 1)
    copies = restored.clone(), None if shown is None else shown.clone()
    with torch.inference_mode():
        prepared = None if copies[1] is None else method.prepare(copies[1])
        method.score(copies[0], prepared)
    before, after = (restored, shown), copies
    if any(a is not None and b is not None and not torch.equal(a, b) for a, b in zip(before, after, strict=True)):
        raise CheckFailed("it changes its input in place (an operation such as mul_ or +=); work on a new tensor")


def does_not_depend_on_the_batch(method: Any) -> None:
    """An image's score is the same alone, in a batch, and in another order."""
    restored, shown = few_pictures(method, 2)
    together = call(method, restored, shown)
    alone = torch.cat([call(method, image[None], shown) for image in restored])
    _same(together, alone, "an image scored alone and the same image in a batch of two")
    turned = call(method, restored.flip(0), shown).flip(0)
    _same(together, turned, "the batch in order and the same batch reversed")


def repeats_itself(method: Any) -> None:
    """The same input gives the same score, whatever the global generators hold."""
    restored, shown = few_pictures(method, 1)
    torch.manual_seed(1)
    first = call(method, restored, shown)
    torch.manual_seed(2)
    second = call(method, restored, shown)
    _same(first, second, "two calls with the same input; draw nothing at random, or from a generator of your own")


def leaves_the_generators_alone(method: Any) -> None:
    """The global random generators of Python, numpy and torch are where they were."""
    restored, shown = few_pictures(method, 1)
    with kept_generators():
        # So that a method that seeds with a fixed number moves the generators once more.
        random.seed(987)
        np.random.seed(987)  # noqa: NPY002
        torch.manual_seed(987)
        with kept_generators() as moved:
            call(method, restored, shown)
    if moved:
        raise CheckFailed(
            f"it draws from or seeds a global random generator ({', '.join(moved)}), which changes other methods' "
            "results; use a torch.Generator of your own"
        )


def keeps_its_reference(method: Any) -> None:
    """What ``prepare`` made serves any number of batches."""
    restored, shown = few_pictures(method, 2)
    if shown is None:
        return
    with torch.inference_mode():
        prepared = method.prepare(shown)
        first = method.score(restored.clone(), prepared)
        second = method.score(restored.clone(), prepared)
    _same(first, second, "two batches with one prepared reference; score() must not change what prepare() made")


def takes_images_that_are_not_square(method: Any) -> None:
    """Height and width may differ."""
    size = max(CHECK_SIZE, method.info.minimum_size)
    restored, shown = few_pictures(method, 2, width=size + size // 4)
    scores = call(method, restored, shown)
    if scores.shape != (2,) or not torch.isfinite(scores).all():
        raise CheckFailed(f"on images of {size + size // 4}x{size} pixels it returned {scores.tolist()}")


def looks_at_its_reference(method: Any) -> None:
    """A method that is shown a reference gives another score for another one."""
    restored, shown = few_pictures(method, 2)
    if shown is None:
        return
    other = pristine(shown.shape[-1], seed=7)
    if torch.allclose(call(method, restored, shown), call(method, restored, other), atol=1e-9, rtol=0):
        raise CheckFailed(
            "its score does not depend on the reference; declare paradigms='NR', or use the reference in score()"
        )


def finds_the_reference_itself_best(method: Any) -> None:
    """Shown the pristine image, an untrained metric finds nothing better than that image."""
    if method.info.trainable or Paradigm.FR not in method.info.paradigms:
        return
    reference = pristine(max(CHECK_SIZE, method.info.minimum_size))
    candidates = torch.cat([reference, restored_batch(reference)])
    signed = call(method, candidates, reference) * method.info.sign
    if signed.argmax().item() != 0 and signed[0] < signed.max() - TOLERANCE:
        direction = "lower" if method.info.lower_is_better else "higher"
        raise CheckFailed(
            f"it finds a degraded image better than the pristine one, since {direction} is declared to be better: "
            "is lower_is_better declared the wrong way round?"
        )


def finds_more_noise_worse(method: Any) -> None:
    """Shown the pristine image, an untrained metric finds more noise worse."""
    if method.info.trainable or Paradigm.FR not in method.info.paradigms:
        return
    reference = pristine(max(CHECK_SIZE, method.info.minimum_size))
    graded = torch.cat([noisy(reference, level) for level in (0.02, 0.1, 0.4)])
    signed = call(method, graded, reference) * method.info.sign
    if not (signed[0] > signed[1] > signed[2]):
        raise CheckFailed(
            f"with noise of .02, .1 and .4 added to the reference it scores {(signed * method.info.sign).tolist()}; "
            "these must get worse, in the declared direction"
        )


def _same(first: Tensor, second: Tensor, what: str) -> None:
    if first.shape != second.shape or not torch.allclose(first, second, atol=TOLERANCE, rtol=TOLERANCE):
        raise CheckFailed(
            f"the scores differ by more than {TOLERANCE} between {what}: {first.tolist()}, {second.tolist()}"
        )


SCORING_CHECKS: tuple[Callable[[Any], None], ...] = (
    returns_one_finite_score_per_image,
    leaves_its_inputs_alone,
    does_not_depend_on_the_batch,
    repeats_itself,
    leaves_the_generators_alone,
    keeps_its_reference,
    takes_images_that_are_not_square,
    looks_at_its_reference,
    finds_the_reference_itself_best,
    finds_more_noise_worse,
)

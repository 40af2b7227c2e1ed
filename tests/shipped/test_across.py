"""Order across degraded images, and repeated pixels: what the fine-tuning of recipe Q asks."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.shipped.contents import TaughtContent
from benchmarks.shipped.degrading import degrade, plain_restoration
from benchmarks.shipped.exercises import enlarged_exercise
from benchmarks.shipped.lessons import ACROSS, Focus, lesson
from iqabench.data.images import Pixels


def nearness(pictures: list[Pixels], pristine: Pixels) -> np.ndarray:
    """Mean absolute and mean squared error."""
    apart = np.stack(pictures).astype(float) - pristine
    return np.stack([np.abs(apart).mean((1, 2, 3)), (apart**2).mean((1, 2, 3))], 1)


def test_degraded_images_and_restorations_keep_size_and_kind_and_differ_each_time(pristine: list[Pixels]) -> None:
    random = np.random.default_rng(0)
    degraded = [degrade(pristine[0], random) for _ in range(30)]
    restored = [plain_restoration(one, random) for one in degraded]
    for one in (*degraded, *restored):
        assert one.shape == pristine[0].shape
        assert one.dtype == np.uint8
        assert (one != pristine[0]).any()
    assert len({one.tobytes() for one in degraded}) == 30
    assert all((one != other).any() for one, other in zip(degraded, restored, strict=True))


def test_restorations_of_four_degraded_images_are_asked_about_together(contents: list[TaughtContent]) -> None:
    asked = lesson(contents, 1, 48, Focus(), nearness, np.random.default_rng(2))
    ((at, across),) = [(at, one) for at, one in asked.asked if one.kind == ACROSS]
    references = asked.of_row[at : at + len(across.pictures)]
    assert [references.count(one) for one in sorted(set(references))] == [2, 2, 2, 2]
    shown = {asked.references[one].tobytes() for one in references}
    assert len(shown) == 4
    assert sum(references[better] != references[worse] for better, worse in across.pairs) > 10
    assert not any(across.anchored), "nothing was said of these before"


@pytest.mark.parametrize("seed", range(4))
def test_repeated_pixels_are_worse_than_the_smooth_enlargement(pristine: list[Pixels], seed: int) -> None:
    exercise = enlarged_exercise(pristine[0], np.random.default_rng(seed))
    assert exercise.pairs == [(0, 1), (0, 2), (1, 2)]
    smooth, mixed, squares = (one.astype(float) for one in exercise.pictures)
    # Neighbours that are the same: most of them where pixels are repeated, few elsewhere.
    still = [float((one[:, 1:] == one[:, :-1]).mean()) for one in (smooth, mixed, squares)]
    assert still[2] > 0.45 > max(still[:2])
    assert np.abs(mixed - smooth).mean() < np.abs(squares - smooth).mean()


def test_half_of_the_contents_are_asked_about_repeated_pixels_beside_the_smooth_image(
    contents: list[TaughtContent],
) -> None:
    random = np.random.default_rng(3)
    lessons = [lesson(contents, 1, 48, Focus(), nearness, random) for _ in range(24)]
    asked = [(one, at) for one in lessons for at, exercise in one.asked if exercise.kind == "enlarged"]
    assert 5 < len(asked) < 19
    for one, at in asked:
        assert (one.references[one.of_row[at]] == one.restored[at]).all()

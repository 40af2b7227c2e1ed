"""One step's pictures: of each content one degraded image, restorations of it, and which of two is the better one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from benchmarks.shipped.contents import Made, TaughtContent, bicubic, half_restored
from benchmarks.shipped.exercises import Exercise, Random, fault_exercise, texture_exercise
from ckdn.preprocess import NATIVE
from iqabench.data.images import Pixels

LABELLED = 5
"""Restorations of one degraded image whose order the pseudo labels give."""
FAULT_EXERCISES = 3
TEXTURE_SHARE = 0.5
"""Of the contents, those that are asked about texture as well."""
LABELS = "labels"
CHANNELS = np.arange(3)


@dataclass
class Lesson:
    """Pictures of one size, what each is shown beside, and the exercises."""

    restored: list[Pixels] = field(default_factory=list)
    references: list[Pixels] = field(default_factory=list)
    of_row: list[int] = field(default_factory=list)
    """Place among the references, for each restored picture."""
    asked: list[tuple[int, Exercise]] = field(default_factory=list)
    """Place of an exercise's first picture, and the exercise."""

    def add(self, exercise: Exercise, reference: int) -> None:
        """Ask ``exercise`` beside the reference at that place."""
        self.asked.append((len(self.restored), exercise))
        self.restored += exercise.pictures
        self.of_row += [reference] * len(exercise.pictures)


def lesson(contents: Sequence[TaughtContent], count: int, side: int, random: Random) -> Lesson:
    """Draw ``count`` contents and a square of ``side`` pixels of each."""
    drawn = Lesson()
    for place in random.choice(len(contents), count, replace=False):
        other = contents[int(random.integers(len(contents)))]
        _add_content(drawn, contents[place], other, side, random)
    return drawn


def tensor(pictures: Sequence[Pixels], role: str) -> Tensor:
    """Normalised ``(N, 3, H, W)``; ``role`` is ``restored`` or ``reference``."""
    stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float().div_(255)
    return NATIVE(stacked, role).to(memory_format=torch.channels_last)


def _add_content(drawn: Lesson, content: TaughtContent, other: TaughtContent, side: int, random: Random) -> None:
    made = _some_made(content, random)
    height, width = content.pristine.shape[:2]
    top, left = int(random.integers(0, height - side + 1)), int(random.integers(0, width - side + 1))
    turned = int(random.integers(8))

    light = other_light(random)

    def cropped(picture: Pixels) -> Pixels:
        part = np.rot90(light[picture[top : top + side, left : left + side], CHANNELS], turned % 4)
        return np.ascontiguousarray(part[:, ::-1] if turned >= 4 else part)

    # Half of the faults are shown beside the plainest degradation, half beside those of the recipe.
    plain = random.random() < 0.5
    shown = cropped(made.degraded)
    for_faults = cropped(bicubic(content.pristine, int(random.integers(2, 5)))) if plain else shown
    drawn.references += [shown, for_faults]
    with_labels, without = len(drawn.references) - 2, len(drawn.references) - 1
    picked = [int(one) for one in random.permutation(len(made.restored))[:LABELLED]]
    restored = [cropped(made.restored[one]) for one in picked]
    drawn.add(Exercise(LABELS, restored, agreed_order(made, picked)), with_labels)
    pristine = cropped(content.pristine)
    # Faults are put on the pristine picture, on half and on nothing restored, and as often on real restorations.
    starts = [pristine, half_restored(pristine, for_faults), for_faults, *restored]
    chances = np.array([2.0] * 3 + [3.0 / len(restored)] * len(restored))
    for _ in range(FAULT_EXERCISES):
        drawn.add(fault_exercise(starts[random.choice(len(starts), p=chances / chances.sum())], random), without)
    if random.random() < TEXTURE_SHARE:
        drawn.add(texture_exercise(pristine, cropped(other.pristine), for_faults, random), without)


def other_light(random: Random) -> Pixels:
    """A curve for each channel, ``uint8 (256, 3)``: another exposure, contrast and hue, as of another photograph."""
    gamma, gain = np.exp(random.uniform(-0.35, 0.35)), random.uniform(0.65, 1.05)
    colours = gain * np.exp(random.uniform(-0.1, 0.1, 3))
    levels = (np.arange(256)[:, None] / 255) ** gamma * colours + random.uniform(0, 0.12)
    return (levels * 255).round().clip(0, 255).astype(np.uint8)


def _some_made(content: TaughtContent, random: Random) -> Made:
    """A degraded image of ``content``, the likelier the more was made of it."""
    weights = np.array([len(made.restored) for made in content.made], dtype=float)
    return content.made[random.choice(len(content.made), p=weights / weights.sum())]


def agreed_order(made: Made, picked: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of places among ``picked``, the better first, that LPIPS and DISTS put in the same order."""
    judged = made.judged[list(picked)]
    places = range(len(picked))
    return [(one, other) for one in places for other in places if (judged[one] < judged[other]).all()]

"""One step's pictures: of each content one degraded image, restorations of it, and which of two is the better one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from benchmarks.shipped.contents import Made, TaughtContent, bicubic, half_restored, plain_tensor
from benchmarks.shipped.degrading import degrade, plain_restoration
from benchmarks.shipped.exercises import (
    FAULTS,
    Exercise,
    Random,
    enlarged_exercise,
    error_exercise,
    fault_exercise,
    texture_exercise,
)
from benchmarks.shipped.judges import Judge
from ckdn.preprocess import NATIVE
from iqabench.checks.ladder.faults import eight_bit
from iqabench.data.images import Pixels

LABELLED = 3
"""Restorations of each of two degraded images whose order the pseudo labels give."""
FAULT_EXERCISES = 2
TEXTURE_SHARE = 0.5
"""Of the contents, those that are asked about texture as well."""
ERROR_SHARE = 0.5
"""Of the contents, those that are asked about a restoration with less and with more of its own errors."""
BLENDS = 1
"""For each of the two, pictures between two restorations, labelled and anchored as restorations are."""
FAILED = 2
"""For each of the two, restorations with a fault: labelled, but free of the anchor."""
LABELS = "labels"
ACROSS = "across"
ACROSS_DEGRADED = 4
"""Degraded images of one content whose restorations are asked about together, however few each has."""
ENLARGED_SHARE = 0.5
"""Of the contents, those that are asked about repeated pixels in place of a second fault."""
STARTS = ("pristine", "half", "shown", "restored")
"""What faults are put on."""
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

    def add(self, exercise: Exercise, references: Sequence[int]) -> None:
        """Ask ``exercise``, each of its pictures beside the reference at its place."""
        self.asked.append((len(self.restored), exercise))
        self.restored += exercise.pictures
        self.of_row += references

    def add_beside(self, exercise: Exercise, reference: int) -> None:
        """Ask ``exercise`` beside one reference."""
        self.add(exercise, [reference] * len(exercise.pictures))


class Focus:
    """Which faults are asked about: those that go wrong most often, on the starts where they do."""

    FLOOR = 0.05
    KEPT = 0.9
    OFTEN = 4.0
    """How much oftener the kinds are drawn that were named."""

    def __init__(self, kinds: Collection[str] = ()) -> None:
        self.often = np.array([self.OFTEN if kind in kinds else 1.0 for kind in FAULTS for _ in STARTS])
        self.wrong = {(kind, start): 0.3 for kind in FAULTS for start in STARTS}
        """Running share of the pairs that are out of order."""

    def draw(self, random: Random) -> tuple[str, str]:
        """A kind of fault and what it is put on."""
        chances = self.often * [one + self.FLOOR for one in self.wrong.values()]
        return list(self.wrong)[random.choice(len(chances), p=chances / chances.sum())]

    def told(self, kind: str, start: str, right: float) -> None:
        """``right`` of the pairs of such an exercise were in order."""
        self.wrong[kind, start] = self.KEPT * self.wrong[kind, start] + (1 - self.KEPT) * (1 - right)


def lesson(
    contents: Sequence[TaughtContent], count: int, side: int, focus: Focus, judge: Judge, random: Random
) -> Lesson:
    """Draw ``count`` contents and a square of ``side`` pixels of each."""
    drawn = Lesson()
    for place in random.choice(len(contents), count, replace=False):
        other = contents[int(random.integers(len(contents)))]
        _add_content(drawn, contents[place], other, side, focus, judge, random)
    return drawn


def tensor(pictures: Sequence[Pixels], role: str) -> Tensor:
    """Normalised ``(N, 3, H, W)``; ``role`` is ``restored`` or ``reference``."""
    return NATIVE(plain_tensor(pictures), role).to(memory_format=torch.channels_last)


def _add_content(
    drawn: Lesson,
    content: TaughtContent,
    other: TaughtContent,
    side: int,
    focus: Focus,
    judge: Judge,
    random: Random,
) -> None:
    height, width = content.pristine.shape[:2]
    top, left = int(random.integers(0, height - side + 1)), int(random.integers(0, width - side + 1))
    turned = int(random.integers(8))
    light = other_light(random)

    def cropped(picture: Pixels) -> Pixels:
        part = np.rot90(light[picture[top : top + side, left : left + side], CHANNELS], turned % 4)
        return np.ascontiguousarray(part[:, ::-1] if turned >= 4 else part)

    pristine = cropped(content.pristine)
    labelled, anchored, references = [], [], []
    for made in _some_made(content, random):
        degraded = cropped(made.degraded)
        drawn.references.append(degraded)
        picked = [int(one) for one in random.permutation(len(made.restored))[:LABELLED]]
        restored = [cropped(made.restored[one]) for one in picked]
        restored += [between([*restored, degraded], random) for _ in range(BLENDS)]
        failed = [failure([*restored, degraded], random) for _ in range(FAILED)]
        labelled += restored + failed
        anchored += [True] * len(restored) + [False] * len(failed)
        references += [len(drawn.references) - 1] * len(restored + failed)
    drawn.add(Exercise(LABELS, labelled, agreed_order(judge(labelled, pristine)), anchored=anchored), references)
    # Half of the faults are shown beside the plainest degradation, half beside one of the recipe's.
    shown = references[0]
    if random.random() < 0.5:
        drawn.references.append(cropped(bicubic(content.pristine, int(random.integers(2, 5)))))
        shown = len(drawn.references) - 1
    degraded = drawn.references[shown]
    restored = labelled[:LABELLED]
    starts = {"pristine": pristine, "half": half_restored(pristine, degraded), "shown": degraded}
    _add_across(drawn, content, cropped, pristine, judge, random)
    enlarged = random.random() < ENLARGED_SHARE
    if enlarged:
        exercise = enlarged_exercise(pristine, random)
        drawn.references.append(exercise.pictures[0])
        drawn.add_beside(exercise, len(drawn.references) - 1)
    for _ in range(FAULT_EXERCISES - enlarged):
        kind, start = focus.draw(random)
        picture = restored[int(random.integers(len(restored)))] if start == "restored" else starts[start]
        exercise = fault_exercise(kind, picture, random)
        exercise.start = start
        drawn.add_beside(exercise, shown)
    if random.random() < TEXTURE_SHARE:
        drawn.add_beside(texture_exercise(pristine, cropped(other.pristine), degraded, random), shown)
    if random.random() < ERROR_SHARE:
        drawn.add_beside(error_exercise(restored[int(random.integers(len(restored)))], pristine, random), references[0])


def _add_across(
    drawn: Lesson,
    content: TaughtContent,
    cropped: Callable[[Pixels], Pixels],
    pristine: Pixels,
    judge: Judge,
    random: Random,
) -> None:
    """Ask for the order of restorations across degraded images, half of which are made now.

    Of each degraded image there are one restoration and one that is nearer to the pristine picture or has a fault.
    The labels exercise hardly meets degraded images of which little was made: all mixtures, and most noise.
    """
    pictures, references = [], []
    places = random.permutation(len(content.made))
    for number in range(ACROSS_DEGRADED):
        if number < len(places) and random.random() < 0.5:
            made = content.made[places[number]]
            degraded = cropped(made.degraded)
            restored = cropped(made.restored[int(random.integers(len(made.restored)))])
        else:
            degraded = degrade(pristine, random)
            restored = plain_restoration(degraded, random)
        drawn.references.append(degraded)
        nearer = eight_bit(restored + random.uniform(0.2, 0.8) * (pristine.astype(np.float64) - restored))
        varied = nearer if random.random() < 0.5 else failure([restored], random)
        pictures += [restored, varied]
        references += [len(drawn.references) - 1] * 2
    drawn.add(Exercise(ACROSS, pictures, agreed_order(judge(pictures, pristine))), references)


def between(restored: Sequence[Pixels], random: Random) -> Pixels:
    """A mixture of two of ``restored``: what one more restorer could have made."""
    one, other = (restored[place].astype(np.float64) for place in random.choice(len(restored), 2, replace=False))
    return eight_bit(other + random.uniform(0.2, 0.8) * (one - other))


def failure(restored: Sequence[Pixels], random: Random) -> Pixels:
    """One of ``restored`` with a fault of any kind and strength, mostly a weak one: one more way to fail."""
    picture = restored[int(random.integers(len(restored)))]
    kind = list(FAULTS)[int(random.integers(len(FAULTS)))]
    draw, low, high = FAULTS[kind]
    strength = float(np.exp(random.triangular(np.log(low), np.log(low), np.log(high))))
    return eight_bit(draw(random, picture.shape)(picture.astype(np.float64), strength))


def other_light(random: Random) -> Pixels:
    """A curve for each channel, ``uint8 (256, 3)``: another exposure, contrast and hue, as of another photograph."""
    gamma, gain = np.exp(random.uniform(-0.35, 0.35)), random.uniform(0.65, 1.05)
    colours = gain * np.exp(random.uniform(-0.1, 0.1, 3))
    levels = (np.arange(256)[:, None] / 255) ** gamma * colours + random.uniform(0, 0.12)
    return (levels * 255).round().clip(0, 255).astype(np.uint8)


def _some_made(content: TaughtContent, random: Random) -> list[Made]:
    """Two degraded images of ``content``, or its only one, the likelier the more was made of them."""
    weights = np.array([len(made.restored) for made in content.made], dtype=float)
    places = random.choice(len(weights), min(2, len(weights)), replace=False, p=weights / weights.sum())
    return [content.made[place] for place in places]


def agreed_order(judged: np.ndarray) -> list[tuple[int, int]]:
    """Pairs of places, the better first, that LPIPS and DISTS put in the same order; ``judged`` is ``(places, 2)``."""
    places = range(len(judged))
    return [(one, other) for one in places for other in places if (judged[one] < judged[other]).all()]

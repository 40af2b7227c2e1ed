"""What the fine-tuning asks: pictures of which it is known, without any label, which of two is the better one.

Every exercise holds restorations of one degraded image. Faults at rising strength, and texture that is the pristine
picture's own beside as much texture that is not. Strengths and kinds are drawn anew each time; they are of the
ladder's families (``iqabench.checks.ladder``), not its rungs.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from iqabench.checks.ladder.faults import blurred, eight_bit
from iqabench.data.images import Pixels

Random = np.random.Generator
Apply = Callable[[np.ndarray, float], np.ndarray]
"""``(picture float64 (H, W, 3), strength)`` to values that are then rounded and cut to 8 bits."""


@dataclass
class Exercise:
    """Pictures, and the pairs of places ``(better, worse)`` among them."""

    kind: str
    pictures: list[Pixels] = field(default_factory=list)
    pairs: list[tuple[int, int]] = field(default_factory=list)
    start: str = ""
    """What a fault was put on."""
    anchored: list[bool] = field(default_factory=list)
    """Which pictures the anchor holds back; none if it is empty."""


def _noise(random: Random, shape: tuple[int, ...]) -> Apply:
    field_ = random.standard_normal(shape)
    if random.random() < 0.3:
        field_[:] = field_[..., :1]
    if random.random() < 0.3:
        field_ = blurred(field_, random.uniform(0.4, 0.8))
        field_ /= field_.std()
    return lambda picture, sigma: picture + sigma * field_


def _blur(random: Random, shape: tuple[int, ...]) -> Apply:
    tall = random.uniform(0.6, 1.6) if random.random() < 0.4 else 1.0
    return lambda picture, sigma: np.asarray(gaussian_filter(picture, (sigma * tall, sigma / tall, 0), mode="reflect"))


def _elsewhere(apply: Apply, random: Random) -> Apply:
    """The same with its grid moved half of the time: it mostly begins at the corner, and after cropping anywhere."""
    if random.random() < 0.5:
        return apply
    steps = [int(one) for one in random.integers(0, 8, 2)]
    return lambda picture, strength: np.roll(
        apply(np.roll(picture, steps, (0, 1)), strength), [-one for one in steps], (0, 1)
    )


def _jpeg(random: Random, shape: tuple[int, ...]) -> Apply:
    chroma = "4:2:0" if random.random() < 0.7 else "4:4:4"

    def compressed(picture: np.ndarray, strength: float) -> np.ndarray:
        buffer = io.BytesIO()
        Image.fromarray(eight_bit(picture)).save(
            buffer, "JPEG", quality=max(2, round(100 / strength)), subsampling=chroma
        )
        with Image.open(buffer) as opened:
            return np.array(opened.convert("RGB"), dtype=np.float64)

    return _elsewhere(compressed, random)


def _pixelation(random: Random, shape: tuple[int, ...]) -> Apply:
    """Squares of any side, some a pixel larger than others, as a picture made smaller and enlarged again has them."""

    def squares(picture: np.ndarray, side: float) -> np.ndarray:
        height, width = picture.shape[:2]
        small = (max(1, round(width / side)), max(1, round(height / side)))
        shrunk = Image.fromarray(eight_bit(picture)).resize(small, Image.Resampling.BOX)
        return np.array(shrunk.resize((width, height), Image.Resampling.NEAREST), dtype=np.float64)

    return _elsewhere(squares, random)


def _squares(random: Random, shape: tuple[int, ...]) -> Apply:
    """Equal squares of whole pixels; the picture goes on past its edge."""

    def squares(picture: np.ndarray, strength: float) -> np.ndarray:
        height, width, channels = picture.shape
        side = round(strength)
        padded = np.pad(picture, ((0, -height % side), (0, -width % side), (0, 0)), "edge")
        means = padded.reshape(padded.shape[0] // side, side, -1, side, channels).mean((1, 3))
        return means.repeat(side, 0).repeat(side, 1)[:height, :width]

    return _elsewhere(squares, random)


def _ringing(random: Random, shape: tuple[int, ...]) -> Apply:
    inner = random.uniform(0.6, 1.4)
    outer = inner * random.uniform(1.6, 2.4)
    return lambda picture, amount: picture + amount * (blurred(picture, inner) - blurred(picture, outer))


def _checkerboard(random: Random, shape: tuple[int, ...]) -> Apply:
    side = int(random.choice([1, 1, 1, 2, 3]))
    # The network's strides make a constant of a pattern of one pixel, whose sign is that of its place.
    rows, columns = (np.indices(shape[:2]) + random.integers(0, 2 * side, (2, 1, 1))) // side
    pattern = random.choice(["both", "both", "rows", "columns"])
    signs = {"both": rows + columns, "rows": rows, "columns": columns}[str(pattern)] % 2 * 2.0 - 1
    return lambda picture, amplitude: picture + amplitude * signs[..., None]


def _tint(random: Random, shape: tuple[int, ...]) -> Apply:
    direction = random.standard_normal(3)
    if random.random() < 0.8:
        direction -= direction.mean()
    direction /= np.abs(direction).max()
    return lambda picture, shift: picture + shift * direction


def _blocks(random: Random, shape: tuple[int, ...]) -> Apply:
    side = int(random.integers(4, 17))
    places = [(top, left) for top in range(0, shape[0], side) for left in range(0, shape[1], side)]
    order, fill = random.permutation(len(places)), random.choice(["mean", "mean", "black", "own"])

    def apply(picture: np.ndarray, percent: float) -> np.ndarray:
        damaged = picture.copy()
        for index in order[: max(1, round(len(places) * percent / 100))]:
            part = damaged[places[index][0] :, places[index][1] :][:side, :side]
            part[:] = {"mean": picture.mean((0, 1)), "black": 0.0, "own": part.mean((0, 1))}[str(fill)]
        return damaged

    return apply


def _warp(random: Random, shape: tuple[int, ...]) -> Apply:
    smooth = random.uniform(4, 12)
    moved = np.stack([gaussian_filter(random.standard_normal(shape[:2]), smooth, mode="reflect") for _ in range(2)])
    moved /= np.sqrt((moved**2).sum(0).mean())

    def apply(picture: np.ndarray, amplitude: float) -> np.ndarray:
        places = np.indices(shape[:2]) + amplitude * moved
        return np.stack([map_coordinates(picture[..., k], places, order=3, mode="mirror") for k in range(3)], -1)

    return apply


ERROR_SHARES = (0.2, 1.6)
"""Least and largest part of a restoration's own errors in :func:`error_exercise`."""
FAULTS: dict[str, tuple[Callable[[Random, tuple[int, ...]], Apply], float, float]] = {
    "noise": (_noise, 3, 50),
    "blur": (_blur, 0.6, 4),
    "jpeg": (_jpeg, 1.4, 20),  # 100 / quality
    "pixelation": (_pixelation, 1.5, 7),
    "squares": (_squares, 2, 8),
    "ringing": (_ringing, 1.5, 14),
    "checkerboard": (_checkerboard, 3, 40),
    "tint": (_tint, 4, 60),
    "blocks": (_blocks, 1.5, 40),
    "warp": (_warp, 0.5, 7),
}
"""Kind -> what draws it, and the range of its strength."""
LEAST_RATIO = 1.35
"""Of two strengths that are compared."""
WEAK_SHARE = 0.4
"""Of the exercises, those that keep to the lower end of the range, where order is hardest to see."""
WEAK_RANGE = 4.0
"""Strongest over weakest fault there."""


def fault_exercise(kind: str, start: Pixels, random: Random) -> Exercise:
    """``start`` and three strengths of one fault: every weaker one is better than every stronger one."""
    draw, low, high = FAULTS[kind]
    if random.random() < WEAK_SHARE and kind != "squares":
        high = min(high, low * WEAK_RANGE)
    apply = draw(random, start.shape)
    picture = start.astype(np.float64)
    strengths = neighbours(low, high, 3, random) if kind == "squares" else rising(low, high, 3, random)
    pictures = [start, *(eight_bit(apply(picture, float(strength))) for strength in strengths)]
    return Exercise(kind, pictures, in_order(4))


def error_exercise(restored: Pixels, pristine: Pixels, random: Random) -> Exercise:
    """``restored`` with a smaller and with a larger part of what it differs by from the pristine picture."""
    difference = restored.astype(np.float64) - pristine
    pictures = [eight_bit(pristine + share * difference) for share in rising(*ERROR_SHARES, 4, random)]
    return Exercise("error", pictures, in_order(4))


def enlarged_exercise(pristine: Pixels, random: Random) -> Exercise:
    """A small image enlarged smoothly, by repeated pixels, and half of each: the smooth one is the best of them.

    It is no fault that is put on a picture: the same small image is behind all three, as behind an upscaler's results.
    The first of them is what a degraded reference is, D enlarged.
    """
    height, width = pristine.shape[:2]
    factor = int(random.integers(2, 5))
    size = (width // factor, height // factor)
    shrunk = Image.fromarray(pristine).resize(size, random.choice([Image.Resampling.BICUBIC, Image.Resampling.BOX]))
    if random.random() < 0.3:
        small = np.array(shrunk, dtype=np.float64)
        shrunk = Image.fromarray(eight_bit(small + random.uniform(1, 10) * random.standard_normal(small.shape)))
    smooth, squares = (
        np.array(shrunk.resize((width, height), way), dtype=np.float64)
        for way in (Image.Resampling.BICUBIC, Image.Resampling.NEAREST)
    )
    mixed = smooth + random.uniform(0.3, 0.7) * (squares - smooth)
    return Exercise("enlarged", [eight_bit(one) for one in (smooth, mixed, squares)], in_order(3))


def rising(low: float, high: float, count: int, random: Random) -> np.ndarray:
    """Strengths between ``low`` and ``high``, uniform in their logarithm and :data:`LEAST_RATIO` apart at least."""
    while True:
        strengths = np.sort(np.exp(random.uniform(np.log(low), np.log(high), count)))
        if (strengths[1:] / strengths[:-1]).min() >= LEAST_RATIO:
            return strengths


def neighbours(low: float, high: float, count: int, random: Random) -> np.ndarray:
    """Whole numbers that follow one another, from ``low`` to ``high``: such sides of squares are told apart worst."""
    first = int(random.integers(int(low), int(high) - count + 2))
    return np.arange(first, first + count)


def in_order(count: int) -> list[tuple[int, int]]:
    """Every pair of ``count`` places, the first of which is the best one."""
    return [(one, other) for one in range(count) for other in range(one + 1, count)]


def texture_exercise(pristine: Pixels, other: Pixels, shown: Pixels, random: Random) -> Exercise:
    """The same amount of texture, right and wrong.

    A base without fine detail gains from detail that is the pristine picture's own, the more the better up to its
    full amount; beyond it every bit does harm. The same energy of detail that is moved, has random phases, or is of
    the picture ``other`` is worse.
    """
    sigma = random.uniform(0.8, 2.5)
    coarse = shown.astype(np.float64) if random.random() < 0.4 else blurred(pristine, sigma)
    fine = pristine - coarse
    some = random.uniform(0.3, 0.7)
    over = random.uniform(1.4, 2.0)
    pictures = [
        eight_bit(coarse),
        eight_bit(coarse + some * fine),
        eight_bit(coarse + fine),
        eight_bit(coarse + over * fine),
        eight_bit(coarse + over * random.uniform(1.4, 2.0) * fine),
    ]
    pairs = [(2, 0), (1, 0), (2, 1), (2, 3), (2, 4), (3, 4)]
    wrong = wrong_texture(fine, other, sigma, random)
    pictures += [eight_bit(coarse + some * wrong), eight_bit(coarse + wrong)]
    pairs += [(1, 5), (2, 6), (5, 6), (2, 5)]
    return Exercise("texture", pictures, pairs)


def wrong_texture(fine: np.ndarray, other: Pixels, sigma: float, random: Random) -> np.ndarray:
    """As much detail as ``fine`` has, in each channel, that does not belong to the picture."""
    kind = random.choice(["moved", "phases", "other"])
    if kind == "moved":
        steps = [int(random.choice([-1, 1]) * random.integers(3, 12)) for _ in range(2)]
        return np.roll(fine, steps, (0, 1))
    if kind == "phases":
        turned = np.fft.fft2(random.standard_normal(fine.shape[:2]))
        turned /= np.maximum(np.abs(turned), 1e-9)
        return np.real(np.fft.ifft2(np.fft.fft2(fine, axes=(0, 1)) * turned[..., None], axes=(0, 1)))
    foreign = other - blurred(other, sigma)
    return foreign * (fine.std() / max(foreign.std(), 1e-6))

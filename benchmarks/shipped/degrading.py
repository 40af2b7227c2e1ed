"""Degraded images and plain restorations of them that are made for one lesson: as many kinds as one likes."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import median_filter
from skimage.restoration import denoise_tv_chambolle

from benchmarks.shipped.exercises import Random
from iqabench.checks.ladder.faults import blurred, eight_bit
from iqabench.data.images import Pixels, upsample
from iqabench.synthesis.degradations import add_noise, compress_jpeg, shrink


def degrade(pristine: Pixels, random: Random) -> Pixels:
    """``pristine`` blurred, made smaller, noisy or compressed, mostly several at once, and enlarged again."""
    height, width = pristine.shape[:2]
    factor = int(random.choice([1, 1, 2, 3, 4]))
    image = pristine
    if random.random() < 0.3:
        image = eight_bit(blurred(image, random.uniform(0.6, 1.6)))
    if factor > 1:
        image = shrink(image, factor, Image.Resampling(random.choice([Image.Resampling.BICUBIC, Image.Resampling.BOX])))
    strongest = 40 if factor == 1 else 15
    noisy, compressed = random.random() < 0.5, random.random() < 0.4
    if noisy or (factor == 1 and not compressed):
        image = add_noise(image, random.uniform(2, strongest), random)
    if compressed:
        image = compress_jpeg(image, int(random.integers(10, 81)))
    return image if factor == 1 else upsample(image, height, width)


def plain_restoration(degraded: Pixels, random: Random) -> Pixels:
    """``degraded`` smoothed by one of three filters, sharpened, or both; of any strength, so that many of them fail."""
    picture = degraded.astype(np.float64)
    kind = random.choice(["gaussian", "median", "total variation", "none"])
    if kind == "gaussian":
        picture = blurred(picture, random.uniform(0.5, 1.5))
    elif kind == "median":
        picture = median_filter(picture, (3, 3, 1), mode="reflect")
    elif kind == "total variation":
        weight = random.uniform(0.02, 0.15)
        picture = 255 * denoise_tv_chambolle(picture / 255, weight, max_num_iter=30, channel_axis=-1)
    if kind == "none" or random.random() < 0.4:
        picture = picture + random.uniform(0.3, 2) * (picture - blurred(picture, random.uniform(0.8, 2)))
    return eight_bit(picture)

"""The algorithms of the data set: what each was given and how it restored it.

Codes follow PIPAL: ``bb_cc`` with the category bb and the variant cc. A restorer maps (h,w,3) float32 RGB in
0..1 to the pristine size; the caller rounds and clips to 8 bit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.mini.restorers import denoisers, gan, interpolation, psnr_net

Restorer = Callable[[np.ndarray], np.ndarray]

CATEGORIES: dict[str, tuple[str, str]] = {
    "00": ("traditional SR", "SR"),
    "01": ("PSNR-oriented SR", "SR"),
    "02": ("SR with kernel mismatch", "SR"),
    "03": ("GAN-based SR", "SR"),
    "04": ("denoising", "denoising"),
    "05": ("SR and denoising jointly", "mixture"),
}
"""Category code -> (its name, task), in the words of PIPAL and of the paper."""

SIGMA25 = 25 / 255
SIGMA10 = 10 / 255


@dataclass(frozen=True)
class Algorithm:
    """One algorithm at one setting; ``part`` is the side of the unseen split that it belongs to."""

    code: str
    name: str
    degradation: str
    part: str
    description: str
    restore: Restorer

    @property
    def category(self) -> str:
        """PIPAL's category code, ``00`` to ``05``."""
        return self.code[:2]

    @property
    def category_name(self) -> str:
        """Category in words."""
        return CATEGORIES[self.category][0]

    @property
    def task(self) -> str:
        """Task in words."""
        return CATEGORIES[self.code[:2]][1]


def _chain(*steps: Restorer) -> Restorer:
    def run(image: np.ndarray) -> np.ndarray:
        for step in steps:
            # Real pipelines hand over images, not unbounded numbers.
            image = np.clip(step(image), 0, 1).astype(np.float32)
        return image

    return run


def _blend(first: Restorer, second: Restorer, share: float) -> Restorer:
    """``share`` of the first and the rest of the second: PIPAL has such interpolations between PSNR and GAN
    results."""
    return lambda image: share * np.clip(first(image), 0, 1) + (1 - share) * np.clip(second(image), 0, 1)


def _up(method: str, scale: int = 4) -> Restorer:
    return partial(interpolation.enlarge, scale=scale, method=method)


def _net(name: str) -> Restorer:
    return partial(psnr_net.run_net, name)


def _gan(name: str) -> Restorer:
    return partial(gan.super_resolve, name)


ALGORITHMS: tuple[Algorithm, ...] = (
    Algorithm("00_00", "bicubic", "bic4", "train", "bicubic interpolation", _up("bicubic")),
    Algorithm(
        "00_01",
        "bilinear-sharp",
        "bic4",
        "train",
        "bilinear, then a strong unsharp mask (sigma 2, amount 3)",
        _chain(_up("bilinear"), partial(interpolation.unsharp, sigma=2.0, amount=3.0)),
    ),
    Algorithm(
        "00_02",
        "ibp",
        "bic4",
        "validate",
        "iterative back-projection, 10 rounds",
        partial(interpolation.back_project, scale=4),
    ),
    Algorithm("01_00", "espcn", "bic4", "train", "small ESPCN trained with L1", _net("espcn-x4")),
    Algorithm("01_01", "edsr-x2", "bic2", "train", "small EDSR for scale 2 trained with L1", _net("edsr-x2")),
    Algorithm("01_02", "edsr", "bic4", "validate", "small EDSR trained with L1", _net("edsr-x4")),
    Algorithm("02_00", "edsr-blur", "blur4", "train", "small EDSR (for bicubic) on a blurred input", _net("edsr-x4")),
    Algorithm(
        "02_01",
        "edsr-oblique",
        "oblique4",
        "validate",
        "small EDSR (for bicubic) on an obliquely blurred input",
        _net("edsr-x4"),
    ),
    Algorithm("03_00", "realesrgan", "bic4", "train", gan.MODELS["realesrgan-x4plus"], _gan("realesrgan-x4plus")),
    Algorithm(
        "03_01",
        "realesrgan-blend",
        "bic4",
        "train",
        "half Real-ESRGAN x4plus, half bicubic",
        _blend(_gan("realesrgan-x4plus"), _up("bicubic"), 0.5),
    ),
    Algorithm(
        "03_02",
        "animevideo",
        "bic4",
        "train",
        gan.MODELS["realesr-animevideov3-x4"],
        _gan("realesr-animevideov3-x4"),
    ),
    Algorithm(
        "03_03",
        "realesrgan-anime",
        "bic4",
        "validate",
        gan.MODELS["realesrgan-x4plus-anime"],
        _gan("realesrgan-x4plus-anime"),
    ),
    Algorithm("03_04", "realsr", "bic4", "validate", gan.MODELS["realsr-df2k"], _gan("realsr-df2k")),
    Algorithm(
        "03_05",
        "realsr-blend",
        "bic4",
        "validate",
        "half RealSR DF2K, half small EDSR",
        _blend(_gan("realsr-df2k"), _net("edsr-x4"), 0.5),
    ),
    Algorithm(
        "04_00",
        "tv",
        "noise25",
        "train",
        "total variation (Chambolle)",
        partial(denoisers.total_variation, sigma=SIGMA25),
    ),
    Algorithm("04_01", "dncnn", "noise25", "validate", "small residual denoiser trained with L1", _net("dncnn")),
    Algorithm(
        "05_00",
        "nlm-bicubic",
        "bic4noise10",
        "train",
        "non-local means, then bicubic",
        _chain(partial(denoisers.nl_means, sigma=SIGMA10), _up("bicubic")),
    ),
    Algorithm(
        "05_01",
        "jpeg-realsr",
        "bic4jpeg40",
        "train",
        "RealSR DF2K_JPEG on a JPEG-compressed input",
        _gan("realsr-df2k-jpeg"),
    ),
    Algorithm(
        "05_02",
        "tv-edsr",
        "bic4noise10",
        "validate",
        "total variation, then small EDSR",
        _chain(partial(denoisers.total_variation, sigma=SIGMA10), _net("edsr-x4")),
    ),
    Algorithm(
        "05_03",
        "noisy-realesrgan",
        "bic4noise10",
        "validate",
        "Real-ESRGAN x4plus straight on the noisy input",
        _gan("realesrgan-x4plus"),
    ),
)

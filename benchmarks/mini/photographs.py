"""The photographs and the crops that become contents: which, under which licence, and how a crop is chosen.

Only photographs that the scikit-image and scikit-learn wheels carry, so that the build needs no other
download.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from skimage import data
from sklearn.datasets import load_sample_image

SIZE = 192
"""Side of a content in pixels: divisible by 4, and large enough for four MS-SSIM scales."""
STRIDE = 8
"""Grid of the candidate crops, in pixels."""
CC0 = "CC0-1.0"
PUBLIC_DOMAIN = "public domain"


@dataclass(frozen=True)
class Photograph:
    """One source photograph. ``statement`` quotes the package that carries it;
    ``part`` keeps all its crops on one side."""

    name: str
    crops: int
    part: str
    licence: str
    author: str
    source: str
    statement: str
    package: str
    shrink: int = 1


def _skimage(name: str, crops: int, part: str, licence: str, author: str, source: str, statement: str) -> Photograph:
    return Photograph(name, crops, part, licence, author, source, statement, "scikit-image")


_FLICKR = "Released under a creative commons license (https://creativecommons.org/licenses/by/2.0/). "

PHOTOGRAPHS: tuple[Photograph, ...] = (
    _skimage(
        "astronaut",
        2,
        "train",
        PUBLIC_DOMAIN,
        "NASA",
        "https://flic.kr/p/r9qvLn",
        "No known copyright restrictions, released into the public domain.",
    ),
    _skimage(
        "brick",
        1,
        "train",
        CC0,
        "CC0Textures (Bricks25)",
        "https://cc0textures.com/view.php?tex=Bricks25",
        "licensed under the Creative Commons CC0 License.",
    ),
    _skimage(
        "camera",
        2,
        "train",
        CC0,
        "Lav Varshney",
        "https://github.com/scikit-image/scikit-image/issues/3927",
        "No copyright restrictions. CC0 by the photographer (Lav Varshney).",
    ),
    _skimage(
        "chelsea",
        2,
        "validate",
        CC0,
        "Stefan van der Walt",
        "https://scikit-image.org/docs/stable/api/skimage.data.html",
        "No copyright restrictions.  CC0 by the photographer (Stefan van der Walt).",
    ),
    Photograph(
        "china",
        1,
        "train",
        "CC-BY-2.0",
        "danielbuechele",
        "https://www.flickr.com/photos/danielbuechele/6061409035/",
        _FLICKR + "Attribution: Some rights reserved by danielbuechele",
        "scikit-learn",
    ),
    _skimage(
        "coffee",
        2,
        "validate",
        CC0,
        "Rachel Michetti",
        "https://scikit-image.org/docs/stable/api/skimage.data.html",
        "This photograph is courtesy of Pikolo Espresso Bar. No copyright restrictions.  "
        "CC0 by the photographer (Rachel Michetti).",
    ),
    _skimage(
        "coins",
        1,
        "validate",
        "no known copyright restrictions",
        "Brooklyn Museum",
        "https://www.brooklynmuseum.org/opencollection/archives/image/51611",
        "No known copyright restrictions.",
    ),
    Photograph(
        # The package's README credits danielbuechele but links to the page of vultilion: both are named.
        "flower",
        1,
        "train",
        "CC-BY-2.0",
        "vultilion (credited as danielbuechele)",
        "https://www.flickr.com/photos/vultilion/6056698931/",
        _FLICKR + "Attribution: Some rights reserved by danielbuechele",
        "scikit-learn",
    ),
    _skimage(
        "grass",
        2,
        "train",
        CC0,
        "linolafett",
        "https://www.deviantart.com/linolafett/art/Grass-01-434853879",
        "licensed under the Creative Commons CC0 License.",
    ),
    _skimage(
        "gravel",
        1,
        "validate",
        CC0,
        "CC0Textures (Gravel04)",
        "https://cc0textures.com/view.php?tex=Gravel04",
        "licensed under the Creative Commons CC0 License.",
    ),
    _skimage(
        "rocket",
        1,
        "validate",
        PUBLIC_DOMAIN,
        "SpaceX",
        "https://www.flickr.com/photos/spacexphotos/16511594820/in/photostream/",
        "The image was captured by SpaceX and released in the public domain",
    ),
)


def load(photograph: Photograph) -> np.ndarray:
    """The whole photograph, (h,w,3) uint8 RGB; grey ones are repeated over the channels."""
    if photograph.package == "scikit-learn":
        image = load_sample_image(f"{photograph.name}.jpg")
    else:
        loader: Callable[[], np.ndarray] = getattr(data, photograph.name)
        image = loader()
    if image.ndim == 2:
        image = np.repeat(image[:, :, None], 3, axis=2)
    if photograph.shrink > 1:
        size = (image.shape[1] // photograph.shrink, image.shape[0] // photograph.shrink)
        image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.LANCZOS))
    return np.ascontiguousarray(image[:, :, :3])


def choose_crops(image: np.ndarray, count: int, size: int = SIZE, stride: int = STRIDE) -> list[tuple[int, int]]:
    """(top, left) of the ``count`` non-overlapping squares that hold the most detail together,
    most detailed first.

    Detail is the mean of the square root of the gradient magnitude: the root lets much texture beat a single
    strong edge, so a crop of flat sky with one silhouette loses. Candidates lie on a grid of ``stride``
    pixels; ties go to the first in reading order. Raises ValueError if the photograph is too small for that
    many.
    """
    grey = image.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    gy, gx = np.gradient(grey)
    total = np.pad(np.sqrt(np.hypot(gx, gy)).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    places = [
        (float(total[t + size, s + size] - total[t, s + size] - total[t + size, s] + total[t, s]), -t, -s)
        for t in range(0, image.shape[0] - size + 1, stride)
        for s in range(0, image.shape[1] - size + 1, stride)
    ]
    places.sort(reverse=True)
    best: tuple[float, list[tuple[int, int]]] = (-1.0, [])

    def extend(start: int, chosen: list[tuple[int, int]], detail: float) -> None:
        """Branch and bound: candidates come best first, so the rest of a list bounds what it can still
        add."""
        nonlocal best
        missing = count - len(chosen)
        if missing == 0:
            best = max(best, (detail, list(chosen)), key=lambda found: found[0])
            return
        for index in range(start, len(places)):
            gain, top, left = places[index][0], -places[index][1], -places[index][2]
            if detail + missing * gain <= best[0]:
                return
            if all(abs(top - t) >= size or abs(left - s) >= size for t, s in chosen):
                extend(index + 1, [*chosen, (top, left)], detail + gain)

    extend(0, [], 0.0)
    if not best[1]:
        raise ValueError(f"{count} non-overlapping crops of {size} px do not fit into {image.shape[:2]}")
    return best[1]


@dataclass(frozen=True)
class Content:
    """One pristine crop: ``image`` is (SIZE, SIZE, 3) uint8 RGB."""

    name: str
    photograph: Photograph
    top: int
    left: int
    image: np.ndarray


def contents() -> list[Content]:
    """All contents, numbered A0001... in the order of the photographs and then of their detail."""
    found: list[Content] = []
    for photograph in PHOTOGRAPHS:
        image = load(photograph)
        for top, left in choose_crops(image, photograph.crops):
            name = f"A{len(found) + 1:04d}"
            found.append(Content(name, photograph, top, left, image[top : top + SIZE, left : left + SIZE]))
    return found

"""The reference that a run shows beside the restored image: given, or made from the pristine one.

Made references are those of the CKDN paper's Table 12: one degradation of the pristine image stands in
for the input of every restoration of that content.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import re
from dataclasses import dataclass

import numpy as np
from PIL import Image

from iqabench._util.errors import DataError, UserError
from iqabench.data.images import UPSAMPLING, Pixels, upsample
from iqabench.data.paradigm import Paradigm
from iqabench.data.protocols.protocol import REFUSED

GIVEN = ("none", "degraded", "pristine")
MADE = ("lr-x2", "lr-x4", "lr-x8", "noise-25", "noise-50", "jpeg-30", "jpeg-10")
"""The made references of Table 12; other strengths are made just so."""

_LIMITS = {"lr-x": (2, 64), "noise-": (1, 255), "jpeg-": (1, 100)}
_MADE_NAME = re.compile(r"(lr-x|noise-|jpeg-)([1-9][0-9]{0,2})", re.ASCII)


@dataclass(frozen=True)
class Reference:
    """What a run shows: ``kind`` is ``none``, ``degraded``, ``pristine``, ``lr-x``, ``noise-`` or ``jpeg-``."""

    kind: str
    strength: int = 0
    """Factor, standard deviation on the 0-255 scale, or JPEG quality; 0 for a given reference."""

    @property
    def name(self) -> str:
        """The name that :func:`parse_reference` reads."""
        return f"{self.kind}{self.strength}" if self.made else self.kind

    @property
    def made(self) -> bool:
        """True if it is computed from the pristine image."""
        return self.kind in _LIMITS

    @property
    def paradigm(self) -> Paradigm:
        """Paradigm of a run that shows it."""
        return {"none": Paradigm.NR, "pristine": Paradigm.FR}.get(self.kind, Paradigm.DR)

    @property
    def needs(self) -> str | None:
        """Manifest column that it is read or made from: ``degraded``, ``pristine``, or None."""
        return None if self.kind == "none" else "degraded" if self.kind == "degraded" else "pristine"


def parse_reference(name: str) -> Reference:
    """Turn a name (``degraded``, ``lr-x4``, ...) into a :class:`Reference`.

    Raises
    ------
    UserError
        For an unknown name or a strength out of range.
    """
    if name in GIVEN:
        return Reference(name)
    match = _MADE_NAME.fullmatch(name)
    if match:
        kind, strength = match[1], int(match[2])
        low, high = _LIMITS[kind]
        if low <= strength <= high:
            return Reference(kind, strength)
        raise UserError(f"reference {name!r}: the number after {kind!r} must lie between {low} and {high}")
    near = difflib.get_close_matches(name.lower(), (*GIVEN, *MADE), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UserError(
        f"unknown reference {name!r}{hint} Use none, degraded, pristine, or one made from the pristine image: "
        f"lr-xN (low resolution), noise-S (Gaussian), jpeg-Q (quality), e.g. {', '.join(MADE)}"
    )


def make(
    reference: Reference,
    source_image: Pixels,
    size: tuple[int, int],
    content: str,
    *,
    source: str = "",
    restored: str = "",
    kernel: str = UPSAMPLING,
) -> Pixels:
    """Make the image that is shown, ``uint8 (H, W, 3)``, of exactly the restored image's size.

    Parameters
    ----------
    source_image
        The degraded image for ``degraded``, else the pristine one, ``uint8 (h, w, 3)``.
    size
        ``(H, W)`` of the restored image.
    content
        Content id; seeds the noise, so that every restoration of a content is shown the same noise.
    source, restored
        Names of the two files, for messages.
    kernel
        By which a smaller image is enlarged: ``nearest``, ``bilinear``, ``bicubic``, ``lanczos``; ``none`` refuses one.

    Raises
    ------
    DataError
        If a smaller image is refused, or the sizes do not fit: a degraded image must have R's size or be smaller by
        one common factor (to within a pixel per side, for rounding); a pristine image must have R's size.
    """
    if reference.kind == "none":
        raise UserError("reference 'none' shows no image")
    found = (source_image.shape[0], source_image.shape[1])
    require_fit(reference, found, size, source=source, restored=restored)
    enlarges = reference.kind == "lr-x" or (reference.kind == "degraded" and found != size)
    if enlarges and kernel == REFUSED:
        what = f"reference {reference.name}" if reference.made else f"degraded image {_named(source, found)}"
        raise DataError(
            f"{what} is smaller than restored image {_named(restored, size)}, and the protocol enlarges none "
            f"(resize = {REFUSED!r}); enlarge it first, or choose a protocol that does"
        )
    if reference.kind == "degraded" and enlarges:
        return upsample(source_image, *size, kernel)
    if reference.kind in GIVEN:
        return source_image
    if reference.kind == "lr-x":
        return _low_resolution(source_image, reference.strength, source, kernel)
    if reference.kind == "noise-":
        return _noisy(source_image, reference.strength, content)
    return _jpeg(source_image, reference.strength)


def require_fit(
    reference: Reference, found: tuple[int, int], size: tuple[int, int], *, source: str = "", restored: str = ""
) -> None:
    """Raise the DataError of :func:`make` if a source of size ``found`` (h, w) cannot serve R of ``size`` (H, W)."""
    if reference.kind == "degraded":
        if found != size and not _one_factor(found, size):
            raise DataError(
                f"degraded image {_named(source, found)} does not fit restored image {_named(restored, size)}: "
                "it must have the same size, or be smaller by one factor in height and width"
            )
    elif found != size:
        raise DataError(
            f"pristine image {_named(source, found)} does not fit restored image {_named(restored, size)}: "
            "crop or resize one of them to the other's size"
        )


def whole_factor(small: tuple[int, int], large: tuple[int, int]) -> int | None:
    """The whole number f by which ``small`` (h, w) was enlarged to ``large`` (H, W); None if there is none.

    The sides of ``small`` are those of ``large`` over f, all rounded down, all to nearest, or all up.
    """
    sides = tuple(zip(small, large, strict=True))
    for factor in sorted({round(length / side) for side, length in sides} - {0}):
        gaps = [side - length / factor for side, length in sides]
        for least, most in ((-1, 0), (-0.5, 0.5), (0, 1)):
            if all(least <= gap <= most and abs(gap) < 1 for gap in gaps):
                return factor
    return None


def _named(file: str, size: tuple[int, int]) -> str:
    return f"{file + ' ' if file else ''}({size[1]}x{size[0]})"


def _one_factor(small: tuple[int, int], large: tuple[int, int]) -> bool:
    """True if ``small`` is ``large`` over one factor f > 1, both sides rounded down, to nearest, or up.

    A side s of a length L allows L / (s + above) <= f <= L / (s - below); both sides must allow a common f.
    """
    if not (small[0] < large[0] and small[1] < large[1]):
        return False
    sides = tuple(zip(small, large, strict=True))
    for below, above in ((0.0, 1.0), (0.5, 0.5), (1.0, 0.0)):
        lowest = max(length / (side + above) for side, length in sides)
        highest = min(length / (side - below) if side > below else float("inf") for side, length in sides)
        if lowest <= highest:
            return True
    return False


def _low_resolution(image: Pixels, factor: int, source: str, kernel: str) -> Pixels:
    height, width = image.shape[:2]
    if factor > min(height, width):
        raise DataError(f"pristine image {_named(source, (height, width))} is too small for lr-x{factor}")
    return upsample(upsample(image, round(height / factor), round(width / factor)), height, width, kernel)


def _noisy(image: Pixels, sigma: int, content: str) -> Pixels:
    digest = hashlib.blake2b(f"{content}\nnoise-{sigma}".encode(), digest_size=4).digest()
    # RandomState's stream is frozen for good (NEP 19); Generator's may change with a NumPy release, and scores with it.
    noise = np.random.RandomState(int.from_bytes(digest, "little")).standard_normal(image.shape)
    return np.clip(np.rint(image + sigma * noise), 0, 255).astype(np.uint8)


def _jpeg(image: Pixels, quality: int) -> Pixels:
    buffer = io.BytesIO()
    # 4:2:0, what cameras and the web use, and what Pillow would choose by itself today.
    Image.fromarray(image).save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    return np.array(Image.open(buffer))

"""Colour profiles: pixels of any profile to sRGB, by Pillow's ImageCms (LittleCMS)."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from iqabench._util.text import printable
from iqabench.data.images.formats import Pixels

INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION
ALIKE = 2
"""Grey levels of 255: a profile that moves no colour by more is sRGB by another name."""
MAX_PROFILE = 16 << 20
"""Bytes of the largest profile that is opened."""

_GREY_MODES = ("L", "LA", "La", "1", "I", "I;16", "I;16L", "I;16B", "I;16N")
_SPACES = {"RGB": "RGB", "GRAY": "grey", "CMYK": "CMYK"}
_SRGB_GAMMA, _GAMMA_SLACK = 1 / 2.2, 0.01
_SRGB_CHROMATICITIES = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_CHROMATICITY_SLACK = 0.005
_EXIF, _INTEROPERABILITY, _INDEX = 0x8769, 0xA005, 1


@dataclass(frozen=True)
class Colour:
    """How the colours of one image become sRGB."""

    notes: tuple[str, ...] = ()
    convert: Callable[[Pixels], Pixels] | None = None
    """RGB ``(h, w, 3)`` to sRGB ``(h, w, 3)``; None where nothing changes."""
    from_cmyk: Callable[[Image.Image], Image.Image] | None = None
    """A CMYK image to sRGB; None where its profile does not say how."""


def colour_of(image: Image.Image) -> Colour:
    """What the image says of its colours."""
    profile = image.info.get("icc_profile")
    family = "GRAY" if image.mode in _GREY_MODES else "CMYK" if image.mode == "CMYK" else "RGB"
    if profile:
        return _by_profile(bytes(profile) if isinstance(profile, bytes | bytearray) else b"", family)
    return Colour(tuple(_undeclared(image)))


def _undeclared(image: Image.Image) -> list[str]:
    """What is said of colours without a profile, and not applied."""
    notes = []
    gamma, chromaticity = image.info.get("gamma"), image.info.get("chromaticity")
    if "srgb" not in image.info:
        if isinstance(gamma, float | int) and abs(gamma - _SRGB_GAMMA) > _GAMMA_SLACK:
            notes.append(f"PNG gamma {gamma:g} not applied, taken as sRGB")
        if isinstance(chromaticity, tuple) and len(chromaticity) == 8:
            away = max(abs(a - b) for a, b in zip(chromaticity, _SRGB_CHROMATICITIES, strict=True))
            if away > _CHROMATICITY_SLACK:
                notes.append("PNG chromaticities not applied, taken as sRGB")
    exif = image.getexif()
    if _EXIF in exif and exif.get_ifd(_INTEROPERABILITY).get(_INDEX) == "R03":
        notes.append("EXIF says Adobe RGB without a profile, taken as sRGB")
    return notes


@lru_cache(maxsize=64)
def _by_profile(data: bytes, family: str) -> Colour:
    try:
        if len(data) > MAX_PROFILE:
            raise ValueError("too large")
        opened = ImageCms.ImageCmsProfile(io.BytesIO(data))
        space = str(opened.profile.xcolor_space).strip()
        name = printable(ImageCms.getProfileDescription(opened).strip()[:60]) or "without name"
        if space != family and not (family == "GRAY" and space == "RGB"):
            told = _SPACES.get(space, space)
            return Colour((f"colour profile {name!r} is for {told} pixels, ignored: {_without(family)}",))
        transform: Any = ImageCms.buildTransform(
            opened,
            ImageCms.createProfile("sRGB"),
            {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}[space],
            "RGB",
            INTENT,
            FLAGS,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return Colour((f"broken colour profile ignored: {_without(family)}",))

    note = f"colour profile {name!r} converted to sRGB"
    if space == "CMYK":
        return Colour((note,), from_cmyk=lambda image: ImageCms.applyTransform(image, transform) or image)

    def through(pixels: Pixels) -> Pixels:
        given = np.ascontiguousarray(pixels[..., 0] if space == "GRAY" else pixels)
        return np.asarray(ImageCms.applyTransform(Image.fromarray(given), transform))

    probe = _probe(family)
    if int(np.abs(through(probe).astype(int) - probe).max()) <= ALIKE:
        return Colour()
    return Colour((note,), convert=through)


def _without(family: str) -> str:
    return "converted without colour management" if family == "CMYK" else "taken as sRGB"


def _probe(family: str) -> Pixels:
    """Colours by which a profile is told from sRGB: all greys, and for RGB a grid of colours."""
    greys = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    if family == "GRAY":
        return greys
    steps = np.array([0, 32, 64, 96, 128, 160, 192, 224, 255], dtype=np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    return np.concatenate([greys, grid], axis=1)

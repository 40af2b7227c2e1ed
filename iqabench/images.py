"""Image files to pixels: decoded fully, checked, and turned into 8-bit RGB by stated rules.

========================  ==========================================================================
file                      rule
========================  ==========================================================================
8-bit RGB                 as it is
16-bit grey or colour     each value v becomes round(v / 257)
grey, 1-bit               repeated on three channels
palette                   looked up
alpha                     dropped if fully opaque, else composited on white
CMYK, YCbCr               Pillow's plain conversion, no colour management
EXIF orientation          applied
several frames            refused (a phone's MPO file counts as its first picture)
float, 32-bit, Lab, HSV   refused: their range or conversion would be a guess
16-bit colour, not PNG    refused: Pillow would cut it to 8 bits in silence
========================  ==========================================================================
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from iqabench.datasets.digests import content_digest
from iqabench.errors import DataError

__all__ = ["MAX_PIXELS", "content_digest", "conversion_of", "inspect_image", "read_image", "upsample"]

MAX_PIXELS = 100_000_000
"""Largest width x height that is decoded; a larger one is refused by its header alone."""

WHITE = 255
_ORIENTATION = 0x0112
_PLAIN = {"L": "grey repeated on three channels", "1": "1-bit repeated on three channels", "P": "palette looked up"}
_CONVERTED = {
    "CMYK": "CMYK converted without colour management",
    "YCbCr": "YCbCr converted to RGB",
    "RGBX": "padding channel dropped",
}
_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
# What Pillow's decoders raise on damaged files; found by flipping bytes in every format the tests write.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    struct.error,
    zlib.error,
)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)

Pixels = NDArray[np.uint8]


def read_image(path: str | Path) -> Pixels:
    """Read an image as ``uint8`` RGB of shape ``(H, W, 3)``, by the rules at the top of this module.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated, damaged, not an image, animated, larger than
        :data:`MAX_PIXELS`, or of a kind whose conversion would be a guess.
    """
    return inspect_image(path)[0]


def conversion_of(path: str | Path) -> tuple[str, ...]:
    """Name the conversions that :func:`read_image` applies to a file; empty for plain 8-bit RGB.

    The file is decoded, since only its pixels tell whether an alpha channel matters.
    """
    return inspect_image(path)[1]


def inspect_image(path: str | Path) -> tuple[Pixels, tuple[str, ...]]:
    """Return what :func:`read_image` and :func:`conversion_of` return, decoding once."""
    file = Path(path)
    try:
        if file.stat().st_size == 0:
            raise DataError(f"{file}: the file is empty; copy or download it again")
        with Image.open(file) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise DataError(_too_large(file, f"{width}x{height}"))
            frames = getattr(image, "n_frames", 1)
            if frames > 1 and image.format != "MPO":
                raise DataError(f"{file}: holds {frames} frames; save the one to be judged as a still image")
            pixels, notes = _to_rgb(image, file)  # before getexif, which may load the image and forget its raw mode
            orientation = image.getexif().get(_ORIENTATION, 1)
    except FileNotFoundError as error:
        raise DataError(f"{file}: no such image; complete the dataset or correct the path") from error
    except UnidentifiedImageError as error:
        raise DataError(f"{file}: not an image that can be read; convert it to PNG or remove it") from error
    except _BOMBS as error:
        raise DataError(_too_large(file, "its size")) from error
    except _DECODER_ERRORS as error:
        raise DataError(f"{file}: truncated or damaged ({error}); copy or download it again") from error
    if orientation in range(2, 9):
        pixels, notes = _upright(pixels, orientation), (*notes, f"EXIF orientation {orientation} applied")
    return np.ascontiguousarray(pixels), notes


def upsample(image: Pixels, height: int, width: int) -> Pixels:
    """Resize ``uint8 (h, w, 3)`` to ``(height, width, 3)`` by Pillow's bicubic filter on 8-bit values.

    This is the one rule by which a degraded reference is brought to the size of the restored image.
    """
    return np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


def _too_large(file: Path, size: str) -> str:
    return f"{file}: {size} exceeds {MAX_PIXELS // 1_000_000} megapixels; crop it, or remove it if it is no photograph"


def _to_rgb(image: Image.Image, file: Path) -> tuple[Pixels, tuple[str, ...]]:
    mode, raw_mode = image.mode, _raw_mode(image)
    if mode in ("RGB", *_ALPHA) and ";16" in raw_mode:
        return _colour16(image, file, raw_mode)
    if mode.startswith("I;16") or (mode == "I" and image.format in ("PNG", "PPM")):
        values = np.array(image).astype(np.int64)
        if "transparency" in image.info:
            raise DataError(f"{file}: 16-bit grey with a transparent colour; save it without transparency")
        return _grey_to_rgb(_to_8bit(values)), ("16-bit scaled by 1/257", _PLAIN["L"])
    if mode in _ALPHA or "transparency" in image.info:
        rgba = np.array(image.convert("RGBA"))
        pixels, notes = _without_alpha(rgba, 255)
        return pixels, (_PLAIN[mode], *notes) if mode in _PLAIN else notes
    if mode == "RGB":
        return np.array(image), ()
    if mode in _PLAIN or mode in _CONVERTED:
        return np.array(image.convert("RGB")), ((_PLAIN | _CONVERTED)[mode],)
    raise DataError(f"{file}: pixel format {mode!r} has no stated conversion; save it as 8-bit RGB PNG")


def _raw_mode(image: Image.Image) -> str:
    """How the file itself stores its pixels, which Pillow's mode hides for 16-bit colour."""
    tiles: list[Any] = getattr(image, "tile", [])
    arguments = tiles[0][3] if tiles else ""
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _colour16(image: Image.Image, file: Path, raw_mode: str) -> tuple[Pixels, tuple[str, ...]]:
    if image.format != "PNG":
        raise DataError(f"{file}: 16-bit colour {image.format} cannot be read exactly; save it as PNG")
    image.load()  # Pillow's checks of chunks and length, before the less talkative decoder below
    # Pillow has no 16-bit colour; torchvision has, and costs seconds to import, so only here.
    import torch
    from torchvision.io import ImageReadMode, decode_image

    encoded = torch.from_numpy(np.fromfile(file, dtype=np.uint8))
    try:
        decoded = decode_image(encoded, ImageReadMode.UNCHANGED)
    except RuntimeError as error:
        raise DataError(f"{file}: truncated or damaged ({error}); copy or download it again") from error
    values = decoded.to(torch.int64).permute(1, 2, 0).numpy()
    scaled = "16-bit scaled by 1/257"
    if raw_mode.startswith("LA"):
        values = np.concatenate([values[..., :1]] * 3 + [values[..., 1:]], axis=2)
    if values.shape[2] == 3:
        return _to_8bit(values), (scaled,)
    pixels, notes = _without_alpha(values, 65535)
    return pixels, (scaled, *notes)


def _without_alpha(rgba: NDArray[Any], top: int) -> tuple[Pixels, tuple[str, ...]]:
    """Composite ``(H, W, 4)`` with values up to ``top`` on white; rounding to 8 bits comes last."""
    colour, alpha = rgba[..., :3].astype(np.float64), rgba[..., 3:].astype(np.float64) / top
    opaque = bool((alpha == 1).all())
    blended = colour * (255 / top) * alpha + WHITE * (1 - alpha)
    return np.rint(blended).astype(np.uint8), () if opaque else ("alpha composited on white",)


def _to_8bit(values: NDArray[np.int64]) -> Pixels:
    return ((values + 128) // 257).astype(np.uint8)


def _grey_to_rgb(grey: Pixels) -> Pixels:
    return np.repeat(grey[..., None], 3, axis=2)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo the camera's turn; the numbers are those of the EXIF standard (tag 0x0112)."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    mirror_rows = orientation in (3, 4, 7, 8)
    mirror_columns = orientation in (2, 3, 6, 7)
    return pixels[:: -1 if mirror_rows else 1, :: -1 if mirror_columns else 1]

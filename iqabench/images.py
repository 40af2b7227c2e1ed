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
float, 32-bit, Lab, ...   refused: their range or conversion would be a guess
formats not in FORMATS    refused
========================  ==========================================================================

What a file declares is checked before it is decoded: a decompression bomb costs no memory, and no file
that is accepted costs more than :data:`BYTES_PER_PIXEL` a pixel.
"""

from __future__ import annotations

import stat
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from iqabench.datasets.digests import content_digest
from iqabench.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "BYTES_PER_PIXEL",
    "FORMATS",
    "MAX_PIXELS",
    "PIXELS",
    "Header",
    "content_digest",
    "conversion_of",
    "from_pillow",
    "header_of",
    "inspect_image",
    "read_image",
    "upsample",
    "upsample_tensor",
]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "PPM", "GIF")
"""Formats that are read, in Pillow's names, whatever a file's name ends in. Pillow knows more; among them are
some that are programs (PostScript), which no image of a dataset may be."""

PIXELS = "1"
"""Version of the rules above: a run's identity and the cache of decoded pixels hold it. Raise it with every change of
a rule that changes pixels."""

MAX_PIXELS = 100_000_000
"""Largest width x height that is decoded; a larger one is refused by its header alone."""

BYTES_PER_PIXEL = 24
"""Most memory that decoding takes for each pixel: 2.4 GB for the largest image."""

MAX_JPEG_WORK = 20 * MAX_PIXELS
"""Largest pixels x scans of a JPEG. A progressive one has about ten scans; thousands are made to waste time."""

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
_STRIP_PIXELS = 1 << 16

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
        state = file.stat()
        if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):
            raise DataError(f"{file}: a pipe or a device, not a file; name a file")  # opening it might never return
        if state.st_size == 0:
            raise DataError(f"{file}: the file is empty; copy or download it again")
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise DataError(_too_large(file, f"{width}x{height}"))
            # Not n_frames: counting the frames of a long animation takes long.
            if getattr(image, "is_animated", False) and image.format != "MPO":
                raise DataError(f"{file}: holds several frames; save the one to be judged as a still image")
            if image.format in ("JPEG", "MPO"):
                _refuse_endless_scans(file, width * height)
            raw_mode = _raw_mode(image)
            image.load()  # outside NumPy, which would hide some of Pillow's errors
            pixels, notes = _to_rgb(image, raw_mode, file)
            orientation = image.getexif().get(_ORIENTATION, 1)
    except FileNotFoundError as error:
        raise DataError(f"{file}: no such image; complete the dataset or correct the path") from error
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise DataError(f"{file}: cannot be opened ({error.strerror}); check the path and its permissions") from error
    except UnidentifiedImageError as error:
        raise DataError(f"{file}: not an image that can be read; convert it to PNG or remove it") from error
    except _BOMBS as error:
        raise DataError(_too_large(file, "its size")) from error
    except _DECODER_ERRORS as error:
        raise DataError(f"{file}: truncated or damaged ({error}); copy or download it again") from error
    if orientation in range(2, 9):
        pixels, notes = _upright(pixels, orientation), (*notes, f"EXIF orientation {orientation} applied")
    return np.ascontiguousarray(pixels), notes


def from_pillow(image: Image.Image, name: str) -> Pixels:
    """Turn an image in memory into ``uint8 (H, W, 3)`` by the same rules; ``name`` stands for it in messages.

    Raises
    ------
    DataError
        If its pixel format has no stated conversion.
    """
    return np.ascontiguousarray(_to_rgb(image, "", Path(name))[0])


class Header(NamedTuple):
    """What a file says of its image before it is decoded."""

    height: int
    width: int
    """Upright, after the EXIF orientation."""
    plain: bool
    """True for RGB without transparency: only other images may be converted (see :func:`conversion_of`)."""


def header_of(path: str | Path) -> Header | None:
    """Read an image's header alone; None if it cannot be read, which :func:`read_image` explains."""
    if not Path(path).is_file():
        return None
    try:
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
            plain = image.mode == "RGB" and "transparency" not in image.info
            turned = image.getexif().get(_ORIENTATION, 1) in range(5, 9)
    except (*_DECODER_ERRORS, *_BOMBS):
        return None
    return Header(width, height, plain) if turned else Header(height, width, plain)


def upsample(image: Pixels, height: int, width: int) -> Pixels:
    """Resize ``uint8 (h, w, 3)`` to ``(height, width, 3)`` by Pillow's bicubic filter on 8-bit values.

    This is the one rule by which a degraded reference is brought to the size of the restored image.
    """
    return np.array(Image.fromarray(image).resize((width, height), Image.Resampling.BICUBIC))


def upsample_tensor(images: Tensor, height: int, width: int) -> Tensor:
    """The rule of :func:`upsample` for floats ``(N, 3, h, w)`` in [0, 1]: the same kernel, not rounded to 8 bits."""
    from torch.nn import functional

    # Antialiasing chooses Pillow's kernel (a = -0.5); bytes cannot leave the range either.
    return functional.interpolate(images, (height, width), mode="bicubic", antialias=True).clamp(0, 1)


def _too_large(file: Path, size: str) -> str:
    return f"{file}: {size} exceeds {MAX_PIXELS // 1_000_000} megapixels; crop it, or remove it if it is no photograph"


def _refuse_endless_scans(file: Path, pixels: int) -> None:
    scans = file.read_bytes().count(b"\xff\xda")  # a marker: inside coded data 0xff is followed by 0
    if scans * pixels > MAX_JPEG_WORK:
        raise DataError(f"{file}: {scans} scans, which no camera makes; save it as PNG or as a plain JPEG")


def _to_rgb(image: Image.Image, raw_mode: str, file: Path) -> tuple[Pixels, tuple[str, ...]]:
    mode = image.mode
    if mode in ("RGB", *_ALPHA) and ";16" in raw_mode:
        return _colour16(image, file, raw_mode)
    if mode.startswith("I;16") or (mode == "I" and image.format in ("PNG", "PPM")):
        if "transparency" in image.info:
            raise DataError(f"{file}: 16-bit grey with a transparent colour; save it without transparency")
        pixels = np.empty((image.height, image.width, 3), np.uint8)
        for rows, strip in _strips(image):
            pixels[rows] = _to_8bit(np.asarray(strip).astype(np.int64))[..., None]
        return pixels, ("16-bit scaled by 1/257", _PLAIN["L"])
    if mode in _ALPHA or "transparency" in image.info:
        pixels, notes = _without_alpha(image, lambda strip, rows: np.asarray(strip.convert("RGBA")), 255)
        return pixels, (_PLAIN[mode], *notes) if mode in _PLAIN else notes
    if mode == "RGB":
        return np.array(image), ()
    if mode in _PLAIN or mode in _CONVERTED:
        return np.array(image.convert("RGB")), ((_PLAIN | _CONVERTED)[mode],)
    raise DataError(f"{file}: pixel format {mode!r} has no stated conversion; save it as 8-bit RGB PNG")


def _strips(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    """The image in strips of rows: arithmetic on wide numbers then needs no memory worth counting."""
    height = max(1, _STRIP_PIXELS // image.width)
    for top in range(0, image.height, height):
        bottom = min(top + height, image.height)
        yield slice(top, bottom), image.crop((0, top, image.width, bottom))


def _raw_mode(image: Image.Image) -> str:
    """How the file itself stores its pixels, which Pillow's mode hides for 16-bit colour."""
    tiles: list[Any] = getattr(image, "tile", [])
    arguments = tiles[0][3] if tiles else ""
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def _colour16(image: Image.Image, file: Path, raw_mode: str) -> tuple[Pixels, tuple[str, ...]]:
    """Read all 16 bits, though Pillow keeps the high byte only: told of the other byte order, it keeps the low one."""
    layout, _, order = raw_mode.rpartition("16")
    if layout not in ("RGB;", "RGBA;"):
        raise DataError(f"{file}: 16-bit pixels {raw_mode!r} have no stated conversion; save it as RGB or RGBA PNG")
    native = "L" if sys.byteorder == "little" else "B"
    swapped = layout + ("16B" if (native if order == "N" else order) == "L" else "16L")
    with Image.open(file, formats=FORMATS) as again:
        opened: Any = again
        opened.tile = [_read_as(tile, swapped) for tile in opened.tile]
        opened.load()

        def values(strip: Image.Image, rows: slice) -> NDArray[np.int64]:
            low = again.crop((0, rows.start, again.width, rows.stop))
            return np.asarray(strip).astype(np.int64) * 256 + np.asarray(low)

        scaled = "16-bit scaled by 1/257"
        if layout == "RGBA;":
            pixels, notes = _without_alpha(image, values, 65535)
            return pixels, (scaled, *notes)
        pixels = np.empty((image.height, image.width, 3), np.uint8)
        for rows, strip in _strips(image):
            pixels[rows] = _to_8bit(values(strip, rows))
    return pixels, (scaled,)


def _read_as(tile: Any, raw_mode: str) -> Any:
    arguments = raw_mode if isinstance(tile[3], str) else (raw_mode, *tile[3][1:])
    changed = (*tile[:3], arguments)
    return tile._make(changed) if hasattr(tile, "_make") else changed  # plain tuples before Pillow 11


def _without_alpha(
    image: Image.Image, rgba: Callable[[Image.Image, slice], NDArray[Any]], top: int
) -> tuple[Pixels, tuple[str, ...]]:
    """Composite on white; ``rgba`` gives a strip's ``(h, W, 4)`` with values up to ``top``. Rounding comes last."""
    pixels, opaque = np.empty((image.height, image.width, 3), np.uint8), True
    for rows, strip in _strips(image):
        values = rgba(strip, rows)
        if (values[..., 3] == top).all() and top == WHITE:
            pixels[rows] = values[..., :3]
            continue
        colour, alpha = values[..., :3].astype(np.float64), values[..., 3:].astype(np.float64) / top
        opaque = opaque and bool((alpha == 1).all())
        pixels[rows] = np.rint(colour * (255 / top) * alpha + WHITE * (1 - alpha)).astype(np.uint8)
    return pixels, () if opaque else ("alpha composited on white",)


def _to_8bit(values: NDArray[np.int64]) -> Pixels:
    return ((values + 128) // 257).astype(np.uint8)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo the camera's turn; the numbers are those of the EXIF standard (tag 0x0112)."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    mirror_rows = orientation in (3, 4, 7, 8)
    mirror_columns = orientation in (2, 3, 6, 7)
    return pixels[:: -1 if mirror_rows else 1, :: -1 if mirror_columns else 1]

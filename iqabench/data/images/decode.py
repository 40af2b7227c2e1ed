"""Files, bytes and opened images: everything that Pillow decodes, through one function."""

from __future__ import annotations

import io
import stat
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from iqabench._util.errors import DataError
from iqabench.data.images.colour import colour_of
from iqabench.data.images.convert import declared_top, refuse_few_bits, stored_as, to_rgb, upright
from iqabench.data.images.formats import FORMATS, MAX_JPEG_WORK, MAX_PIXELS, Pixels

ORIENTATION = 0x0112
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


def read_image(path: str | Path) -> Pixels:
    """Read an image as ``uint8`` RGB of shape ``(H, W, 3)``, by the rules at the top of :mod:`iqabench.data.images`.

    Raises
    ------
    DataError
        If the file is missing, empty, truncated, damaged, not an image, animated, larger than
        :data:`~iqabench.data.images.MAX_PIXELS`, or of a kind whose conversion would be a guess.
    """
    return inspect_image(path)[0]


def conversion_of(path: str | Path) -> tuple[str, ...]:
    """Name the conversions that :func:`read_image` applies to a file; empty for plain 8-bit sRGB.

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
        return _decoded(lambda: Image.open(file, formats=FORMATS), file.read_bytes, str(file))
    except FileNotFoundError as error:
        raise DataError(f"{file}: no such image; complete the dataset or correct the path") from error
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise DataError(f"{file}: cannot be opened ({error.strerror}); check the path and its permissions") from error
    except _DECODER_ERRORS as error:
        raise DataError(f"{file}: truncated or damaged ({error}); copy or download it again") from error


def inspect_bytes(data: bytes, name: str) -> tuple[Pixels, tuple[str, ...]]:
    """As :func:`inspect_image`, of the bytes of a file; ``name`` stands for it in messages."""
    if not data:
        raise DataError(f"{name}: no bytes; give those of an image file")
    try:
        return _decoded(lambda: Image.open(io.BytesIO(data), formats=FORMATS), lambda: data, name)
    except _DECODER_ERRORS as error:
        raise DataError(f"{name}: truncated or damaged ({error}); read it again") from error


def inspect_opened(image: Image.Image, name: str) -> tuple[Pixels, tuple[str, ...]]:
    """As :func:`inspect_image`, of an image that Pillow opened or made.

    One that is opened and not loaded yet is read from its file. Of a loaded one the pixels in memory count; what its
    file said of them (EXIF orientation, profile) still does.

    Raises
    ------
    DataError
        Also for 16-bit colour that Pillow has loaded: only 8 of the 16 bits are left.
    """
    data = _unread(image)
    if data is not None:
        return inspect_bytes(data, name)
    if getattr(image, "is_animated", False) and (image.format != "MPO" or image.tell()):
        raise DataError(_several_frames(name))
    if image.width * image.height > MAX_PIXELS:
        raise DataError(_too_large(name, f"{image.width}x{image.height}"))
    if image.mode in ("RGB", "RGBA") and _was_16bit(image):
        raise DataError(f"{name}: 16-bit colour, of which Pillow keeps 8 bits; give the path of its file instead")
    try:
        return _finished(image, *to_rgb(image, "", name, lambda: image))
    except _DECODER_ERRORS as error:
        raise DataError(f"{name}: truncated or damaged ({error}); open it again") from error


class ImageHeader(NamedTuple):
    """What a file says of its image before it is decoded."""

    height: int
    width: int
    """Upright, after the EXIF orientation."""
    plain: bool
    """True for upright 8-bit sRGB without transparency: only other images are converted (:func:`conversion_of`)."""


def header_of(path: str | Path) -> ImageHeader | None:
    """Read an image's header alone; None if it cannot be read, which :func:`read_image` explains."""
    if not Path(path).is_file():
        return None
    try:
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
            orientation = _orientation(image)
            lies = orientation >= 5 and image.format != "TIFF"  # of which Pillow gives the upright size
            colour = colour_of(image)
            plain = (
                image.mode == "RGB"
                and "transparency" not in image.info
                and ";16" not in stored_as(image)
                and declared_top(image) == 255
                and orientation == 1
                and not colour.notes
            )
    except (*_DECODER_ERRORS, *_BOMBS):
        return None
    return ImageHeader(width, height, plain) if lies else ImageHeader(height, width, plain)


def _decoded(reopen: Callable[[], Image.Image], data: Callable[[], bytes], name: str) -> tuple[Pixels, tuple[str, ...]]:
    try:
        with reopen() as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise DataError(_too_large(name, f"{width}x{height}"))
            # Not n_frames: counting the frames of a long animation takes long.
            if getattr(image, "is_animated", False) and image.format != "MPO":
                raise DataError(_several_frames(name))
            if image.format in ("JPEG", "MPO"):
                _refuse_endless_scans(name, data(), width * height)
            raw_mode, top = stored_as(image), declared_top(image)
            offset = image.tile[0][2] if top > 255 else 0  # type: ignore[attr-defined]
            orientation = _orientation(image)
            image.load()  # outside NumPy, which would hide some of Pillow's errors
            pixels, notes = to_rgb(image, raw_mode, name, reopen)
            if top > 255 and image.mode == "RGB":
                notes = ("16-bit scaled to 8 bits", *notes)
                darkest = int(pixels.max())
                if darkest < 16 and (darkest or any(data()[offset:])):
                    refuse_few_bits(max(1, darkest * top // 255), name)
            return _finished(image, pixels, notes, orientation)
    except UnidentifiedImageError as error:
        raise DataError(f"{name}: not an image that can be read; convert it to PNG or remove it") from error
    except _BOMBS as error:
        raise DataError(_too_large(name, "its size")) from error


def _finished(
    image: Image.Image, pixels: Pixels, notes: tuple[str, ...], before: int = 1
) -> tuple[Pixels, tuple[str, ...]]:
    """Turn the pixels upright. Of a TIFF Pillow has done so in loading it: only ``before`` tells."""
    orientation = _orientation(image)
    if orientation != 1:
        pixels = upright(pixels, orientation)
    if orientation != 1 or before != 1:
        notes = (*notes, f"EXIF orientation {max(orientation, before)} applied")
    return np.ascontiguousarray(pixels), notes


def _orientation(image: Image.Image) -> int:
    """The camera's turn, 1 to 8; 1 is upright, and stands for anything else."""
    found = image.getexif().get(ORIENTATION, 1)
    return found if found in range(2, 9) else 1


def _unread(image: Image.Image) -> bytes | None:
    """The bytes of the file of an image that is opened and not loaded yet; None for any other."""
    stream = getattr(image, "fp", None)
    if stream is None or not getattr(image, "tile", None) or not hasattr(stream, "seek"):
        return None
    try:
        place = stream.tell()
        stream.seek(0)
        data = stream.read()
        stream.seek(place)
        with Image.open(io.BytesIO(data), formats=FORMATS) as again:
            same = again.size == image.size and again.mode == image.mode  # not so after a draft
    except (OSError, ValueError, SyntaxError, *_BOMBS):
        return None
    return data if same or getattr(image, "is_animated", False) else None


def _was_16bit(image: Image.Image) -> bool:
    """True if an image that is loaded had 16 bits for each colour in its file, as far as that can be known."""
    bits = getattr(image, "tag_v2", {}).get(258)
    if bits is not None:
        return bool((max(bits) if isinstance(bits, tuple) else bits) > 8)
    name = getattr(image, "filename", "")
    if image.format != "PNG" or not name:
        return False
    try:
        with Image.open(name, formats=FORMATS) as again:
            return ";16" in stored_as(again)
    except (*_DECODER_ERRORS, *_BOMBS):
        return False


def _several_frames(name: str) -> str:
    return f"{name}: holds several frames; save the one to be judged as a still image"


def _too_large(name: str, size: str) -> str:
    return f"{name}: {size} exceeds {MAX_PIXELS // 1_000_000} megapixels; crop it, or remove it if it is no photograph"


def _refuse_endless_scans(name: str, data: bytes, pixels: int) -> None:
    scans = data.count(b"\xff\xda")  # a marker: inside coded data 0xff is followed by 0
    if scans * pixels > MAX_JPEG_WORK:
        raise DataError(f"{name}: {scans} scans, which no camera makes; save it as PNG or as a plain JPEG")

"""Pixels of every mode to 8-bit sRGB: depth, palette, transparency, profile, turn."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqabench._util.errors import DataError
from iqabench.data.images.colour import Colour, colour_of
from iqabench.data.images.formats import Pixels

WHITE = 255
SCALED = "16-bit scaled by 1/257"
LEAST_TOP = 4096
"""A 16-bit image whose values all stay below is refused: it holds 8, 10 or 12 bits and would come out black."""

_PLAIN = {
    "L": "grey repeated on three channels",
    "LA": "grey repeated on three channels",
    "1": "1-bit repeated on three channels",
    "P": "palette looked up",
}
_CONVERTED = {
    "CMYK": "CMYK converted without colour management",
    "YCbCr": "YCbCr converted to RGB",
    "RGBX": "padding channel dropped",
}
ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")
_STRIP_PIXELS = 1 << 16

Wide = NDArray[Any]


def to_rgb(
    image: Image.Image, raw_mode: str, name: str, reopen: Callable[[], Image.Image]
) -> tuple[Pixels, tuple[str, ...]]:
    """Convert a loaded image; ``raw_mode`` is how its file stores pixels, ``reopen`` opens that file again."""
    colour = colour_of(image)
    if image.mode == "CMYK" and colour.from_cmyk is not None:
        return np.array(colour.from_cmyk(image)), colour.notes
    pixels, notes = _depth_and_alpha(image, raw_mode, name, reopen, colour)
    return pixels, (*notes, *colour.notes)


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo the camera's turn; the numbers are those of the EXIF standard (tag 0x0112)."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    mirror_rows = orientation in (3, 4, 7, 8)
    mirror_columns = orientation in (2, 3, 6, 7)
    return pixels[:: -1 if mirror_rows else 1, :: -1 if mirror_columns else 1]


def stored_as(image: Image.Image) -> str:
    """How the file itself stores its pixels, which Pillow's mode hides for 16-bit colour; empty once it is loaded."""
    tiles: list[Any] = getattr(image, "tile", [])
    arguments = tiles[0][3] if tiles else ""
    return str(arguments[0] if isinstance(arguments, tuple) and arguments else arguments)


def declared_top(image: Image.Image) -> int:
    """The largest value that a PPM file declares (its maxval); 255 for other files."""
    tiles: list[Any] = getattr(image, "tile", [])
    arguments: Any = tiles[0][3] if tiles and image.format == "PPM" else None
    if isinstance(arguments, tuple) and len(arguments) == 2 and isinstance(arguments[1], int):
        return arguments[1]
    return 255


def refuse_few_bits(largest: int, name: str) -> None:
    """Refuse 16-bit values that use 8, 10 or 12 bits only. An image that is black throughout is black."""
    if not 0 < largest < LEAST_TOP:
        return
    bits = next(bits for bits in (8, 10, 12) if largest < 1 << bits)
    raise DataError(
        f"{name}: 16-bit values, but the largest is {largest} of 65535: this looks like {bits} bits, and would come "
        f"out black; multiply the values by 65535/{(1 << bits) - 1}, or save the image with 8 bits"
    )


def wide_to_rgb(values: Wide, name: str) -> tuple[Pixels, tuple[str, ...]]:
    """16-bit values ``(H, W, 1 | 3 | 4)`` in memory by the rules for files."""
    channels = values.shape[2]
    refuse_few_bits(int(values[..., :3].max(initial=0)), name)
    if channels == 4:
        pixels, opaque = np.empty((*values.shape[:2], 3), np.uint8), True
        for top in range(0, len(values), 64):
            pixels[top : top + 64], solid = _on_white(values[top : top + 64].astype(np.int64), 65535, Colour())
            opaque = opaque and solid
        return pixels, (SCALED, *_said(opaque))
    pixels = np.empty((*values.shape[:2], 3), np.uint8)
    for top in range(0, len(values), 64):
        pixels[top : top + 64] = _to_8bit(values[top : top + 64].astype(np.int64))
    return pixels, (SCALED, _PLAIN["L"]) if channels == 1 else (SCALED,)


def _depth_and_alpha(
    image: Image.Image, raw_mode: str, name: str, reopen: Callable[[], Image.Image], colour: Colour
) -> tuple[Pixels, tuple[str, ...]]:
    mode = image.mode
    if mode in ("RGB", *ALPHA) and ";16" in raw_mode:
        return _colour16(image, name, raw_mode, reopen, colour)
    if mode.startswith("I;16") or (mode == "I" and image.format in ("PNG", "PPM")):
        if "transparency" in image.info:
            raise DataError(f"{name}: 16-bit grey with a transparent colour; save it without transparency")
        pixels, largest = np.empty((image.height, image.width, 3), np.uint8), 0
        for rows, strip in _strips(image):
            values = np.asarray(strip).astype(np.int64)
            largest = max(largest, int(values.max()))
            pixels[rows] = _in_srgb(np.repeat(_to_8bit(values)[..., None], 3, axis=2), colour)
        refuse_few_bits(largest, name)
        return pixels, (SCALED, _PLAIN["L"])
    if mode in ALPHA or "transparency" in image.info:
        pixels, notes, _ = _without_alpha(image, lambda strip, rows: np.asarray(strip.convert("RGBA")), 255, colour)
        return pixels, (_PLAIN[mode], *notes) if mode in _PLAIN else notes
    if mode == "RGB":
        return _all_in_srgb(np.array(image), colour), ()
    if mode in _PLAIN or mode in _CONVERTED:
        managed = mode == "CMYK" and colour.notes  # its note says already how it was converted
        said = () if managed else ((_PLAIN | _CONVERTED)[mode],)
        return _all_in_srgb(np.array(image.convert("RGB")), colour), said
    raise DataError(f"{name}: pixel format {mode!r} has no stated conversion; save it as 8-bit RGB PNG")


def _in_srgb(pixels: Pixels, colour: Colour) -> Pixels:
    return pixels if colour.convert is None else colour.convert(pixels)


def _all_in_srgb(pixels: Pixels, colour: Colour) -> Pixels:
    """The whole image, in strips."""
    if colour.convert is not None:
        height = max(1, _STRIP_PIXELS // pixels.shape[1])
        for top in range(0, len(pixels), height):
            pixels[top : top + height] = colour.convert(pixels[top : top + height])
    return pixels


def _strips(image: Image.Image) -> Iterator[tuple[slice, Image.Image]]:
    """The image in strips of rows: arithmetic on wide numbers then needs no memory worth counting."""
    height = max(1, _STRIP_PIXELS // image.width)
    for top in range(0, image.height, height):
        bottom = min(top + height, image.height)
        yield slice(top, bottom), image.crop((0, top, image.width, bottom))


def _colour16(
    image: Image.Image, name: str, raw_mode: str, reopen: Callable[[], Image.Image], colour: Colour
) -> tuple[Pixels, tuple[str, ...]]:
    """Read all 16 bits, though Pillow keeps the high byte only: told of the other byte order, it keeps the low one."""
    layout, _, order = raw_mode.rpartition("16")
    if layout not in ("RGB;", "RGBA;"):
        raise DataError(f"{name}: 16-bit pixels {raw_mode!r} have no stated conversion; save it as RGB or RGBA PNG")
    native = "L" if sys.byteorder == "little" else "B"
    swapped = layout + ("16B" if (native if order == "N" else order) == "L" else "16L")
    with reopen() as again:
        opened: Any = again
        opened.tile = [_read_as(tile, swapped) for tile in opened.tile]
        opened.load()

        def values(strip: Image.Image, rows: slice) -> NDArray[np.int64]:
            low = again.crop((0, rows.start, again.width, rows.stop))
            wide: NDArray[np.int64] = np.asarray(strip).astype(np.int64) * 256 + np.asarray(low)
            return wide

        if layout == "RGBA;":
            pixels, notes, largest = _without_alpha(image, values, 65535, colour)
            refuse_few_bits(largest, name)
            return pixels, (SCALED, *notes)
        pixels, largest = np.empty((image.height, image.width, 3), np.uint8), 0
        for rows, strip in _strips(image):
            wide = values(strip, rows)
            largest = max(largest, int(wide.max()))
            pixels[rows] = _in_srgb(_to_8bit(wide), colour)
    refuse_few_bits(largest, name)
    return pixels, (SCALED,)


def _read_as(tile: Any, raw_mode: str) -> Any:
    arguments = raw_mode if isinstance(tile[3], str) else (raw_mode, *tile[3][1:])
    changed = (*tile[:3], arguments)
    return tile._make(changed) if hasattr(tile, "_make") else changed  # plain tuples before Pillow 11


def _without_alpha(
    image: Image.Image, rgba: Callable[[Image.Image, slice], Wide], top: int, colour: Colour
) -> tuple[Pixels, tuple[str, ...], int]:
    """Composite on white; ``rgba`` gives a strip's ``(h, W, 4)`` with values up to ``top``. Rounding comes last.

    Returns also the largest value of a colour.
    """
    pixels, opaque, largest = np.empty((image.height, image.width, 3), np.uint8), True, 0
    for rows, strip in _strips(image):
        values = rgba(strip, rows)
        largest = max(largest, int(values[..., :3].max()))
        pixels[rows], solid = _on_white(values, top, colour)
        opaque = opaque and solid
    return pixels, _said(opaque), largest


def _said(opaque: bool) -> tuple[str, ...]:
    return () if opaque else ("alpha composited on white",)


def _on_white(values: Wide, top: int, colour: Colour) -> tuple[Pixels, bool]:
    """RGBA values up to ``top`` on white; also whether all are opaque. A profile is applied to 8-bit colours."""
    opaque = bool((values[..., 3] == top).all())
    if colour.convert is not None and top != WHITE:
        values = np.concatenate([_to_8bit(values[..., :3]) * 257, values[..., 3:]], axis=2)
    if colour.convert is not None:
        step = top // WHITE
        turned = colour.convert((values[..., :3] // step).astype(np.uint8)).astype(values.dtype) * step
        values = np.concatenate([turned.astype(values.dtype), values[..., 3:]], axis=2)
    if opaque and top == WHITE:
        return values[..., :3].astype(np.uint8), True
    if top == WHITE:
        places = (values[..., 3:].astype(np.intp) << 8) + values[..., :3]
        return _table_on_white().take(places), opaque
    return _composite(values[..., :3], values[..., 3:], top), opaque


def _composite(colours: Wide, alpha: Wide, top: int) -> Pixels:
    """Colours on white, rounded to the nearest 8-bit value."""
    share = alpha.astype(np.float64) / top
    return np.rint(colours.astype(np.float64) * (255 / top) * share + WHITE * (1 - share)).astype(np.uint8)


@cache
def _table_on_white() -> Pixels:
    """What :func:`_composite` gives for each 8-bit alpha (the high byte of a place) and colour: four times as fast."""
    every = np.arange(256)
    return _composite(every[None], every[:, None], WHITE).ravel()


def _to_8bit(values: NDArray[np.int64]) -> Pixels:
    return ((values + 128) // 257).astype(np.uint8)

"""Small valid image files of every kind that people have, to be damaged."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

import numpy as np
import tifffile
from PIL import Image

_RNG = np.random.default_rng(11)
RGB = _RNG.integers(0, 256, (13, 18, 3), dtype=np.uint8)
SMOOTH = np.linspace(0, 255, 40 * 32 * 3).reshape(32, 40, 3).astype(np.uint8)


def png(width: int, height: int, depth: int, colour_type: int, lines: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG written by hand: whatever size it declares, and whatever data follow."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    every = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in every
    )


def png16(colour_type: int, channels: int) -> bytes:
    """16 bits a channel."""
    values = _RNG.integers(0, 65536, (7, 9, channels))
    return png(9, 7, 16, colour_type, b"".join(b"\0" + line.astype(">u2").tobytes() for line in values))


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def _tiff(values: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, metadata=None, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def turned(kind: str, orientation: int) -> bytes:
    """With an EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return _saved(Image.fromarray(RGB), kind, exif=exif)


def animated(kind: str) -> bytes:
    """Three frames."""
    frames = [Image.fromarray(np.roll(RGB, shift, 0)) for shift in range(3)]
    return _saved(frames[0], kind, save_all=True, append_images=frames[1:])


@cache
def valid_images() -> tuple[bytes, ...]:
    """About forty files: formats, modes, depths, alpha, EXIF, animation, and the empty file."""
    rgb, smooth = Image.fromarray(RGB), Image.fromarray(SMOOTH)
    alpha = Image.fromarray(np.concatenate([RGB, RGB[..., :1]], axis=2))
    grey, palette = rgb.convert("L"), rgb.quantize(16)
    files = [b"", b"<!doctype html><html></html>"]
    files += [_saved(rgb, kind) for kind in ("PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP", "JPEG")]
    files += [_saved(smooth, "JPEG", progressive=True, quality=60), _saved(smooth, "JPEG", subsampling=2)]
    files += [_saved(smooth, "WEBP", lossless=True), _saved(smooth, "PNG", optimize=True)]
    files += [_saved(grey, kind) for kind in ("PNG", "JPEG", "BMP", "TIFF", "PPM", "WEBP")]
    files += [_saved(palette, kind) for kind in ("PNG", "BMP", "TIFF", "GIF")]
    files += [_saved(alpha, kind) for kind in ("PNG", "TIFF", "WEBP")]
    files += [_saved(alpha.convert("LA"), "PNG"), _saved(rgb.convert("1"), "PNG"), _saved(rgb.convert("1"), "TIFF")]
    files += [_saved(rgb.convert("CMYK"), kind) for kind in ("JPEG", "TIFF")]
    files += [_saved(rgb.convert("YCbCr"), "TIFF"), _saved(rgb.convert("LAB"), "TIFF")]
    files += [_saved(rgb, "PNG", transparency=(1, 2, 3)), _saved(palette, "PNG", transparency=3)]
    files += [png16(2, 3), png16(6, 4), png16(0, 1), png16(4, 2)]
    files += [_saved(rgb, "TIFF", compression=name) for name in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")]
    deep = _RNG.integers(0, 65536, (17, 20, 3)).astype(np.uint16)
    files += [_tiff(deep, photometric="rgb"), _tiff(deep, photometric="rgb", byteorder=">", compression="deflate")]
    files += [_tiff(deep, photometric="rgb", tile=(16, 16)), _tiff(deep[..., 0].astype(np.float32))]
    files += [_tiff(np.stack([RGB] * 3), photometric="rgb")]
    files += [turned(kind, orientation) for kind in ("JPEG", "PNG", "TIFF", "WEBP") for orientation in (3, 6)]
    files += [animated(kind) for kind in ("GIF", "WEBP", "PNG", "TIFF", "MPO")]
    files += [png(60_000, 60_000, 8, 2, b""), png(10_001, 10_000, 8, 2, b""), png(9_999, 10_000, 8, 2, b"")]
    return tuple(files)

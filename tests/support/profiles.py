"""Colour profiles written by hand: Pillow makes none but sRGB's."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image, ImageCms

ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
"""Adobe RGB (1998): its primaries in XYZ under D50; its gamma is 2.2."""
WHITE = (0.9642, 1.0, 0.8249)


def _tag(kind: bytes, body: bytes) -> bytes:
    return kind + b"\0\0\0\0" + body


def _xyz(values: tuple[float, float, float]) -> bytes:
    return _tag(b"XYZ ", b"".join(struct.pack(">i", round(value * 65536)) for value in values))


def _text(text: str) -> bytes:
    data = text.encode() + b"\0"
    return _tag(b"desc", struct.pack(">I", len(data)) + data + b"\0" * 78)


def _gamma(value: float) -> bytes:
    return _tag(b"curv", struct.pack(">IH", 1, round(value * 256)) + b"\0\0")


def _profile(space: bytes, tags: dict[bytes, bytes], kind: bytes = b"mntr") -> bytes:
    place = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        padded = data + b"\0" * (-len(data) % 4)
        table += name + struct.pack(">II", place + len(body), len(data))
        body += padded
    head = struct.pack(">I4sI4s4s4s", place + len(body), b"none", 0x02400000, kind, space, b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + _xyz(WHITE)[8:] + b"\0" * 48
    assert len(head) == 128
    return head + table + body


def rgb_profile(name: str = "Adobe RGB", primaries: tuple = ADOBE, gamma: float = 2.19921875) -> bytes:
    """A profile of three primaries and a gamma."""
    tags = {b"desc": _text(name), b"cprt": _tag(b"text", b"none\0"), b"wtpt": _xyz(WHITE)}
    tags |= {name: _xyz(value) for name, value in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    return _profile(b"RGB ", tags | {name: _gamma(gamma) for name in (b"rTRC", b"gTRC", b"bTRC")})


def grey_profile(name: str = "Grey 1.0", gamma: float = 1.0) -> bytes:
    """A profile of greys."""
    tags = {b"desc": _text(name), b"cprt": _tag(b"text", b"none\0"), b"wtpt": _xyz(WHITE), b"kTRC": _gamma(gamma)}
    return _profile(b"GRAY", tags)


def srgb_profile() -> bytes:
    """Pillow's own sRGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def in_profile(pixels: np.ndarray, profile: bytes) -> Image.Image:
    """The picture ``pixels`` (sRGB) written in another profile's numbers, which it carries."""
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    turned = ImageCms.profileToProfile(Image.fromarray(pixels), ImageCms.createProfile("sRGB"), opened)
    assert turned is not None
    turned.info["icc_profile"] = profile
    return turned

"""Images to pixels: 8-bit sRGB by stated rules, the same for files and for images in memory.

========================  ==========================================================================
what it holds             rule (* = a note stands wherever a number made from it is shown)
========================  ==========================================================================
8-bit RGB                 as it is
grey, 1-bit, bool         * repeated on three channels
palette                   * looked up
alpha                     dropped if fully opaque, else * composited on white
16 bits                   * each value v becomes round(v / 257); refused if no value reaches 4096:
                          then it uses 8, 10 or 12 bits, and would come out black
colour profile            * converted to sRGB (relative colorimetric, black point compensation, on
                          8-bit values); one that moves no colour by more than 2 of 255 is sRGB.
                          One that is broken, or not for these pixels, is ignored with a note (*)
PNG gAMA, cHRM; EXIF      * not applied where they are not those of sRGB: taken as sRGB
"Adobe RGB" alone
CMYK, YCbCr               by its profile, else * Pillow's plain conversion
EXIF orientation          * applied; of a PIL image, too
several frames            refused, of a PIL image, too (a phone's MPO counts as its first picture)
float, 32-bit, Lab files  refused: their range or conversion would be a guess
float16/32/64, bfloat16   arrays and tensors: in [0, 1], rounded to 8 bits as a file would. Strays are
                          * cut off; refused if not finite, if more than 1 % lie more than 0.1
                          outside (a loss's restored images with a gradient: *), or any more than 8
other integers            refused
formats not in FORMATS    refused
========================  ==========================================================================

A 16-bit colour image that Pillow has loaded has lost half its bits and is refused; an opened one is read from its file.
What a file declares is checked before it is decoded: a decompression bomb costs no memory, and no file
that is accepted costs more than :data:`BYTES_PER_PIXEL` a pixel.
"""

from __future__ import annotations

from iqabench.data.digests import content_digest
from iqabench.data.images.arrays import checked_floats
from iqabench.data.images.decode import ImageHeader, conversion_of, header_of, inspect_image, read_image
from iqabench.data.images.formats import BYTES_PER_PIXEL, ENDINGS, FORMATS, MAX_PIXELS, PIXELS, Pixels, passed_over
from iqabench.data.images.load import load_image
from iqabench.data.images.resize import UPSAMPLING, upsample, upsample_tensor

__all__ = [
    "BYTES_PER_PIXEL",
    "ENDINGS",
    "FORMATS",
    "MAX_PIXELS",
    "PIXELS",
    "UPSAMPLING",
    "ImageHeader",
    "Pixels",
    "checked_floats",
    "content_digest",
    "conversion_of",
    "header_of",
    "inspect_image",
    "load_image",
    "passed_over",
    "read_image",
    "upsample",
    "upsample_tensor",
]

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from iqabench._util.errors import DataError
from iqabench.data.images import conversion_of, inspect_image, read_image, upsample

RNG = np.random.default_rng(5)
RGB = RNG.integers(0, 256, (9, 14, 3), dtype=np.uint8)


def saved(tmp_path: Path, image: Image.Image, name: str, **options: object) -> Path:
    image.save(tmp_path / name, **options)  # type: ignore[arg-type]
    return tmp_path / name


def png16(values: np.ndarray, colour_type: int) -> bytes:
    """A 16-bit PNG written by hand, since Pillow cannot write 16-bit colour."""
    height, width = values.shape[:2]
    lines = b"".join(b"\0" + line.astype(">u2").tobytes() for line in values)
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.ppm"])
def test_plain_rgb_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path, Image.fromarray(RGB), name)
    assert np.array_equal(read_image(path), RGB)
    assert conversion_of(path) == ()
    assert read_image(path).dtype == np.uint8
    assert read_image(path).flags.writeable


def test_16_bit_colour_is_scaled_by_257_and_rounded(tmp_path: Path) -> None:
    values = RNG.integers(0, 65536, (5, 7, 3))
    values[0, 0] = (128, 129, 65535)
    path = tmp_path / "deep.png"
    path.write_bytes(png16(values, 2))
    pixels, notes = inspect_image(path)
    assert np.array_equal(pixels, np.rint(values / 257).astype(np.uint8))
    assert tuple(pixels[0, 0]) == (0, 1, 255)
    assert notes == ("16-bit scaled by 1/257",)


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_16_bit_colour_tiff(tmp_path: Path, byteorder: str, compression: str | None) -> None:
    values = RNG.integers(0, 65536, (40, 33, 3)).astype(np.uint16)
    path = tmp_path / "deep.tif"
    tifffile.imwrite(
        path, values, byteorder=byteorder, compression=compression, photometric="rgb", rowsperstrip=16, metadata=None
    )
    assert np.array_equal(read_image(path), np.rint(values / 257).astype(np.uint8))


def test_16_bit_with_alpha(tmp_path: Path) -> None:
    values = RNG.integers(0, 65536, (5, 7, 4))
    path = tmp_path / "deep.png"
    path.write_bytes(png16(values, 6))
    colour, alpha = values[..., :3].astype(float), values[..., 3:] / 65535
    expected = np.rint((colour * alpha + 65535 * (1 - alpha)) / 257)
    assert np.array_equal(read_image(path), expected.astype(np.uint8))
    assert conversion_of(path) == ("16-bit scaled by 1/257", "alpha composited on white")
    path.write_bytes(png16(values[..., :2], 4))
    with pytest.raises(DataError, match=r"deep\.png: 16-bit pixels 'LA;16B' have no stated conversion"):
        read_image(path)


def test_16_bit_grey(tmp_path: Path) -> None:
    values = RNG.integers(0, 65536, (5, 7)).astype(np.uint16)
    for name in ("g.png", "g.tif"):
        path = saved(tmp_path, Image.fromarray(values), name)
        assert np.array_equal(read_image(path)[..., 1], np.rint(values / 257).astype(np.uint8))
    (tmp_path / "g.pgm").write_bytes(b"P5 7 5 65535\n" + values.astype(">u2").tobytes())
    assert np.array_equal(read_image(tmp_path / "g.pgm")[..., 2], np.rint(values / 257).astype(np.uint8))


def test_grey_palette_and_one_bit(tmp_path: Path) -> None:
    grey = saved(tmp_path, Image.fromarray(RGB[..., 0]), "grey.png")
    assert np.array_equal(read_image(grey), np.repeat(RGB[..., :1], 3, axis=2))
    assert conversion_of(grey) == ("grey repeated on three channels",)
    quantised = Image.fromarray(RGB).quantize(16)
    palette = saved(tmp_path, quantised, "palette.png")
    assert np.array_equal(read_image(palette), np.array(quantised.convert("RGB")))
    one = saved(tmp_path, Image.fromarray(RGB[..., 0] > 127), "one.png")
    assert set(np.unique(read_image(one))) == {0, 255}


def test_every_8_bit_colour_and_alpha_is_composited_as_by_the_formula(tmp_path: Path) -> None:
    alpha, colour = (grid.astype(np.uint8) for grid in np.mgrid[:256, :256])
    Image.fromarray(np.stack([colour, colour[:, ::-1], alpha, alpha], axis=2)).save(tmp_path / "every.png")
    share = alpha[..., None] / 255
    plain = np.stack([colour, colour[:, ::-1], alpha], axis=2).astype(float)
    assert np.array_equal(read_image(tmp_path / "every.png"), np.rint(plain * share + 255 * (1 - share)))


def test_alpha_is_composited_on_white_and_dropped_if_opaque(tmp_path: Path) -> None:
    alpha = RNG.integers(0, 255, (9, 14, 1), dtype=np.uint8)
    path = saved(tmp_path, Image.fromarray(np.concatenate([RGB, alpha], axis=2)), "alpha.png")
    share = alpha / 255
    assert np.array_equal(read_image(path), np.rint(RGB * share + 255 * (1 - share)).astype(np.uint8))
    assert conversion_of(path) == ("alpha composited on white",)
    opaque = saved(tmp_path, Image.fromarray(RGB).convert("RGBA"), "opaque.png")
    assert np.array_equal(read_image(opaque), RGB)
    assert conversion_of(opaque) == ()


def test_transparent_colour_of_png_counts_as_alpha(tmp_path: Path) -> None:
    path = saved(tmp_path, Image.fromarray(RGB), "trns.png", transparency=tuple(int(v) for v in RGB[2, 3]))
    pixels = read_image(path)
    assert tuple(pixels[2, 3]) == (255, 255, 255)
    assert tuple(pixels[0, 0]) == tuple(RGB[0, 0])


def test_cmyk(tmp_path: Path) -> None:
    image = Image.fromarray(RGB).convert("CMYK")
    path = saved(tmp_path, image, "c.tif")
    assert np.array_equal(read_image(path), np.array(image.convert("RGB")))
    assert conversion_of(path) == ("CMYK converted without colour management",)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["turned.png", "turned.jpg", "turned.tif"])
def test_exif_orientation_agrees_with_pillow(tmp_path: Path, name: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = saved(tmp_path, Image.fromarray(RGB), name, exif=exif)
    with Image.open(path) as image:
        expected = np.array(ImageOps.exif_transpose(image))
    assert np.array_equal(read_image(path), expected)
    assert read_image(path).shape == ((14, 9, 3) if orientation >= 5 else (9, 14, 3))


def test_the_first_picture_of_a_phones_mpo_is_read(tmp_path: Path) -> None:
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    path = saved(tmp_path, frames[0], "phone.mpo", save_all=True, append_images=frames[1:])
    saved(tmp_path, frames[0], "alone.jpg")
    assert np.array_equal(read_image(path), read_image(tmp_path / "alone.jpg"))


def test_animation_is_refused(tmp_path: Path) -> None:
    frames = [Image.fromarray(RGB), Image.fromarray(255 - RGB)]
    path = saved(tmp_path, frames[0], "moving.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(DataError, match=r"moving\.gif: holds several frames; save"):
        read_image(path)


def test_bad_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "folder.png").mkdir()
    saved(tmp_path, Image.fromarray(RGB.astype(np.float32)[..., 0]), "float.tif")
    cases = {
        "empty.png": "empty; copy",
        "text.png": "not an image",
        "absent.png": "no such image",
        "folder.png": "cannot be opened",
        "float.tif": "no stated conversion",
    }
    for name, problem in cases.items():
        with pytest.raises(DataError, match=problem) as caught:
            read_image(tmp_path / name)
        assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("name", ["t.png", "t.jpg", "t.bmp", "t.tif", "t.webp"])
def test_truncated_files_are_refused(tmp_path: Path, name: str) -> None:
    noise = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = saved(tmp_path, Image.fromarray(noise), name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(DataError, match=f"{name}: "):
        read_image(path)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_huge_size_is_refused_by_its_header(tmp_path: Path) -> None:
    for width, height in ((10_001, 10_000), (60_000, 60_000)):
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
        idat = zlib.compress(b"")
        data = struct.pack(">I", len(idat)) + b"IDAT" + idat + struct.pack(">I", zlib.crc32(b"IDAT" + idat))
        (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + data)
        with pytest.raises(DataError, match=r"bomb\.png: .* exceeds 100 megapixels"):
            read_image(tmp_path / "bomb.png")


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "png16"]),
    edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=6),
    keep=st.floats(0.1, 1),
)
def test_damaged_files_give_pixels_or_data_error(
    tmp_path: Path, kind: str, edits: list[tuple[int, int]], keep: float
) -> None:
    if kind == "png16":
        data = bytearray(png16(RGB.astype(np.int64) * 257, 2))
    else:
        buffer = io.BytesIO()
        Image.fromarray(RGB).save(buffer, kind)
        data = bytearray(buffer.getvalue())
    for position, value in edits:
        data[position % len(data)] = value
    path = tmp_path / "damaged"
    path.write_bytes(data[: max(1, int(keep * len(data)))])
    try:
        pixels = read_image(path)
    except DataError as error:
        message = str(error)
        assert message.startswith(str(path))
    else:
        assert pixels.dtype == np.uint8
        assert pixels.shape[2:] == (3,)


def test_upsample_is_pillows_bicubic() -> None:
    expected = Image.fromarray(RGB).resize((56, 36), Image.Resampling.BICUBIC)
    assert np.array_equal(upsample(RGB, 36, 56), np.array(expected))
    assert np.array_equal(upsample(np.full((3, 4, 3), 7, np.uint8), 12, 16), np.full((12, 16, 3), 7, np.uint8))

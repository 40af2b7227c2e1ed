"""One picture, one number: every entrance goes by the same rules, and says the same of what it converted."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from inprocess import run_here
from PIL import Image, features
from profiles import grey_profile, in_profile, rgb_profile, srgb_profile

import iqabench
from iqabench._util.errors import DataError, UserError
from iqabench.data.images import ENDINGS, FORMATS, conversion_of, header_of, load_image, read_image

DRAW = np.random.default_rng(3)
# Smooth, so that a conversion of colours can be undone to within rounding; inside of what sRGB can show.
SMOOTH = np.array(
    Image.fromarray(DRAW.integers(60, 200, (5, 6, 3), dtype=np.uint8)).resize((96, 64), Image.Resampling.BICUBIC)
)


def oriented(image: Image.Image, orientation: int) -> dict[str, Any]:
    exif = image.getexif()
    exif[0x0112] = orientation
    return {"exif": exif}


def write_16bit(path: Path, values: np.ndarray) -> None:
    import tifffile

    if path.suffix == ".tif":
        tifffile.imwrite(path, values, photometric="rgb" if values.ndim == 3 else "minisblack", metadata=None)
    elif path.suffix in (".ppm", ".pgm"):
        kind = b"P6" if values.ndim == 3 else b"P5"
        path.write_bytes(kind + b" %d %d 65535\n" % (values.shape[1], values.shape[0]) + values.astype(">u2").tobytes())
    else:
        Image.fromarray(values).save(path)


def files(folder: Path) -> dict[str, Path]:
    """A file of every rule."""
    plain = Image.fromarray(SMOOTH)
    alpha = Image.fromarray(np.dstack([SMOOTH, DRAW.integers(0, 255, SMOOTH.shape[:2], dtype=np.uint8)]))
    adobe = in_profile(SMOOTH, rgb_profile())
    save: dict[str, Callable[[Path], None]] = {
        "plain.png": plain.save,
        "turned.jpg": lambda path: plain.save(path, **oriented(plain, 6), quality=95),
        "turned.tif": lambda path: plain.save(path, **oriented(plain, 8)),
        "adobe.png": lambda path: adobe.save(path, icc_profile=rgb_profile()),
        "adobe.jpg": lambda path: adobe.save(path, icc_profile=rgb_profile(), quality=95),
        "adobe.webp": lambda path: adobe.save(path, icc_profile=rgb_profile(), lossless=True),
        "adobe.tif": lambda path: adobe.save(path, icc_profile=rgb_profile()),
        "both.jpg": lambda path: adobe.save(path, icc_profile=rgb_profile(), **oriented(adobe, 3)),
        "srgb.png": lambda path: plain.save(path, icc_profile=srgb_profile()),
        "broken.png": lambda path: plain.save(path, icc_profile=b"no profile at all"),
        "misfit.png": lambda path: plain.save(path, icc_profile=grey_profile()),
        "grey.png": lambda path: plain.convert("L").save(path),
        "greyprofile.png": lambda path: plain.convert("L").save(path, icc_profile=grey_profile()),
        "greyadobe.png": lambda path: plain.convert("L").save(path, icc_profile=rgb_profile()),
        "alpha.png": lambda path: alpha.save(path),
        "alphaadobe.png": lambda path: alpha.save(path, icc_profile=rgb_profile()),
        "palette.png": lambda path: plain.quantize(64).save(path),
        "cmyk.tif": lambda path: plain.convert("CMYK").save(path),
        "cmyk.jpg": lambda path: plain.convert("CMYK").save(path),
        "deep.png": lambda path: write_16bit(path, SMOOTH[..., 0].astype(np.uint16) * 257),
        "deep.tif": lambda path: write_16bit(path, SMOOTH.astype(np.uint16) * 257 + 100),
        "deep.ppm": lambda path: write_16bit(path, SMOOTH.astype(np.uint16) * 257),
        "odd.gif": lambda path: plain.quantize(16).save(path),
        "one.bmp": lambda path: plain.convert("1").save(path),
    }
    found = {}
    for name, write in save.items():
        found[name] = folder / name
        write(found[name])
    return found


def held(path: Path) -> dict[str, Any]:
    """The file by every entrance that can hold all of it."""
    data = path.read_bytes()
    return {
        "text": str(path),
        "path": path,
        "bytes": data,
        "bytearray": bytearray(data),
        "file object": io.BytesIO(data),
        "opened": Image.open(path),
        "opened from bytes": Image.open(io.BytesIO(data)),
    }


def test_every_entrance_gives_the_same_pixels_and_notes(tmp_path: Path) -> None:
    for name, path in files(tmp_path).items():
        pixels, notes = load_image(path)
        assert np.array_equal(pixels, read_image(path))
        for entrance, image in held(path).items():
            again, said = load_image(image, "x")
            assert np.array_equal(again, pixels), (name, entrance)
            assert said == notes, (name, entrance)
        loaded = Image.open(path)
        loaded.load()
        if name == "deep.tif":
            with pytest.raises(DataError, match="of which Pillow keeps 8 bits; give the path"):
                load_image(loaded, "x")
        elif name != "deep.ppm":  # Pillow has scaled it, and says nothing of what it was
            assert np.array_equal(load_image(loaded, "x")[0], pixels), name
            assert load_image(loaded, "x")[1] == (() if name == "turned.tif" else notes), name
        header = header_of(path)
        assert header is not None
        assert not (header.plain and notes), name
        assert (header.height, header.width) == pixels.shape[:2]
        for array in (
            pixels,
            torch.from_numpy(pixels).permute(2, 0, 1),
            pixels / 255,
            torch.from_numpy(pixels / 255).permute(2, 0, 1),
        ):
            assert np.array_equal(load_image(array, "x")[0], pixels)
            assert load_image(array, "x")[1] == ()


def test_what_is_said_of_each_file(tmp_path: Path) -> None:
    said = {name: conversion_of(path) for name, path in files(tmp_path).items()}
    converted = "colour profile 'Adobe RGB' converted to sRGB"
    grey = "grey repeated on three channels"
    assert said == {
        "plain.png": (),
        "turned.jpg": ("EXIF orientation 6 applied",),
        "turned.tif": ("EXIF orientation 8 applied",),
        **dict.fromkeys(("adobe.png", "adobe.jpg", "adobe.webp", "adobe.tif"), (converted,)),
        "both.jpg": (converted, "EXIF orientation 3 applied"),
        "srgb.png": (),
        "broken.png": ("broken colour profile ignored: taken as sRGB",),
        "misfit.png": ("colour profile 'Grey 1.0' is for grey pixels, ignored: taken as sRGB",),
        "grey.png": (grey,),
        "greyprofile.png": (grey, "colour profile 'Grey 1.0' converted to sRGB"),
        "greyadobe.png": (grey, converted),
        "alpha.png": ("alpha composited on white",),
        "alphaadobe.png": ("alpha composited on white", converted),
        "palette.png": ("palette looked up",),
        "cmyk.tif": ("CMYK converted without colour management",),
        "cmyk.jpg": ("CMYK converted without colour management",),
        "deep.png": ("16-bit scaled by 1/257", grey),
        "deep.tif": ("16-bit scaled by 1/257",),
        "deep.ppm": ("16-bit scaled to 8 bits",),
        "odd.gif": ("palette looked up",),
        "one.bmp": ("1-bit repeated on three channels",),
    }


def test_a_profile_gives_the_colours_back(tmp_path: Path) -> None:
    adobe = in_profile(SMOOTH, rgb_profile())
    assert np.abs(np.array(adobe).astype(int) - SMOOTH).max() > 10  # other numbers for the same colours
    assert np.abs(load_image(adobe, "x")[0].astype(int) - SMOOTH).max() <= 2
    deep = tmp_path / "deep.tif"
    import tifffile

    tifffile.imwrite(
        deep, np.array(adobe).astype(np.uint16) * 257, photometric="rgb", metadata=None, iccprofile=rgb_profile()
    )
    assert np.abs(read_image(deep).astype(int) - SMOOTH).max() <= 2


def test_colours_that_a_png_declares_otherwise_are_said(tmp_path: Path) -> None:
    from PIL.PngImagePlugin import PngInfo

    def png(**chunks: bytes) -> tuple[str, ...]:
        info = PngInfo()
        for name, data in chunks.items():
            info.add(name.encode(), data)
        Image.fromarray(SMOOTH).save(tmp_path / "g.png", pnginfo=info)
        header = header_of(tmp_path / "g.png")
        assert header is not None
        assert header.plain is not bool(conversion_of(tmp_path / "g.png"))
        return conversion_of(tmp_path / "g.png")

    assert png(gAMA=(100000).to_bytes(4, "big")) == ("PNG gamma 1 not applied, taken as sRGB",)
    assert png(gAMA=(45455).to_bytes(4, "big")) == ()
    assert png(gAMA=(100000).to_bytes(4, "big"), sRGB=b"\0") == ()
    srgb = b"".join(v.to_bytes(4, "big") for v in (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
    wide = b"".join(v.to_bytes(4, "big") for v in (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000))
    assert png(cHRM=srgb) == ()
    assert png(cHRM=wide) == ("PNG chromaticities not applied, taken as sRGB",)


@pytest.mark.parametrize("bits", [8, 10, 12])
@pytest.mark.parametrize("kind", ["png", "tif", "ppm", "pgm", "colour tif", "array", "tensor", "PIL"])
def test_few_bits_in_sixteen_are_refused(tmp_path: Path, kind: str, bits: int) -> None:
    grey = (SMOOTH[..., 0].astype(np.uint16) << (bits - 8)).clip(0, (1 << bits) - 1)
    colour = np.repeat(grey[..., None], 3, axis=2)
    image: Any = {
        "array": colour,
        "tensor": torch.from_numpy(colour).permute(2, 0, 1),
        "PIL": Image.fromarray(grey),
    }.get(kind)
    if image is None:
        image = tmp_path / f"x.{kind.split()[-1]}"
        write_16bit(image, colour if kind in ("ppm", "colour tif") else grey)
    with pytest.raises(DataError, match=r"16-bit values, but the largest is .* of 65535: this looks like"):
        load_image(image, "x")
    black = np.zeros_like(colour)
    assert load_image(black, "x")[0].max() == 0


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "tif"])
def test_many_frames_are_refused_by_every_entrance(tmp_path: Path, ending: str) -> None:
    frames = [Image.fromarray(SMOOTH), Image.fromarray(255 - SMOOTH)]
    path = tmp_path / f"moving.{ending}"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    opened = Image.open(path)
    opened.seek(1)
    for image in (*held(path).values(), opened):
        with pytest.raises(DataError, match="holds several frames"):
            load_image(image, "x")
    assert load_image(opened.copy(), "x")[0].shape == SMOOTH.shape


FLOATS = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
}


@pytest.mark.parametrize("kind", FLOATS)
def test_every_precision_is_taken_by_score_and_loss(kind: str) -> None:
    image = torch.from_numpy(SMOOTH).permute(2, 0, 1)[None]
    other = (image.float() * 0.9 / 255).to(FLOATS[kind])
    restored = (image.float() / 255).to(FLOATS[kind])
    exact = iqabench.score(image[0], (image[0].float() * 0.9).round().byte(), "psnr")
    assert isinstance(exact, float)
    assert iqabench.score(restored[0], other[0], "psnr") == pytest.approx(exact, rel=0.01)
    criterion = iqabench.loss("psnr")
    value = criterion(restored.requires_grad_(), other)
    value.backward()
    assert value.dtype == torch.float32
    assert restored.grad is not None
    assert restored.grad.dtype == FLOATS[kind]
    assert value.item() == pytest.approx(1 - exact, rel=0.01)
    assert criterion(image, other).item() == pytest.approx(1 - exact, rel=0.01)


WRONG: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], str]] = {
    "[-1, 1]": (lambda x: x * 2 - 1, r"floats from .* bring them to \[0, 1\], from \[-1, 1\] by \(x \+ 1\) / 2"),
    "[0, 255]": (lambda x: x * 255, r"from \[0, 255\] by x / 255"),
    "NaN": (lambda x: torch.where(x > 0.7, torch.nan, x), "not all of them finite"),
    "infinite": (lambda x: x / 0, "not all of them finite"),
    "whole numbers": (lambda x: (x * 255).long(), "values of type int64; give uint8"),
    "two channels": (lambda x: x[:, :2], r"shape \(2, 64, 96\)|\(1, 2, 64, 96\); they must be"),
    "one far stray": (lambda x: x.index_fill(3, torch.tensor([0]), 1e4), "floats from"),
    "few bits": (lambda x: (x * 255).to(torch.uint16), "this looks like 8 bits"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_image_is_refused_by_score_and_loss(name: str) -> None:
    change, message = WRONG[name]
    good = torch.from_numpy(SMOOTH).permute(2, 0, 1)[None].float() / 255
    bad = change(good)
    calls = [
        lambda: iqabench.score(bad, good, "psnr"),
        lambda: iqabench.score(good, bad, "psnr"),
        lambda: iqabench.loss("psnr")(bad, good),
        lambda: iqabench.loss("psnr")(good, bad),
    ]
    if not name.startswith(("two", "few")):
        calls.append(lambda: iqabench.score(bad[0].permute(1, 2, 0).numpy(), good[0].permute(1, 2, 0).numpy(), "psnr"))
    for call in calls:
        with pytest.raises(UserError, match=message):
            call()


def test_pixels_without_a_value_are_refused() -> None:
    masked = np.ma.masked_greater(SMOOTH, 200)
    with pytest.raises(UserError, match="a masked array has pixels without a value"):
        iqabench.score(masked, SMOOTH, "psnr")
    assert iqabench.score(masked.filled(255), SMOOTH, "psnr")


def test_strays_of_a_network_are_cut_off_and_said_once() -> None:
    image = torch.from_numpy(SMOOTH).permute(2, 0, 1)[None].float() / 255
    over = image.clone()
    over[..., :1, :4] = 1.4
    with pytest.warns(UserWarning, match=r"restored\[0\]: floats outside \[0, 1\] cut off|floats outside"):
        cut = iqabench.score(over, image, "psnr")
    assert cut == iqabench.score(over.clamp(0, 1), image, "psnr")
    criterion = iqabench.loss("psnr")
    with pytest.warns(UserWarning, match=r"restored images: floats outside \[0, 1\] cut off"):
        first = criterion(over, image)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert criterion(over, image) == first


def test_an_untrained_network_may_leave_the_range_but_its_input_may_not() -> None:
    image = torch.from_numpy(SMOOTH).permute(2, 0, 1)[None].float() / 255
    criterion = iqabench.loss("psnr")
    with pytest.warns(UserWarning, match=r"restored images: many of the values lie outside \[0, 1\] and are cut off"):
        criterion((image - 0.9).requires_grad_(), image)
    with pytest.raises(UserError, match=r"bring them to \[0, 1\]"):
        criterion(image.requires_grad_(), image.detach() * 2 - 1)
    with pytest.raises(UserError, match=r"bring them to \[0, 1\]"):
        criterion((image * 255).requires_grad_(), image.detach())


def test_notes_stand_with_every_number_of_score(tmp_path: Path) -> None:
    path, given = files(tmp_path)["adobe.png"], tmp_path / "plain.png"
    said = "colour profile 'Adobe RGB' converted to sRGB"
    for style in ("text", "csv", "json"):
        done = run_here("score", path, given, "--method", "psnr", "--format", style, "--html", tmp_path / "p.html")
        assert done.returncode == 0, done.stderr
        assert said in done.stderr
    assert json.loads(done.stdout)[0]["notes"] == [f"{path}: {said}"]
    assert "Adobe RGB" in (tmp_path / "p.html").read_text()
    for image in held(path).values():
        with pytest.warns(UserWarning, match="Adobe RGB"):
            assert iqabench.score(image, given, "psnr") == pytest.approx(json.loads(done.stdout)[0]["psnr"])


def test_one_list_of_endings_for_search_and_decoder() -> None:
    Image.init()
    known = {ending for ending, kind in Image.registered_extensions().items() if kind in (*FORMATS, "MPO")}
    assert known == set(ENDINGS)
    assert features.check("littlecms2")

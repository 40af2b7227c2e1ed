"""``iqabench.score`` on whatever holds an image: always the number that the command prints."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from forking import torch_alone
from manifests import Command
from PIL import Image

import iqabench
from iqabench._util.errors import UserError
from iqabench.data.images import upsample, upsample_tensor
from iqabench.methods.registry import Registry
from iqabench.weights import locate


def test_the_command_prints_the_same_numbers(place: Path, iqabench: Command) -> None:
    from iqabench import score

    done = iqabench("score", "--method", "ssim", place / "restored", place / "degraded", "--format", "csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 6
    found = score([row["restored"] for row in rows], [row["degraded"] for row in rows], "ssim")
    assert isinstance(found, list)
    assert found == [float(row["ssim"]) for row in rows]


def shapes(path: Path) -> dict[str, Any]:
    image = Image.open(path)
    array = np.asarray(image)
    tensor = torch.from_numpy(array.copy()).permute(2, 0, 1)
    return {
        "path": path,
        "text": str(path),
        "pillow": image,
        "array": array,
        "float array": array / 255,
        "tensor": tensor,
        "float tensor": tensor.float() / 255,
        "with gradient": (tensor.float() / 255).requires_grad_(),
        "double tensor": tensor.double() / 255,
        "opaque": np.dstack([array, np.full(array.shape[:2], 255, np.uint8)]),
    }


def test_every_kind_of_image_has_the_same_score(place: Path) -> None:
    restored, degraded = place / "restored" / "sharp" / "chelsea.png", place / "degraded" / "chelsea.png"
    expected = iqabench.score(restored, degraded, "psnr")
    assert isinstance(expected, float)
    for name, image in shapes(restored).items():
        assert iqabench.score(image, degraded, "psnr") == expected, name
    for name, image in shapes(degraded).items():
        assert iqabench.score(restored, image, "psnr") == expected, name


def test_many_keep_their_order(place: Path) -> None:
    files = sorted((place / "restored").rglob("*.png")) * 2
    singly = [iqabench.score(file, place / "degraded" / file.name, "psnr") for file in files]
    together = iqabench.score(files, [place / "degraded" / file.name for file in files], "psnr")
    assert together == singly
    tensors = torch.stack([torch.from_numpy(np.array(Image.open(file))).permute(2, 0, 1) for file in files])
    inputs = torch.stack(
        [torch.from_numpy(np.array(Image.open(place / "degraded" / f.name))).permute(2, 0, 1) for f in files]
    )
    assert iqabench.score(tensors, inputs, "psnr") == singly
    assert iqabench.score(files, method="sharpness") == [iqabench.score(file, method="sharpness") for file in files]
    assert iqabench.score([], method="sharpness") == []


def test_one_degraded_image_serves_all(place: Path) -> None:
    files = sorted((place / "restored").rglob("chelsea.png"))
    one = place / "degraded" / "chelsea.png"
    assert iqabench.score(files, one, "psnr") == iqabench.score(files, [one] * 3, "psnr")


def test_grey_is_replicated(place: Path) -> None:
    image = Image.open(place / "restored" / "sharp" / "chelsea.png").convert("L")
    array = np.asarray(image)
    expected = iqabench.score(np.dstack([array] * 3), method="sharpness")
    for grey in (image, array, array[..., None], torch.from_numpy(array.copy()), torch.from_numpy(array.copy())[None]):
        assert iqabench.score(grey, method="sharpness") == expected


def test_a_method_of_ones_own(place: Path) -> None:
    method = Registry().get("psnr").create()
    restored, degraded = place / "restored" / "sharp" / "chelsea.png", place / "degraded" / "chelsea.png"
    assert iqabench.score(restored, degraded, method) == iqabench.score(restored, degraded, "psnr")
    with pytest.raises(UserError, match="go with a method's name or its declaration"):
        iqabench.score(restored, degraded, method, strength=2)


def test_tiles_are_the_commands(place: Path) -> None:
    restored = place / "restored" / "sharp" / "chelsea.png"
    whole, tiled = (iqabench.score(restored, method="sharpness", tiles=tiles) for tiles in ("off", 64))
    assert whole != tiled
    assert iqabench.score(restored, method="sharpness") == whole


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((3, 96, 96), np.uint8), r"shape \(3, 96, 96\); a ndarray must be \(H, W, 3\)"),
        (torch.zeros(96, 96, 3), r"must be \(3, H, W\)"),
        (np.full((96, 96, 3), 255.0), r"floats from 255 to 255; bring them to \[0, 1\]"),
        (np.full((96, 96, 3), np.nan), "floats from nan"),
        (np.zeros((96, 96, 3), np.int64), "values of type int64"),
        (7, "a int is no image"),
        (b"bytes", "not an image that can be read"),
        (Path("nowhere.png"), "nowhere.png"),
    ],
)
def test_what_is_no_image_is_refused(image: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        iqabench.score(image, method="sharpness")


def test_what_does_not_fit_is_refused(place: Path) -> None:
    restored, degraded = place / "restored" / "sharp" / "chelsea.png", place / "degraded" / "chelsea.png"
    with pytest.raises(UserError, match="are they swapped"):
        iqabench.score(degraded, restored, "psnr")
    with pytest.raises(UserError, match="not related by a whole factor"):
        iqabench.score(np.zeros((100, 96, 3), np.uint8), degraded, "psnr")
    with pytest.raises(UserError, match="name the degraded image"):
        iqabench.score(restored, method="psnr")
    with pytest.raises(UserError, match="2 restored images and 3 degraded"):
        iqabench.score([restored] * 2, [degraded] * 3, "psnr")
    with pytest.raises(UserError, match="is a folder"):
        iqabench.score(place, degraded, "psnr")
    with pytest.raises(UserError, match="must be trained"):
        iqabench.score(restored, degraded, "diqam")


def test_strangers_give_a_warning(place: Path) -> None:
    with pytest.warns(UserWarning, match="(do|does) not seem to show the same scene"):
        iqabench.score(place / "restored" / "sharp" / "chelsea.png", place / "degraded" / "astronaut.png", "psnr")


def test_floats_are_upsampled_as_bytes_are(place: Path) -> None:
    image = np.array(Image.open(place / "degraded" / "chelsea.png"))
    floats = torch.from_numpy(image).permute(2, 0, 1)[None].float() / 255
    ours = upsample_tensor(floats, 96, 96)[0].permute(1, 2, 0).numpy() * 255
    assert np.abs(ours - upsample(image, 96, 96)).max() < 1.13  # Pillow rounds after each direction


def test_import_stays_light() -> None:
    code = "import sys, iqabench; assert 'torch' not in sys.modules and 'pandas' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'scores'"):
        iqabench.scores  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", ["ckdn-shipped", "lpips", "dists", "psnr", "ssim"])
def test_the_first_score_waits_for_no_library_that_it_does_not_need(name: str) -> None:
    """torchvision brings torch's compiler along, whose import takes longer than the score."""
    missing = [one for one in Registry().get(name).info.weights if locate(one) is None]
    if missing:
        pytest.skip(f"{missing[0]} is not here: set IQABENCH_WEIGHTS")
    code = (
        "import sys, torch, iqabench; image = torch.rand(3, 64, 64); "
        f"iqabench.score(image, image.flip(2), method={name!r}); "
        "print(*sorted({'torchvision', 'timm', 'piq', 'torch._dynamo', 'matplotlib'} & set(sys.modules)))"
    )
    done = torch_alone().run(["-c", code])
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


def test_an_object_that_says_nothing_of_its_score_is_one_message() -> None:
    from ckdn.shipped import load_shipped

    image = torch.rand(3, 48, 48)
    for use in (lambda method: iqabench.score(image, image, method=method), iqabench.loss):
        with pytest.raises(iqabench.UserError, match=r"CKDN does not say what its score means .*iqabench\.create"):
            use(load_shipped())

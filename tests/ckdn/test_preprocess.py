"""Preprocessing against Pillow, which the released code uses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from ckdn.preprocess import EIGHT_BIT, FULL, MEAN, NATIVE, STD, resize_short_side


def as_tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels.astype(np.float32) / 255).permute(2, 0, 1)[None]


def smooth(height: int, width: int) -> np.ndarray:
    pixels = np.random.default_rng(0).integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))


@pytest.mark.parametrize("size", [(288, 288), (400, 300), (120, 200)])
def test_resizing_is_pillows(size: tuple[int, int]) -> None:
    pixels = smooth(*size)
    image = Image.fromarray(pixels)
    scale = 329 / min(size)
    wide = (int(329 * size[1] / size[0]), 329) if size[0] <= size[1] else (329, int(329 * size[0] / size[1]))
    assert min(wide) == round(min(size) * scale)
    bicubic = np.asarray(image.resize(wide, Image.Resampling.BICUBIC))
    nearest = np.asarray(image.resize(wide, Image.Resampling.NEAREST))
    got = resize_short_side(as_tensor(pixels), 329, bicubic=True)
    # Pillow rounds to bytes twice (once per direction).
    torch.testing.assert_close(got, as_tensor(bicubic), rtol=0, atol=1.5 / 255)
    assert torch.equal(resize_short_side(as_tensor(pixels), 329, bicubic=False), as_tensor(nearest))


@pytest.mark.parametrize("size", [(288, 288), (400, 301), (121, 200), (329, 350), (64, 37), (900, 700)])
def test_eight_bit_images_are_resized_as_pillow_does_to_the_last_bit(size: tuple[int, int]) -> None:
    pixels = np.stack([smooth(*size), np.random.default_rng(1).integers(0, 256, (*size, 3), dtype=np.uint8)])
    images = torch.cat([as_tensor(one) for one in pixels])
    short = min(size)
    wide = (int(329 * size[1] / short), int(329 * size[0] / short))
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    left, top = (round((side - 288) / 2) for side in wide)
    for seen, one in zip(EIGHT_BIT(images, "restored"), pixels, strict=True):
        expected = np.asarray(Image.fromarray(one).resize(wide, Image.Resampling.BICUBIC))
        expected = expected[top : top + 288, left : left + 288]
        assert torch.equal((seen * std + mean).mul(255).round(), as_tensor(expected)[0].mul(255).round())


def test_a_gradient_and_values_between_eight_bits_pass_in_floats() -> None:
    image = as_tensor(smooth(200, 240))
    watched = image.clone().requires_grad_()
    assert torch.equal(EIGHT_BIT(watched, "restored").detach(), FULL(image, "restored"))
    between = image * 0.99
    assert torch.equal(EIGHT_BIT(between, "restored"), FULL(between, "restored"))
    (gradient,) = torch.autograd.grad(EIGHT_BIT(watched, "restored").sum(), watched)
    assert gradient.isfinite().all()


def test_full_is_a_288_crop_of_329_in_imagenet_statistics() -> None:
    image = as_tensor(smooth(288, 288))
    seen = FULL(image, "degraded")
    assert seen.shape == (1, 3, 288, 288)
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    large = resize_short_side(image, 329, bicubic=False)
    # (329 - 288) / 2 is 20.5; torchvision's centre crop rounds it to the even 20.
    torch.testing.assert_close(seen * std + mean, large[..., 20:308, 20:308])
    assert not torch.equal(FULL(image, "restored"), seen)


def test_native_keeps_every_pixel() -> None:
    image = as_tensor(smooth(40, 60))
    assert NATIVE(image, "restored").shape == image.shape
    assert torch.equal(NATIVE(image, "restored"), NATIVE(image, "degraded"))

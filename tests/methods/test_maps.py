"""Maps of where an image is bad: their sums, their places, and maps by other people's code."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage import data as photographs
from skimage.metrics import structural_similarity
from torch import Tensor

from iqabench.checks.samples import blurred, noisy
from iqabench.methods.find import create_method
from iqabench.methods.maps import spread
from iqabench.methods.registry import Registry
from iqabench.methods.untrained import untrained_scores
from iqabench.weights import locate


@pytest.mark.parametrize("given", [(3, 4), (13, 13), (36, 27), (64, 50), (200, 90)])
@pytest.mark.parametrize("wanted", [(64, 50), (101, 77)])
def test_a_coarse_map_keeps_mean_and_range(given: tuple[int, int], wanted: tuple[int, int]) -> None:
    coarse = torch.rand(2, *given, generator=torch.Generator().manual_seed(0))
    fine = spread(coarse, *wanted)
    assert fine.shape == (2, *wanted)
    assert fine.mean((1, 2)).tolist() == pytest.approx(coarse.mean((1, 2)).tolist(), abs=1e-6)
    assert coarse.min() - 1e-6 <= fine.min()
    assert fine.max() <= coarse.max() + 1e-6


def test_a_coarse_map_stays_where_it_was() -> None:
    coarse = torch.zeros(1, 9, 12)
    coarse[0, 2, 7] = 1
    fine = spread(coarse, 90, 121)[0]
    top, left = divmod(int(fine.argmax()), 121)
    assert (top // 10, int(left / (121 / 12))) == (2, 7)


def photograph(height: int, width: int) -> Tensor:
    pixels = np.ascontiguousarray(photographs.astronaut()[:height, :width])
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def have(name: str) -> None:
    absent = [weights for weights in Registry().get(name).info.weights if locate(weights) is None]
    if absent:
        pytest.skip(f"pretrained weights not here: {', '.join(absent)} (set IQABENCH_WEIGHTS)")


@pytest.mark.parametrize(
    "name", ["psnr", "psnr-y", "ssim", "ssim-y", "lpips", "lpips-squeeze", "dists", "ckdn-shipped"]
)
@pytest.mark.parametrize("size", [(100, 141), (390, 401)])
def test_a_map_adds_up_to_the_score_and_shows_the_place(name: str, size: tuple[int, int]) -> None:
    have(name)
    if name == "dists" and size[0] > 200:
        pytest.skip("slow, and nothing in it depends on the size")
    clean = photograph(*size)
    # CKDN knows no noise, and is shown what was restored.
    blind = name == "ckdn-shipped"
    reference, faulty = (blurred(clean, 4), blurred(clean, 4)) if blind else (clean, noisy(clean, 0.15))
    top, left = size[0] // 2, size[1] // 2
    spoilt = clean.clone()
    spoilt[..., top:, left:] = faulty[..., top:, left:]
    method = create_method(name)
    with torch.inference_mode():
        prepared = method.prepare(reference)
        maps, before = method.map(spoilt, prepared), method.map(clean, prepared)
        assert method.score_of_maps(maps).tolist() == pytest.approx(method.score(spoilt, prepared).tolist(), abs=1e-4)
    assert maps.shape == (1, *size)
    worse = (maps - before)[0]
    # In DISTS, what the texture adds is everywhere.
    assert worse[top:, left:].mean() > 1.1 * worse[:top, :left].mean().clamp_min(0)


def test_the_map_of_ssim_is_that_of_scikit_image() -> None:
    reference = photograph(120, 150)
    restored = noisy(blurred(reference, 2), 0.05)
    ssim = create_method("ssim")
    ours = 1 - ssim.map(restored, ssim.prepare(reference))[0]
    _, theirs = structural_similarity(
        restored[0].double().numpy(),
        reference[0].double().numpy(),
        channel_axis=0,
        data_range=1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        full=True,
    )
    inner = (slice(5, -5), slice(5, -5))
    assert np.abs(ours.numpy()[inner] - theirs.mean(0)[inner]).max() < 1e-3


def test_a_map_of_what_a_recipe_cuts_off_has_the_mean() -> None:
    with untrained_scores():
        ckdn = create_method("ckdn", recipe="released", start="random")
        reference = photograph(300, 480)
        restored = noisy(blurred(reference, 2), 0.05)
        with torch.inference_mode():
            prepared = ckdn.prepare(reference)
            maps = ckdn.map(restored, prepared)
            assert ckdn.score_of_maps(maps).tolist() == pytest.approx(ckdn.score(restored, prepared).tolist(), abs=1e-5)
    # 480 pixels become 526, of which the middle 288 are seen.
    assert maps[0, :, :100].std() < 1e-5
    assert maps[0, :, 120:360].std() > 100 * maps[0, :, :100].std()


def test_an_untrained_network_has_no_map() -> None:
    ckdn = create_method("ckdn", start="random")
    image = photograph(64, 64)
    with pytest.raises(Exception, match="has not been trained"):
        ckdn.map(image, None)

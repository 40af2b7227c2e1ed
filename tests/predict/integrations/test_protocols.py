"""Validation as super-resolution papers print it: luma without border, by name or by the options of BasicSR."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

import iqabench
from iqabench.predict.integrations.basicsr import validation_from_config
from iqabench.predict.integrations.torch import Validation


def as_basicsr(image: torch.Tensor, border: int, *, luma: bool) -> Any:
    """``(h, w, C)`` on the scale of 0 to 255 as BasicSR's metrics see a ``(3, H, W)`` tensor."""
    levels = (image.clamp(0, 1) * 255).round().permute(1, 2, 0).double().numpy()
    cut = levels[border : levels.shape[0] - border, border : levels.shape[1] - border]
    return cut @ np.array([[65.481], [128.553], [24.966]]) / 255 + 16 if luma else cut


def basicsr_psnr(restored: Any, pristine: Any) -> float:
    return float(10 * np.log10(255**2 / ((restored - pristine) ** 2).mean()))


def basicsr_ssim(restored: Any, pristine: Any) -> float:
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    return float(structural_similarity(restored, pristine, channel_axis=2, **options))


@pytest.mark.parametrize(("border", "luma"), [(4, True), (2, True), (4, False), (0, True), (0, False)])
def test_options_of_basicsr_give_its_numbers(border: int, luma: bool, batches: Any) -> None:
    options = {"crop_border": border, "test_y_channel": luma, "better": "higher"}
    metrics = {"psnr": {"type": "calculate_psnr", **options}, "ssim": {"type": "calculate_ssim", **options}}
    validation = validation_from_config({"metrics": metrics})
    expected: dict[str, list[float]] = {"psnr": [], "ssim": []}
    for batch in batches:
        validation.update(*batch)
        for pair in zip(batch.restored, batch.pristine, strict=True):
            restored, pristine = (as_basicsr(image, border, luma=luma) for image in pair)
            expected["psnr"].append(basicsr_psnr(restored, pristine))
            expected["ssim"].append(basicsr_ssim(restored, pristine))
    assert validation.compute() == pytest.approx({name: np.mean(scores) for name, scores in expected.items()}, abs=1e-4)


def test_a_protocol_holds_for_all_metrics_but_those_that_name_their_own(batches: Any) -> None:
    batch = batches[1]
    named = Validation("psnr,ssim", protocol="sr-y-border4")
    mixed = Validation(
        {"psnr": {}, "whole": {"type": "psnr", "protocol": "rgb-full"}, "cut": {"type": "psnr", "crop_border": 4}},
        protocol="sr-y-border4",
    )
    for validation in (named, mixed):
        validation.update(*batch)
    saved = [(one.clamp(0, 1) * 255).round().byte() for one in (batch.restored[0], batch.pristine[0])]
    direct = {name: iqabench.score(*saved, method=name, protocol="sr-y-border4") for name in ("psnr", "ssim")}
    assert named.compute() == pytest.approx(direct)
    found = mixed.compute()
    assert found["psnr"] == pytest.approx(direct["psnr"])
    assert found["whole"] == pytest.approx(iqabench.score(*saved, method="psnr"))
    assert len({round(score, 4) for score in found.values()}) == 3


def test_one_that_comes_with_iqabench_keeps_its_name() -> None:
    config = {"psnr": {"crop_border": 4, "test_y_channel": True}, "other": {"type": "psnr", "crop_border": 3}}
    psnr, other = validation_from_config(config).metrics
    assert (psnr.protocol and psnr.protocol.name, other.protocol and other.protocol.border) == ("sr-y-border4", 3)


def test_a_warning_points_at_the_line_of_the_training_loop(batches: Any) -> None:
    batch = batches[1]
    strange = 1 - batch.pristine
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Validation("psnr").update(strange, pristine=batch.pristine)
    assert [(one.filename, "same scene" in str(one.message)) for one in caught] == [(__file__, True)]

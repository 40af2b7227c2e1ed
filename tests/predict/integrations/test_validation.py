"""Validation in a plain loop, by names and by configs: its numbers are those of ``iqabench.score``."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import iqabench
from iqabench._util.errors import UserError
from iqabench.predict.integrations.basicsr import validation_from_config
from iqabench.predict.integrations.torch import BestScore, Validation


def expected(batches: Any, name: str, shown: str) -> float:
    """Mean over all images, each as the file of it would score."""
    scores = []
    for batch in batches:
        for restored, reference in zip(batch.restored, getattr(batch, shown), strict=True):
            saved = [(one.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy() for one in (restored, reference)]
            scores.append(iqabench.score(*saved, method=name))
    return float(np.mean(scores))


def test_means_are_those_of_the_saved_images(batches: Any) -> None:
    validation = Validation("psnr, psnr@degraded, sharpness, gmsd")
    for batch in batches:
        validation.update(*batch)
    means = validation.compute()
    assert list(means) == ["psnr", "psnr@degraded", "sharpness", "gmsd"]
    assert means["psnr"] == pytest.approx(expected(batches, "psnr", "pristine"), abs=1e-4)
    assert means["psnr@degraded"] == pytest.approx(expected(batches, "psnr", "degraded"), abs=1e-4)
    assert means["gmsd"] == pytest.approx(expected(batches, "gmsd", "pristine"), abs=1e-5)
    assert validation.higher_is_better == {"psnr": True, "psnr@degraded": True, "sharpness": True, "gmsd": False}
    validation.reset()
    with pytest.raises(UserError, match="no image was scored"):
        validation.compute()


def test_ckdn_sees_the_degraded_image_though_a_pristine_one_is_there(batches: Any) -> None:
    validation = Validation("ckdn-shipped")
    validation.update(*batches[1])
    both = validation.compute()["ckdn-shipped"]
    validation.reset()
    validation.update(batches[1].restored, batches[1].degraded)
    assert validation.compute()["ckdn-shipped"] == both


def test_the_best_step_follows_the_direction_of_each_metric(batches: Any) -> None:
    batch = batches[1]
    kept: list[tuple[int, dict[str, float]]] = []

    class Kept:
        def log(self, scores: Any, step: int) -> None:
            kept.append((step, dict(scores)))

        def close(self) -> None:
            """Nothing is open."""

    validation = Validation(["psnr", "gmsd"], trackers=[Kept()])
    for step, restored in ((1, batch.restored), (2, batch.pristine), (3, batch.restored)):
        validation.update(restored, pristine=batch.pristine)
        validation.log(step)
    assert validation.best == {"psnr": BestScore(100.0, 2), "gmsd": BestScore(pytest.approx(0, abs=1e-6), 2)}
    assert [step for step, _ in kept] == [1, 2, 3]
    assert set(kept[0][1]) == {"val/psnr", "val/gmsd"}


def test_a_config_names_metrics_with_their_options(batches: Any) -> None:
    metrics = {
        "structure": {"type": "ssim", "better": "higher", "downsample": False, "reference": "pristine"},
        "gmsd": {"better": "lower"},
    }
    validation = validation_from_config({"val_freq": 5, "metrics": metrics})
    validation.update(*batches[1])
    saved = [(one.clamp(0, 1) * 255).round().byte() for one in (batches[1].restored[0], batches[1].pristine[0])]
    direct = iqabench.score(*saved, method="ssim", downsample=False)
    assert validation.compute()["structure"] == pytest.approx(direct, abs=1e-6)


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ({"psnr": {"better": "lower"}}, "of psnr higher is better"),
        ({"gmsd": {"better": "up"}}, "write better: lower"),
        ({"mine": {"type": "pnsr"}}, "metric mine: .*Did you mean psnr"),
        ({"ssim": {"windows": 4}}, "metric ssim: method ssim has no parameter 'windows'"),
        ({"psnr": {"crop_border": -1}}, "metric psnr: crop_border: -1; write how many pixels"),
        ({"psnr": {"crop_border": "4"}}, "crop_border: '4'; .* a whole number from 0"),
        ({"psnr": {"crop_border": True}}, "crop_border: True; .* a whole number from 0"),
        ({"psnr": {"test_y_channel": "yes"}}, "test_y_channel: 'yes'; write true .luma. or false .RGB."),
        ({"psnr": {"protocol": "sr-y-border5"}}, "no such protocol; did you mean 'sr-y-border4'"),
        ({"psnr": {"protocol": 4}}, "write a name of 'iqabench list protocols'"),
        ({"psnr": {"protocol": "rgb-full", "crop_border": 4}}, "write one of them"),
        ({"psnr": "higher"}, "is no mapping"),
        ({"psnr": {"reference": "clean"}}, "use degraded or pristine"),
        ({"ckdn-shipped": {"reference": "pristine"}}, "does not compare with the pristine image"),
        ({}, "names no metric"),
    ],
)
def test_a_config_that_cannot_be_is_one_message(metrics: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        validation_from_config({"metrics": metrics})


def test_what_cannot_be_scored_is_said(batches: Any) -> None:
    restored = batches[1].restored
    with pytest.raises(UserError, match=r"give update\(restored, degraded=...\)"):
        Validation("ckdn-shipped").update(restored, pristine=batches[1].pristine)
    with pytest.raises(UserError, match="give a batch"):
        Validation("sharpness").update(restored[0])
    with pytest.raises(UserError, match="two metrics are called psnr"):
        Validation("psnr,psnr")
    broken: Tensor = torch.full_like(restored, float("nan"))
    with pytest.raises(UserError, match="restored"):
        Validation("sharpness").update(broken)


def test_importing_iqabench_imports_no_client() -> None:
    program = (
        "import sys, iqabench, iqabench.predict.integrations\n"
        "print([name for name in ('torch', 'lightning', 'torchmetrics', 'wandb', 'mlflow') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

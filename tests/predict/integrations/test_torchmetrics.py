"""Any method as a torchmetrics.Metric: accumulates, resets, and lives in a collection."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from iqabench._util.errors import UserError
from iqabench.predict.integrations.torch import Validation

torchmetrics = pytest.importorskip("torchmetrics", reason="needs torchmetrics")

from iqabench.predict.integrations.torchmetrics import ImageQuality  # noqa: E402


def test_it_is_the_mean_over_all_images(batches: Any) -> None:
    collection = torchmetrics.MetricCollection({"psnr": ImageQuality("psnr"), "gmsd": ImageQuality("gmsd")})
    check = Validation("psnr,gmsd")
    for batch in batches:
        collection.update(*batch)
        check.update(*batch)
    found = {name: value.item() for name, value in collection.compute().items()}
    assert found == pytest.approx(check.compute(), rel=1e-5)
    assert collection["psnr"].higher_is_better
    assert not collection["gmsd"].higher_is_better
    copied = pickle.loads(pickle.dumps(collection["psnr"]))
    assert copied.compute().item() == collection["psnr"].compute().item()
    collection.reset()
    assert collection["psnr"].images.item() == 0


def test_forward_gives_the_score_of_the_batch(batches: Any) -> None:
    metric = ImageQuality("psnr@degraded")
    one, other = (metric(*batch).item() for batch in batches)
    assert metric.compute().item() == pytest.approx((3 * one + other) / 4, rel=1e-5)


def test_it_takes_a_protocol(batches: Any) -> None:
    metric, check = ImageQuality("psnr", protocol="sr-y-border4"), Validation("psnr", protocol="sr-y-border4")
    metric.update(*batches[0])
    check.update(*batches[0])
    assert metric.compute().item() == pytest.approx(check.compute()["psnr"], rel=1e-6)


def test_it_takes_one_method() -> None:
    with pytest.raises(UserError, match="takes one method"):
        ImageQuality("psnr,ssim")

"""Trackers by their real clients, offline; what they wrote is read back with the client's own reader."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from iqabench._util.errors import UserError
from iqabench._util.extras import how_to_get
from iqabench.predict.integrations.torch import Validation
from iqabench.predict.integrations.trackers import MLflow, TensorBoard, WeightsAndBiases


def validated(batches: Any, tracker: Any) -> list[dict[str, float]]:
    validation = Validation("psnr@pristine", trackers=[tracker])
    means = []
    for step, batch in enumerate(batches, 1):
        validation.update(*batch)
        means.append(validation.log(step))
    return means


def test_tensorboard(batches: Any, tmp_path: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="needs tensorboard"
    )
    tracker = TensorBoard(tmp_path)
    means = validated(batches, tracker)
    tracker.close()
    events = accumulator.EventAccumulator(str(tmp_path)).Reload().Scalars("val/psnr@pristine")
    assert [event.step for event in events] == [1, 2]
    assert [event.value for event in events] == pytest.approx([mean["psnr@pristine"] for mean in means], rel=1e-6)


def test_a_writer_of_ones_own_stays_open(tmp_path: Path) -> None:
    tensorboard = pytest.importorskip("torch.utils.tensorboard", reason="needs tensorboard")
    with tensorboard.SummaryWriter(str(tmp_path)) as writer:
        tracker = TensorBoard(writer)
        tracker.log({"a": 1.0}, 1)
        tracker.close()
        tracker.log({"a": 2.0}, 2)


def test_weights_and_biases(batches: Any, tmp_path: Path) -> None:
    wandb = pytest.importorskip("wandb", reason="needs wandb")
    settings = wandb.Settings(console="off", silent=True, x_disable_stats=True)
    tracker = WeightsAndBiases(project="iqabench", mode="offline", dir=str(tmp_path), settings=settings)
    means = validated(batches, tracker)
    tracker.close()
    wandb.teardown()  # the client's own process has written everything when it has ended
    (file,) = tmp_path.rglob("*.wandb")
    written = file.read_bytes()
    assert b"val/psnr@pristine" in written
    assert [mean for mean in means if repr(mean["psnr@pristine"]).encode() not in written] == []


def test_mlflow(batches: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    tracker = MLflow(tracking_uri=tmp_path / "runs")
    means = validated(batches, tracker)
    tracker.close()
    client = mlflow.MlflowClient((tmp_path / "runs").as_uri())
    history = client.get_metric_history(tracker.run_id, "val/psnr_pristine")
    assert [(one.step, one.value) for one in history] == [
        (step, pytest.approx(mean["psnr@pristine"])) for step, mean in enumerate(means, 1)
    ]
    assert client.get_run(tracker.run_id).info.status == "FINISHED"


@pytest.mark.parametrize(
    ("module", "make", "extra"),
    [
        ("torch.utils.tensorboard", lambda folder: TensorBoard(folder), "tensorboard"),
        ("wandb", lambda folder: WeightsAndBiases(), "wandb"),
        ("mlflow", lambda folder: MLflow(), "mlflow"),
    ],
)
def test_a_client_that_is_missing_is_named(
    module: str, make: Any, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # the import fails, as where it is not installed
    with pytest.raises(UserError, match=re.escape(how_to_get(extra))):
        make(tmp_path)

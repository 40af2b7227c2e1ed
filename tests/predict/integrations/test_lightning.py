"""The callback in a real Lightning training: what it logs can be monitored, and is the mean over all images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from iqabench._util.errors import UserError

lightning = pytest.importorskip("lightning.pytorch", reason="needs lightning")

from iqabench.predict.integrations.lightning import ValidationCallback  # noqa: E402
from iqabench.predict.integrations.torch import Validation  # noqa: E402


class Restorer(lightning.LightningModule):  # type: ignore[name-defined,misc]
    """Adds one learnt number to a bicubic enlargement."""

    def __init__(self, returned: bool = True) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.tensor(0.1))
        self.returned = returned

    def forward(self, degraded: Any) -> Any:
        return nn.functional.interpolate(degraded, scale_factor=4, mode="bicubic") + self.shift

    def training_step(self, batch: Any, index: int) -> Any:
        return (self(batch[1]) - batch[2]).abs().mean()

    def validation_step(self, batch: Any, index: int) -> Any:
        return {"restored": self(batch[1]), "degraded": batch[1], "pristine": batch[2]} if self.returned else None

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), 0.01)


def fit(model: Any, batches: Any, folder: Path, *callbacks: Any) -> Any:
    loader = torch.utils.data.DataLoader(batches, batch_size=None)
    trainer = lightning.Trainer(
        max_epochs=2,
        accelerator="cpu",
        callbacks=list(callbacks),
        default_root_dir=folder,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, loader, loader)
    return trainer


@pytest.mark.filterwarnings("ignore")
def test_it_logs_what_a_checkpoint_monitors(batches: Any, tmp_path: Path) -> None:
    monitor = lightning.callbacks.ModelCheckpoint(tmp_path, monitor="val/psnr", mode="max")
    model = Restorer()
    plain = [tuple(batch) for batch in batches]
    trainer = fit(model, plain, tmp_path, ValidationCallback("psnr,gmsd", protocol="sr-y-border4"), monitor)
    check = Validation("psnr,gmsd", protocol="sr-y-border4")
    with torch.no_grad():
        for batch in batches:
            check.update(model(batch.degraded), batch.degraded, batch.pristine)
    for name, mean in check.compute().items():
        assert trainer.callback_metrics[f"val/{name}"].item() == pytest.approx(mean, rel=1e-5)
    assert monitor.best_model_score.item() == pytest.approx(trainer.callback_metrics["val/psnr"].item())


@pytest.mark.filterwarnings("ignore")
def test_a_step_that_returns_no_image_is_named(batches: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="validation_step must return a dict with 'restored'"):
        fit(Restorer(returned=False), [tuple(batch) for batch in batches], tmp_path, ValidationCallback("psnr"))

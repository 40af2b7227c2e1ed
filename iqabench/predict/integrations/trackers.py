"""Trackers of experiments, each through its own client: TensorBoard, Weights & Biases, MLflow.

The client is imported when its tracker is made. A run that you began yourself is used and left open; one that is
begun here is ended by ``close``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from iqabench._util.errors import UserError
from iqabench._util.extras import how_to_get


class ExperimentTracker(Protocol):
    """Keeps numbers by name and step."""

    def log(self, scores: Mapping[str, float], step: int) -> None:
        """Keep ``scores`` as those of ``step``."""

    def close(self) -> None:
        """Write what is not written yet."""


class TensorBoard:
    """Writes scalars for TensorBoard.

    Parameters
    ----------
    target
        A folder, or a ``torch.utils.tensorboard.SummaryWriter`` of yours.

    Raises
    ------
    UserError
        If tensorboard is not installed.
    """

    def __init__(self, target: Any) -> None:
        self._own = isinstance(target, str | os.PathLike)
        self.writer: Any = target
        if self._own:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as error:
                raise _missing("tensorboard", error) from error
            self.writer = SummaryWriter(str(target))

    def log(self, scores: Mapping[str, float], step: int) -> None:
        """Keep ``scores`` as those of ``step``."""
        for name, score in scores.items():
            self.writer.add_scalar(name, score, step)

    def close(self) -> None:
        """Write what is not written yet."""
        self.writer.close() if self._own else self.writer.flush()


class WeightsAndBiases:
    """Logs to a run of Weights & Biases.

    Parameters
    ----------
    run
        A run that ``wandb.init`` returned; None begins one.
    options
        Of ``wandb.init``: ``project``, ``name``, ``mode="offline"``, ...

    Raises
    ------
    UserError
        If wandb is not installed.
    """

    def __init__(self, run: Any = None, **options: Any) -> None:
        self._own = run is None
        self.run = run
        if self._own:
            try:
                import wandb
            except ImportError as error:
                raise _missing("wandb", error) from error
            self.run = wandb.init(**options)

    def log(self, scores: Mapping[str, float], step: int) -> None:
        """Keep ``scores`` as those of ``step``, which must not fall."""
        self.run.log(dict(scores), step=step)

    def close(self) -> None:
        """End the run if it was begun here."""
        if self._own:
            self.run.finish()


class MLflow:
    """Logs to a run of MLflow.

    Parameters
    ----------
    run_id
        Of a run that exists; None begins one.
    tracking_uri
        Server, data base or folder; None takes MLflow's own setting.
    experiment
        Name of the experiment that a new run belongs to.

    Raises
    ------
    UserError
        If mlflow is not installed.
    """

    def __init__(
        self, run_id: str | None = None, *, tracking_uri: str | Path | None = None, experiment: str = "iqabench"
    ):
        try:
            from mlflow import MlflowClient
        except ImportError as error:
            raise _missing("mlflow", error) from error
        self._own = run_id is None
        uri = tracking_uri.resolve().as_uri() if isinstance(tracking_uri, Path) else tracking_uri
        self.client = MlflowClient(uri)
        if run_id is None:
            known = self.client.get_experiment_by_name(experiment)
            number = known.experiment_id if known is not None else self.client.create_experiment(experiment)
            run_id = self.client.create_run(number).info.run_id
        self.run_id = run_id

    def log(self, scores: Mapping[str, float], step: int) -> None:
        """Keep ``scores`` as those of ``step``; MLflow allows no ``@`` in a name, so ``_`` takes its place."""
        for name, score in scores.items():
            self.client.log_metric(self.run_id, re.sub(r"[^\w\-./ :]", "_", name), score, step=step)

    def close(self) -> None:
        """End the run if it was begun here."""
        if self._own:
            self.client.set_terminated(self.run_id)


def _missing(extra: str, error: ImportError) -> UserError:
    return UserError(f"{error.name or extra} is not installed: {how_to_get(extra)}")

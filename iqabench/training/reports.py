"""Reads what the steps of an epoch report, as late as the device needs and as early as the reader can."""

from __future__ import annotations

import math
from collections import deque

from torch import Tensor

from iqabench._util.errors import MethodError
from iqabench.methods.learning import Stage
from iqabench.training.checkpoint import Position
from iqabench.training.data import TrainingSet
from iqabench.training.network import NetworkMethod
from iqabench.training.session import FitSession


class Reports:
    """The reports of :class:`iqabench.training.step.Stepper`, in order.

    On a GPU one is read while the next step runs, so that the GPU never waits for the host.
    """

    def __init__(
        self, network: NetworkMethod, data: TrainingSet, stage: Stage, position: Position, session: FitSession
    ) -> None:
        self._network = network
        self._rows = len(data)
        self._stage = stage
        self._position = position
        self._session = session
        self._lag = 1 if session.device.type == "cuda" else 0
        self._unread: deque[tuple[Tensor, float]] = deque()

    def add(self, report: Tensor, rate: float) -> bool:
        """Take the report ``(2,)`` of the step just taken; True if all are read because a flag was set."""
        self._unread.append((report, rate))
        while len(self._unread) > self._lag:
            if self._read():
                self.read_all()
                return True
        return False

    def read_all(self) -> None:
        """Read whatever is left."""
        while self._unread:
            self._read()

    def _read(self) -> bool:
        report, rate = self._unread.popleft()
        loss, flags = report.tolist()
        position = self._position
        step = position.step - len(self._unread)
        if not math.isfinite(loss):
            raise MethodError(
                f"training of {type(self._network).__name__}: the loss of stage {self._stage.name!r} is {loss} at step "
                f"{step} of epoch {position.epoch + 1}; lower the learning rate (now {rate:.3g}), "
                "lengthen the warm-up or clip the gradient"
            )
        position.loss_sum += loss
        size = self._network.recipe.batch_size
        self._session.progress.advance(min(size, self._rows - (step - 1) * size), loss, rate)
        return bool(flags > 0)

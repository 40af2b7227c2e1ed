"""The process in which an isolated method lives; see :mod:`iqabench.scoring.isolation`."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from iqabench._util import interruption
from iqabench._util.blame import told
from iqabench._util.devices import Machine
from iqabench._util.generators import kept_generators
from iqabench.methods.registry import Registry
from iqabench.scoring.arithmetic import full_precision
from iqabench.scoring.precision import arithmetic_of


@dataclass(frozen=True)
class WorkerRequest:
    """What the process is to build."""

    plugin_files: tuple[Path, ...]
    name: str
    parameters: dict[str, Any]
    state: dict[str, np.ndarray] | None
    precision: str


def serve(connection: Connection, order: WorkerRequest) -> None:
    """Build the method, say what it is, then answer calls until the other side hangs up.

    Answers are JSON, never pickles: nothing that a plugin makes is unpickled by its caller.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the caller decides
    interruption.unspared()
    hosted: list[HostedMethod] = []

    def build() -> dict[str, Any]:
        hosted.append(HostedMethod(order))
        return hosted[0].hello()

    _reply(connection, build)
    if not hosted:
        return
    while True:
        try:
            verb, *arguments = connection.recv()
        except EOFError:
            return
        _reply(connection, lambda verb=verb, arguments=arguments: getattr(hosted[0], verb)(*arguments))


def _reply(connection: Connection, call: Any) -> None:
    try:
        answer = {"value": call()}
        text = json.dumps(answer)
    except (Exception, SystemExit) as error:  # a plugin may fail in any way; its caller is told
        text = json.dumps({"error": told(error)})
    connection.send_bytes(text.encode())


class HostedMethod:
    """The method, and what it has prepared."""

    def __init__(self, order: WorkerRequest) -> None:
        self.method = Registry(order.plugin_files).called(order.name).create(**order.parameters)
        if order.state is not None:
            self.method.load_trained_state({name: torch.from_numpy(value) for name, value in order.state.items()})
        self.method.eval()
        self.scorer: Any = self.method
        self.device = torch.device("cpu")
        self.precision = order.precision
        self.prepared: dict[int, Any] = {}
        self.count = 0

    def hello(self) -> dict[str, Any]:
        """What the runner asks of a method before it scores."""
        from iqabench.methods.network import has_network
        from iqabench.methods.size import parameter_count

        return {
            "settings": self.method.settings,
            "weights_used": self.method.weights_used,
            "code": self.method.foreign_code,
            "notes": [str(note) for note in self.method.notes],
            "parameter_count": parameter_count(self.method),
            "is_network": has_network(self.method),
            "scores_rows": self.method.scores_rows,
        }

    def to(self, device: str) -> None:
        """Move the method; there its fused form is made, as in the runner's own process."""
        self.device = torch.device(device)
        self.method.to(self.device)
        self.scorer = self.method.fused(self.precision)

    def prepare(self, reference: np.ndarray, forgotten: list[int]) -> int:
        """Prepare a reference and keep it under a number."""
        self._forget(forgotten)
        self.count += 1
        with full_precision(), torch.inference_mode(), self._arithmetic():
            self.prepared[self.count] = self.scorer.prepare(self._tensor(reference))
        return self.count

    def score(self, restored: np.ndarray, prepared: int | None, forgotten: list[int]) -> Mapping[str, Any] | str:
        """Scores with their shape; or what is wrong with them."""
        self._forget(forgotten)
        with full_precision(), torch.inference_mode(), self._arithmetic(), kept_generators():
            scores = self.scorer.score(self._tensor(restored), None if prepared is None else self.prepared[prepared])
        if not isinstance(scores, Tensor):
            return f"score() returned {type(scores).__name__}, it must return a Tensor (N,)"
        values = scores.detach().double().cpu()
        return {"values": values.flatten().tolist(), "shape": list(values.shape)}

    def score_rows(self, rows: Mapping[str, list[str]]) -> list[float]:
        """Scores from facts."""
        return [float(score) for score in self.method.score_rows(pd.DataFrame(rows))]

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def _arithmetic(self) -> AbstractContextManager[object]:
        alone = self.scorer is self.method  # a fused form holds its precision
        return arithmetic_of(self.method, Machine(self.device, self.precision)) if alone else nullcontext()

    def _forget(self, numbers: list[int]) -> None:
        for number in numbers:
            self.prepared.pop(number, None)

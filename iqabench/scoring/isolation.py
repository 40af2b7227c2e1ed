"""Methods of plugins in processes of their own: one that hangs, crashes or fills the memory is stopped alone.

A hung call cannot be interrupted from within its process, so ``--timeout`` and ``--memory-limit`` move a plugin's
scoring to a child process, which is killed when it breaks a limit. Built-in methods stay where they are.
"""

from __future__ import annotations

import json
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import torch
from torch import Tensor

from iqabench._util import interruption
from iqabench._util.errors import MethodError
from iqabench._util.workers import worker_context
from iqabench.methods.contract import Method, MethodEntry
from iqabench.scoring.engine import ContractBrokenError, RemoteError
from iqabench.scoring.worker import WorkerRequest, serve

START_SECONDS = 120.0
"""What a process may take to import torch and the plugin, beside the time limit."""

_POLL_SECONDS = 0.1


@dataclass
class Isolation:
    """Limits of a plugin's process, and how it finds its methods."""

    seconds: float | None = None
    """For each call: building, preparing a reference, scoring a batch. None: no limit."""
    memory_mib: float | None = None
    """Resident memory of the process. None: no limit."""
    plugin_files: tuple[Path, ...] = ()
    precision: str = "fp32"
    _started: list[IsolatedMethod] = field(default_factory=list)

    def covers(self, entry: MethodEntry) -> bool:
        """True for every method that does not come with iqabench."""
        return entry.foreign

    def start(self, entry: MethodEntry, parameters: Mapping[str, Any], trained: Method | None = None) -> IsolatedMethod:
        """Build a method in a process of its own; ``trained`` is the same method with what it has learnt.

        Raises
        ------
        MethodError
            If it cannot be built there, or not in time.
        """
        method = IsolatedMethod(entry, self, parameters, trained.trained_state() if trained is not None else None)
        if trained is not None:
            method.notes = trained.notes
        self._started.append(method)
        return method

    def close(self) -> None:
        """End every process."""
        for method in self._started:
            method.close()
        self._started.clear()


class StoppedError(ContractBrokenError):
    """The method's process was stopped, or ended by itself."""


class _Prepared:
    """Stands for what ``prepare`` made in the other process."""

    def __init__(self, number: int) -> None:
        self.number = number


class IsolatedMethod(Method):
    """A method behind the method contract whose code runs in another process."""

    def __init__(
        self, entry: MethodEntry, limits: Isolation, parameters: Mapping[str, Any], state: dict[str, Tensor] | None
    ) -> None:
        self.info = entry.info
        self._limits = limits
        self._dropped: list[int] = []
        context = worker_context(serve.__module__)
        self._connection: Connection
        self._connection, theirs = context.Pipe()
        order = WorkerRequest(
            limits.plugin_files,
            entry.info.name,
            dict(parameters),
            None if state is None else {name: value.detach().cpu().numpy() for name, value in state.items()},
            limits.precision,
        )
        self._process = context.Process(target=serve, args=(theirs, order), daemon=True)
        with interruption.spared():
            self._process.start()
        theirs.close()
        try:
            made = self._answer("building it", START_SECONDS)
        except RemoteError as error:
            self.close()
            raise MethodError(f"{entry.info.name}: {error}") from error
        vars(self)["_final"] = made["settings"]
        self.weights_used = made["weights_used"]
        self.foreign_code = made["code"]
        self.notes = made["notes"]
        self.parameter_count: int | None = made["parameter_count"]
        self.is_network: bool | None = made["is_network"]
        self._scores_rows: bool = made["scores_rows"]

    @property
    def scores_rows(self) -> bool:
        """True if the method over there scores from facts."""
        return self._scores_rows

    def to(self, device: torch.device) -> IsolatedMethod:
        """Move the method there."""
        self._ask("moving it to the device", "to", str(device))
        return self

    def prepare(self, reference: Tensor) -> _Prepared:
        """Prepare a reference ``(1, 3, H, W)`` over there; returns a stand-in."""
        prepared = _Prepared(self._ask("preparing a reference", "prepare", _array(reference), self._forgotten()))
        weakref.finalize(prepared, self._dropped.append, prepared.number)
        return prepared

    def score(self, restored: Tensor, prepared: _Prepared | None) -> Tensor:
        """Scores of ``restored`` ``(N, 3, H, W)``.

        Raises
        ------
        StoppedError
            If a limit was broken or the process ended; ContractBrokenError for no batch of scores;
            RemoteError for what the method raised.
        """
        number = None if prepared is None else prepared.number
        answer = self._ask(f"a batch of {len(restored)}", "score", _array(restored), number, self._forgotten())
        if isinstance(answer, str):
            raise ContractBrokenError(f"{self.info.name}: {answer}")
        return torch.tensor(answer["values"], dtype=torch.float64).reshape(answer["shape"])

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        if self._process.is_alive():
            self._process.kill()
        self._process.join()

    def score_rows(self, rows: pd.DataFrame) -> list[float]:
        """Scores from facts, made over there."""
        scores: list[float] = self._ask("scoring by facts", "score_rows", rows.to_dict("list"))
        return scores

    def _forgotten(self) -> list[int]:
        numbers, self._dropped[:] = list(self._dropped), []
        return numbers

    def _ask(self, what: str, *words: Any) -> Any:
        if not self._process.is_alive():
            raise StoppedError(f"{self.info.name}: its process has ended")
        try:
            self._connection.send(words)
        except OSError as error:
            raise self._ended(what) from error
        return self._answer(what)

    def _answer(self, what: str, more_seconds: float = 0.0) -> Any:
        began, limits = time.monotonic(), self._limits
        try:
            while not self._connection.poll(_POLL_SECONDS):
                if limits.seconds is not None and time.monotonic() - began > limits.seconds + more_seconds:
                    raise self._stopped(f"no answer within {limits.seconds:g} s for {what} (--timeout)")
                self._watch_memory(what)
            self._watch_memory(what)
            answer = json.loads(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise self._ended(what) from error
        if "error" in answer:
            raise RemoteError(answer["error"])
        return answer["value"]

    def _watch_memory(self, what: str) -> None:
        limit = self._limits.memory_mib
        if limit is not None and (used := resident_mib(self._process.pid)) > limit:
            raise self._stopped(f"{used:,.0f} MiB of memory at {what}, more than {limit:,.0f} (--memory-limit)")

    def _stopped(self, why: str) -> StoppedError:
        self._process.kill()
        self._process.join()
        return StoppedError(f"{self.info.name}: stopped: {why}; what it had scored is kept")

    def _ended(self, what: str) -> StoppedError:
        self._process.join(timeout=5)
        code = self._process.exitcode
        return StoppedError(f"{self.info.name}: its process ended by itself at {what} (exit code {code})")


def resident_mib(process: int | None) -> float:
    """Resident memory of a process in MiB; 0 for one that has ended, or was never started."""
    try:
        return psutil.Process(process).memory_info().rss / 2**20 if process is not None else 0.0
    except psutil.Error:
        return 0.0


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy()

"""One optimiser step: the loss as a forward pass, its gradient over all processes, the update."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from iqabench._util import distributed
from iqabench.methods.learning import Stage
from iqabench.training.batch import Batch
from iqabench.training.network import NetworkMethod
from iqabench.training.optim import build_optimiser, set_learning_rate
from iqabench.training.session import FitSession


class Objective(nn.Module):
    """A stage's loss as a forward pass: what compilers and ``DistributedDataParallel`` take hold of."""

    def __init__(self, network: NetworkMethod, stage: Stage) -> None:
        super().__init__()
        self.network = network
        self.stage = stage

    def forward(self, batch: Batch) -> Tensor:
        """The loss of ``batch``."""
        return self.network.loss(self.stage, batch)


class Stepper:
    """Takes the optimiser steps of one stage.

    Only the stage's parameters ask for a gradient, so that backward skips whatever else the loss runs through. Of
    several processes each computes the loss of its share of the batch; gradients are averaged while backward runs.
    """

    def __init__(self, network: NetworkMethod, stage: Stage, session: FitSession) -> None:
        self.trained = only_trained(network, stage)
        self.optimiser = build_optimiser(stage.optimiser, self.trained)
        self._clip_norm = stage.clip_norm
        self._session = session
        self._objective: nn.Module = Objective(network, stage)
        if session.compile is not None:
            self._objective.compile(backend=session.compile, dynamic=False)
        if distributed.size() > 1:
            self._objective = _parallel(self._objective)

    def __call__(self, batch: Batch, rate: float, flag: bool = False) -> Tensor:
        """Step on ``batch`` at learning rate ``rate``; return ``(2,)``: the loss before it, and if ``flag`` was set.

        Both are over all processes: the loss of the whole batch, and how many set the flag. On the CPU a loss that is
        not finite changes no weight; on a GPU nobody waits for it, and the caller finds out one step later.
        """
        set_learning_rate(self.optimiser, rate)
        self.optimiser.zero_grad(set_to_none=True)
        with self._session.autocast():
            loss: Tensor = self._objective(batch)
        if distributed.size() > 1:
            loss = loss * batch.weight
        report = torch.stack([loss.detach().float(), torch.full_like(loss.detach(), flag, dtype=torch.float32)])
        if distributed.size() > 1:
            torch.distributed.all_reduce(report)
            report[0] /= distributed.size()
        if report.device.type == "cpu" and not torch.isfinite(report[0]):
            return report
        loss.backward()
        if self._clip_norm is not None:
            nn.utils.clip_grad_norm_(self.trained, self._clip_norm)
        self.optimiser.step()
        return report


def only_trained(network: NetworkMethod, stage: Stage) -> list[nn.Parameter]:
    """The parameters that ``stage`` trains, each once; gradients of all others are switched off."""
    trained = list({id(parameter): parameter for parameter in network.trainable_parameters(stage)}.values())
    chosen = {id(parameter) for parameter in trained}
    for parameter in network.parameters():
        parameter.requires_grad_(id(parameter) in chosen)
    return trained


def _parallel(objective: nn.Module) -> nn.Module:
    # It is about speed alone.
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
    # A method may name more parameters than its loss reaches, in this step or in all: without looking, DDP would wait
    # for their gradients for ever.
    return nn.parallel.DistributedDataParallel(objective, find_unused_parameters=True)


@contextmanager
def common_norms(network: nn.Module, device: torch.device) -> Iterator[None]:
    """Inside, batch norms see the whole batch of all processes, as in one process.

    torch can do that on GPUs only. On CPUs each process normalises by its own share, and the running statistics are
    those of the first process, which DDP hands to the others before every step.
    """
    if distributed.size() == 1 or device.type != "cuda":
        yield
        return
    own = {
        name: module for name, module in network.named_modules(remove_duplicate=False) if isinstance(module, _BatchNorm)
    }
    nn.SyncBatchNorm.convert_sync_batchnorm(network)
    try:
        yield
    finally:
        # The same parameters and statistics, in modules that everyone knows.
        for name, module in own.items():
            parent, _, child = name.rpartition(".")
            setattr(network.get_submodule(parent), child, module)


def share_statistics(network: nn.Module) -> None:
    """Give every process the first one's buffers (running statistics)."""
    if distributed.size() > 1:
        for buffer in network.buffers():
            torch.distributed.broadcast(buffer, src=0)

"""The training loop: stages, epochs, steps. One function to read, and what it calls."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from iqabench._util import distributed
from iqabench.methods.learning import BestState, EpochRecord, Stage
from iqabench.training import checkpoint as checkpoints
from iqabench.training.checkpoint import Checkpoint, Position
from iqabench.training.data import TrainingSet
from iqabench.training.network import NetworkMethod
from iqabench.training.optim import learning_rate
from iqabench.training.reports import Reports
from iqabench.training.session import FitSession
from iqabench.training.step import Stepper, common_norms, share_statistics


def fit(network: NetworkMethod, data: TrainingSet, session: FitSession) -> None:
    """Train ``network`` on ``data`` by its recipe.

    Several processes train one network: each batch of the recipe is shared out among them, in the order that one
    process would take. With a checkpoint folder, a training that was interrupted goes on from its last checkpoint and
    ends, on a CPU in fp32, with the same bits as one that was not.

    Raises
    ------
    MethodError
        If the loss is not finite, or the folder holds the checkpoint of another training.
    """
    recipe = network.recipe
    steps = data.steps(recipe.batch_size, recipe.drop_last)
    network.categories = data.categories
    identity = training_identity(network, data, session)
    with session.seeded():
        # On the CPU, whose generator draws the same start for every device.
        network.cpu().initialise(data)
        network.to(session.device).to(memory_format=torch.channels_last)
        data.place(session.device)
        _draw_apart(session, 0)
        found = distributed.decided_by_first(lambda: _saved(session, identity))
        position = found.position if found else Position()
        network.history, network.best = (found.history, found.best) if found else ([], None)
        session.progress.start(recipe.epochs * steps, recipe.name, position.total)
        try:
            with common_norms(network, session.device):
                for index in range(position.stage, len(recipe.stages)):
                    position.stage = index
                    _run_stage(network, data, session, position, found, identity, steps)
                    found = None
                if found:
                    _restore(network, found, session)
            share_statistics(network)
        finally:
            session.progress.finish()
    if any(epoch.validation is None for epoch in network.history):
        # Begun with validation and continued without: the best of some epochs is not the best of all.
        network.best = None
    for parameter in network.parameters():
        parameter.requires_grad_(True)
        parameter.grad = None
    # Another memory format sums in another order: scores must be those of the state once saved and loaded.
    network.to(memory_format=torch.contiguous_format)
    network.eval()


def _run_stage(
    network: NetworkMethod,
    data: TrainingSet,
    session: FitSession,
    position: Position,
    found: Checkpoint | None,
    identity: str,
    steps: int,
) -> None:
    """Run one stage from ``position`` on; ``found`` is the checkpoint to take up, if this is its stage."""
    recipe = network.recipe
    stage = recipe.stages[position.stage]
    first_epoch = sum(earlier.epochs for earlier in recipe.stages[: position.stage])
    if found and not position.stage_begun:
        _restore(network, found, session)
    network.begin_stage(stage)
    step = Stepper(network, stage, session)
    if found and position.stage_begun:
        _restore(network, found, session)
        if found.optimiser is not None:
            step.optimiser.load_state_dict(found.optimiser)
    position.stage_begun = True
    saved = time.monotonic()

    for epoch in range(position.epoch, first_epoch + stage.epochs):
        position.epoch = epoch
        session.progress.message(f"{stage.name} {epoch - first_epoch + 1}/{stage.epochs}")
        network.train()
        batches = data.batches(
            stage,
            recipe.batch_size,
            seed=session.seed,
            epoch=epoch,
            view=network.view,
            device=session.device,
            drop_last=recipe.drop_last,
            skip=position.step,
            shown=network.references(stage),
            process=(distributed.rank(), distributed.size()),
        )
        reports = Reports(network, data, stage, position, session)
        for batch in batches:
            rate = learning_rate(stage, (epoch - first_epoch) * steps + position.step, steps)
            due = distributed.is_first() and time.monotonic() - saved >= session.checkpoint_seconds
            report = step(batch, rate, flag=due)
            position.step += 1
            position.total += 1
            if reports.add(report, rate) and session.checkpoint:
                checkpoints.save(session.checkpoint, identity, network, step.optimiser, position)
                saved = time.monotonic()
        reports.read_all()
        _close_epoch(network, session, stage, position, steps)
        last_of_stage = position.epoch == first_epoch + stage.epochs
        if last_of_stage:
            position.stage, position.stage_begun = position.stage + 1, False
        if session.checkpoint:
            checkpoints.save(session.checkpoint, identity, network, None if last_of_stage else step.optimiser, position)
            saved = time.monotonic()


def _close_epoch(network: NetworkMethod, session: FitSession, stage: Stage, position: Position, steps: int) -> None:
    """Record the mean loss, validate, keep the best state, and go to the next epoch."""
    value = None
    if session.validate is not None:
        share_statistics(network)
        with _aside(network, session):
            value = distributed.from_first(float(session.validate(network, position.epoch + 1)))
        # An undefined validation (NaN) never becomes the best.
        if math.isfinite(value) and (network.best is None or value > network.best.validation):
            network.best = BestState(position.epoch + 1, value, network.trained_state())
    network.history.append(EpochRecord(stage.name, position.epoch + 1, position.loss_sum / steps, value))
    position.epoch, position.step, position.loss_sum = position.epoch + 1, 0, 0.0


@contextmanager
def _aside(network: NetworkMethod, session: FitSession) -> Iterator[None]:
    """Evaluation mode, with torch's generators afterwards as they were: validating must not change training."""
    network.eval()
    devices = [session.device] if session.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices), torch.no_grad():
        yield
    network.train()


def _saved(session: FitSession, identity: str) -> Checkpoint | None:
    found = checkpoints.load(session.checkpoint, identity) if session.checkpoint else None
    if found and session.validate and any(epoch.validation is None for epoch in found.history):
        # Its first epochs were not validated: the best of the rest would not be the best of all.
        return None
    return found


def _restore(network: NetworkMethod, found: Checkpoint, session: FitSession) -> None:
    network.load_state_dict(found.network)
    if distributed.rank() < len(found.random):
        checkpoints.restore_random_states(found.random[distributed.rank()], session.device)
    else:
        _draw_apart(session, found.position.total)


def _draw_apart(session: FitSession, steps: int) -> None:
    """Let every process but the first draw numbers of its own (for dropout), from ``steps`` steps on."""
    if not distributed.is_first():
        torch.manual_seed(int(np.random.SeedSequence([session.seed, distributed.rank(), steps]).generate_state(1)[0]))


def training_identity(network: NetworkMethod, data: TrainingSet, session: FitSession) -> str:
    """Hash of all that shapes the trained weights; guards a checkpoint against being taken up by another training."""
    what = {
        "method": f"{type(network).__module__}.{type(network).__qualname__}",
        "settings": network.settings,
        "recipe": network.recipe.as_dict(),
        "data": data.fingerprint(),
        "seed": session.seed,
        "precision": session.precision,
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:16]

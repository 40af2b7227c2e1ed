"""The training loop: stages, epochs, steps. One function to read, and what it calls."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from iqabench.errors import MethodError
from iqabench.training import checkpoint as checkpoints
from iqabench.training.batch import Batch
from iqabench.training.checkpoint import Checkpoint, Position
from iqabench.training.data import TrainingSet
from iqabench.training.network import BestState, EpochRecord, NetworkMethod
from iqabench.training.optim import build_optimiser, learning_rate, set_learning_rate
from iqabench.training.recipe import Stage
from iqabench.training.session import FitSession


def fit(network: NetworkMethod, data: TrainingSet, session: FitSession) -> None:
    """Train ``network`` on ``data`` by its recipe.

    With a checkpoint folder, a training that was interrupted goes on from its last checkpoint and
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
        found = checkpoints.load(session.checkpoint, identity) if session.checkpoint else None
        position = found.position if found else Position()
        network.history, network.best = (found.history, found.best) if found else ([], None)
        session.progress.start(recipe.epochs * steps, recipe.name, position.total)
        try:
            for index in range(position.stage, len(recipe.stages)):
                position.stage = index
                _run_stage(network, data, session, position, found, identity, steps)
                found = None
            if found:
                _restore(network, found, session)
        finally:
            session.progress.finish()
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
    trained = _only_trained(network, stage)
    optimiser = build_optimiser(stage.optimiser, trained)
    if found and position.stage_begun:
        _restore(network, found, session)
        if found.optimiser is not None:
            optimiser.load_state_dict(found.optimiser)
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
        )
        for batch in batches:
            rate = learning_rate(stage, (epoch - first_epoch) * steps + position.step, steps)
            loss = _step(network, optimiser, trained, stage, batch, rate, session)
            position.step += 1
            position.total += 1
            position.loss_sum += loss
            if not math.isfinite(loss):
                raise MethodError(
                    f"training of {type(network).__name__}: the loss of stage {stage.name!r} is {loss} at step "
                    f"{position.step} of epoch {epoch + 1}; lower the learning rate (now {rate:.3g}), "
                    "lengthen the warm-up or clip the gradient"
                )
            session.progress.advance(len(batch), loss, rate)
            if session.checkpoint and time.monotonic() - saved >= session.checkpoint_seconds:
                checkpoints.save(session.checkpoint, identity, network, optimiser, position)
                saved = time.monotonic()
        _close_epoch(network, session, stage, position, steps)
        last_of_stage = position.epoch == first_epoch + stage.epochs
        if last_of_stage:
            position.stage, position.stage_begun = position.stage + 1, False
        if session.checkpoint:
            checkpoints.save(session.checkpoint, identity, network, None if last_of_stage else optimiser, position)
            saved = time.monotonic()


def _step(
    network: NetworkMethod,
    optimiser: torch.optim.Optimizer,
    trained: list[nn.Parameter],
    stage: Stage,
    batch: Batch,
    rate: float,
    session: FitSession,
) -> float:
    """One optimiser step; the loss before it. A loss that is not finite changes no weight."""
    set_learning_rate(optimiser, rate)
    optimiser.zero_grad(set_to_none=True)
    with session.autocast():
        loss: Tensor = network.loss(stage, batch)
    value = float(loss.detach())
    if math.isfinite(value):
        loss.backward()
        if stage.clip_norm is not None:
            nn.utils.clip_grad_norm_(trained, stage.clip_norm)
        optimiser.step()
    return value


def _close_epoch(network: NetworkMethod, session: FitSession, stage: Stage, position: Position, steps: int) -> None:
    """Record the mean loss, validate, keep the best state, and go to the next epoch."""
    value = None
    if session.validate is not None:
        with _aside(network, session):
            value = float(session.validate(network, position.epoch + 1))
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


def _only_trained(network: NetworkMethod, stage: Stage) -> list[nn.Parameter]:
    """The distinct parameters that ``stage`` trains; the others are told to need no gradient."""
    trained = list({id(parameter): parameter for parameter in network.trainable_parameters(stage)}.values())
    chosen = {id(parameter) for parameter in trained}
    for parameter in network.parameters():
        parameter.requires_grad_(id(parameter) in chosen)
    return trained


def _restore(network: NetworkMethod, found: Checkpoint, session: FitSession) -> None:
    network.load_state_dict(found.network)
    checkpoints.restore_random_states(found.random, session.device)


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

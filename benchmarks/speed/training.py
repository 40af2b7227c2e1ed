"""The training rows: a step of CKDN beside the released computation, and the paper's whole training on a GPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.speed.harness import Contender, Lap, SecondsTarget, SpeedRow, SpeedSetting, Target, Work
from iqabench._util.process import configure_threads

if TYPE_CHECKING:
    import pandas as pd
    import torch
    from torch import Tensor

    from ckdn.method import CKDN
    from iqabench.data.base import Card
    from iqabench.training import Batch, Stage

SIDE = 288
STEPS = ("relative", "scores", "scores")
"""One lap: the paper's schedule has ten epochs of pre-training and twenty of the second stage."""
GFLOP = 36.8
"""Of one image in one epoch, forward and backward, averaged over the paper's schedule: :func:`counted_gflop`."""


def batch_of(rows: int, side: int, device: torch.device) -> Batch:
    """A batch of normalised noise: every contender gets the same."""
    import torch

    from iqabench.training import Batch

    draw = torch.Generator().manual_seed(0)
    images = [torch.randn(rows, 3, side, side, generator=draw).to(device) for _ in range(4)]
    qualities = [torch.rand(rows, generator=draw).to(device) for _ in range(2)]
    restored, degraded, pristine, partner = images
    return Batch(
        restored=restored,
        quality=qualities[0],
        category=torch.zeros(rows, dtype=torch.long, device=device),
        degraded=degraded,
        pristine=pristine,
        partner=partner,
        partner_quality=qualities[1],
    )


def new_ckdn(device: torch.device, batch_size: int) -> CKDN:
    """CKDN with the released recipe and weights drawn from seed 0."""
    import torch

    from ckdn.method import CKDN
    from ckdn.start import start_randomly

    torch.manual_seed(0)
    method = CKDN(recipe="released", start="random", batch_size=batch_size)
    start_randomly(method.network)
    return method.to(device)


def released_loss(method: CKDN, stage: str, batch: Batch) -> Tensor:
    """The released computation: every branch in every step, one embedding at a time; then the stage's loss.

    A branch that the stage's loss leaves out is computed forward, and no gradient flows through it.
    """
    from ckdn.losses import distillation_loss, relative_loss, score_loss
    from ckdn.method import needed

    network, chosen = method.network, method.hyperparameters
    first, second = network.qse(batch.restored), network.qse(needed(batch.partner, "partner"))
    degraded, pristine = (network.dte(needed(one, "reference")) for one in (batch.degraded, batch.pristine))
    by_degraded, by_pristine = network.score_both(first, degraded, pristine)
    relative = network.pretraining_score(first - second)
    apart = distillation_loss(pristine, degraded)
    if stage == "relative":
        other = needed(batch.partner_quality, "quality")
        scale, target = chosen.elo_scale, chosen.relative_target
        return chosen.relative_weight * relative_loss(relative, batch.quality, other, scale, target)
    scores = score_loss(by_degraded, batch.quality) + score_loss(by_pristine, batch.quality)
    return scores + chosen.distillation_weight * apart


def released(setting: SpeedSetting, rows: int = 8) -> Work:
    """Steps of the released computation in fp32, with plain SGD over all parameters."""
    import torch

    device = torch.device(setting.device)
    batch = batch_of(*_size(setting, rows), device)
    method = new_ckdn(device, rows)
    outputs = _losses(method, batch, lambda stage: released_loss(method, stage.name, batch))
    settings = method.recipe.stages[0].optimiser
    optimiser = torch.optim.SGD(
        method.parameters(),
        lr=settings.learning_rate,
        momentum=settings.momentum,
        nesterov=True,
        weight_decay=settings.weight_decay,
        fused=False,
        foreach=False,
    )
    method.train()

    def lap() -> Lap:
        for name in STEPS:
            loss = released_loss(method, name, batch)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            float(loss.detach())
        return Lap(len(STEPS), outputs)

    return lap


def ours(setting: SpeedSetting, precision: str, rows: int = 8) -> Work:
    """Steps of our training loop: :class:`iqabench.training.step.Stepper` for each of the two stages."""
    configure_threads()
    import torch

    from iqabench.training import FitSession
    from iqabench.training.step import Stepper

    device = torch.device(setting.device)
    batch = batch_of(*_size(setting, rows), device)
    method = new_ckdn(device, rows)
    method.to(memory_format=torch.channels_last)
    session = FitSession(device=device, precision="bf16" if precision == "bf16" else "fp32")
    outputs = _losses(method, batch, lambda stage: _in_session(method, stage, batch, session))
    method.train()

    def lap() -> Lap:
        count = 0
        for stage in method.recipe.stages:
            step = Stepper(method, stage, session)
            for _ in range(STEPS.count(stage.name)):
                step(batch, stage.optimiser.learning_rate).tolist()
                count += 1
        return Lap(count, outputs)

    return lap


def whole_training(setting: SpeedSetting, precision: str) -> Work:
    """The paper's training of CKDN on the paper's split: 8,750 images, 30 epochs, batches of 64, files and all.

    ``count`` is the number of images that went through the network, so that images/s times the row's ``gflop`` is
    the arithmetic that was done.
    """
    configure_threads()
    import torch

    from ckdn.method import CKDN
    from iqabench.training import FitSession, TrainingSet

    options, rows, card = paper_training(setting)

    def lap() -> Lap:
        method = CKDN(**options)
        session = FitSession(
            device=torch.device(setting.device),
            precision="bf16" if precision == "bf16" else "fp32",
            compile="inductor" if setting.device.startswith("cuda") else None,
        )
        # A new set each time: decoding is part of the work.
        method.fit(TrainingSet(rows, card, ("degraded", "pristine")), session)
        size = method.recipe.batch_size
        return Lap(method.recipe.epochs * (len(rows) // size) * size, {"loss": method.history[-1].loss})

    return lap


def paper_training(setting: SpeedSetting) -> tuple[dict[str, Any], pd.DataFrame, Card]:
    """Settings of CKDN, rows of the paper's training part, and the card of the data."""
    from iqabench.data.open import open_dataset
    from iqabench.data.splits import load_split

    dataset = open_dataset("pipal", setting.data)
    # The recipe's learning rate needs a trained start, and so do labels that are drawn.
    options: dict[str, Any] = {"recipe": "paper", "start": "packaged"}
    if setting.small:
        options |= {"recipe": "quick", "pretraining_epochs": 1, "epochs": 1, "batch_size": 2}
        return options, dataset.frame.head(4), dataset.card
    assert dataset.default_split is not None
    frame = load_split("pipal", dataset.default_split).apply(dataset.frame, for_training=True)
    return options, frame[frame["part"] == "train"], dataset.card


def counted_gflop() -> float:
    """Count :data:`GFLOP` anew, by torch's own counter."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from iqabench.training import FitSession
    from iqabench.training.step import Stepper

    cpu = torch.device("cpu")
    method, batch = new_ckdn(cpu, 2), batch_of(2, SIDE, cpu)
    method.train()
    done = {}
    for stage in method.recipe.stages:
        step = Stepper(method, stage, FitSession())
        with FlopCounterMode(display=False) as counter:
            step(batch, 0.0)
        done[stage.name] = counter.get_total_flops() / len(batch)
    return sum(done[name] for name in STEPS) / len(STEPS) / 1e9


def _size(setting: SpeedSetting, rows: int) -> tuple[int, int]:
    return (2, 64) if setting.small else (rows, SIDE)


def _in_session(method: CKDN, stage: Stage, batch: Batch, session: Any) -> Tensor:
    with session.autocast():
        return method.loss(stage, batch)


def _losses(method: CKDN, batch: Batch, loss: Callable[[Stage], Tensor]) -> dict[str, float]:
    """Both stages' losses in evaluation mode: there, how images are batched for the norms makes no difference."""
    import torch

    method.eval()
    with torch.no_grad():
        return {stage.name: float(loss(stage)) for stage in method.recipe.stages}


def _ours(precision: str) -> Contender:
    return Contender(f"iqabench {precision}", "benchmarks.speed.training:ours", {"precision": precision})


ROWS: Sequence[SpeedRow] = (
    SpeedRow(
        "training-step",
        "CKDN training steps, batch 8 at 288x288, one of pre-training to two of the second stage",
        (_ours("fp32"), _ours("bf16"), Contender("released, fp32", "benchmarks.speed.training:released")),
        (
            Target("iqabench bf16", "released, fp32", 2.5, within=0.05),
            Target("iqabench fp32", "released, fp32", 1.0, within=1e-3),
        ),
        unit="steps/s",
        limit="arithmetic",
        gflop=8 * GFLOP,
    ),
    SpeedRow(
        "training-whole",
        "the paper's whole CKDN training: 8,750 images, 30 epochs (data with 200 contents)",
        (
            Contender("iqabench bf16", "benchmarks.speed.training:whole_training", {"precision": "bf16"}),
        ),
        (SecondsTarget("iqabench bf16", 120),),
        limit="arithmetic and memory",
        gflop=GFLOP,
        device="cuda",
    ),
)  # fmt: skip

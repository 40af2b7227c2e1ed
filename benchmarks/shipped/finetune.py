"""Steps 6 to 10: fine-tune a checkpoint on ordered pairs: ``python -m benchmarks.shipped.finetune --help``.

The loss asks for the order alone: of restorations by their pseudo labels, of faults by their strength, of texture by
whether it is the pristine picture's own. Batch norm stays as ImageNet left it, and what the checkpoint said of real
restorations holds it back. Stems learn, too: those of ImageNet hardly see a checkerboard of single pixels.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from copy import deepcopy
from pathlib import Path

import click
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.shipped.contents import read_contents
from benchmarks.shipped.exercises import FAULTS, Exercise
from benchmarks.shipped.judges import Judges
from benchmarks.shipped.lessons import ACROSS, LABELS, Focus, Lesson, lesson, tensor
from ckdn.blocks import channel_statistics
from ckdn.checkpoint import SHIPPED, read_checkpoint, write_checkpoint
from ckdn.model import Network
from ckdn.shipped import load_shipped
from iqabench.data.images import Pixels

SIDE = 96
CONTENTS = 2
"""In one step."""
RATE = 1e-4
EMBEDDING_SHARE = 0.5
"""Of the learning rate, for both embeddings."""
SECOND_TERM_SHARE = 0.3
"""For the second term, which sees 512 statistics at once."""
WARM_UP = 50
LABEL_WEIGHT = 1.0
ANCHOR_WEIGHT = 2.0
"""More for labels and less for the anchor learns the order of the training contents by heart (recipe L)."""
STEEP = 4.0
"""Of the logistic loss of faults: they want to be in order, not far apart."""
KEPT = 0.998
"""Share of the running mean of the weights that a step keeps; that mean is what is stored."""
SAID_EVERY = 50


def terms(network: Network, seen: Tensor, references: Sequence[Pixels], rows: Tensor) -> tuple[Tensor, Tensor]:
    """The score before the sigmoid, ``(N,)``: its first term as it enters the whole, and the whole.

    ``seen`` are the embedded restorations, ``rows`` the place of each one's reference.
    """
    embedded = network.embed_reference(tensor(references, "reference"))
    first = network.head.logits(network.csp(network.difference(seen, embedded[rows])))
    if network.restorability is None:
        return first, first
    return network.restorability.scale * first, network.restorability(first, channel_statistics(embedded)[rows])


def embed(network: Network, pictures: Sequence[Pixels]) -> Tensor:
    """Embedded restorations."""
    return network.embed_restored(tensor(pictures, "restored"))


def apart(network: Network, exercise: Exercise, seen: Tensor) -> Tensor:
    """How far E1 of real restorations lies from E2 of them: squared distance over squared size; ``seen`` is E2 of all.

    The paper's distillation has E1(H) near E2(H). A restoration has lost nothing either that it could tell of itself.
    """
    kept = [place for place, held in enumerate(exercise.anchored) if held]
    own = network.embed_reference(tensor([exercise.pictures[place] for place in kept], "reference"))
    target = seen[kept].detach()
    return (own - target).square().mean() / target.square().mean()


class Tuning:
    """A network that learns, the running mean of its weights, and what it was."""

    def __init__(
        self, start: Path, anchor: Path, often: Collection[str] = (), alike: float = 0.0, one_embedding: bool = False
    ) -> None:
        self.network, self.before = (
            load_shipped(weights=str(one)).network.to(memory_format=torch.channels_last).eval()
            for one in (start, anchor)
        )
        self.before.requires_grad_(False)
        if one_embedding:
            self.network.dte = self.network.qse
        slow, fast, second = self._trainable()
        self.mean = deepcopy(self.network).requires_grad_(False)
        groups = [
            {"params": fast, "share": 1.0},
            {"params": slow, "share": EMBEDDING_SHARE},
            {"params": second, "share": SECOND_TERM_SHARE},
        ]
        self.optimiser = torch.optim.AdamW(groups, lr=RATE, weight_decay=1e-2)
        self.steps = 0
        self.focus, self.alike = Focus(often), alike
        self.right: dict[str, list[float]] = defaultdict(list)
        """Shares of the pairs that were in order, by exercise, since they were last said."""

    def _trainable(self) -> tuple[list[nn.Parameter], list[nn.Parameter], list[nn.Parameter]]:
        self.network.requires_grad_(False)
        slow = _weights(self.network.qse)
        if self.network.dte is not self.network.qse:
            slow += _weights(self.network.dte)
        term = self.network.restorability
        second = [] if term is None else list(term.requires_grad_(True).parameters())
        return slow, _weights(self.network.csp) + _weights(self.network.head), second

    def step(self, asked: Lesson, done: float) -> None:
        """Learn from one lesson; ``done`` in [0, 1) is the share of the schedule that is over."""
        factor = min(1.0, (self.steps + 1) / WARM_UP) * max(0.02, 0.5 * (1 + float(np.cos(np.pi * done))))
        for group in self.optimiser.param_groups:
            group["lr"] = RATE * group["share"] * factor
        loss = self.loss(asked)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_([one for group in self.optimiser.param_groups for one in group["params"]], 5.0)
        self.optimiser.step()
        self.steps += 1
        self._average()

    def loss(self, asked: Lesson) -> Tensor:
        """Logistic loss of every pair, a mean for each exercise, and the pull towards what was said before."""
        seen, rows = embed(self.network, asked.restored), torch.tensor(asked.of_row)
        first, whole = terms(self.network, seen, asked.references, rows)
        with torch.no_grad():
            old = only_anchored(asked)
            before, _ = terms(self.before, embed(self.before, old.restored), old.references, torch.tensor(old.of_row))
        total, at_before = torch.zeros(()), 0
        for at, exercise in asked.asked:
            count = len(exercise.pictures)
            if exercise.pairs:
                better, worse = torch.tensor(exercise.pairs).T + at
                gap = whole[better] - whole[worse]
                self._note(exercise, float((gap.detach() > 0).float().mean()))
                weight, steep = (LABEL_WEIGHT, 1.0) if exercise.kind in (LABELS, ACROSS) else (1.0, STEEP)
                total = total + weight * functional.softplus(-steep * gap).mean() / steep
            if exercise.kind == LABELS and self.alike:
                distance = apart(self.network, exercise, seen[at : at + count])
                self.right["(apart)"].append(float(distance.detach()))
                total = total + self.alike * distance
            if any(exercise.anchored):
                kept = torch.tensor(exercise.anchored)
                groups = torch.tensor(asked.of_row[at : at + count])[kept]
                now, was = first[at : at + count][kept], before[at_before : at_before + len(groups)]
                moved = _centred(now - was, groups)
                self.right["(moved)"].append(float((moved.detach() ** 2).mean()))
                total = total + ANCHOR_WEIGHT * (moved**2).mean()
                at_before += len(groups)
        return total / CONTENTS

    def _note(self, exercise: Exercise, right: float) -> None:
        self.right[exercise.kind].append(right)
        if exercise.start:
            self.focus.told(exercise.kind, exercise.start, right)

    @torch.no_grad()
    def _average(self) -> None:
        kept = min(KEPT, self.steps / (self.steps + 9))
        for ours, theirs in zip(self.mean.parameters(), self.network.parameters(), strict=True):
            if theirs.requires_grad:
                ours.lerp_(theirs, 1 - kept)

    def say(self, seconds: float) -> None:
        """Print the share in order of each exercise since the last line."""
        shares = " ".join(f"{kind} {np.mean(values):.3f}" for kind, values in sorted(self.right.items()))
        click.echo(f"step {self.steps}, {seconds:.0f} s: {shares}")
        self.right.clear()


def _weights(part: nn.Module) -> list[nn.Parameter]:
    """What learns of ``part``: convolutions and linear layers, not batch norm."""
    layers = [layer for layer in part.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    found = [one for layer in layers for one in layer.parameters(recurse=False)]
    for one in found:
        one.requires_grad_(True)
    return found


def _centred(values: Tensor, groups: Tensor) -> Tensor:
    """``values`` less the mean of their group."""
    same = (groups[:, None] == groups[None]).float()
    return values - same / same.sum(1, keepdim=True) @ values


def only_anchored(asked: Lesson) -> Lesson:
    """The pictures of a lesson that the anchor holds back."""
    kept = Lesson(references=asked.references)
    for at, exercise in asked.asked:
        places = [place for place, held in enumerate(exercise.anchored) if held]
        kept.restored += [exercise.pictures[place] for place in places]
        kept.of_row += [asked.of_row[at + place] for place in places]
    return kept


def store(network: Network, start: Path, out: Path, note: str) -> None:
    """Write the weights of ``network`` as a checkpoint; facts that it does not change are those of ``start``."""
    state, facts = read_checkpoint(start)
    tuned = {f"network.{name}": tensor_ for name, tensor_ in network.state_dict().items()}
    write_checkpoint({name: tuned[name] for name in state}, out, {**facts, "note": note})


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--start", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=SHIPPED)
@click.option(
    "--anchor",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=SHIPPED,
    help="Whose differences between real restorations hold it back.",
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--steps", default=1500, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--often", multiple=True, type=click.Choice(sorted(FAULTS)), help="A fault to ask about four times as often."
)
@click.option("--alike", default=0.0, show_default=True, help="Weight of E1(R)'s distance from E2(R) (recipe O: 1).")
@click.option("--one-embedding", is_flag=True, help="E1 is E2, and learns with it (recipe P).")
def main(
    data: Path,
    start: Path,
    anchor: Path,
    out: Path,
    steps: int,
    seed: int,
    often: tuple[str, ...],
    alike: float,
    one_embedding: bool,
) -> None:
    """Fine-tune START on the training part of DATA; write OUT every hundred steps and at the end."""
    torch.set_num_threads(1)
    random = np.random.default_rng(seed)
    contents = read_contents(data, "train")
    click.echo(f"{len(contents)} contents")
    tuning, judges = Tuning(start, anchor, often, alike, one_embedding), Judges()
    _, facts = read_checkpoint(start)
    begun = time.monotonic()
    for step in range(steps):
        tuning.step(lesson(contents, CONTENTS, SIDE, tuning.focus, judges, random), step / steps)
        if tuning.steps % SAID_EVERY == 0:
            tuning.say(time.monotonic() - begun)
        if tuning.steps % 100 == 0 or tuning.steps == steps:
            store(tuning.mean, start, out, facts.get("note", ""))


if __name__ == "__main__":
    main()

"""A plugin with a method that is 'trained' in no time and counts how often."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from iqabench import method


@method("cheap", paradigms="NR DR FR", training_references=("degraded",))
class Cheap:
    """Mean error against the reference, mixed by weights that depend on seed and training images."""

    def __init__(self, recipe: str = "paper", strength: float = 1.0) -> None:
        self.strength = strength
        self.mix = torch.zeros(3)

    def fit(self, data, session) -> None:
        log = os.environ.get("CHEAP_LOG")
        if log:
            with Path(log).open("a") as file:
                file.write(f"{session.seed} {data.frame['degraded'].iloc[0]}\n")
        generator = torch.Generator().manual_seed(session.seed)
        self.mix = torch.rand(3, generator=generator) + 0.01 * self.strength

    def trained_state(self):
        return {"mix": self.mix.clone()}

    def load_trained_state(self, state) -> None:
        self.mix = state["mix"]

    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        shown = 0.5 if prepared is None else prepared
        return -((restored - shown).abs().mean((2, 3)) * self.mix).sum(1)

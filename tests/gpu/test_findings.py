"""The campaign finds what is wrong on a device, says what it did not measure, and names what must be carried there."""

from __future__ import annotations

import random
from typing import Any

import torch
from click.testing import CliRunner
from torch import Tensor, nn

from benchmarks.gpu.idle import covered
from benchmarks.gpu.scores import compared
from benchmarks.gpu.table import main, render, wrong
from benchmarks.gpu.training import compiler_of
from benchmarks.gpu.training_again import digests_of
from benchmarks.gpu.wheels import installed_there, needed
from iqabench import method
from iqabench.methods.contract import MethodEntry, as_entry
from iqabench.methods.learning import Optimiser, Recipe, Stage
from iqabench.training import Batch, NetworkMethod

CPU = torch.device("cpu")


def faulty(error: float) -> MethodEntry:
    """A method that scores a little else once it was moved to a device for a second time."""

    @method("faulty", lower_is_better=True, paradigms="DR FR")
    class Faulty:
        """Mean absolute difference, off by a share of itself."""

        def __init__(self) -> None:
            self._moved = 0

        def to(self, device: torch.device) -> None:
            self._moved += 1

        def prepare(self, reference: Tensor) -> Tensor:
            return reference

        def score(self, restored: Tensor, prepared: Any) -> Tensor:
            return (restored - prepared).abs().mean((1, 2, 3)) * (1 + error * (self._moved > 1))

    return as_entry(Faulty, "here")


def campaign(**parts: dict[str, Any]) -> dict[str, Any]:
    whole = {
        name: {"title": name, "status": "done", "why": "", "seconds": 1.0, "figures": figures}
        for name, figures in parts.items()
    }
    return {"device": "cuda", "small": False, "minutes": 9.0, "parts": whole}


def test_scores_that_are_off_are_found() -> None:
    right, off = compared(faulty(0.0), CPU, small=True), compared(faulty(0.01), CPU, small=True)
    assert right["fp32, TF32 on"]["largest"] == 0
    assert off["fp32, TF32 on"]["holds"] is False
    assert wrong(campaign(scores={"right": right})) == []
    problems = wrong(campaign(scores={"off": off}))
    assert problems[0].startswith("scores of off, fp32, TF32 on: off by ")
    assert "✗" in render(campaign(scores={"off": off}))


def unrepeatable(by_chance: bool) -> MethodEntry:
    @method("unrepeatable", paradigms="NR")
    class Unrepeatable(NetworkMethod):
        """A mean with a learnt factor, by chance or not."""

        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(1, 1)
            self.recipe = Recipe("one", (Stage("all", 1, Optimiser(learning_rate=0.01)),), batch_size=4)

        def loss(self, stage: Stage, batch: Batch) -> Tensor:
            factor = random.random() if by_chance else 0.5
            means = batch.restored.mean((1, 2, 3))[:, None]
            loss: Tensor = factor * (self.layer(means)[:, 0] - batch.quality).square().mean()
            return loss

        def score(self, restored: Tensor, prepared: Any) -> Tensor:
            scores: Tensor = self.layer(restored.mean((1, 2, 3))[:, None])[:, 0]
            return scores

    return as_entry(Unrepeatable, "here")


def test_training_that_is_not_repeated_is_found() -> None:
    steady, shaky = (digests_of(unrepeatable(chance), CPU, "fp32") for chance in (False, True))
    assert (steady["twice the same"], steady["resumed the same"], steady["resumed at"]) == (True, True, 2)
    assert shaky["twice the same"] is False
    assert wrong(campaign(**{"training-again": {"steady": steady}})) == []
    assert wrong(campaign(**{"training-again": {"shaky": shaky}})) == [
        "deterministic training of shaky: not twice the same",
        "deterministic training of shaky: not resumed the same",
    ]


def test_a_training_that_was_cut_off_is_extrapolated_and_says_so() -> None:
    done = {
        "epochs": 10,
        "seconds": 40.0,
        "seconds of each epoch": [13.0, *[3.0] * 9],
        "images/s in the last epoch": 2900.0,
        "share of the peak in the last epoch": 0.1,
        "most memory, GiB": 9.0,
    }
    what = {"images": 8750, "epochs": 30, "batch": 64, "compiled": "no", "precision": "bf16"}
    table = render(campaign(training={"what": what, "training": done}))
    assert "40.0 s for 8,750 images × 10 epochs; extrapolated to 30 epochs: 100.0 s" in table
    assert "| ≤ 60 s | no |" in table


def test_compiling_is_chosen_where_it_pays_in_a_whole_training() -> None:
    def forms(first: float, ms: float, by: str = "inductor") -> dict[str, Any]:
        plain = {"ms": 20.0, "first s": 1.0, "by": ""}
        return {
            "forms": {
                "training step: as it is": plain,
                "training step: torch.compile": {"ms": ms, "first s": first, "by": by},
            }
        }

    assert compiler_of(forms(30, 12)) == "inductor"
    assert compiler_of(forms(30, 13)) is None
    assert compiler_of(forms(1, 2, by="eager")) is None
    assert compiler_of({"forms": {"training step: torch.compile": {"failed": "no Triton"}}}) is None
    assert compiler_of({}) is None


def test_what_runs_at_once_is_busy_once() -> None:
    assert covered([(0, 10), (2, 3), (8, 12), (20, 21)]) == 13


def test_wheels_are_what_the_machine_lacks() -> None:
    every = needed({}, "3.12")
    assert {"piq", "lpips", "numpy", "pydantic-core", "pypi-simple"} <= set(every)
    assert not [name for name in every if name.startswith(("torch", "nvidia", "triton", "sympy"))]
    there = "Package    Version\n---------- -------\nnumpy      2.5.2\npydantic   1.10.2\nPillow     12.0.0\n"
    held = installed_there(there)
    assert held == {"numpy": "2.5.2", "pydantic": "1.10.2", "pillow": "12.0.0"}
    fewer = needed(held, "3.12")
    assert set(every) - set(fewer) == {"numpy", "pillow"}
    assert installed_there("scipy==1.17.1\n# a remark\n") == {"scipy": "1.17.1"}


def test_a_table_is_made_again_from_its_figures(tmp_path: Any) -> None:
    import json

    found = campaign(forms={"scoring a batch: CUDA graphs": {"failed": "RuntimeError: no | graphs\nhere"}})
    (tmp_path / "figures.json").write_text(json.dumps(found), encoding="utf-8")
    done = CliRunner().invoke(main, [str(tmp_path / "figures.json")])
    assert done.exit_code == 0
    assert done.output == render(found) + "\n"
    assert "| scoring a batch: CUDA graphs | no: RuntimeError: no / graphs here |" in done.output

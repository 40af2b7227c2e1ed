"""``mini`` is what the command makes of its recipe: a part is made again and compared, byte for byte.

Restored images of networks may differ by single grey levels on another kind of processor, as the card says; the others
are the same everywhere.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from iqabench.data.images import read_image
from iqabench.data.mini import mini_folder
from iqabench.synthesis.degradations import degrade, to_8bit
from iqabench.synthesis.photographs import Content, choose_contents
from iqabench.synthesis.plan import Runner, SynthesisPlan, without_unavailable
from iqabench.synthesis.registry import RestorerRegistry
from iqabench.synthesis.work import write_image

if find_spec("sklearn") is None:
    pytest.skip("scikit-learn, which carries two of the photographs, is not installed", allow_module_level=True)

from benchmarks.mini.build import order

NETWORKS = {"espcn", "edsr", "dncnn"}
CONTENTS = ("A0003", "A0012")
"""One of each part."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[SynthesisPlan, RestorerRegistry]:
    """The plan of ``mini`` without the networks that have to be fetched."""
    asked = order(tmp_path_factory.mktemp("work"))
    registry = RestorerRegistry(asked.plugins)
    unwanted = [name for name in registry.names() if registry.get(name).info.origin]
    recipe, _ = without_unavailable(asked.recipe, registry, unwanted)
    contents, notes = choose_contents(asked.photos, recipe, crops=1, limit=None, share=0.2, seed=asked.seed)
    assert not notes
    return SynthesisPlan(recipe, tuple(contents), asked.seed, asked.cross), registry


def content_called(plan: SynthesisPlan, name: str) -> Content:
    return next(content for content in plan.contents if content.name == name)


def test_contents_and_sides_are_the_committed_ones(made) -> None:
    plan, _ = made
    table = pd.read_csv(mini_folder() / "splits" / "contents.csv")
    assert [(c.name, c.photograph.part) for c in plan.contents] == list(table.itertuples(index=False, name=None))
    for content in plan.contents:
        assert np.array_equal(content.pixels(), read_image(mini_folder() / f"pristine/{content.name}.webp"))


def test_algorithms_are_the_committed_ones(tmp_path: Path) -> None:
    recipe = order(tmp_path).recipe
    table = pd.read_csv(mini_folder() / "algorithms.csv", dtype=str)
    own = [(a.code, a.category, a.task, a.name, a.description, a.degradation) for a in recipe.algorithms]
    columns = ["algorithm", "category", "task", "name", "description", "degradation"]
    assert own == list(table[columns].itertuples(index=False, name=None))
    parts = pd.read_csv(mini_folder() / "splits" / "algorithms.csv", dtype=str)
    assert [(a.code, a.part) for a in recipe.algorithms] == list(parts.itertuples(index=False, name=None))


@pytest.mark.parametrize("name", CONTENTS)
def test_degraded_files_are_the_committed_bytes(made, tmp_path: Path, name: str) -> None:
    plan, _ = made
    content = content_called(plan, name)
    for degradation in plan.recipe.degradations():
        path = tmp_path / f"{name}_{degradation}.webp"
        write_image(path, degrade(content.pixels(), degradation, plan.seed, content.index), "webp")
        assert path.read_bytes() == (mini_folder() / "degraded" / path.name).read_bytes(), degradation


@pytest.mark.parametrize("name", CONTENTS)
def test_restored_files_are_the_committed_ones(made, tmp_path: Path, name: str) -> None:
    plan, registry = made
    content = content_called(plan, name)
    runner = Runner(plan.recipe, registry, plan.seed, content.index)
    rows = plan.rows(content)
    assert len(rows) == 15
    for row in rows:
        given = read_image(mini_folder() / row.degraded).astype(np.float32) / 255
        restored = to_8bit(runner.restore(row.algorithm, given) * 255.0)
        committed = read_image(mini_folder() / row.image)
        if NETWORKS & {step.restorer for step in row.algorithm.all_steps}:
            assert np.abs(restored.astype(int) - committed).max() <= 1, row.image
        else:
            write_image(tmp_path / "restored.webp", restored, "webp")
            assert (tmp_path / "restored.webp").read_bytes() == (mini_folder() / row.image).read_bytes(), row.image

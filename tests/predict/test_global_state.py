"""The Python functions leave the process as they found it: random generators, settings, signals, streams."""

from __future__ import annotations

import json
import os
from importlib import import_module
from pathlib import Path

import pytest
from forking import python
from global_state import changed, generators, settings
from installed import once
from pair_worker import Plain, trained, training_set

from iqabench.methods.registry import Registry
from iqabench.training import FitSession

PROGRAM = """
import json, random, sys
sys.path.insert(0, sys.argv[1])
import numpy as np, torch
import requests, torch._dynamo  # they set a variable and filters for warnings of their own when they are imported
from global_state import changed, generators, settings

random.seed(1), np.random.seed(2), torch.manual_seed(3)
drawn, base, told = generators(), settings(), {}
import iqabench
from iqabench.methods.registry import Registry

registry = Registry()
for name in registry.names():
    moved, made, side = [], None, max(64, registry.get(name).info.minimum_size)
    image = np.random.default_rng(0).integers(0, 255, (2, side, side, 3), dtype=np.uint8)
    tensors = torch.from_numpy(image).permute(0, 3, 1, 2).float() / 255
    for what, act in (
        ("create", lambda: registry.get(name).create()),
        ("score", lambda: iqabench.score(image[0], image[1], method=made)),
        ("loss", lambda: iqabench.loss(made)(*tensors.unsqueeze(1)).sum()),
    ):
        try:
            made = act() if what == "create" else act() and made or made
            done = what
        except iqabench.UserError:
            break
        finally:
            moved += [f"{what}: {one}" for one in [*changed(drawn, generators()), *changed(base, settings())]]
    told[name] = moved
iqabench.score(image[0], image[1], method="psnr")
told["by name"] = [*changed(drawn, generators()), *changed(base, settings())]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def told(shared: Path) -> dict[str, list[str]]:
    """What every registered method changed when it was created, when it scored and as a loss."""
    return json.loads((once(shared, "global-state", look) / "told.json").read_text())


def look(folder: Path) -> None:
    """Run the program; it writes to ``folder`` what it found."""
    support = str(Path(__file__).parents[1] / "support")
    launcher = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "9"}
    # Weights that are not here are not fetched: nobody listens there.
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    done = python("-c", PROGRAM, support, environment={**os.environ, **launcher, **nowhere})
    assert done.returncode == 0, done.stderr
    folder.mkdir()
    (folder / "told.json").write_text(done.stdout)


@pytest.mark.parametrize("name", [*Registry().names(), "by name"])
def test_a_method_leaves_everything_as_it_was(told: dict[str, list[str]], name: str) -> None:
    assert told[name] == []


def test_a_training_leaves_everything_as_it_was(tmp_path: Path) -> None:
    import_module("torch._dynamo")  # it sets a variable and a warning filter when it is imported
    data, method = training_set(tmp_path), Plain()
    drawn, base = generators(), settings()
    trained(method, data, FitSession())
    assert changed(drawn, generators()) + changed(base, settings()) == []

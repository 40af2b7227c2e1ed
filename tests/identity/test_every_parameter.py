"""Every parameter of every registered method is part of a run's identity, and so are the weights that it loads."""

from __future__ import annotations

import inspect
import re
import shutil
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from ckdn.checkpoint import SHIPPED
from iqabench._util.errors import WeightsError
from iqabench.methods.contract import Method, MethodEntry
from iqabench.methods.registry import Registry
from iqabench.results.signature import signature
from iqabench.results.store import digest
from iqabench.runs.record import run_facts

REGISTRY = Registry()
NAMES = [name for name in REGISTRY.names() if REGISTRY.is_builtin(name)]
NAMES += [f"piq:{member}" for member in ("psnr", "lpips", "brisque", "ms-ssim")]

OTHERS: dict[str, tuple[Any, ...]] = {
    "recipe": ("quick", "paper"),
    "variant": ("ckdn-36", "ckdn-18"),
    "start": ("random", "imagenet"),
    "pretraining": ("none", "relative"),
    "difference": ("released", "paper"),
    "passes": ("separate", "joint"),
    "distillation": ("squared", "mean"),
    "relative_target": ("second", "first"),
    "trunk": ("vgg16", "alexnet"),
    "backbone": ("mobilenetv3_small_050",),
    **dict.fromkeys(("downsample", "resize", "pretrained", "l2_pooling"), (True, False)),
    **dict.fromkeys(("epochs", "pretraining_epochs", "batch_size", "radius", "stride", "categories"), (3, 9)),
    **dict.fromkeys(("distillation_weight", "relative_weight", "learning_rate", "warmup_epochs"), (0.125, 2.5)),
}
"""Values to try for each parameter, by its name: the first one that is not what the method has already."""


def identity_of(method: Method) -> dict[str, Any]:
    known = {"reference": "degraded", "dataset": "d", "fingerprint": "f", "split": "s", "selection": "none"}
    return run_facts(method, precision="fp32", training=None, **known)


def built(entry: MethodEntry, **settings: Any) -> Method:
    """The method; a network that is to be trained is built without memory for its weights."""
    with torch.device("meta" if entry.info.trainable else "cpu"):
        return entry.create(**settings)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, ...]]:
    """Files of weights by method: two that differ in a tensor, or the package's own under another name."""
    folder = tmp_path_factory.mktemp("weights")
    copy = shutil.copy(SHIPPED, folder / "shipped.safetensors")
    state = REGISTRY.get("ckdn").create(recipe="released", start="random").trained_state()
    released = []
    for number in range(2):
        state["network.head.weight" if "network.head.weight" in state else next(iter(state))].add_(1.0)
        released.append(str(folder / f"released{number}.safetensors"))
        save_file(state, released[-1])
    return {"ckdn-shipped": (str(copy),), "ckdn-released": tuple(released)}


@pytest.mark.parametrize("name", NAMES)
def test_another_value_is_another_run(name: str, files: dict[str, tuple[str, ...]]) -> None:
    entry = REGISTRY.get(name)
    required = {"weights": files[name][0]} if entry.info.requires else {}
    try:
        first = built(entry, **required)
    except WeightsError as error:
        pytest.skip(f"its weights cannot be had here: {str(error).splitlines()[0]}")
    before = identity_of(first)
    assert before["code"] is None or name.startswith("piq:")
    if not entry.info.trainable:
        assert set(entry.info.weights) <= set(before["weights"]), "every set of weights has its digest"
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in before["weights"].values())
    seen = {digest(before): "as it is"}
    for parameter in inspect.signature(entry.builder()).parameters:
        values = files.get(name, ()) if parameter == "weights" else OTHERS.get(parameter, ())
        now = before["settings"][parameter]
        other = next((value for value in values if value not in (now, required.get(parameter))), None)
        assert other is not None, f"give OTHERS a value for {parameter}"
        after = identity_of(built(entry, **{**required, parameter: other}))
        assert after["settings"][parameter] != now, parameter
        assert digest(after) not in seen, (parameter, seen.get(digest(after)))
        seen[digest(after)] = parameter
    assert len(seen) == len({key[:8] for key in seen})


def test_two_rows_that_differ_have_two_signatures() -> None:
    lines = set()
    for settings in ({}, {"downsample": False}):
        identity = identity_of(REGISTRY.get("ssim").create(**settings))
        lines.add(signature({"identity": identity, "run_id": digest(identity)}))
    assert len(lines) == 2


def test_the_package_own_weights_are_named() -> None:
    weights = identity_of(REGISTRY.get("ckdn-shipped").create())["weights"]
    assert set(weights) == {"ckdn-shipped"}

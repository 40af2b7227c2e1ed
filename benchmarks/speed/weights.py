"""The same weights on both sides: pyiqa's metrics are built from ours, since its own may be out of reach.

CKDN's are a trained state of this toolkit (``IQABENCH_SPEED_CKDN``, a ``model.safetensors`` that a run left in its
results folder), else drawn at random: speed does not depend on them, agreement of the outputs is checked by them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models

CKDN_VARIABLE = "IQABENCH_SPEED_CKDN"


def our_ckdn(recipe: str = "paper") -> Any:
    """CKDN; the recipe ``paper`` resizes to 329 and crops 288 as the released code and pyiqa do, ``quick`` does not."""
    from safetensors.torch import load_file

    from iqabench.methods.registry import Registry
    from iqabench.methods.untrained import mark_trained

    method = Registry(()).get("ckdn").create(recipe=recipe, start="random")
    file = os.environ.get(CKDN_VARIABLE)
    if file:
        method.load_trained_state(load_file(file))
    else:
        torch.manual_seed(0)
        for module in method.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                module.reset_parameters()
        mark_trained(method)  # how fast it scores does not depend on its weights
    return method


def pyiqa_metric(name: str, device: torch.device, our_view: bool = False, **options: Any) -> Any:
    """``pyiqa.create_metric`` with our weights.

    With ``our_view`` its CKDN resizes as the released code does, by Pillow's filters on 8-bit values: pyiqa resizes
    tensors, which rounds the nearest pixel otherwise in one row and column and lets bicubic values leave [0, 1].
    """
    import pyiqa

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.pth"
        if name == "ckdn":
            from pyiqa.archs import ckdn_arch

            # It downloads an ImageNet start first, which the checkpoint then overwrites whole.
            ckdn_arch.load_state_dict_from_url = lambda *arguments, **keywords: {}
            torch.save(pyiqa_ckdn_state(our_ckdn()), file)
            options["pretrained_model_path"] = str(file)
        elif name == "lpips":
            from pyiqa.archs import lpips_arch

            # It downloads the backbone first, which the checkpoint then overwrites whole.
            lpips_arch.models = SimpleNamespace(alexnet=lambda weights: models.alexnet())
            torch.save(_lpips_state(), file)
            options["pretrained_model_path"] = str(file)
        metric = pyiqa.create_metric(name, device=device, **options)
    if our_view:
        view = our_ckdn().view
        metric.net._default_preprocess = lambda image, shown: (view(image, "restored"), view(shown, "degraded"))
    return metric


def pyiqa_ckdn_state(method: Any) -> dict[str, Tensor]:
    """Our network under the released names; where ours takes reference minus restored, CSP's input is negated."""
    from ckdn.convert import RELEASED_NAMES

    state = {}
    for name, tensor in method.network.state_dict().items():
        ours = next(part for part in RELEASED_NAMES.values() if name.startswith(f"{part}."))
        released = next(key for key, part in RELEASED_NAMES.items() if part == ours)
        state[f"net.{released}{name.removeprefix(ours)}"] = tensor.clone()
    if method.network.architecture.difference == "paper":
        for name in ("net.csp.0.conv1.weight", "net.csp.0.downsample.0.weight"):
            state[name].neg_()
    return state


def _lpips_state() -> dict[str, Tensor]:
    """AlexNet's features and the published heads under the names of pyiqa's LPIPS."""
    from iqabench import weights

    features = weights.load("alexnet-features")
    heads = weights.load("lpips-heads-alex")
    slices = {0: 1, 3: 2, 6: 3, 8: 4, 10: 5}
    state = {f"lin{k}.model.1.weight": heads[f"lin{k}.model.1.weight"] for k in range(5)}
    for index, part in slices.items():
        for kind in ("weight", "bias"):
            state[f"net.slice{part}.{index}.{kind}"] = features[f"features.{index}.{kind}"]
    return state

"""Where training starts from: ImageNet weights, those on this machine or those of the package, or a random draw."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

import torch
from torch import Tensor, nn

from ckdn.architecture import Blocks
from ckdn.blocks import Embedding
from ckdn.checkpoint import SHIPPED, read_checkpoint
from ckdn.model import Network
from ckdn.trunk import read_trunk, trunk_digest
from iqabench import weights
from iqabench._util.errors import MethodError
from iqabench.weights.digest import tensor_digest
from iqabench.weights.resolve import locate

Start = Literal["random", "imagenet", "packaged", "shipped"]
STARTS = ("auto", "imagenet", "packaged", "random", "shipped")
"""What can be asked for; ``auto`` is ``imagenet``, else ``packaged``, else (VGG blocks) ``random``."""

WEIGHTS: dict[Blocks, str] = {"residual": "resnet50-stem-layer2", "vgg": "vgg16-features"}
"""Names of the ImageNet weights for each kind of block."""

_EPS = 1e-5
_KERAS_EPS = 1e-3
_VGG_STEM, _VGG_EMBEDDING, _VGG_CSP = (0, 2), (5, 7, 10, 12, 14), (17, 19, 21)


def resolve_start(asked: str, blocks: Blocks) -> tuple[Start, str | None]:
    """Turn ``auto`` into the best start that this machine has; for ``random`` also a note for the reader.

    ImageNet weights of a folder or the cache come first, then those of the package, which are the same in half
    precision and exist for residual blocks. Nothing is fetched until training begins from ``imagenet``.

    Raises
    ------
    MethodError
        For ``packaged`` or ``shipped`` with VGG blocks, of which no weights travel with the package.
    """
    if asked in ("packaged", "shipped") and blocks != "residual":
        raise MethodError(
            f"start={asked}: the weights of this package are for residual blocks, not for {blocks} blocks"
        )
    if asked == "auto" and locate(WEIGHTS[blocks]) is not None:
        return "imagenet", None
    if asked == "auto" and blocks == "residual":
        return "packaged", None
    if asked in ("auto", "random"):
        reason = "as asked" if asked == "random" else f"the ImageNet weights {WEIGHTS[blocks]} are not on this machine"
        return "random", f"trained from a random start: {reason}"
    return cast("Start", asked), None


def starting_tensors(start: str | None) -> dict[str, str]:
    """Digests, by name, of the package's own weights that a training from ``start`` begins with."""
    if start == "shipped":
        return {"ckdn-shipped": tensor_digest(read_checkpoint(SHIPPED)[0])}
    return {"ckdn-imagenet-trunk": trunk_digest()} if start == "packaged" else {}


def start_randomly(network: nn.Module) -> None:
    """He initialisation of the convolutions, as torchvision's ResNet has it; the rest is left alone."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


def start_from_imagenet(network: Network) -> None:
    """ImageNet weights for stem and blocks of every embedding and for every CSP.

    Raises WeightsError if they cannot be had.
    """
    blocks = network.architecture.blocks
    state, origin = weights.load_with_origin(WEIGHTS[blocks])
    keras = origin.variant == "keras"
    for module in network.modules():
        if isinstance(module, Embedding):
            if blocks == "residual":
                _load(module.stem, {"weight": _stem(state, keras)})
                _load(module.blocks, _part(state, "layer1.", keras))
            else:
                _load_convolutions(module.stem, state, _VGG_STEM)
                _load_convolutions(module.blocks, state, _VGG_EMBEDDING)
    for predictor in _predictors(network):
        if blocks == "residual":
            # Keras strides in layer2.0.conv1, CKDN and torchvision in conv2: the same weights, on a denser grid.
            _load(predictor, _part(state, "layer2.", keras))
        else:
            _load_convolutions(predictor, state, _VGG_CSP)


def start_from_package(network: Network) -> None:
    """As :func:`start_from_imagenet`, from the package's own copy in half precision, for residual blocks.

    Raises
    ------
    WeightsError
        If the file cannot be read.
    """
    embedding, predictor = read_trunk()
    for module in network.modules():
        if isinstance(module, Embedding):
            module.load_state_dict(embedding)
    for csp in _predictors(network):
        csp.load_state_dict(predictor)


def _predictors(network: Network) -> list[nn.Module]:
    """Every CSP: the second stage's, that of pre-training, and the teacher's."""
    return [network.csp, network.pretraining_csp, *([network.teacher.csp] if network.architecture.teacher else [])]


def start_from_shipped(network: Network, path: Path = SHIPPED) -> None:
    """The package's trained weights for every embedding, every CSP and every score head.

    The head of pre-training stays as drawn: its score is of another kind (Eq. 5). So does a generator. The score's
    second term is not taken over: the paper's network has none, and labels of a whole content need none.

    Raises
    ------
    WeightsError
        If the file cannot be read.
    """
    state = read_checkpoint(path)[0]
    quality, reference, predictor, head = (
        {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
        for prefix in ("network.qse.", "network.dte.", "network.csp.", "network.head.")
    )
    network.qse.load_state_dict(quality)
    if network.architecture.reference and not network.architecture.shared:
        network.dte.load_state_dict(reference)
    network.csp.load_state_dict(predictor)
    network.pretraining_csp.load_state_dict(predictor)
    network.head.load_state_dict(head)
    if network.architecture.teacher:
        for module, part in (("qse", quality), ("dte", reference), ("csp", predictor), ("head", head)):
            getattr(network.teacher, module).load_state_dict(part)


def _stem(state: dict[str, Tensor], keras: bool) -> Tensor:
    """The stem's kernel. Keras trained it for inputs up to 255, so that it needs bn1's scale (about 1/100)."""
    kernel = state["conv1.weight"]
    if not keras:
        return kernel
    scale = state["bn1.weight"] / torch.sqrt(state["bn1.running_var"] + _KERAS_EPS)
    return kernel * scale[:, None, None, None]


def _part(state: dict[str, Tensor], prefix: str, keras: bool) -> dict[str, Tensor]:
    """The tensors below ``prefix``; variances take up the difference between Keras' epsilon and torch's."""
    part = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    if keras:
        for name in part:
            if name.endswith("running_var"):
                part[name] = part[name] + (_KERAS_EPS - _EPS)
    return part


def _load(module: nn.Module, part: dict[str, Tensor]) -> None:
    """Load strictly; the counters of batch norm, which published weights leave out, keep their zeros."""
    counters = {name: value for name, value in module.state_dict().items() if name.endswith("num_batches_tracked")}
    module.load_state_dict({**counters, **part})


def _load_convolutions(module: nn.Module, state: dict[str, Tensor], layers: tuple[int, ...]) -> None:
    convolutions = [layer for layer in module.modules() if isinstance(layer, nn.Conv2d)]
    for convolution, layer in zip(convolutions, layers, strict=True):
        convolution.load_state_dict({name: state[f"features.{layer}.{name}"] for name in ("weight", "bias")})

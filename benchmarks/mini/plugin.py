"""What the recipe of ``mini`` needs beside the built-in restorers and metrics, as a plugin file.

The GAN networks run through ncnn here, as when ``mini`` was made: PyTorch gives the same images but for single grey
levels, and the committed ones must be met exactly.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import piq
import torch
from torch import Tensor

from baselines.restorers.archives import MODELS
from baselines.restorers.packages import model_files
from iqabench import method, restorer

MARGIN = 4
"""Pixels of reflected border given to the network and cut off again: zero padding would darken the frame."""
SCALE = 4
MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363)
"""The first four of the five scales of Wang et al. (2003), renormalised to 1 in use."""


@method("ms-ssim-4", paradigms="FR", minimum_size=81)
def ms_ssim_4(restored: Tensor, reference: Tensor) -> Tensor:
    """Multi-scale SSIM of four scales, 11x11 window."""
    scales = torch.tensor(MS_SSIM_WEIGHTS)
    return piq.multi_scale_ssim(
        restored, reference, kernel_size=11, scale_weights=scales / scales.sum(), data_range=1.0, reduction="none"
    )


@cache
def load_network(model: str) -> Any:
    """One network, ready to run on one thread."""
    import ncnn

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    # Half precision would make the result depend on the processor.
    net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = False
    net.opt.use_bf16_storage = False
    net.opt.num_threads = 1
    param, weights = model_files(model)
    if net.load_param(str(param)) or net.load_model(str(weights)):
        raise OSError(f"ncnn cannot load {param} with {weights}")
    return net


def super_resolve(model: str, image: np.ndarray) -> np.ndarray:
    """Restore (h,w,3) float32 RGB in 0..1 by 4; the result is not clipped."""
    import ncnn

    height, width = image.shape[:2]
    padded = np.pad(image, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="reflect")
    planes = np.ascontiguousarray(padded.transpose(2, 0, 1), dtype=np.float32)
    with load_network(model).create_extractor() as extractor:
        # clone(): ncnn may otherwise keep a view of memory that numpy frees.
        extractor.input("data", ncnn.Mat(planes).clone())
        status, result = extractor.extract("output")
    if status != 0:
        raise RuntimeError(f"{model} failed on a {height}x{width} image (ncnn status {status})")
    cut = MARGIN * SCALE
    return np.array(result)[:, cut : cut + height * SCALE, cut : cut + width * SCALE].transpose(1, 2, 0)


def declare(name: str) -> Any:
    """A decorator: a GAN restorer by 4 that needs ncnn."""
    package, stem = MODELS[name]
    return restorer(
        f"{name}-ncnn",
        takes="lr noise jpeg",
        category="03",
        scales=(4,),
        needs=("ncnn",),
        origin=f"{stem} of {package.filename} (SHA-256 {package.sha256}), {package.licence}",
    )


@declare("realesrgan")
def realesrgan(image: np.ndarray, scale: int) -> np.ndarray:
    """Real-ESRGAN x4plus (RRDB-23, real-world degradations)."""
    return super_resolve("realesrgan", image)


@declare("realesrgan-anime")
def realesrgan_anime(image: np.ndarray, scale: int) -> np.ndarray:
    """Real-ESRGAN x4plus anime (RRDB-6, trained on drawings)."""
    return super_resolve("realesrgan-anime", image)


@declare("animevideo")
def animevideo(image: np.ndarray, scale: int) -> np.ndarray:
    """Real-ESRGAN animevideov3 (compact network, trained on animation)."""
    return super_resolve("animevideo", image)


@declare("realsr")
def realsr(image: np.ndarray, scale: int) -> np.ndarray:
    """RealSR DF2K (RRDB-23, estimated kernels and noise)."""
    return super_resolve("realsr", image)


@declare("realsr-jpeg")
def realsr_jpeg(image: np.ndarray, scale: int) -> np.ndarray:
    """RealSR DF2K_JPEG (RRDB-23, for compressed inputs)."""
    return super_resolve("realsr-jpeg", image)

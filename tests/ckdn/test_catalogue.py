"""Declarations agree with the code, and cost no torch."""

from __future__ import annotations

import inspect
import subprocess
import sys
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points

import pytest

import ckdn.catalogue
from ckdn.variants import VARIANTS
from iqabench.methods.contract import MethodEntry

ENTRIES = {entry.info.name: entry for entry in vars(ckdn.catalogue).values() if isinstance(entry, MethodEntry)}


def test_declaring_imports_no_torch() -> None:
    code = "import sys, ckdn.catalogue; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_variant_is_declared_and_installed() -> None:
    assert set(ENTRIES) == {*VARIANTS, "ckdn-released", "ckdn-shipped"}
    installed = {point.name: point.load() for point in entry_points(group="iqabench.methods")}
    for name, entry in ENTRIES.items():
        assert installed[name] == entry


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_each_entry_builds_its_own_variant(name: str) -> None:
    entry = ENTRIES[name]
    module, _, attribute = str(entry.build).partition(":")
    build = getattr(import_module(module), attribute)
    assert isinstance(build, partial) or name == "ckdn"
    assert inspect.signature(build).parameters["variant"].default == name
    assert entry.info.training_references == VARIANTS[name].training_references
    assert entry.info.trainable
    assert entry.info.citation.startswith("@inproceedings")


def test_an_entry_takes_parameters_and_gives_its_info() -> None:
    built = ENTRIES["ckdn-nr"].create(recipe="quick", start="random")
    assert built.info is ENTRIES["ckdn-nr"].info
    assert built.variant.name == "ckdn-nr"

"""Declarations agree with the code."""

from __future__ import annotations

import inspect
from functools import partial
from importlib import import_module

import pytest

from ckdn.variants import VARIANTS
from iqabench.methods.registry import Registry

ENTRIES = {name: Registry().get(name) for name in Registry().names() if name.startswith("ckdn")}


def test_every_variant_is_declared_and_installed() -> None:
    assert set(ENTRIES) == {*VARIANTS, "ckdn-released", "ckdn-shipped"}
    assert all(entry.info.name == name for name, entry in ENTRIES.items())


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

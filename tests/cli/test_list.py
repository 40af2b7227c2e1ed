"""``iqabench list methods NAME``: all that is known of a method, before it is run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iqabench._util.errors import UserError
from iqabench.cli.method_facts import method_facts, method_text
from iqabench.methods.registry import Registry

REGISTRY = Registry(())


@pytest.mark.parametrize("name", REGISTRY.names())
def test_every_method_tells_its_parameters_and_whom_to_cite(name: str) -> None:
    try:
        facts = method_facts(name, REGISTRY)
    except UserError as error:
        pytest.skip(f"{name} cannot be imported here: {error}")
    text = method_text(facts)
    assert json.loads(json.dumps(facts)) == facts
    assert set(facts["parameters"]) == set(REGISTRY.get(name).parameter_names())
    assert all(f"{name}.{parameter}=" in text for parameter in facts["parameters"])
    assert facts["citation"].strip() in text or not facts["citation"]


@pytest.mark.parametrize("name", ["ssim", "psnr", "meon", "ckdn"])
def test_the_defaults_that_are_shown_are_those_of_a_method_built_without_settings(name: str) -> None:
    entry = REGISTRY.get(name)
    shown: dict[str, Any] = {key: value for key, value in entry.parameters().items() if value not in (None, "auto")}
    settings = entry.create().settings
    assert {key: settings[key] for key in shown} == shown

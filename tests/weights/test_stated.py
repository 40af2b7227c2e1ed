"""Addresses are read from the source of the library that states them, which is not imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from iqabench.weights.stated import stated_text
from iqabench.weights.table import TABLE

PLACES = sorted({variant.address for entry in TABLE.values() for variant in entry.variants if variant.address})


@pytest.mark.parametrize("place", PLACES)
def test_it_is_what_the_library_says(place: str) -> None:
    from importlib import import_module

    module, _, path = place.partition(":")
    found = import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    assert stated_text(place) == found


def test_listing_weights_imports_no_library_of_networks() -> None:
    """They take seconds, in which nothing is printed."""
    program = (
        "import sys\nfrom iqabench.cli.main import cli\ncli(['weights', 'list'], standalone_mode=False)\n"
        "print('IMPORTED', sorted({'torch', 'torchvision', 'piq', 'lpips', 'timm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "IMPORTED []"
    assert "https://download.pytorch.org/models/alexnet" in done.stdout


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("class A:\n    B = make(url='there')\n", "A.B.url"),
        ("class A:\n    B = 'there'\n", "A.B"),
        ("A = 'the' + 're'\n", "A"),  # not written out: the module is imported
    ],
)
def test_the_forms_that_it_takes(source: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"stated_{abs(hash(source)) % 10**8}"
    (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    assert stated_text(f"{name}:{path}") == "there"

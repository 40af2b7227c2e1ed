"""Each built-in method lives in a file of its own, which the list of methods imports without torch."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from iqabench.methods.registry import Registry

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
POINTS: dict[str, str] = PROJECT["entry-points"]["iqabench.methods"]
ALIASES = {"lpips-alex": "lpips"}


def test_importing_them_all_imports_no_torch() -> None:
    modules = sorted({where.partition(":")[0] for where in POINTS.values()})
    heavy = "{'torch', 'numpy', 'pandas', 'scipy', 'piq'}"
    program = f"import sys, {', '.join(modules)}; heavy = {heavy} & set(sys.modules); assert not heavy, heavy"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_file_of_a_metric_is_an_entry_point() -> None:
    files = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for room in ("full_reference", "no_reference")
        for file in (ROOT / "baselines" / room).glob("*.py")
        if file.stem != "__init__"
    }
    assert files == {where.partition(":")[0] for where in POINTS.values() if where.startswith("baselines.")}


@pytest.mark.parametrize("name", sorted(POINTS))
def test_a_file_holds_all_that_is_declared(name: str) -> None:
    entry = Registry().get(name)
    info = entry.info
    assert info.name == ALIASES.get(name, name)
    module, _, attribute = POINTS[name].partition(":")
    assert getattr(import_module(module), attribute).info is info
    assert entry.builder() is not None
    if isinstance(entry.build, str) and not name.startswith("ckdn"):
        assert entry.builder().info is info  # type: ignore[attr-defined]
    # What comes from no paper, such as a mean of labels, has no citation.
    assert info.citation == "" or info.citation.startswith("@")
    assert info.citation.count("{") == info.citation.count("}")
    assert info.summary

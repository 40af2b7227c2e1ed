"""The worked examples of CONTRIBUTING.md, each given to the real command as a file of its own.

Each is given under another name, because whoever follows the page has the example itself in the tree.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import numpy as np
import pytest
from manifests import Command
from PIL import Image

from iqabench._util.plugins import PluginFiles
from iqabench.synthesis import recipe as recipes
from iqabench.synthesis.recipe import parse_recipe
from iqabench.synthesis.registry import RestorerRegistry

STANDARD = Path(recipes.__file__).parent / "recipes" / "standard.toml"
PAGE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")

NAMES = ("mean-difference", "pairs", "box")


def block(language: str, opening: str) -> str:
    """The one block of the page that holds ``opening``, its indentation removed and its name changed."""
    found = re.findall(rf"^( *)```{language}\n(.*?)\n *```$", PAGE, re.DOTALL | re.MULTILINE)
    (text,) = (re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found if opening in text)
    for name in NAMES:
        text = text.replace(f'"{name}"', f'"{name}-added"')
    return text


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    (tmp_path / "added.py").write_text(block("python", request.param) + "\n", encoding="utf-8")
    return tmp_path / "added.py"


@pytest.mark.parametrize("file", ['@method("mean-difference"'], indirect=True)
def test_the_metric_keeps_the_contract(iqabench: Command, file: Path) -> None:
    done = iqabench("check", "mean-difference-added", "--plugin", file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", ['@dataset("pairs"'], indirect=True)
def test_the_data_set_is_read(iqabench: Command, file: Path, tmp_path: Path) -> None:
    for folder in ("restored", "degraded"):
        (tmp_path / "data" / folder).mkdir(parents=True)
        Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save(tmp_path / "data" / folder / "one.png")
    words = ("data", "check", "--dataset", "pairs-added", "--plugin", file, "--root", tmp_path / "data")
    assert iqabench(*words).returncode == 0
    shutil.rmtree(tmp_path / "data" / "degraded")
    missing = iqabench(*words)
    assert missing.returncode == 2
    assert "one.png" in missing.stdout


@pytest.mark.parametrize("file", ['@restorer("box"'], indirect=True)
def test_the_restorer_runs_with_the_settings_of_its_recipe(iqabench: Command, file: Path) -> None:
    listed = iqabench("list", "restorers", "--plugin", file)
    assert "Mean of ``width`` x ``width`` pixels" in listed.stdout
    recipe = tomllib.loads(STANDARD.read_text(encoding="utf-8"))
    recipe["algorithms"] += tomllib.loads(block("toml", "use = "))["algorithms"]
    (step,) = parse_recipe(recipe, "one.toml").algorithms[-1].steps
    entry = RestorerRegistry(PluginFiles((file,))).get(step.restorer)
    image = np.random.default_rng(0).random((16, 16, 3), dtype=np.float32)
    smoothed = entry.run(image, 1, dict(step.settings), np.random.default_rng(0))
    assert smoothed[8, 8] == pytest.approx(image[6:11, 6:11].mean((0, 1)), abs=1e-6)

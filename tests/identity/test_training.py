"""An edit, a setting or other weights train another model; old results are left out, counted and computed again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from inprocess import run_here
from manifests import write_manifest
from PIL import Image

import iqabench
from iqabench._util.errors import MethodError
from iqabench.methods.registry import Registry

PLUGIN = """
import torch
from iqabench import method
@method("cheap", paradigms="NR")
class Cheap:
    def __init__(self, strength=1.0):
        self.strength = strength
        self.mean = torch.zeros(())
    def fit(self, data, session):
        self.mean = torch.tensor(data.quality.mean() * self.strength)  # GAIN
    def trained_state(self):
        return {"mean": self.mean}
    def load_trained_state(self, state):
        self.mean = state["mean"]
    def score(self, restored, prepared):
        return restored.mean((1, 2, 3)) * self.mean
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "card.toml").write_text("name = 'made'\nmos_range = [900.0, 1900.0]\n")
    return write_manifest(folder, contents=4, algorithms=6)


def test_an_edit_and_a_setting_train_anew(data: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "p.py"
    plugin.write_text(PLUGIN)
    words = ("run", "--methods", "cheap", "--plugin", plugin, "--no-anchors", "--dataset", "manifest", "--root", data)
    words += ("--results", tmp_path / "r")
    models = []
    for change in ((), ("--set", "cheap.strength=2"), "edit", ()):
        if change == "edit":
            plugin.write_text(PLUGIN.replace("# GAIN", "* 3"))
            change = ()
        done = run_here(*words, *change)
        assert done.returncode == 0, done.stderr
        models.append(len(list(tmp_path.glob("r/trained/cheap/*/training.json"))))
    assert models == [1, 2, 3, 3]
    facts = [json.loads(file.read_text()) for file in tmp_path.glob("r/trained/cheap/*/training.json")]
    assert {one["settings"]["strength"] for one in facts} == {1.0, 2.0}
    assert len({one["code"]["sha256"] for one in facts}) == 2


def test_old_runs_are_left_out_and_computed_again(data: Path, tmp_path: Path) -> None:
    words = ("run", "--no-anchors", "--dataset", "manifest", "--root", data, "--results", tmp_path / "r", "--methods")
    assert run_here(*words, "psnr,ssim").returncode == 0
    files = {json.loads(file.read_text())["method"]["name"]: file for file in tmp_path.glob("r/*/*/*/*/*/run.json")}

    def age(name: str) -> None:
        meta = json.loads(files[name].read_text()) | {"schema": 1, "parameters": {}}
        files[name].write_text(json.dumps({key: meta[key] for key in meta if key != "identity"}))

    age("ssim")
    for command in (("table",), ("compare", "psnr", "psnr"), ("report", "--output", tmp_path / "page.html")):
        done = run_here(*command, "--results", tmp_path / "r")
        assert done.returncode == 0 or command[0] == "compare", done.stderr
        assert "1 run of an earlier version of iqabench left out" in done.stderr
        assert "iqabench run" in done.stderr
        assert "Traceback" not in done.stderr
    assert "ssim" not in run_here("table", "--results", tmp_path / "r", "--format", "csv").stdout
    again = run_here(*words, "psnr,ssim")
    assert again.returncode == 0
    assert "1 run computed, 1 already there" in again.stderr
    assert "left out" not in run_here("table", "--results", tmp_path / "r").stderr
    for name in files:
        age(name)
    none = run_here("table", "--results", tmp_path / "r")
    assert none.returncode == 2
    assert "2 of an earlier version" in none.stderr


def test_python_asks_again_when_a_setting_or_a_file_changes(data: Path, tmp_path: Path) -> None:
    restored, degraded = tmp_path / "restored.png", tmp_path / "degraded.png"
    for file, source in ((restored, "c0-a3.png"), (degraded, "c0-pristine.png")):
        Image.open(data.parent / source).resize((512, 512)).save(file)
    values = [iqabench.score(restored, degraded, method="ssim", downsample=one) for one in (True, False, True, 0, 1)]
    assert values[0] == values[2] == values[4] != values[1] == values[3]
    with pytest.raises(MethodError, match="ssim: its setting downsample"):
        iqabench.score(restored, degraded, method="ssim", downsample=object())


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("lpips-tuned", {}, {"alexnet-features", "lpips-heads-alex"}),
        ("lpips-tuned", {"trunk": "vgg16"}, {"vgg16-features", "lpips-heads-vgg"}),
        ("swdn", {"trunk": "vgg16"}, {"vgg16-features"}),
        ("hall-iqa", {"recipe": "quick"}, {"alexnet-features"}),
        ("nima", {}, {"timm:mobilenetv3_small_100"}),
        ("nima", {"pretrained": False}, set()),
        ("diqam", {}, set()),
        ("ckdn", {"start": "random"}, set()),
        ("ckdn", {"start": "imagenet"}, {"resnet50-stem-layer2"}),
        ("ckdn-vgg", {"start": "imagenet"}, {"vgg16-features"}),
        ("ckdn", {"start": "packaged"}, {"ckdn-imagenet-trunk"}),
        ("ckdn", {"start": "shipped"}, {"ckdn-shipped"}),
    ],
)
def test_a_training_names_the_weights_that_it_begins_with(
    name: str, settings: dict[str, object], expected: set[str]
) -> None:
    method = Registry().get(name).create(**settings)
    generator = torch.get_rng_state()
    assert set(method.starting_weights()) == expected
    assert torch.equal(torch.get_rng_state(), generator)

"""The released weights from the authors' checkpoint to a score, through the installed command."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from manifests import Command, write_manifest
from PIL import Image
from released_ckdn import ReleasedNetwork, checkpoint, made_network, preprocessed

import iqabench as package
from iqabench._util.errors import UserError, WeightsError
from iqabench.cli.main import cli
from iqabench.methods.registry import Registry

SIZES = [(288, 288), (97, 131), (329, 340), (301, 287), (520, 431)]


@pytest.fixture(scope="module")
def network() -> ReleasedNetwork:
    network = made_network(3)
    # Scores that differ between images: a random head says nearly the same of all.
    torch.nn.init.normal_(network.fc_[-1].weight, std=0.5)
    return network


@pytest.fixture(scope="module")
def saved(network: ReleasedNetwork, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as the release's saver writes it, arguments of the training script included."""
    path = tmp_path_factory.mktemp("released") / "model_best.pth.tar"
    arguments = argparse.Namespace(lr=0.16, opt="sgd", epochs=30, data=["a", "b"], resume=None)
    torch.save({**checkpoint(network), "args": arguments}, path)
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("IQABENCH_WEIGHTS", raising=False)
    return tmp_path / "cache"


def score_of(network: ReleasedNetwork, restored: Path, degraded: Path) -> float:
    with torch.no_grad():
        return network.score(
            preprocessed(restored, Image.Resampling.BICUBIC), preprocessed(degraded, Image.Resampling.NEAREST)
        ).item()


def test_from_checkpoint_to_scores(
    network: ReleasedNetwork, saved: Path, cache: Path, tmp_path: Path, iqabench: Command
) -> None:
    manifest = write_manifest(tmp_path, contents=2, algorithms=2)
    with pytest.raises(UserError, match="run: iqabench weights import ckdn-released CHECKPOINT"):
        command("score", "--method", "ckdn-released", tmp_path / "c0-a0.png", tmp_path / "c0-degraded.png")

    imported = iqabench("weights", "import", "ckdn-released", saved)
    assert imported.returncode == 0, imported.stderr
    assert str(cache) in imported.stdout
    (row,) = [line for line in command("weights", "list").splitlines() if line.startswith("ckdn-released ")]
    assert str(cache) in row

    # D of the size of R, as the release is given it.
    Image.open(tmp_path / "c0-degraded.png").resize((64, 64), Image.Resampling.BICUBIC).save(tmp_path / "d.png")
    scored = command("score", "--method", "ckdn-released", tmp_path / "c0-a0.png", tmp_path / "d.png")
    expected = score_of(network, tmp_path / "c0-a0.png", tmp_path / "d.png")
    found = [float(word) for word in scored.split() if word.replace(".", "", 1).isdigit()]
    assert any(abs(number - expected) < 1e-3 for number in found), (expected, scored)

    run = command(
        *("run", "--methods", "ckdn-released", "--dataset", "manifest", "--root", manifest),
        *("--references", "degraded", "--results", tmp_path / "results"),
    )
    assert "ckdn-released" in run
    (stored,) = (tmp_path / "results").rglob("ckdn-released/**/run.json")
    identity = json.loads(stored.read_text())["identity"]
    assert list(identity["weights"]) == ["ckdn-released"]
    assert identity["weights"]["ckdn-released"][:16] in imported.stdout


def command(*words: str | Path) -> str:
    """Standard output of the real command in this process; errors are raised."""
    return CliRunner().invoke(cli, list(map(str, words)), catch_exceptions=False, standalone_mode=False).output


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_scores_are_the_released_ones_at_every_size(
    network: ReleasedNetwork, converted: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    generator = np.random.default_rng(sum(size))
    coarse = generator.integers(0, 256, (size[0] // 3, size[1] // 3, 3), dtype=np.uint8)
    image = Image.fromarray(coarse).resize((size[1], size[0]), Image.Resampling.LANCZOS)
    image.save(tmp_path / "r.png")
    image.resize((size[1] // 4, size[0] // 4)).resize(image.size, Image.Resampling.BICUBIC).save(tmp_path / "d.png")
    ours = package.score(tmp_path / "r.png", tmp_path / "d.png", method="ckdn-released", weights=str(converted))
    assert ours == pytest.approx(score_of(network, tmp_path / "r.png", tmp_path / "d.png"), abs=1e-5)


@pytest.fixture(scope="module")
def converted(saved: Path) -> Path:
    from ckdn.convert import main

    target = saved.with_name("converted.safetensors")
    assert main([str(saved), str(target)]) == 0
    return target


def test_it_teaches_too(converted: Path) -> None:
    criterion = package.loss("ckdn-released", weights=str(converted))
    restored = torch.rand(1, 3, 100, 120, requires_grad=True)
    criterion(restored, torch.rand(1, 3, 100, 120)).backward()
    assert restored.grad is not None
    assert restored.grad.isfinite().all()
    assert restored.grad.abs().sum() > 0


def test_importing_names_what_it_can_and_what_is_wrong(saved: Path, cache: Path, iqabench: Command) -> None:
    with pytest.raises(UserError, match="importers for: ckdn, ckdn-released"):
        command("weights", "import", "ssim", saved)
    with pytest.raises(UserError, match="is not a file"):
        command("weights", "import", "ckdn", saved.with_name("none.pth"))
    picture = saved.with_name("picture.png")
    Image.new("RGB", (8, 8)).save(picture)
    refused = iqabench("weights", "import", "ckdn-released", picture)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert "picture.png is refused" in refused.stderr


def test_the_raw_checkpoint_in_the_place_of_the_converted_one_is_named(saved: Path) -> None:
    entry = Registry().get("ckdn-released")
    with pytest.raises(WeightsError, match=r"model_best\.pth\.tar is refused"):
        entry.create(weights=str(saved))
    with pytest.raises(WeightsError, match=r"none\.safetensors cannot be read"):
        entry.create(weights=str(saved.with_name("none.safetensors")))

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from iqabench._util.errors import WeightsError
from iqabench.cli.weights import weights as command
from iqabench.weights import resolve
from iqabench.weights.table import TABLE


def run(*words: str) -> str:
    return CliRunner().invoke(command, list(words), catch_exceptions=False, standalone_mode=True).output


def test_list_names_every_entry_its_methods_and_place(tmp_path: Path) -> None:
    (tmp_path / "vgg16_features.safetensors").touch()
    resolve.set_folder(tmp_path)
    lines = run("list").splitlines()
    for name in TABLE:
        assert sum(line.startswith(f"{name} ") for line in lines) == 1
    row = {name: next(line for line in lines if line.startswith(f"{name} ")) for name in TABLE}
    assert "lpips-vgg" in row["vgg16-features"]
    assert str(tmp_path / "vgg16_features.safetensors") in row["vgg16-features"]
    assert "not here" in row["alexnet-features"]


def test_fetch_tries_all_and_then_tells_what_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iqabench.weights.fetch.upstream_address", lambda variant: "http://127.0.0.1:9/a.pth")
    with pytest.raises(WeightsError) as caught:
        run("fetch", "squeezenet-features", "dists", "lpips-heads-alex")
    assert "squeezenet_features.safetensors" in str(caught.value)
    assert "dists.safetensors" in str(caught.value)
    assert "lpips_heads" not in str(caught.value)
    with pytest.raises(WeightsError, match="no weights are called"):
        run("fetch", "nonsense")


def test_the_commands_and_the_table_are_there_without_torch() -> None:
    program = "import sys, iqabench.weights, iqabench.cli.weights; raise SystemExit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

"""A plugin that fails on every image: its own last line is shown, and its run does not count as computed."""

from __future__ import annotations

from pathlib import Path

from inprocess import run_here
from manifests import write_manifest

PLUGIN = Path(__file__).parents[1] / "plugins" / "fails_inside.py"
LINE = "(fails_inside.py, line 9: return torch.nn.functional.conv2d(image, image.new_zeros(1, 7, 1, 1)))"


def test_a_run_without_a_single_score(tmp_path: Path) -> None:
    root = write_manifest(tmp_path, contents=2, algorithms=3)
    words = ["run", "--methods", "fails-inside", "--plugin", PLUGIN, "--dataset", "manifest", "--root", root]
    run = run_here(*words, "--no-anchors", "--results", tmp_path / "runs")
    assert run.returncode == 2
    told = " ".join(run.stderr.split())
    assert "0 runs computed, 1 without a single score" in told
    assert "error: fails-inside (degraded): c0-a0: RuntimeError" in told.replace(".png:", ":")
    assert LINE in told


def test_a_plugin_that_cannot_be_imported(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import math\n\nHALF = math.sqrt(-1)\n")
    run = run_here("list", "methods", "--plugin", tmp_path / "broken.py")
    assert run.returncode == 2
    assert "ValueError: math domain error (broken.py, line 3: HALF = math.sqrt(-1))" in run.stderr

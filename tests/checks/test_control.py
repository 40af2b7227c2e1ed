"""The wrong-reference control, by the real command on labelled images."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from manifests import Command

from iqabench.checks.control.measure import Control

PLUGIN = '''
from iqabench import method


@method("detail", paradigms="DR")
def detail(restored, reference):
    """What was added to the degraded image."""
    return (restored - reference).abs().mean((1, 2, 3))


@method("pretends", paradigms="DR")
def pretends(restored, reference):
    """Is given a reference and counts edges of the restored image."""
    return restored.diff(dim=-1).abs().mean((1, 2, 3)) + 0 * reference.mean()
'''


def test_a_method_whose_wrong_reference_serves_as_well_is_no_better_than_nr(
    iqabench: Command, manifest: Path, tmp_path: Path
) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(PLUGIN)
    data = ["--dataset", "manifest", "--root", str(manifest), "--plugin", str(plugin)]
    done = iqabench("check", "--control", "detail,pretends", *data, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = {row["method"]: row for row in json.loads(done.stdout) if row["task"] == "all"}
    # Nothing is added to the restored image itself; how much is added to another picture orders them just as well.
    assert found["detail"]["itself"] == 0.0
    assert found["detail"]["minus_itself"] == found["detail"]["true"] > 0.5
    assert found["detail"]["verdict"] == "no better than NR"
    assert found["pretends"]["verdict"] == "no better than NR"
    assert found["pretends"]["minus_other"] == found["pretends"]["minus_itself"] == 0.0
    assert found["pretends"]["true"] > 0.5


def test_both_differences_must_lie_above_zero() -> None:
    figures = ("m", "all", 9, 3, 0.8, 0.2, 0.1)
    assert Control(*figures, 0.6, 0.3, 0.9, 0.7, 0.4, 1.0).verdict == "uses its reference"
    assert Control(*figures, 0.6, -0.1, 1.3, 0.7, 0.4, 1.0).verdict == "no better than NR"
    assert Control(*figures, 0.6, 0.3, 0.9, 0.7, float("nan"), float("nan")).verdict == "cannot be told"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--control", "sharpness"], "it sees no reference"),
        (["--control", "psnr", "--ladder", "psnr"], "give one of them"),
        (["ssim", "--control", "psnr"], "name methods after --control"),
        (["--control", "psnr", "--split", "nowhere"], "nowhere"),
    ],
)
def test_bad_input_gets_one_message(iqabench: Command, words: list[str], told: str) -> None:
    done = iqabench("check", *words)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr

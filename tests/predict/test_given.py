"""One rule for what a method may be from Python: a name, an object, or what ``@method`` declared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

import iqabench


@iqabench.method("distance", lower_is_better=True)
def distance(restored: Tensor, reference: Tensor) -> Tensor:
    """Mean absolute difference."""
    return (restored - reference).abs().mean((1, 2, 3))


@iqabench.method("scaled", lower_is_better=True)
class Scaled:
    """Mean absolute difference, scaled."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def prepare(self, reference: Tensor) -> Tensor:
        return reference

    def score(self, restored: Tensor, prepared: Tensor) -> Tensor:
        return self.scale * (restored - prepared).abs().mean((1, 2, 3))


NO_METHODS = (None, 3, print, object(), lambda restored, reference: 0, {"psnr"})


@pytest.fixture
def images() -> tuple[np.ndarray, np.ndarray]:
    return np.full((32, 32, 3), 51, np.uint8), np.zeros((32, 32, 3), np.uint8)


@pytest.mark.parametrize("method", [distance, Scaled, iqabench.create_method(distance), iqabench.create_method(Scaled)])
def test_a_declaration_or_an_object_scores_and_teaches(method: Any, images: tuple[np.ndarray, np.ndarray]) -> None:
    assert iqabench.score(*images, method=method) == pytest.approx(0.2)
    given = torch.full((1, 3, 64, 64), 0.25), torch.zeros(1, 3, 64, 64)
    assert float(iqabench.loss(method)(*given)) == pytest.approx(0.25)


def test_a_declaration_takes_settings_and_an_object_does_not(images: tuple[np.ndarray, np.ndarray]) -> None:
    assert iqabench.score(*images, method=Scaled, scale=2.0) == pytest.approx(0.4)
    built = iqabench.create_method(Scaled, scale=3.0)
    assert built.settings == {"scale": 3.0}
    assert iqabench.create_method(built) is built
    with pytest.raises(iqabench.UserError, match="built already"):
        iqabench.create_method(built, scale=2.0)


@pytest.mark.parametrize("given", NO_METHODS)
def test_what_is_no_method_is_refused(given: Any, images: tuple[np.ndarray, np.ndarray]) -> None:
    for call in (iqabench.create_method, iqabench.loss, lambda one: iqabench.score(*images, method=one)):
        with pytest.raises(iqabench.UserError, match="is not a method: give a name"):
            call(given)


@pytest.mark.parametrize("given", [distance, Scaled, [distance], iqabench.create_method("psnr"), None, ["psnr", 3]])
def test_an_evaluation_takes_names(given: Any, tmp_path: Path) -> None:
    with pytest.raises(iqabench.UserError, match=r"evaluate takes names.*evaluate\(\["):
        iqabench.evaluate(given, results=tmp_path, quiet=True)


def test_an_evaluation_takes_words_as_the_command_does(tmp_path: Path) -> None:
    scores = iqabench.evaluate("psnr,ssim", references="pristine", results=tmp_path, quiet=True)
    assert set(scores.leaderboard["method"]) == {"psnr", "ssim"}
    assert set(scores.leaderboard["reference"]) == {"pristine"}
    with pytest.raises(iqabench.UserError, match="leaderboard takes the folder"):
        iqabench.leaderboard(scores.frame)  # type: ignore[arg-type]
    for references in (None, 3, [3]):
        with pytest.raises(iqabench.UserError, match=r"references=.*: give a word"):
            iqabench.evaluate("psnr", references=references, results=tmp_path, quiet=True)  # type: ignore[arg-type]
    for seeds in ("a", [0.5], None, pd.NA):
        with pytest.raises(iqabench.UserError, match="give a whole number"):
            iqabench.evaluate("psnr", seeds=seeds, results=tmp_path, quiet=True)


def test_a_plugin_may_be_one_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from iqabench import method\n\n\n@method('mine')\ndef mine(restored, reference):\n"
        "    return (restored - reference).mean((1, 2, 3))\n",
        encoding="utf-8",
    )
    assert iqabench.create_method("mine", plugins=str(file)).info.name == "mine"
    assert "mine" in iqabench.list_methods("dr", plugins=file)


def test_paradigms_are_named_in_any_case() -> None:
    assert iqabench.list_methods("nr") == iqabench.list_methods("NR")
    with pytest.raises(iqabench.UserError, match="use one of"):
        iqabench.list_methods("XR")

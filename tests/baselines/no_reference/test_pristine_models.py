"""What NIQE and IL-NIQE share: patches at two scales, what is refused, and scripts that make the shipped models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from skimage import data

from baselines.no_reference.il_niqe import IlNiqe
from baselines.no_reference.niqe import Niqe
from baselines.shared.two_scales import OneScale, features_at_two_scales
from benchmarks.pristine.__main__ import main
from iqabench import Method
from iqabench._util.errors import DataError


def test_patches_have_the_features_of_both_scales_and_flat_ones_are_left_out() -> None:
    picture = np.arange(5.0 * 7).reshape(5, 7)
    picture[2:4, 2:4] = 9.0
    asked = []

    def measure(levels: np.ndarray, side: int, scale: int) -> OneScale:
        asked.append((levels.shape, side, scale))
        rows, columns = (length // side for length in levels.shape)
        blocks = levels.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(-1, side * side)
        return OneScale(blocks.mean(1)[:, None], np.abs(levels - 9.0))

    patches = features_at_two_scales(picture, 2, measure, lambda levels: 100 + levels[::2, ::2])
    assert asked == [((4, 6), 2, 1), ((2, 3), 1, 2)]
    # Row by row; the fifth of six patches is of one level.
    assert patches.features.tolist() == [[4, 100], [6, 102], [8, 104], [18, 114], [22, 118]]
    assert patches.sharpness == pytest.approx([5, 3.5, 3.5, 9, 13])


@pytest.mark.parametrize(("metric", "least"), [(Niqe, 96), (IlNiqe, 32)])
def test_images_without_texture_and_small_ones_are_refused(metric: type[Method], least: int) -> None:
    with pytest.raises(DataError, match=r"^every part of this image is of one colour"):
        metric().score(torch.full((1, 3, 96, 200), 0.5), None)
    with pytest.raises(DataError, match=f"at least {least}x{least}"):
        metric().score(torch.rand(1, 3, least - 1, 200), None)


@pytest.mark.parametrize("metric", ["niqe", "il-niqe"])
def test_the_script_says_what_it_lacks(tmp_path: Path, metric: str) -> None:
    words = [str(tmp_path), "--metric", metric, "--out", str(tmp_path / "model")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "there are no PNG files" in done.output
    Image.fromarray(data.astronaut()[:150, :150]).save(tmp_path / "a.png")
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert "sharp patches are too few" in done.output


def test_a_photograph_without_room_for_the_grid_is_named(tmp_path: Path) -> None:
    Image.fromarray(data.astronaut()[:143, :200]).save(tmp_path / "small.png")
    done = CliRunner().invoke(main, [str(tmp_path), "--out", str(tmp_path / "model")])
    assert done.exit_code == 2
    assert "small.png: 200x143 pixels" in done.output

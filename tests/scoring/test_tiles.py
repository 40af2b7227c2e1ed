"""Tiles cover the image, weigh every pixel once, and change nothing where an image is scored whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from iqabench._util.errors import UserError
from iqabench.methods.contract import Method, MethodInfo
from iqabench.methods.tiling import Tiling, spans
from iqabench.scoring.tiles import Tiled, parse_tiles


class Recorder(Method):
    """Mean of R minus mean of D, and the pieces that it was shown."""

    def __init__(self) -> None:
        self.info = MethodInfo("recorder")
        self.seen: list[tuple[Tensor, Tensor | None]] = []

    def prepare(self, reference: Tensor) -> Tensor:
        return reference.clone()

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        self.seen.append((restored, prepared))
        return restored.mean((1, 2, 3)) - (0 if prepared is None else prepared.mean())


@given(length=st.integers(1, 5000), side=st.integers(32, 1024))
def test_spans_are_the_fewest_equal_ones_that_cover(length: int, side: int) -> None:
    found = spans(length, side)
    assert [pixel for span in found for pixel in range(length)[span]] == list(range(length))
    sizes = {span.stop - span.start for span in found}
    assert max(sizes) <= side
    assert max(sizes) - min(sizes) <= 1
    assert (len(found) - 1) * side < length


@given(height=st.integers(1, 700), width=st.integers(1, 700), side=st.integers(32, 200))
def test_areas_sum_to_the_image(height: int, width: int, side: int) -> None:
    areas = [tile.area for tile in Tiling(whole_pixels=0, side=side).tiles(height, width)]
    assert sum(areas) == height * width


@given(level=st.floats(0, 1, width=32), height=st.integers(40, 150), width=st.integers(40, 150))
def test_a_constant_image_scores_as_whole(level: float, height: int, width: int) -> None:
    images = torch.full((2, 3, height, width), level)
    tiled = Tiled(Recorder(), Tiling(whole_pixels=0, side=40))
    assert tiled.score(images, None).tolist() == pytest.approx(images.mean((1, 2, 3)).tolist(), abs=1e-6)


@given(height=st.integers(33, 120), width=st.integers(33, 120), seed=st.integers(0, 9))
def test_a_mean_over_pixels_is_that_of_the_whole(height: int, width: int, seed: int) -> None:
    image = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))
    tiled = Tiled(Recorder(), Tiling(whole_pixels=0, side=32))
    assert tiled.score(image, None).item() == pytest.approx(image.mean().item(), abs=1e-5)


def test_scores_do_not_depend_on_the_batch_or_its_order() -> None:
    images = torch.rand(4, 3, 90, 130, generator=torch.Generator().manual_seed(1))
    tiled = Tiled(Recorder(), Tiling(0, 48))
    together = tiled.score(images, None)
    turned = tiled.score(images.flip(0), None).flip(0)
    alone = torch.cat([tiled.score(one[None], None) for one in images])
    assert together.tolist() == pytest.approx(turned.tolist(), abs=1e-6)
    assert together.tolist() == pytest.approx(alone.tolist(), abs=1e-6)


def test_the_reference_is_cut_at_the_same_places() -> None:
    image = torch.rand(1, 3, 100, 140, generator=torch.Generator().manual_seed(2))
    method = Recorder()
    tiled = Tiled(method, Tiling(0, 64))
    assert tiled.score(image, tiled.prepare(image)).item() == pytest.approx(0, abs=1e-6)
    assert len(method.seen) == 2 * 3
    for restored, reference in method.seen:
        assert reference is not None
        assert torch.equal(restored, reference)


@pytest.mark.parametrize("eight_bit", [True, False])
def test_a_kept_reference_comes_back_bit_by_bit(eight_bit: bool) -> None:
    image = torch.rand(1, 3, 70, 70, generator=torch.Generator().manual_seed(3))
    if eight_bit:
        image = (image * 255).round() / 255
    method = Recorder()
    tiled = Tiled(method, Tiling(0, 64))
    tiled.score(image, tiled.prepare(image))
    shown = method.seen[0][1]
    assert shown is not None
    assert torch.equal(shown, image[..., :35, :35])


def test_small_images_go_through_unchanged() -> None:
    image = torch.rand(1, 3, 60, 80)
    method = Recorder()
    tiled = Tiled(method)
    tiled.score(image, tiled.prepare(image))
    assert len(method.seen) == 1
    assert method.seen[0][0] is image


@pytest.mark.parametrize(("size", "cut"), [((1080, 1920), False), ((1449, 1449), True), ((1448, 1448), False)])
def test_the_default_rule(size: tuple[int, int], cut: bool) -> None:
    assert Tiling().cuts(*size) is cut
    assert not Tiling(whole_pixels=None).cuts(10_000, 10_000)


def test_the_methods_own_rule_stands_back_behind_an_asked_one() -> None:
    method = Recorder()
    method.tiling = Tiling(0, 100)  # type: ignore[attr-defined]
    assert Tiled(method).tiling.side == 100
    assert Tiled(method, Tiling(0, 64)).tiling.side == 64


def test_a_blind_method_is_shown_nothing() -> None:
    method = Recorder()
    tiled = Tiled(method, blind=True)
    image = torch.rand(1, 3, 40, 40)
    tiled.score(image, tiled.prepare(image))
    assert method.seen[0][1] is None


@pytest.mark.parametrize("text", ["", "none", "31", "-64", "٦٤", "6e2", "64.0"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(UserError, match="use auto, off, or a side"):
        parse_tiles(text)


def test_words() -> None:
    assert parse_tiles("auto") is None
    assert parse_tiles("off") == Tiling(whole_pixels=None)
    assert parse_tiles("256") == Tiling(whole_pixels=0, side=256)


def test_memory_is_that_of_a_tile() -> None:
    largest = 0

    class Watching(Recorder):
        def score(self, restored: Tensor, prepared: Any) -> Tensor:
            nonlocal largest
            largest = max(largest, restored.numel())
            return super().score(restored, None)[:]

    image = torch.from_numpy(np.zeros((1, 3, 2000, 1500), dtype=np.float32))
    Tiled(Watching()).score(image, None)
    assert largest == 3 * 500 * 500

"""Properties of crops, sides, labels and recipes that hold for any input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from iqabench._util.errors import DataError
from iqabench.data.splits import PARTS, VALIDATE
from iqabench.synthesis.crops import choose_crops
from iqabench.synthesis.degradations import DEGRADATIONS, degrade
from iqabench.synthesis.labels import combine, to_elo
from iqabench.synthesis.photographs import Photograph, assign_parts
from iqabench.synthesis.recipe import SynthesisRecipe, load_recipe, parse_recipe


@given(st.integers(0, 999), st.integers(8, 40), st.integers(8, 40), st.integers(1, 3), st.sampled_from([1, 4, 5]))
@settings(max_examples=60, deadline=None)
def test_crops_lie_inside_and_apart(seed: int, height: int, width: int, count: int, stride: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    size = 12
    found = choose_crops(image, count, size, stride)
    assert len(found) <= count
    assert bool(found) == (height >= size and width >= size)
    for i, (top, left) in enumerate(found):
        assert 0 <= top <= height - size
        assert 0 <= left <= width - size
        assert all(abs(top - t) >= size or abs(left - s) >= size for t, s in found[:i])


def test_the_crop_with_structure_is_chosen() -> None:
    image = np.full((40, 120, 3), 90, np.uint8)
    image[:, 80:112] += np.random.default_rng(0).integers(0, 90, (40, 32, 3), dtype=np.uint8)
    ((top, left),) = choose_crops(image, 1, 32, 8)
    assert left == 80
    assert top in (0, 8)


@given(st.integers(2, 60), st.floats(0.02, 0.9), st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_sides_are_a_partition_of_about_the_share(count: int, share: float, seed: int) -> None:
    photos = [Photograph(f"p{i}", Path(f"p{i}.png")) for i in range(count)]
    assigned = assign_parts(photos, share, seed)
    assert sorted(p.name for p in assigned) == sorted(p.name for p in photos)
    assert [p.part for p in assigned] == [p.part for p in assign_parts(photos, share, seed)]
    validating = sum(p.part == VALIDATE for p in assigned)
    assert validating == max(1, int(count * share))
    assert {p.part for p in assigned} <= set(PARTS)


@given(st.integers(2, 12), st.integers(1, 5), st.integers(0, 999))
@settings(max_examples=50, deadline=None)
def test_labels_know_ranks_only(algorithms: int, contents: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "content": np.repeat([f"c{i}" for i in range(contents)], algorithms),
            "a": rng.normal(size=contents * algorithms),
            "b": rng.normal(size=contents * algorithms),
        }
    )
    quality = combine(table, {"a": 0.5, "b": -0.5}, "rank")
    bent = combine(table.assign(a=np.exp(3 * table["a"]), b=table["b"] ** 3), {"a": 0.5, "b": -0.5}, "rank")
    pd.testing.assert_series_equal(quality, bent)
    elo = to_elo(quality)
    assert elo.between(900, 1900).all()
    if quality.max() > quality.min():
        assert spearmanr(elo, quality).statistic == pytest.approx(1)


def test_zscores_of_equal_values_are_zero() -> None:
    table = pd.DataFrame({"content": ["c"] * 3 + ["d"] * 3, "a": [1.0, 1.0, 1.0, 1.0, 2.0, 3.0]})
    assert combine(table, {"a": 1.0}, "zscore").tolist() == [0, 0, 0, -1, 0, 1]


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_degradations_keep_the_grid_centred(name: str) -> None:
    """Turning the pristine image by half a turn turns D by half a turn, but for noise and JPEG's blocks."""
    degradation = DEGRADATIONS[name]
    rows, columns = np.mgrid[0:48, 0:48] / 47
    scene = np.stack([rows, columns, (rows + columns) / 2], 2) ** 2
    pristine = np.rint(40 + 160 * scene).astype(np.uint8)
    low = degrade(pristine, name, 1, 0)
    assert low.shape == (48 // degradation.scale, 48 // degradation.scale, 3)
    assert low.dtype == np.uint8
    turned = degrade(np.ascontiguousarray(pristine[::-1, ::-1]), name, 1, 0)[::-1, ::-1]
    noisy = {"noise", "jpeg"} & degradation.kinds
    shift = np.abs(low.astype(float).mean(1) - turned.astype(float).mean(1)).mean()
    # Half a pixel of shift at the scale of D would be a difference of about 40 / (48 / scale) grey levels.
    assert shift < (12 if noisy else 1.0)
    assert np.array_equal(low, degrade(pristine, name, 1, 0))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("name", "size", "stride", "format", "settings", "labels", "algorithms", "photos", "card", "oops")
ALGORITHM = st.fixed_dictionaries(
    {},
    optional={
        "code": st.sampled_from(["00_00", "03_x", "9", ""]) | VALUES,
        "part": st.sampled_from(["train", "validate"]) | VALUES,
        "on": st.sampled_from(["bic4", "fog"]) | VALUES,
        "steps": st.just(["bicubic"]) | VALUES,
        "blend": st.fixed_dictionaries({}, optional={"with": VALUES, "share": VALUES}) | VALUES,
    },
)
LABELS = st.just({"metrics": {"psnr": 1}}) | st.fixed_dictionaries(
    {}, optional={"metrics": st.dictionaries(st.text(max_size=4), VALUES, max_size=2), "rule": VALUES, "also": VALUES}
)


@given(
    st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5),
    LABELS | VALUES,
    st.lists(ALGORITHM, max_size=2) | VALUES,
)
@settings(max_examples=150, deadline=None)
def test_any_recipe_is_read_or_refused_with_a_reason(values: dict, labels: object, algorithms: object) -> None:
    reason = None
    try:
        recipe = parse_recipe({**values, "labels": labels, "algorithms": algorithms}, "x.toml")
    except DataError as error:
        reason = str(error)
    assert reason.startswith("x.toml") if reason is not None else isinstance(recipe, SynthesisRecipe)


def test_standard_recipe_shares_no_family_between_the_sides() -> None:
    recipe = load_recipe("standard")
    sides: dict[str, dict[str, set[str]]] = {part: {"restorer": set()} for part in PARTS}
    for algorithm in recipe.algorithms:
        sides[algorithm.part]["restorer"] |= {step.restorer for step in algorithm.all_steps}
    assert sides["train"]["restorer"].isdisjoint(sides["validate"]["restorer"])
    counts = {part: sum(a.part == part for a in recipe.algorithms) for part in PARTS}
    assert counts["train"] >= 30
    assert counts["validate"] >= 15

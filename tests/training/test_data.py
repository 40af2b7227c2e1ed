"""Batches: contents, order, errors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import Tensor

from iqabench._util.errors import DataError
from iqabench.data.base import Card
from iqabench.training import Batch, Optimiser, Stage, TrainingSet

CARD = Card(name="toy", label_kind="pseudo", mos_range=(900.0, 1900.0))
WHOLE = Stage("whole", 1, Optimiser())
CPU = torch.device("cpu")


def identity(images: Tensor, role: str) -> Tensor:
    return images


def batches(data: TrainingSet, stage: Stage = WHOLE, size: int = 4, **options: Any) -> list[Batch]:
    settings = {"seed": 0, "epoch": 0, "view": identity, "device": CPU, **options}
    return list(data.batches(stage, size, **settings))


def pixels(path: str, size: tuple[int, int] | None = None) -> Tensor:
    image = Image.open(path)
    if size is not None:
        image = image.resize(size, Image.Resampling.BICUBIC)
    return torch.from_numpy(np.array(image)).permute(2, 0, 1) / 255


def test_a_batch_holds_the_rows_of_the_plan(data: TrainingSet, frame: pd.DataFrame) -> None:
    rows = data.plan(0, 0).rows
    assert sorted(rows) == list(range(11))
    for at, batch in enumerate(batches(data)):
        for place, row in enumerate(rows[4 * at : 4 * at + 4]):
            entry = frame.iloc[row]
            assert batch.degraded is not None
            assert batch.pristine is not None
            assert torch.equal(batch.restored[place], pixels(entry.image))
            assert torch.equal(batch.degraded[place], pixels(entry.degraded, (24, 20)))
            assert torch.equal(batch.pristine[place], pixels(entry.pristine))
            assert batch.quality[place].item() == pytest.approx((entry.mos - 900) / 1000)
            assert data.categories[int(batch.category[place])] == entry.category
        assert batch.partner is None
        assert len(batch) == 4


def test_quality_is_flipped_where_lower_is_better(frame: pd.DataFrame) -> None:
    flipped = TrainingSet(frame, replace(CARD, mos_higher_is_better=False))
    np.testing.assert_allclose(flipped.quality, 1 - TrainingSet(frame, CARD).quality, rtol=1e-6)


def test_partners_share_the_content_and_vary(data: TrainingSet, frame: pd.DataFrame) -> None:
    contents = frame["content"].to_numpy()
    drawn = set()
    for epoch in range(20):
        plan = data.plan(0, epoch)
        assert (contents[plan.rows] == contents[plan.partners]).all()
        drawn |= set(zip(plan.rows.tolist(), plan.partners.tolist(), strict=True))
    possible = sum(int((contents == content).sum()) ** 2 for content in contents[:3])
    assert len(drawn) == possible


def test_partner_images_and_qualities_belong_together(data: TrainingSet, frame: pd.DataFrame) -> None:
    plan = data.plan(0, 0)
    first = batches(data, replace(WHOLE, pairs=True))[0]
    assert first.partner is not None
    assert first.partner_quality is not None
    for place, row in enumerate(plan.partners[:4]):
        assert torch.equal(first.partner[place], pixels(frame.iloc[row].image))
        assert first.partner_quality[place].item() == pytest.approx((frame.iloc[row].mos - 900) / 1000)


def test_a_partner_comes_with_its_own_degraded_image(frame: pd.DataFrame) -> None:
    data = TrainingSet(frame, CARD, ("degraded",))
    plan = data.plan(0, 0)
    first = batches(data, replace(WHOLE, pairs=True))[0]
    assert first.partner_degraded is not None
    for place, row in enumerate(plan.partners[:4]):
        shown = first.partner_degraded[place]
        assert torch.equal(shown, pixels(frame.iloc[row].degraded, (24, 20)))


def test_order_depends_on_seed_and_epoch_alone(data: TrainingSet, frame: pd.DataFrame) -> None:
    again = TrainingSet(frame, CARD, budget=0)
    again.plan(7, 7)
    np.testing.assert_array_equal(data.plan(1, 2).rows, again.plan(1, 2).rows)
    np.testing.assert_array_equal(data.plan(1, 2).partners, again.plan(1, 2).partners)
    assert (data.plan(1, 2).rows != data.plan(1, 3).rows).any()
    assert (data.plan(1, 2).rows != data.plan(2, 2).rows).any()


def test_skipping_gives_the_rest_of_the_epoch(data: TrainingSet) -> None:
    stage = replace(WHOLE, pairs=True, crop=16)
    whole, rest = batches(data, stage, 3), batches(data, stage, 3, skip=2)
    assert len(whole) == 3
    assert len(rest) == 1
    assert torch.equal(whole[2].restored, rest[0].restored)


def test_the_crop_lies_at_one_place_in_all_images_of_a_row(frame: pd.DataFrame) -> None:
    same = frame.assign(degraded=frame["image"], pristine=frame["image"])
    stage = replace(WHOLE, crop=8, pairs=True)
    places = set()
    for epoch in range(5):
        for batch in batches(TrainingSet(same, CARD, ("degraded", "pristine")), stage, epoch=epoch):
            assert batch.restored.shape == (4, 3, 8, 8)
            assert torch.equal(batch.restored, batch.degraded)
            assert torch.equal(batch.restored, batch.pristine)
            places.add(batch.restored[0, 0, 0, 0].item())
    assert len(places) > 5


def test_the_view_sees_each_role_once_per_batch(data: TrainingSet) -> None:
    seen = []

    def view(images: Tensor, role: str) -> Tensor:
        seen.append((role, images.shape[0]))
        return images * 2

    batch = batches(data, replace(WHOLE, pairs=True), 11, view=view)[0]
    assert sorted(seen) == [*[("degraded", 11)] * 2, ("pristine", 11), *[("restored", 11)] * 2]
    assert batch.restored.max() > 1


def test_images_of_unequal_size_are_cropped_to_what_all_have(frame: pd.DataFrame, tmp_path: Path) -> None:
    odd = str(tmp_path / "odd.png")
    Image.fromarray(np.zeros((30, 40, 3), dtype=np.uint8)).save(odd)
    data = TrainingSet(frame.assign(image=[odd, *frame["image"][1:]]), CARD)
    (cropped,) = batches(data, size=11)
    assert cropped.restored.shape[2:] == (20, 24)
    assert batches(data, replace(WHOLE, crop=20), 11)[0].restored.shape == (11, 3, 20, 20)
    same = batches(data, size=11, view=lambda images, role: torch.nn.functional.interpolate(images, (10, 10)))
    assert same[0].restored.shape == (11, 3, 10, 10)
    with pytest.raises(DataError, match="24×20 pixels; the recipe crops 21×21"):
        batches(data, replace(WHOLE, crop=21), 11)


def test_steps(data: TrainingSet) -> None:
    assert data.steps(4, drop_last=True) == 2
    assert data.steps(4, drop_last=False) == 3
    assert data.steps(100, drop_last=True) == 1
    assert [len(batch) for batch in batches(data, drop_last=False)] == [4, 4, 3]
    assert [len(batch) for batch in batches(data, size=100)] == [11]


@pytest.mark.parametrize("budget", [0, 5000, 10**9])
def test_the_budget_changes_memory_and_nothing_else(frame: pd.DataFrame, data: TrainingSet, budget: int) -> None:
    small = TrainingSet(frame, CARD, ("degraded", "pristine"), budget=budget)
    for ours, theirs in zip(batches(small) + batches(small), batches(data) + batches(data), strict=True):
        assert torch.equal(ours.restored, theirs.restored)
        assert torch.equal(ours.degraded, theirs.degraded)
    assert small.bank.held <= budget


def test_equal_pixels_are_held_once(data: TrainingSet) -> None:
    batches(data, size=11)
    # 11 restored, 3 upsampled degraded, 3 pristine images of 20 x 24 pixels.
    assert data.bank.held == (11 + 3 + 3) * 20 * 24 * 3


def test_fingerprint_follows_labels_and_rows(frame: pd.DataFrame, data: TrainingSet) -> None:
    moved = frame.assign(image="elsewhere")
    assert TrainingSet(moved, CARD, ("degraded", "pristine")).fingerprint() == data.fingerprint()
    relabelled = frame.assign(mos=frame["mos"] + 1)
    assert TrainingSet(relabelled, CARD, ("degraded", "pristine")).fingerprint() != data.fingerprint()


def test_what_training_cannot_use_is_named(frame: pd.DataFrame, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no rows"):
        TrainingSet(frame.iloc[:0], CARD)
    with pytest.raises(DataError, match=r"training needs mos for every row; 1 row without it, the first is i03"):
        TrainingSet(frame.assign(mos=[*frame["mos"][:3], np.nan, *frame["mos"][4:]]), CARD)
    with pytest.raises(DataError, match="training needs pristine"):
        TrainingSet(frame.assign(pristine=None), CARD, ("pristine",))
    with pytest.raises(DataError, match="mos_range"):
        TrainingSet(frame, replace(CARD, mos_range=None))
    missing = TrainingSet(frame.assign(image=str(tmp_path / "none.png")), CARD)
    with pytest.raises(DataError, match=r"none\.png"):
        batches(missing)

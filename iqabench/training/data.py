"""The training part of a dataset, as batches whose order depends on the seed and the epoch alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from iqabench.datasets.base import Card
from iqabench.errors import DataError
from iqabench.training.bank import ImageBank, ImageKey
from iqabench.training.batch import Batch
from iqabench.training.recipe import Stage

View = Callable[[Tensor, str], Tensor]
"""Preprocessing of images ``(N, 3, H, W)`` that play a role: ``restored``, ``degraded`` or ``pristine``."""

DEFAULT_BUDGET = 3 * 1024**3
"""Bytes of decoded images kept in memory."""


@dataclass(frozen=True)
class Plan:
    """Which rows one epoch visits, in which order, with which partners and crops; each of length n."""

    rows: np.ndarray
    partners: np.ndarray
    crops: np.ndarray
    """``(n, 2)`` in [0, 1): where the crop lies, as shares of the free height and width."""


class TrainingSet:
    """Rows to train on, with their labels and references.

    Parameters
    ----------
    frame
        Rows of the training part, with the columns of a manifest.
    card
        Card of the dataset; its ``mos_range`` maps MOS to quality.
    references
        Any of ``degraded``, ``pristine``: what each batch must hold beside the restored images.
    budget
        Bytes of decoded images kept in memory; past it, images are decoded on demand.

    Raises
    ------
    DataError
        Without rows, for a row without MOS or without a reference asked for, or a card without ``mos_range``.
    """

    def __init__(
        self, frame: pd.DataFrame, card: Card, references: tuple[str, ...] = (), budget: int = DEFAULT_BUDGET
    ) -> None:
        self.frame = frame.reset_index(drop=True)
        self.card = card
        self.references = tuple(references)
        self._check()
        self.quality = normalised_quality(self.frame["mos"].to_numpy(dtype=np.float64), card)
        """``(rows,)`` float32."""
        self.categories: tuple[str, ...] = tuple(sorted(set(self.frame["category"])))
        """Categories seen in training, sorted; ``Batch.category`` indexes them."""
        self._category = np.searchsorted(np.array(self.categories, dtype=object), self.frame["category"].to_numpy())
        self._same_content = list(self.frame.groupby("content", sort=True).indices.values())
        self.bank = ImageBank(budget)

    def _check(self) -> None:
        name = self.card.name
        if not len(self.frame):
            raise DataError(f"dataset {name}: the training part of the split has no rows")
        for column in ("mos", *self.references):
            lacking = self.frame["image_id"][self.frame[column].isna()]
            if len(lacking):
                raise DataError(
                    f"dataset {name}: training needs {column} for every row; {len(lacking)} rows lack it, "
                    f"the first is {lacking.iloc[0]}"
                )
        if self.card.mos_range is None:
            raise DataError(f"dataset {name}: its card states no mos_range, which training needs to scale the labels")

    def __len__(self) -> int:
        return len(self.frame)

    def fingerprint(self) -> str:
        """Hash of rows and labels: two sets with the same one train the same network."""
        columns = self.frame[["image_id", "content", "category"]].astype(str).agg("\t".join, axis=1)
        text = "\n".join([*columns, ",".join(self.references)])
        return hashlib.sha256(text.encode() + self.quality.tobytes()).hexdigest()[:16]

    def steps(self, batch_size: int, drop_last: bool) -> int:
        """Batches per epoch: at least one, even if the set is smaller than a batch."""
        whole, rest = divmod(len(self), batch_size)
        return max(1, whole + (1 if rest and not drop_last else 0))

    def plan(self, seed: int, epoch: int) -> Plan:
        """Draw one epoch: a permutation of the rows, and for each row a partner and a crop."""
        generator = np.random.default_rng([seed, epoch])
        rows = generator.permutation(len(self))
        partners = np.empty(len(self), dtype=np.int64)
        for same in self._same_content:
            partners[same] = generator.choice(same, size=len(same))
        return Plan(rows, partners[rows], generator.random((len(self), 2)))

    def place(self, device: torch.device) -> None:
        """Keep the decoded images on ``device`` if it is a GPU with room for them."""
        paths = {path for column in ("image", *self.references) for path in self.frame[column]}
        sample = self.bank.image((str(self.frame["image"].iloc[0]), None))
        expected = sample.numel() * len(paths)
        self.bank.place(device, expected if expected <= self.bank.budget else torch.iinfo(torch.int64).max)

    def batches(
        self,
        stage: Stage,
        batch_size: int,
        *,
        seed: int,
        epoch: int,
        view: View,
        device: torch.device,
        drop_last: bool = True,
        skip: int = 0,
    ) -> Iterator[Batch]:
        """Batches of one epoch, without the first ``skip``; the next one is decoded in the background."""
        plan = self.plan(seed, epoch)
        starts = iter(range(skip * batch_size, self.steps(batch_size, drop_last) * batch_size, batch_size))
        try:
            ahead = [self._request(plan, slice(at, at + batch_size), stage) for at in islice(starts, 2)]
            while ahead:
                part, images = ahead.pop(0)
                ahead += [self._request(plan, slice(at, at + batch_size), stage) for at in islice(starts, 1)]
                yield self._batch(plan, part, images, stage, view, device)
        finally:
            self.bank.close()

    def _request(self, plan: Plan, part: slice, stage: Stage) -> tuple[slice, dict[str, list[Future[Tensor]]]]:
        chosen = self.frame.iloc[plan.rows[part]]
        keys: dict[str, list[ImageKey]] = {"restored": [(path, None) for path in chosen["image"]]}
        for role in self.references:
            keys[role] = list(zip(chosen[role], chosen["image"], strict=True))
        if stage.pairs:
            others = self.frame.iloc[plan.partners[part]]
            keys["partner"] = [(path, None) for path in others["image"]]
            if "degraded" in self.references:
                keys["partner_degraded"] = list(zip(others["degraded"], others["image"], strict=True))
        return part, {role: [self.bank.request(key) for key in wanted] for role, wanted in keys.items()}

    def _batch(
        self,
        plan: Plan,
        part: slice,
        futures: dict[str, list[Future[Tensor]]],
        stage: Stage,
        view: View,
        device: torch.device,
    ) -> Batch:
        rows, partners = plan.rows[part], plan.partners[part]
        images: dict[str, Tensor] = {}
        for role, waiting in futures.items():
            chosen = partners if role.startswith("partner") else rows
            shown = {"partner": "restored", "partner_degraded": "degraded"}.get(role, role)
            names = self.frame["image" if shown == "restored" else shown].iloc[chosen].tolist()
            images[role] = collate(
                [future.result() for future in waiting], names, shown, view, device, stage.crop, plan.crops[part]
            )
        return Batch(
            restored=images["restored"],
            quality=torch.from_numpy(self.quality[rows]).to(device),
            category=torch.from_numpy(self._category[rows].astype(np.int64)).to(device),
            degraded=images.get("degraded"),
            pristine=images.get("pristine"),
            partner=images.get("partner"),
            partner_degraded=images.get("partner_degraded"),
            partner_quality=torch.from_numpy(self.quality[partners]).to(device) if stage.pairs else None,
        )


def normalised_quality(mos: np.ndarray, card: Card) -> np.ndarray:
    """MOS to quality, float32: 0 at the lower end of the card's range, 1 at the upper; higher is better."""
    assert card.mos_range is not None
    low, high = card.mos_range
    quality = (mos - low) / (high - low)
    return (quality if card.mos_higher_is_better else 1 - quality).astype(np.float32)


def collate(
    images: list[Tensor],
    names: list[str],
    role: str,
    view: View,
    device: torch.device,
    crop: int | None,
    places: np.ndarray,
) -> Tensor:
    """Images uint8 ``(3, H, W)`` to one float batch ``(N, 3, h, w)``: ``view``, then the crop.

    Images of one size go through ``view`` together, others one by one; crops of images that
    share a content and a size lie at the same place.

    Raises
    ------
    DataError
        If the images still differ in size, or are smaller than the crop.
    """
    if all(image.shape == images[0].shape for image in images):
        seen = list(view(as_float(torch.stack(images), device), role))
    else:
        seen = [view(as_float(image[None], device), role)[0] for image in images]
    if crop is not None:
        seen = [
            crop_at(image, crop, float(place[0]), float(place[1]), name)
            for image, place, name in zip(seen, places, names, strict=True)
        ]
    for image, name in zip(seen, names, strict=True):
        if image.shape != seen[0].shape:
            sizes = [f"{path} is {tensor.shape[2]}×{tensor.shape[1]}" for path, tensor in
                     ((names[0], seen[0]), (name, image))]  # fmt: skip
            raise DataError(
                f"images of one training batch differ in size: {sizes[0]}, {sizes[1]}; "
                "use a recipe with a crop, or images of one size"
            )
    return torch.stack(seen)


def as_float(images: Tensor, device: torch.device) -> Tensor:
    """uint8 images to float32 in [0, 1] on ``device``, moved as bytes."""
    return images.to(device, non_blocking=True).to(torch.float32).div_(255)


def crop_at(image: Tensor, side: int, down: float, right: float, name: str) -> Tensor:
    """Cut a ``side`` × ``side`` square out of ``(3, H, W)``; ``down`` and ``right`` in [0, 1) place it."""
    height, width = image.shape[1:]
    if min(height, width) < side:
        raise DataError(f"{name} is {width}×{height} pixels; the recipe crops {side}×{side}")
    top, left = int(down * (height - side + 1)), int(right * (width - side + 1))
    return image[:, top : top + side, left : left + side]

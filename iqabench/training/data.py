"""The training part of a dataset, as batches whose order depends on the seed and the epoch alone."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from iqabench._util.errors import DataError
from iqabench._util.text import counted
from iqabench.data.base import Card
from iqabench.methods.learning import Stage
from iqabench.training.bank import ImageBank, ImageKey
from iqabench.training.batch import Batch
from iqabench.training.collate import View, collate, moved

DEFAULT_BUDGET = 3 * 1024**3
"""Bytes of decoded images kept in memory."""


@dataclass(frozen=True)
class EpochPlan:
    """Which rows one epoch visits, in which order, with which partners and crops; each of length n."""

    rows: np.ndarray
    partners: np.ndarray
    crops: np.ndarray
    """``(n, 2)`` in [0, 1): where the crop lies, as shares of the free height and width."""


@dataclass(frozen=True)
class _Share:
    """One process's rows of one batch, as places in the epoch's plan, and the weight of their loss."""

    places: np.ndarray
    weight: float


def _share(start: int, stop: int, process: tuple[int, int]) -> _Share:
    number, count = process
    places = np.arange(start, stop)[number::count]
    if not len(places):
        # A batch smaller than the number of processes: everyone must take part, so this one counts for nothing.
        return _Share(np.array([start]), 0.0)
    return _Share(places, len(places) * count / (stop - start))


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
                rows = counted(len(lacking), "row")
                raise DataError(
                    f"dataset {name}: training needs {column} for every row; {rows} without it, the first is "
                    f"{lacking.iloc[0]}"
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

    def plan(self, seed: int, epoch: int) -> EpochPlan:
        """Draw one epoch: a permutation of the rows, and for each row a partner and a crop."""
        generator = np.random.default_rng([seed, epoch])
        rows = generator.permutation(len(self))
        partners = np.empty(len(self), dtype=np.int64)
        for same in self._same_content:
            partners[same] = generator.choice(same, size=len(same))
        return EpochPlan(rows, partners[rows], generator.random((len(self), 2)))

    def place(self, device: torch.device) -> None:
        """Keep the decoded images on ``device`` if it is a GPU with room for them."""
        paths = {path for column in ("image", *self.references) for path in self.frame[column]}
        sample = self.bank.image((str(self.frame["image"].iloc[0]), None))
        self.bank.place(device, sample.numel() * len(paths))

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
        shown: Collection[str] | None = None,
        process: tuple[int, int] = (0, 1),
    ) -> Iterator[Batch]:
        """Batches of one epoch, without the first ``skip``; the next one is decoded in the background.

        ``shown`` names the references that the batches hold; None for all that the set was asked for. Of several
        processes, ``process`` (number from 0, count) gets every count-th row of each batch.
        """
        plan = self.plan(seed, epoch)
        references = [role for role in self.references if shown is None or role in shown]
        starts = range(skip * batch_size, self.steps(batch_size, drop_last) * batch_size, batch_size)
        wanted = (_share(at, min(at + batch_size, len(self)), process) for at in starts)
        try:
            ahead = [self._request(plan, one, stage, references) for one in islice(wanted, 2)]
            while ahead:
                part, images = ahead.pop(0)
                ahead += [self._request(plan, one, stage, references) for one in islice(wanted, 1)]
                yield self._batch(plan, part, images, stage, view, device)
        finally:
            self.bank.close()

    def _request(
        self, plan: EpochPlan, share: _Share, stage: Stage, references: list[str]
    ) -> tuple[_Share, dict[str, list[Future[Tensor]]]]:
        chosen = self.frame.iloc[plan.rows[share.places]]
        keys: dict[str, list[ImageKey]] = {"restored": [(path, None) for path in chosen["image"]]}
        for role in references:
            keys[role] = list(zip(chosen[role], chosen["image"], strict=True))
        if stage.pairs:
            others = self.frame.iloc[plan.partners[share.places]]
            keys["partner"] = [(path, None) for path in others["image"]]
            if "degraded" in references:
                keys["partner_degraded"] = list(zip(others["degraded"], others["image"], strict=True))
        return share, {role: [self.bank.request(key) for key in wanted] for role, wanted in keys.items()}

    def _batch(
        self,
        plan: EpochPlan,
        share: _Share,
        futures: dict[str, list[Future[Tensor]]],
        stage: Stage,
        view: View,
        device: torch.device,
    ) -> Batch:
        rows, partners = plan.rows[share.places], plan.partners[share.places]
        images: dict[str, Tensor] = {}
        for role, waiting in futures.items():
            chosen = partners if role.startswith("partner") else rows
            shown = {"partner": "restored", "partner_degraded": "degraded"}.get(role, role)
            names = self.frame["image" if shown == "restored" else shown].iloc[chosen].tolist()
            images[role] = collate(
                [future.result() for future in waiting],
                names,
                shown,
                view,
                device,
                stage.crop,
                plan.crops[share.places],
            )
        return Batch(
            restored=images["restored"],
            quality=moved(torch.from_numpy(self.quality[rows]), device),
            category=moved(torch.from_numpy(self._category[rows].astype(np.int64)), device),
            degraded=images.get("degraded"),
            pristine=images.get("pristine"),
            partner=images.get("partner"),
            partner_degraded=images.get("partner_degraded"),
            partner_quality=moved(torch.from_numpy(self.quality[partners]), device) if stage.pairs else None,
            weight=share.weight,
        )


def normalised_quality(mos: np.ndarray, card: Card) -> np.ndarray:
    """MOS to quality, float32: 0 at the lower end of the card's range, 1 at the upper; higher is better."""
    assert card.mos_range is not None
    low, high = card.mos_range
    quality = (mos - low) / (high - low)
    return (quality if card.mos_higher_is_better else 1 - quality).astype(np.float32)

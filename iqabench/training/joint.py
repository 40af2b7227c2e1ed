"""Several data sets as one to learn from: labels of each on a scale of its own, from 0 to 1.

Labels of two data sets do not mean the same, so none is compared with one of another set: a label becomes its rank
among the training images of its set, or of its content where labels mean something within a content only (the
card's ``label_scope``). Contents, algorithms and categories are named ``SET:NAME``, so that a pair of images of one
content, as relative pre-training shows, never joins two sets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pandas as pd

from iqabench._util.errors import UserError
from iqabench.data.base import Card, Dataset
from iqabench.data.splits import PARTS, TRAIN, Split
from iqabench.training.cache import JoinedSet, TrainingData

SCALE = "ranks-1"
"""Version of the rule that brings labels to one scale; it enters the fingerprint."""
BETWEEN = "+"
"""Stands between the names of data sets."""


def joint_training(parts: Sequence[TrainingData]) -> TrainingData:
    """The training parts of several data sets as one, in the order of their names.

    Raises
    ------
    UserError
        If two sets have one name, or one has no image whose label can be ranked.
    """
    parts = sorted(parts, key=lambda part: part.dataset.card.name)
    names = [part.dataset.card.name for part in parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UserError(
            f"--train-on: two data sets are called {twice[0]}; give one of them another name, in card.toml beside it"
        )
    frames = [_ranked(part) for part in parts]
    joined = tuple(
        JoinedSet(
            part.dataset.card.name,
            part.fingerprint,
            part.split.digest,
            part.split.name,
            part.dataset.card.label_kind,
            _scope(part.dataset.card),
            int((frame["part"] == TRAIN).sum()),
        )
        for part, frame in zip(parts, frames, strict=True)
    )
    frame = pd.concat(frames, ignore_index=True).sort_values("image_id", ignore_index=True)
    kinds = {part.dataset.card.label_kind for part in parts}
    card = Card(
        BETWEEN.join(names),
        label_kind="human" if kinds == {"human"} else "pseudo",
        label_scope="content",
        mos_range=(0.0, 1.0),
        description="Labels are ranks within each set, or within each of its contents.",
    )
    split = Split(
        BETWEEN.join(part.split.name for part in parts), dict(zip(frame["content"], frame["part"], strict=True)), {}
    )
    root = parts[0].dataset.root
    return TrainingData(Dataset(card, root, frame.drop(columns="part")), split, joint_fingerprint(joined), joined)


def joint_fingerprint(joined: Sequence[JoinedSet]) -> str:
    """One digest (32 hexadecimal digits) of the sets, their splits and the scale of their labels."""
    lines = [SCALE, *(repr((one.dataset, one.fingerprint, one.split, one.label_scope)) for one in joined)]
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def _scope(card: Card) -> str:
    return card.label_scope or "set"


def _ranked(part: TrainingData) -> pd.DataFrame:
    """The rows of both parts of the split, with ``SET:NAME`` as names and ranks in (0, 1) as labels."""
    card = part.dataset.card
    frame = part.split.apply(part.dataset.frame, for_training=True)
    frame = frame[frame["part"].isin(PARTS)].copy()
    # Each part by itself: what a training label becomes must not depend on labels that judge.
    groups = frame.groupby(["part", "content"] if _scope(card) == "content" else ["part"])["mos"]
    count = groups.transform("count")
    ranks = (groups.rank(ascending=card.mos_higher_is_better) - 0.5) / count
    # A label that is alone in its content says nothing.
    frame["mos"] = ranks
    frame = frame[(count > 1) | (frame["part"] != TRAIN)]
    if not (frame["part"] == TRAIN).any():
        raise UserError(
            f"--train-on: labels of {card.name} mean something within a content only, and no content has two of them"
        )
    for column in ("image_id", "content", "algorithm", "category"):
        frame[column] = f"{card.name}:" + frame[column].astype(str)
    return frame

"""What ``iqabench synthesize`` wrote, as the steps of the recipe want it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from iqabench.data.base import Card
from iqabench.data.open import open_dataset
from iqabench.data.splits import load_split

FACTS = ["image_id", "content", "algorithm", "category", "degraded", "mos"]


def split_rows(data: Path) -> tuple[pd.DataFrame, np.ndarray, Card]:
    """Rows of both parts of the split, True for those of the training part, and the data set's card."""
    dataset = open_dataset("manifest", data)
    rows = load_split(dataset.card.name, data / "splits").apply(dataset.frame)
    rows = rows[rows["part"] != "unused"].reset_index(drop=True)
    return rows, (rows["part"] == "train").to_numpy(), dataset.card


def validation_facts(rows: pd.DataFrame, training: np.ndarray) -> pd.DataFrame:
    """What is known of each row of the validation part, beside which its scores are stored: no path of this machine."""
    facts = rows.loc[~training, FACTS].copy()
    facts["degraded"] = [Path(path).name for path in facts["degraded"]]
    return facts

"""What of the training part the head learns from, and which labels it has there."""

from __future__ import annotations

import numpy as np
import pandas as pd

LEAST = 4
"""Restorations of one degraded image from which on their ranks among themselves are labels."""

GRAIN = ("04_01", "04_03", "03_09", "03_10", "03_15", "03_11", "03_12")
"""Algorithms whose fault is residual noise, invented texture or a checkerboard: recipes with a C learn without them."""


def chosen(rows: pd.DataFrame, leave_out: tuple[str, ...], within: str) -> tuple[np.ndarray, pd.DataFrame]:
    """Places in ``rows`` of what is learned from, and these rows with their labels.

    ``leave_out`` names algorithms. ``within`` is ``content`` (labels as they are) or ``degraded``: the rank within
    the restorations of one degraded image, (rank - 0.5) / n on the card's scale of 900 to 1900; smaller groups
    than :data:`LEAST` are left out.
    """
    kept = ~rows["algorithm"].isin(leave_out)
    if within == "degraded":
        sizes = rows[kept].groupby("degraded")["mos"].transform("size").reindex(rows.index, fill_value=0)
        kept &= sizes >= LEAST
    found = rows[kept]
    if within == "degraded":
        groups = found.groupby("degraded")["mos"]
        found = found.assign(mos=900 + 1000 * (groups.rank() - 0.5) / groups.transform("size"))
    return np.flatnonzero(kept), found.reset_index(drop=True)

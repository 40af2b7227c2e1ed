"""A scale of paired comparisons as a figure for papers: each item with its 95 % interval; imports matplotlib."""

from __future__ import annotations

import numpy as np

from iqabench.render.figure import ROW, WIDTH, drawing, saved
from iqabench.stats.paired_scale import PairedScale

COLOUR = "#1f5fa8"


def draw_scale(scale: PairedScale, kind: str) -> bytes:
    """Draw a Bradley–Terry scale as ``svg``, ``pdf`` or ``png``. Raises UserError if matplotlib is not installed."""
    order = np.argsort(-scale.values, kind="stable")
    with drawing() as pyplot:
        figure, axes = pyplot.subplots(figsize=(WIDTH, 0.8 + ROW * len(order)), layout="constrained")
        for place, i in enumerate(order):
            axes.plot([scale.low[i], scale.high[i]], [place, place], color=COLOUR, linewidth=1.4)
            axes.plot(scale.values[i], place, "o", color=COLOUR, markersize=4)
        axes.set_yticks(range(len(order)), [scale.names[i] for i in order])
        axes.set_ylim(len(order) - 0.4, -0.6)
        axes.grid(axis="x", color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.axvline(0, color="0.6", linewidth=0.8)
        axes.tick_params(length=0)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.set_xlabel("Bradley–Terry scale in logits with its 95 % interval; higher is better", fontsize=8)
        return saved(figure, kind)

"""Draws time and memory against size, on logarithmic axes, with the slope of each line named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.growth.series import SERIES, slope

QUANTITIES = {"cpu_seconds": "processors' time (s)", "peak_mib": "memory (MiB)"}
"""Not the time by the clock: other work on the machine lengthens it."""
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9")
"""Okabe and Ito's, which people with any colour vision tell apart."""


def write_plot(file: Path, figures: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> None:
    """Draw ``figures`` to ``file``; those of ``before`` pale and dashed behind them."""
    kinds = [kind for kind in ("rows", "methods") if any(one.grows_in == kind for one in _measured(figures))]
    picture = Figure(figsize=(11, 4.2 * len(kinds)), layout="constrained")
    grid = picture.subplots(len(kinds), len(QUANTITIES), squeeze=False)
    for axes, kind in zip(grid, kinds, strict=True):
        for axis, quantity in zip(axes, QUANTITIES, strict=True):
            _draw(axis, figures, before, kind, quantity)
    # Identifiers and dates would differ from one drawing of the same figures to the next.
    with mpl.rc_context({"svg.hashsalt": "growth", "svg.fonttype": "none"}):
        picture.savefig(file, metadata={"Date": None})


def _measured(figures: Mapping[str, Any]) -> list[Any]:
    return [one for one in SERIES if figures["series"].get(one.name)]


def _draw(axis: Axes, figures: Mapping[str, Any], before: Mapping[str, Any] | None, kind: str, quantity: str) -> None:
    chosen = [one for one in SERIES if one.grows_in == kind]
    for colour, series in zip(COLOURS, chosen, strict=False):
        name = series.name.removesuffix(" by methods")
        if before is not None:
            sizes, values = _points(before, series.name, quantity)
            axis.plot(sizes, values, "o--", color=colour, alpha=0.35, markersize=3)
        sizes, values = _points(figures, series.name, quantity)
        label = f"{name}: slope {slope(sizes, values):.2f}" if len(sizes) > 1 else name
        axis.plot(sizes, values, "o-", color=colour, label=label, markersize=4)
    axis.set(xscale="log", yscale="log", xlabel=kind, ylabel=QUANTITIES[quantity])
    axis.grid(visible=True, which="major", color="#dddddd")
    axis.legend(frameon=False, title="dashed: before" if before is not None else None)


def _points(figures: Mapping[str, Any], name: str, quantity: str) -> tuple[list[int], list[float]]:
    found = sorted((int(size), one[quantity]) for size, one in figures["series"].get(name, {}).items())
    return [size for size, _ in found], [value for _, value in found]

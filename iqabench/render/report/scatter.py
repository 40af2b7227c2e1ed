"""Predicted score against MOS, one panel per run, with the fitted logistic."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from iqabench import stats
from iqabench.render.columns import KNOWN
from iqabench.render.report.facts import Facts
from iqabench.render.report.ranking import Ranking
from iqabench.render.report.runs import ReportRun
from iqabench.render.report.scale import Scale, Tick, scale_over
from iqabench.render.table import Cell, Column, Row, Table
from iqabench.stats.arrays import Floats, Indices

WIDTH, HEIGHT = 480, 360
LEFT, RIGHT, TOP, BOTTOM = 58, 468, 12, 312
COLOURS = 7
"""Categories with a colour of their own; further ones share the last."""
MOST_DOTS = 500_000
"""Of all panels together: 20 runs on a data set as large as PIPAL. A page with more takes a browser too long."""
FEWEST_DRAWN = 2_000
"""Images that are drawn, however many panels there are."""
CURVE_POINTS = 80
SLOPE, FEWEST_ON_SLOPE = 4.0, 5
"""So many scales on either side of its middle the logistic rises by 96 %; so many scores there fix where and how."""


@dataclass(frozen=True)
class Dots:
    """All points of one category as one path: every ``Mx yh0`` is a dot, drawn by its round cap."""

    category: str
    colour: int
    path: str


@dataclass(frozen=True)
class Panel:
    """The scatter plot of one run."""

    run: ReportRun
    dots: list[Dots]
    curve: str
    """Path of the logistic; empty if the fit did not converge."""
    parameters: str
    x: Scale
    x_ticks: list[Tick]
    n: int

    @property
    def sign(self) -> int:
        """-1 if the axis is turned, because a lower score is better."""
        return self.run.result.sign


@dataclass(frozen=True)
class Scatter:
    """All panels; they share the axis of MOS."""

    panels: list[Panel]
    y: Scale
    y_ticks: list[Tick]
    categories: list[tuple[str, int]]
    mos_sign: int
    rows: Indices
    """Images that are drawn, rows of the labels: all, or a random sample."""
    of: int
    """Images that there are."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def scatter(runs: list[ReportRun], ranking: Ranking, mos_sign: int) -> Scatter | None:
    """Panels of all runs with at least one scored image; None without MOS."""
    if ranking.by_votes:
        return None
    y = scale_over(ranking.mos, BOTTOM, TOP)
    names = ranking.categories
    colours = {name: min(i, COLOURS - 1) for i, name in enumerate(names)}
    rows = _drawn(len(ranking.mos), len(runs))
    panels = [panel for run in runs if (panel := _panel(run, ranking, rows, y, colours)) is not None]
    legend = [(name or "(no category)", colours[name]) for name in names] if len(names) > 1 else []
    return Scatter(panels, y, y.ticks(5, mos_sign), legend, mos_sign, rows, len(ranking.mos))


def _drawn(images: int, panels: int) -> Indices:
    """Rows of the images that are drawn in each of so many panels: the same whenever they are drawn."""
    most = max(FEWEST_DRAWN, MOST_DOTS // max(panels, 1))
    if images <= most:
        return np.arange(images)
    return np.sort(np.random.default_rng(0).choice(images, most, replace=False))


def fits(plot: Scatter, facts: Facts) -> Table:
    """The fit of every panel, and the figures over all images."""
    pooled = [KNOWN[name] for name in ("srcc_pooled", "plcc_pooled", "plcc_logistic")]
    pooled.append(replace(KNOWN["rmse"], label="RMSE"))
    rows = []
    for panel in plot.panels:
        figures = [Cell(_figure(panel.run.row[column.name], column.digits)) for column in pooled]
        rows.append(Row([Cell(panel.run.name), Cell(str(panel.n)), *figures, Cell(panel.parameters)]))
    return Table(
        [
            Column("run", "Run", heading=True),
            Column("n", "Images", numeric=True),
            *pooled,
            Column("parameters", "b1, b2, b3, b4"),
        ],
        rows,
        caption="Pooled over contents; logistic b2 + (b1 − b2) / (1 + exp(−(x − b3) / b4)), fitted on scores turned so "
        f"that higher is better; b1 to b4 are determined by {FEWEST_ON_SLOPE} scores or more on the slope. "
        f"{facts.sentence('no interval in this table')}",
    )


def _figure(value: float | None, digits: int | None) -> str:
    return "–" if value is None else f"{value:.{digits}f}".replace("-", "−")


def _panel(run: ReportRun, ranking: Ranking, rows: Indices, y: Scale, colours: dict[str, int]) -> Panel | None:
    every = run.scores
    used = np.isfinite(every) & np.isfinite(ranking.mos)
    if not used.any():
        return None
    scores = every[used]
    x = scale_over(scores, LEFT, RIGHT)
    shown_rows = rows[used[rows]]
    across, up, category = x(every[shown_rows]), y(ranking.mos[shown_rows]), ranking.category[shown_rows]
    fit = run.fit or stats.fit_logistic(scores, ranking.mos[used])
    dots = [Dots(name, colour, _dots(across, up, category == name)) for name, colour in colours.items()]
    curve = _curve(x, y, scores, fit) if fit.converged else ""
    shown = [one for one in dots if one.path]
    return Panel(run, shown, curve, _parameters(scores, fit), x, x.ticks(5, run.result.sign), len(scores))


def _parameters(scores: Floats, fit: stats.LogisticFit) -> str:
    """The parameters of the curve, where the scores determine them: of a jump or a mere tail many fit equally well."""
    if not fit.converged:
        return "no fit"
    middle, scale = fit.parameters[2:]
    if np.sum(np.abs(scores - middle) < SLOPE * scale) < FEWEST_ON_SLOPE:
        return "not determined"
    return ", ".join(f"{value:.4g}".replace("-", "−") for value in fit.parameters)


def _dots(across: Floats, up: Floats, chosen: NDArray[np.bool_]) -> str:
    return "".join(f"M{a:.1f} {b:.1f}h0" for a, b in zip(across[chosen], up[chosen], strict=True))


def _curve(x: Scale, y: Scale, scores: Floats, fit: stats.LogisticFit) -> str:
    at = np.linspace(scores.min(), scores.max(), CURVE_POINTS)
    height = np.clip(y(stats.logistic_curve(at, fit.parameters)), TOP, BOTTOM)
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x(at), height, strict=True))

"""Scores against labels as a figure for papers: a panel for each method, with the fitted logistic.

An assessment and rows of its leaderboard in, bytes of an SVG, PDF or PNG out; imports matplotlib.
"""

from __future__ import annotations

from math import ceil
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from iqabench import stats
from iqabench._util.errors import UserError
from iqabench.render.figure import WIDTH, drawing, on_what, saved
from iqabench.render.report.ranking import Ranking, ranking_of
from iqabench.render.report.runs import ReportRun, report_runs
from iqabench.stats.assessment import Assessment

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST, ACROSS, HEIGHT = 12, 3, 1.9
"""Panels at most, panels beside each other, inches of one."""
COLOURS = ("#0072b2", "#c25400", "#00805d", "#a8447f", "#7a6a00", "#5b53c0", "#3d6c91")
"""Of categories, which differ in lightness, too; further ones share the last."""
CURVE_POINTS = 100
LETTERS = 36
"""In a line above a panel."""


def draw_scatter(assessment: Assessment, frame: pd.DataFrame, kind: str) -> bytes:
    """Draw the first :data:`MOST` rows of ``frame``, a dot for each image.

    Parameters
    ----------
    assessment
        The results of one data set and split.
    frame
        Rows of its leaderboard.
    kind
        ``svg``, ``pdf`` or ``png``.

    Returns
    -------
    bytes
        The file. The same results give the same bytes with the same version of matplotlib.

    Raises
    ------
    UserError
        If matplotlib is not installed, or the labels are votes between images.
    """
    ranking = ranking_of(assessment.results)
    if ranking.by_votes:
        raise UserError("a scatter plot needs a label of each image; these are votes between two images")
    runs = [run for run in report_runs(assessment, frame) if np.isfinite(run.scores).any()][:MOST]
    if not runs:
        raise UserError("no row has a score to draw")
    across = min(ACROSS, len(runs))
    down = ceil(len(runs) / across)
    with drawing() as pyplot:
        figure, grid = pyplot.subplots(
            down, across, figsize=(WIDTH, 0.7 + HEIGHT * down), layout="constrained", squeeze=False, sharey=True
        )
        for axes in grid.flat[len(runs) :]:
            axes.set_visible(False)
        for axes, run in zip(grid.flat, runs, strict=False):
            _draw_panel(axes, run, ranking, _label_sign(assessment))
        figure.supylabel("label" + ("" if _label_sign(assessment) > 0 else " (lower is better)"), fontsize=8)
        figure.suptitle(on_what(frame.iloc[0]), fontsize=8, x=0.01, ha="left")
        if len(ranking.categories) > 1:
            handles = _legend(grid.flat[0], ranking.categories)
            figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=7)
        return saved(figure, kind)


def _label_sign(assessment: Assessment) -> int:
    return 1 if assessment.results.card.get("mos_higher_is_better", True) else -1


def _draw_panel(axes: Axes, run: ReportRun, ranking: Ranking, label_sign: int) -> None:
    """Better lies right and on top, whichever way scores and labels run."""
    used = np.isfinite(run.scores) & np.isfinite(ranking.mos)
    scores, mos, category = run.scores[used], ranking.mos[used], ranking.category[used]
    sign = run.result.sign
    for place, name in enumerate(ranking.categories):
        chosen = category == name
        axes.plot(
            sign * scores[chosen], label_sign * mos[chosen], "o", color=_colour(place), markersize=2.2, alpha=0.6, mew=0
        )
    fit = stats.fit_logistic(scores, mos)
    if fit.converged:
        at = np.linspace(scores.min(), scores.max(), CURVE_POINTS)
        axes.plot(sign * at, label_sign * stats.logistic_curve(at, fit.parameters), color="0.15", linewidth=1)
    if sign < 0:
        axes.invert_xaxis()
    ends = sorted((label_sign * float(mos.min()), label_sign * float(mos.max())), reverse=label_sign < 0)
    room = 0.05 * (ends[1] - ends[0] or 1)
    axes.set_ylim(ends[0] - room, ends[1] + room)
    value = run.row[ranking.statistic]
    figure = "" if value is None else f": {ranking.title} {value:z.3f}"
    axes.set_title(fill(f"{run.name}{figure}", LETTERS), fontsize=7)
    axes.set_xlabel("score" + (" (lower is better)" if sign < 0 else ""), fontsize=7)
    axes.tick_params(labelsize=6, length=2)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _legend(axes: Axes, categories: list[str]) -> list[Any]:
    """A dot for each category, drawn nowhere."""
    return [
        axes.plot([], [], "o", color=_colour(place), markersize=4, label=name or "(no category)")[0]
        for place, name in enumerate(categories)
    ]


def _colour(place: int) -> str:
    return COLOURS[min(place, len(COLOURS) - 1)]

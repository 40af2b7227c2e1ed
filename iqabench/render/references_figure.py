"""What better references bring, as a figure for papers: a method's figure over the references that it was shown.

An assessment and rows of its leaderboard in, bytes of an SVG, PDF or PNG out; imports matplotlib.
"""

from __future__ import annotations

import pandas as pd

from iqabench._util.errors import UserError
from iqabench.render.figure import WIDTH, drawing, on_what, saved
from iqabench.render.report.curve import line_name, order
from iqabench.render.report.ranking import ranking_of
from iqabench.render.report.runs import ReportRun, report_runs
from iqabench.render.scatter_figure import COLOURS
from iqabench.stats.assessment import Assessment

HEIGHT = 3.2
"""Inches."""
MARKS = "os^Dv<>"
ASIDE = 0.06
"""Share of the distance between two references by which lines stand beside each other, so that intervals are seen."""


def draw_references(assessment: Assessment, frame: pd.DataFrame, kind: str) -> bytes:
    """Draw a line for each method that was shown several references, harsh ones on the left.

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
        If matplotlib is not installed, no method was shown several references, or more were than lines can be told
        apart.
    """
    ranking = ranking_of(assessment.results)
    lines: dict[str, dict[str, ReportRun]] = {}
    for run in report_runs(assessment, frame):
        if run.row[ranking.statistic] is not None:
            lines.setdefault(line_name(run), {})[str(run.row["reference"])] = run
    lines = {name: found for name, found in lines.items() if len(found) > 1}
    if not lines:
        raise UserError(
            "no method was run with several references; 'iqabench run --references none,lr-x4,degraded,pristine' makes "
            "such runs"
        )
    if len(lines) > len(COLOURS):
        raise UserError(
            f"{len(lines)} methods were shown several references, and {len(COLOURS)} lines can be told apart; choose "
            f"with --methods: {', '.join(dict.fromkeys(name.split(' · ')[0] for name in lines))}"
        )
    shown = sorted({reference for found in lines.values() for reference in found}, key=order)
    with drawing() as pyplot:
        figure, axes = pyplot.subplots(figsize=(WIDTH, HEIGHT), layout="constrained")
        for number, (name, found) in enumerate(lines.items()):
            aside = ASIDE * (number - (len(lines) - 1) / 2)
            references = [one for one in shown if one in found]
            rows = [found[one].row for one in references]
            values = [float(row[ranking.statistic]) for row in rows]
            across = [shown.index(one) + aside for one in references]
            axes.plot(
                across, values, MARKS[number] + "-", color=COLOURS[number], markersize=4, linewidth=1.2, label=name
            )
            for x, row in zip(across, rows, strict=True):
                low, high = (row[bound] for bound in ranking.bounds)
                if low is not None and high is not None:
                    axes.plot([x, x], [low, high], color=COLOURS[number], linewidth=0.9, alpha=0.7)
        axes.set_xticks(range(len(shown)), shown)
        axes.set_xlabel("reference shown", fontsize=8)
        axes.set_ylabel(f"{ranking.title} with its 95 % interval over contents", fontsize=8)
        axes.set_title(on_what(frame.iloc[0]), fontsize=8, loc="left")
        axes.grid(axis="y", color="0.9", linewidth=0.6)
        axes.set_axisbelow(True)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
        return saved(figure, kind)

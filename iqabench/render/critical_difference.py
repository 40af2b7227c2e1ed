"""A critical-difference diagram (Demsar 2006): average ranks over data sets, and what cannot be told apart.

:class:`~iqabench.stats.many_sets.ManySets` in, bytes of an SVG, PDF or PNG out; imports matplotlib.
"""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from iqabench._util.errors import UserError
from iqabench.render.figure import COLOURS, WIDTH, drawing, saved
from iqabench.render.many_sets_footer import sentences_of_tests, shown_name
from iqabench.stats.many_sets import ManySets
from iqabench.stats.significance import groups_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, BAR = 0.2, 0.13
"""Inches: the height of a name, and of a bar that joins rows."""
MOST_STEPS = 12
"""Between numbers on the axis, which has room for no more."""
LETTERS = 120
"""In a line of the text below."""
NAMED = 6
"""Rows that are named for one reason; of more, the first, and how many others there are."""


def draw_critical_difference(many: ManySets, kind: str) -> bytes:
    """Draw the rows that have a rank on every set, best on the left.

    Parameters
    ----------
    many:
        The table whose ranks are drawn.
    kind:
        ``svg``, ``pdf`` or ``png``.

    Returns
    -------
    bytes
        The file. The same table gives the same bytes with the same version of matplotlib.

    Raises
    ------
    UserError
        If matplotlib is not installed, or fewer than two rows have a rank on every set.
    """
    # Among the rows drawn alone: what others do on some sets moves no rank here.
    rows = many.rows.loc[many.test.rows].assign(average=many.test.average).sort_values("average", kind="stable")
    if len(rows) < 2:
        names = ", ".join(one.dataset for one in many.sets)
        raise UserError(
            f"fewer than two rows have a rank on each of {names}: there is nothing to compare; name fewer data sets, "
            "or run the methods on those that they lack ('iqabench table --dataset A,B' shows which)"
        )
    bars = _bars(many, rows)
    text = _text(many, len(rows))
    levels = (len(rows) + 1) // 2
    with drawing() as pyplot:
        height = 0.75 + ROW * levels + BAR * len(bars) + 0.14 * len(text)
        figure, axes = pyplot.subplots(figsize=(WIDTH, height))
        top, bottom = 0.45 / height, (0.1 + 0.14 * len(text)) / height
        figure.subplots_adjust(left=0.26, right=0.74, top=1 - top, bottom=bottom)
        _draw(axes, rows, bars)
        figure.text(0.01, 0.04 / height, "\n".join(text), fontsize=6, va="bottom")
        return saved(figure, kind, tight=True)


def _bars(many: ManySets, rows: pd.DataFrame) -> list[list[float]]:
    """The average ranks of each group that cannot be told apart: of all rows where nothing is tested."""
    ranks = [float(rank) for rank in rows["average"]]
    if not many.test.kind:
        return [ranks]
    return [[ranks[place] for place in members] for members in groups_of(map(str, rows["group"]))]


def _draw(axes: Axes, rows: pd.DataFrame, bars: list[list[float]]) -> None:
    """The axis of ranks on top, groups below it, and a line from each rank to its name, half of them on each side."""
    ranks = rows["average"].to_numpy()
    low, high = int(np.floor(ranks.min())), int(np.ceil(ranks.max()))
    low, high = (low, high) if high > low else (low, low + 1)
    axes.set_xlim(low, high)
    depth = BAR * (len(bars) + 1)
    half = (len(rows) + 1) // 2
    axes.set_ylim(depth + ROW * (half - 0.3), 0)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("average rank (1 is best)", fontsize=8)
    axes.set_xticks(range(low, high + 1, -(-(high - low) // MOST_STEPS)))
    axes.set_yticks([])
    for side in ("left", "right", "bottom"):
        axes.spines[side].set_visible(False)
    for place, members in enumerate(bars, start=1):
        # Dots say who belongs to it: a line may pass a row that is told apart from one of the others.
        across = [BAR * place] * len(members)
        axes.plot(members, across, "o-", color="0.15", linewidth=1.2, markersize=4, clip_on=False)
    unique = not rows["method"].duplicated().any()
    for place, (_, row) in enumerate(rows.iterrows()):
        left = place < half
        line = depth + ROW * (place if left else len(rows) - 1 - place)
        end = low - 0.03 * (high - low) if left else high + 0.03 * (high - low)
        colour = COLOURS[str(row["paradigm"])]
        axes.plot([row["average"], row["average"], end], [0, line, line], color=colour, linewidth=0.9, clip_on=False)
        axes.annotate(
            f"{row['method'] if unique else shown_name(row)}  {row['average']:.2f}",
            (end, line),
            xytext=(-3 if left else 3, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=7,
            annotation_clip=False,
        )


def _text(many: ManySets, shown: int) -> list[str]:
    judged = {"pseudo": "PSEUDO labels"}
    names = ", ".join(f"{one.dataset} ({judged.get(one.labels, one.labels)})" for one in many.sets)
    said = [f"Data sets and who judged: {names}.", *sentences_of_tests(many)]
    said.append("Dots on one line: rows that cannot be told apart; the line may pass others.")
    if shown < len(many.rows):
        left = len(many.rows) - shown
        said.append(
            f"Not drawn: {left} of {len(many.rows)} rows, without a rank on every set ({_why_not(many)}). Ranks are "
            "among the rows drawn; those of the table are among all."
        )
    return fill(" ".join(said), LETTERS).splitlines()


def _why_not(many: ManySets) -> str:
    """Why rows have no rank on some set: ``trained on mini: ckdn, ckdn-fr; not run on csiq: psnr``."""
    without = many.cells[~many.cells["row"].isin(many.test.rows) & many.cells["set_rank"].isna()]
    reasons: dict[str, dict[str, None]] = {}
    for _, cell in without.iterrows():
        reason = f"{cell['missing'] or 'trained'} on {cell['dataset']}"
        reasons.setdefault(reason, {})[shown_name(many.rows.loc[cell["row"]])] = None
    return "; ".join(f"{reason}: {_some(list(names))}" for reason, names in reasons.items())


def _some(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")

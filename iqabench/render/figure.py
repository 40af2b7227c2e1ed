"""A leaderboard as a figure for papers: each method's figure with its interval, and which cannot be told apart.

``frame`` of :func:`iqabench.stats.leaderboard.leaderboard` in, bytes of an SVG, PDF or PNG out; imports matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pandas as pd

from iqabench._util.errors import UserError
from iqabench._util.extras import how_to_get
from iqabench._util.text import split_named
from iqabench.data.categories import in_words
from iqabench.stats.significance import groups_of
from iqabench.stats.statistic import Statistic
from iqabench.stats.table import STATISTICS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"NR": "#8a6d1f", "DR": "#1f5fa8", "FR": "#5b7f3a"}
"""By paradigm; they differ in lightness, too."""
PARADIGMS = {"NR": "no-reference", "DR": "degraded-reference", "FR": "full-reference"}
FORMATS = ("svg", "pdf", "png")
WIDTH, ROW = 6.3, 0.19
"""Inches: a page's text width, and the height of one method."""


def drawn_statistics() -> list[str]:
    """Names of the statistics that have an interval to draw."""
    return [one.name for one in STATISTICS if one.in_leaderboard and one.interval]


def draw_leaderboard(frame: pd.DataFrame, statistic: str | None, kind: str) -> bytes:
    """Draw a leaderboard.

    Parameters
    ----------
    frame:
        A leaderboard of one data set and split.
    statistic:
        What is drawn, one of :func:`drawn_statistics`; None for the first that the frame has figures of.
    kind:
        ``svg``, ``pdf`` or ``png``.

    Returns
    -------
    bytes
        The file. The same frame gives the same bytes with the same version of matplotlib.

    Raises
    ------
    UserError
        If matplotlib is not installed, or no row has a figure of the statistic.
    """
    chosen = _statistic(frame, statistic)
    rows = frame[frame[chosen.name].notna()]
    rows = rows.sort_values(chosen.name, ascending=chosen.better < 0, kind="stable")
    with drawing() as pyplot:
        figure, axes = pyplot.subplots(figsize=(WIDTH, 1.1 + ROW * len(rows)), layout="constrained")
        _draw_rows(axes, rows, chosen)
        _draw_groups(axes, rows)
        axes.set_title(on_what(frame.iloc[0]), fontsize=8, loc="left")
        axes.set_xlabel(f"{chosen.label} with its 95 % interval over contents; {_direction(chosen)}", fontsize=8)
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
        return saved(figure, kind)


def on_what(row: pd.Series[Any]) -> str:
    """The title of a figure: data set, split, protocol and category if there is one, and who judged."""
    labels = f"{'PSEUDO' if row['labels'] == 'pseudo' else row['labels']} labels"
    only = [in_words(row["dataset"], row["category"])] if row["category"] else []
    by = [f"protocol {row['protocol']}"] if row["protocol"] else []
    return ", ".join([str(row["dataset"]), split_named(row["split"]), *by, *only, labels])


_DATES = {"svg": "Date", "pdf": "CreationDate"}


def saved(figure: Figure, kind: str, tight: bool = False) -> bytes:
    """The file of a drawn figure, without the time at which it was drawn; ``tight`` is as large as what is drawn."""
    stream = BytesIO()
    box = "tight" if tight else None
    metadata = None if kind == "png" else {_DATES[kind]: None}
    figure.savefig(stream, format=kind, metadata=metadata, dpi=200, bbox_inches=box)
    return stream.getvalue()


@contextmanager
def drawing() -> Iterator[Any]:
    """Matplotlib's ``pyplot``, set for papers; what was drawn is closed. Raises UserError if it is not installed."""
    try:
        import matplotlib
    except ImportError as error:
        raise UserError(f"figures are drawn by matplotlib: {how_to_get('figures')}") from error
    matplotlib.use("agg")
    from matplotlib import pyplot

    # Text stays text in SVG and PDF, so that it can be searched; the salt makes bytes repeat.
    with pyplot.rc_context(
        {
            "svg.fonttype": "none",
            "pdf.fonttype": 42,
            "svg.hashsalt": "iqabench",
            "font.size": 8,
            "font.family": "sans-serif",
        }
    ):
        try:
            yield pyplot
        finally:
            pyplot.close("all")


def _statistic(frame: pd.DataFrame, name: str | None) -> Statistic:
    known = {one.name: one for one in STATISTICS if one.in_leaderboard and one.interval}
    for wanted in [name] if name is not None else list(known):
        if wanted not in known:
            raise UserError(f"--statistic {wanted}: there is no interval to draw; use one of: {', '.join(known)}")
        if frame[wanted].notna().any():
            return known[wanted]
    named = name or " or ".join(known)
    raise UserError(f"{frame.iloc[0]['dataset']}, split {frame.iloc[0]['split']}: no row has a figure of {named}")


def _draw_rows(axes: Axes, rows: pd.DataFrame, statistic: Statistic) -> None:
    low, high = statistic.interval or ("", "")
    for place, (_, row) in enumerate(rows.iterrows()):
        colour = COLOURS[str(row["paradigm"])]
        if pd.notna(row[low]) and pd.notna(row[high]):
            axes.plot([row[low], row[high]], [place, place], color=colour, linewidth=1.4, solid_capstyle="butt")
        ranked = pd.notna(row["rank"])
        axes.plot(
            row[statistic.name], place, "o", color=colour, markersize=4, markerfacecolor=colour if ranked else "w"
        )
    axes.set_yticks(range(len(rows)), _names(rows))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    if axes.get_xlim()[0] < 0 < axes.get_xlim()[1]:
        axes.axvline(0, color="0.6", linewidth=0.8)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    for paradigm in dict.fromkeys(str(one) for one in rows["paradigm"]):
        axes.plot([], [], "o-", color=COLOURS[paradigm], markersize=4, linewidth=1.4, label=PARADIGMS[paradigm])


def _draw_groups(axes: Axes, rows: pd.DataFrame) -> None:
    """Join the methods that cannot be told apart, as a critical-difference diagram does."""
    groups = groups_of(map(str, rows["group"].fillna("")))
    line: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "color": "0.25", "clip_on": False}
    for column, members in enumerate(groups):
        across = 1.02 + 0.022 * column
        # Dots say who belongs to it: a bar may pass a method that is not level with the others.
        axes.plot([across] * len(members), members, "o-", markersize=2.5, linewidth=0.8, **line)
    if groups:
        words: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "fontsize": 6}
        axes.annotate("cannot be told apart", (1.01, 1), xytext=(0, 3), **words)


def _names(rows: pd.DataFrame) -> list[str]:
    """Rows by method and variant; where these are the same, by what they are shown, and at last by the run, too."""
    bracketed = pd.DataFrame({"variant": rows["variant"].fillna("")})
    for name, more in (("reference", rows["reference"]), ("run_id", "#" + rows["run_id"].astype(str).str[:4])):
        same = bracketed.assign(method=rows["method"]).duplicated(keep=False)
        bracketed[name] = more.where(same & (more != "none"), "")
    said = [", ".join(filter(None, words)) for words in bracketed.itertuples(index=False)]
    return [
        f"{name} ({words})" if words else name for name, words in zip(rows["method"].astype(str), said, strict=True)
    ]


def _direction(statistic: Statistic) -> str:
    return "higher is better" if statistic.better > 0 else "lower is better"

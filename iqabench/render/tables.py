"""Tidy frames of :func:`iqabench.stats.leaderboard.leaderboard` as terminal text, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from iqabench.render.citations import Bibliography
from iqabench.render.csv import to_csv
from iqabench.render.json import to_json
from iqabench.render.latex import document, to_latex
from iqabench.render.markdown import to_markdown
from iqabench.render.terminal import print_table, to_text

FORMATS = ("text", "markdown", "latex", "csv", "json")

__all__ = ["FORMATS", "print_table", "render"]


def render(
    frames: Sequence[pd.DataFrame],
    style: str,
    names: Sequence[str] | None = None,
    bibliography: Bibliography | None = None,
) -> str:
    """Leaderboards in one of :data:`FORMATS`; LaTeX cites ``bibliography``.

    CSV and JSON put all rows into one flat table (every row says its dataset and split); the other
    formats make one table of each frame.

    Raises
    ------
    UserError
        If a column is unknown.
    """
    flat = {"csv": to_csv, "json": to_json}
    if style in flat:
        return flat[style](pd.concat(list(frames), ignore_index=True), names)
    if style == "latex":
        return document([to_latex(frame, names, bibliography) for frame in frames], bibliography)
    one = {"text": to_text, "markdown": to_markdown}[style]
    return "\n".join(one(frame, names) for frame in frames)

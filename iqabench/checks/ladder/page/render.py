"""HTML and SVG out of the ladder: files that load nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from iqabench._util.version import __version__
from iqabench.checks.ladder.climb import Climb
from iqabench.checks.ladder.page.plot import ladder_plot
from iqabench.checks.ladder.page.strips import strips
from iqabench.checks.ladder.tables import ladder_table
from iqabench.render.report.render import REPORT, render_page, template_source
from iqabench.synthesis.photographs import Photograph

PAGE = "iqabench.checks.ladder.page"


def render_ladder(climb: Climb, shares: pd.DataFrame, photographs: Sequence[Photograph]) -> str:
    """The page: the plot, the table, and strips of the first content with the scores below each picture."""
    context = {
        "version": __version__,
        "plot": ladder_plot(climb, shares),
        "shares": ladder_table(climb, shares),
        "strips": strips(climb, photographs),
        "content": climb.frame["content"].iloc[0],
        "notes": climb.notes,
        "problems": climb.problems,
    }
    style = template_source(REPORT, "report.css") + template_source(PAGE, "ladder.css")
    return render_page(PAGE, "ladder.html.j2", context, script="", style=style)


def render_plot(climb: Climb, shares: pd.DataFrame) -> str:
    """The plot alone, as an SVG file with its own style."""
    style = template_source(PAGE, "plot.css")
    return render_page(PAGE, "plot.svg.j2", {"plot": ladder_plot(climb, shares)}, script="", style=style)

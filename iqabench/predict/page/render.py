"""HTML out of the scores: one file, no request, only its own script and style may run."""

from __future__ import annotations

from collections.abc import Sequence

from iqabench._util.progress import Overview
from iqabench.predict.page.context import ShownInput, page_context
from iqabench.predict.page.pictures import DETAIL
from iqabench.predict.score_pairs import PairScores
from iqabench.render.report.render import REPORT, render_page, template_source

PAGE = "iqabench.predict.page"


def render_scores(pair_scores: PairScores, overview: Overview) -> str:
    """The page for scored pairs: it holds small copies of all images, within a stated budget."""
    context = page_context(pair_scores, overview)
    # The report's style is the house's; what follows it is this page's own.
    style = template_source(REPORT, "report.css") + template_source(PAGE, "scores.css") + _degraded(context["shown"])
    return render_page(PAGE, "scores.html.j2", context, script=template_source(PAGE, "scores.js"), style=style)


def _degraded(shown: Sequence[ShownInput]) -> str:
    """Degraded images as backgrounds: many cards show the same one, and the page holds it once."""
    return "".join(
        f".{one.key}{{background-image:url({one.picture.whole});aspect-ratio:{one.picture.width}/{one.picture.height}}}"
        f".closer .{one.key}{{background-image:url({one.picture.detail});aspect-ratio:{_cut(one)}}}\n"
        for one in shown
    )


def _cut(one: ShownInput) -> str:
    return f"{min(DETAIL, one.picture.width)}/{min(DETAIL, one.picture.height)}"

"""HTML out of the scores: one file, no request, only its own script and style may run."""

from __future__ import annotations

from collections.abc import Sequence

from iqabench._util.progress import Overview
from iqabench.predict.page.cards import ShownInput
from iqabench.predict.page.context import page_context
from iqabench.predict.page.heat import OPACITY, RAMP, HeatMaps
from iqabench.predict.score_pairs import PairScores
from iqabench.render.report.render import REPORT, render_page, template_source

PAGE = "iqabench.predict.page"
STYLES = ("scores.css", "compare.css")
SCRIPTS = ("scores.js", "compare.js")


def render_scores(pair_scores: PairScores, overview: Overview, heats: HeatMaps | None = None) -> str:
    """The page for scored pairs: it holds small copies of all images, and heat maps, within a stated budget."""
    context = page_context(pair_scores, heats, overview)
    # The report's style is the house's; what follows it is this page's own.
    own = "".join(template_source(PAGE, name) for name in STYLES)
    style = template_source(REPORT, "report.css") + own + _ramp() + _backgrounds(context["shown"])
    script = "".join(template_source(PAGE, name) for name in SCRIPTS)
    return render_page(PAGE, "scores.html.j2", context, script=script, style=style)


def _backgrounds(shown: Sequence[ShownInput]) -> str:
    """Degraded and pristine images as backgrounds: many cards show the same one, and the page holds it once."""
    return "".join(
        f".{one.key},.closer .far.{one.key}{{background-image:url({one.picture.whole})}}"
        f".closer .{one.key},.near.{one.key}{{background-image:url({one.picture.detail})}}"
        f".view.{one.key}{{aspect-ratio:{one.picture.width}/{one.picture.height}}}"
        f".closer .view.{one.key}{{aspect-ratio:{one.crop.width}/{one.crop.height}}}\n"
        for one in shown
    )


def _ramp() -> str:
    """The legend of heat maps: their colours, from good to bad."""
    steps = len(RAMP) - 1
    stops = [
        f"rgb({red} {green} {blue} / {OPACITY / 255 * place / steps:.2f})"
        for place, (red, green, blue) in enumerate(RAMP)
    ]
    return f".ramp{{background-image:linear-gradient(to right,{','.join(stops)})}}\n"

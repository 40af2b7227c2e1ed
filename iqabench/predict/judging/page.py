"""HTML out of a plan: one file, no request, only its own script and style may run."""

from __future__ import annotations

from collections.abc import Mapping

from iqabench._util.text import counted
from iqabench.predict.judging.plan import Plan, safe_json
from iqabench.render.report.render import REPORT, render_page, template_source

PAGE = "iqabench.predict.judging"
PLAN_HERE, PICTURES_HERE = "@@plan@@", "@@pictures@@"
SECONDS = 6
"""What a choice takes a judge, for the estimate on the first screen."""


def render_judging(plan: Plan, addresses: Mapping[str, str], picture_bytes: int) -> str:
    """The page of a plan.

    Parameters
    ----------
    plan
        Signed.
    addresses
        By key of an image: its data address, or its path beside the page.
    picture_bytes
        Size of all pictures, which the page says.
    """
    # The report's style is the house's; what follows it is this page's own.
    style = template_source(REPORT, "report.css") + template_source(PAGE, "judge.css")
    context = {
        "pairs": len(plan.pairs),
        "minutes": max(1, round(len(plan.pairs) * SECONDS / 60)),
        "size": f"{picture_bytes / 1e6:,.1f} MB",
        "pictures": counted(len(plan.images), "picture"),
        "folder": plan.folder,
        "digest": plan.digest,
        "has_given": bool(plan.given),
        "plan": PLAN_HERE,
        "addresses": PICTURES_HERE,
    }
    page = render_page(
        PAGE,
        "judge.html.j2",
        context,
        script=template_source(PAGE, "judge.js"),
        style=style,
        # A page opened from disk: the folder beside it is 'self' to some browsers and file: to others.
        pictures="data: 'self' file:" if plan.folder else "data:",
    )
    # Put in afterwards: they are megabytes, and escaped already.
    return page.replace(PICTURES_HERE, safe_json(dict(addresses)), 1).replace(PLAN_HERE, plan.as_text(), 1)

"""HTML out of the context: one file, no request, only its own script and style may run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from iqabench._util.text import split_named
from iqabench.render.html import breakable, to_html, visible

REPORT = "iqabench.render.report"


@cache
def _environment(package: str) -> Environment:
    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["table"] = to_html
    environment.filters["breakable"] = breakable
    environment.filters["split_named"] = split_named
    return environment


def render_report(context: Mapping[str, Any]) -> str:
    """The report as one HTML document; every text in ``context`` is escaped."""
    script, style = template_source(REPORT, "report.js"), template_source(REPORT, "report.css")
    return render_page(REPORT, "report.html.j2", context, script=script, style=style)


def render_page(
    package: str, template: str, context: Mapping[str, Any], *, script: str, style: str, pictures: str = "data:"
) -> str:
    """A template of ``package`` as one HTML document that loads nothing but ``pictures``, from itself unless said.

    The template gets ``context``, ``script``, ``style`` and ``policy``. The page's content policy names the digests of
    its own script and style, so that nothing else runs or loads, whatever a method or an image is called.
    ``script`` and ``style`` go in unescaped: they must hold nobody's names.
    """
    return (
        _environment(package)
        .get_template(template)
        .render(
            **context,
            script=Markup(script),
            style=Markup(style),
            policy=(
                f"default-src 'none'; img-src {pictures}; "
                f"script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
                "base-uri 'none'; form-action 'none'"
            ),
        )
    )


def template_source(package: str, name: str) -> str:
    """The text of a file beside the templates of ``package``."""
    loader = _environment(package).loader
    if loader is None:
        raise RuntimeError(f"the templates of {package} are not installed")
    return loader.get_source(_environment(package), name)[0]


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")

"""HTML out of the context: one file, no request, only its own script and style may run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("iqabench.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render_report(context: Mapping[str, Any]) -> str:
    """The report as one HTML document; every text in ``context`` is escaped.

    The page's content policy names the digests of its own script and style, so that nothing else runs
    or loads, whatever a method or an image is called.
    """
    environment = _environment()
    # Marked as safe below: our own two files, never anyone's names.
    script, style = (_asset(environment, name) for name in ("report.js", "report.css"))
    return environment.get_template("report.html.j2").render(
        **context,
        script=Markup(script),
        style=Markup(style),
        policy=(
            f"default-src 'none'; img-src data:; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
            "base-uri 'none'; form-action 'none'"
        ),
    )


def _asset(environment: Environment, name: str) -> str:
    if environment.loader is None:
        raise RuntimeError("the report's templates are not installed")
    return environment.loader.get_source(environment, name)[0]


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")

"""How to get what an extra of ``pyproject.toml`` brings: iqabench is on no package index, so its name is no address."""

from __future__ import annotations

import json
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from iqabench._util.offers import OWN

IN_A_CLONE = ", in a clone of iqabench"
"""Ends a command that names the folder in which it is given."""


@cache
def how_to_get(extra: str) -> str:
    """The command that adds ``extra`` to this installation, which pip or uv made from a clone or a git address."""
    try:
        found = distribution(OWN)
        origin = json.loads(found.read_text("direct_url.json") or "{}")
        by_uv = (found.read_text("INSTALLER") or "").strip() == "uv"
    except (PackageNotFoundError, ValueError):
        origin, by_uv = {}, False
    git = origin.get("vcs_info")
    source = f"{OWN}[{extra}] @ {git['vcs']}+{origin['url']}" if git else f".[{extra}]"
    where = "" if git else IN_A_CLONE
    if (Path(sys.prefix) / "uv-receipt.toml").is_file():
        return f"uv tool install '{source}'{where}"
    if by_uv and origin.get("dir_info", {}).get("editable"):
        return f"uv sync --extra {extra}{where}"
    return f"{'uv ' if by_uv else ''}pip install '{source}'{where}"

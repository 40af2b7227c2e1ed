"""Where in a plugin's own code an error began, so that its author need not look for it."""

from __future__ import annotations

import linecache
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from traceback import walk_tb
from types import FrameType

from iqabench._util.offers import is_own

FILE_PREFIX = "iqabench_plugin_"
"""Begins the name of the module that a plugin file becomes."""
LONGEST_LINE = 100


def told(error: BaseException) -> str:
    """``ValueError: no``, and of a plugin's error the last line of its own: ``(mine.py, line 7: return x / 0)``."""
    text = f"{type(error).__name__}: {error}"
    frames = [(frame, line) for frame, line in walk_tb(error.__traceback__) if _is_foreign(frame)]
    if not frames:
        return text
    frame, line = frames[-1]
    file = frame.f_code.co_filename
    code = linecache.getline(file, line).strip()[:LONGEST_LINE]
    return f"{text} ({Path(file).name}, line {line}{f': {code}' if code else ''})"


def _is_foreign(frame: FrameType) -> bool:
    """True for code of a plugin file or its neighbours, and of another distribution that offers something."""
    name = str(frame.f_globals.get("__name__", ""))
    if name.startswith(FILE_PREFIX):
        return True
    spec = frame.f_globals.get("__spec__")
    if type(getattr(spec, "loader_state", None)).__name__ == "PluginFile":
        return True
    return name.partition(".")[0] in _offering()


@cache
def _offering() -> set[str]:
    """Top-level packages of other distributions that offer methods, restorers or data sets."""
    return {
        point.value.partition(":")[0].partition(".")[0]
        for group in entry_points().groups
        if group.startswith("iqabench.")
        for point in entry_points(group=group)
        if not is_own(point)
    }

"""Where a number came from: code, versions, machine. Never part of a run's id."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from PIL import features

OTHER_LIBRARIES = "Computed with other library versions than those installed here:"
"""How the sentence below a table begins that depends on where the table is printed."""

_CODECS = ("libjpeg_turbo", "webp", "libtiff", "zlib")
"""What Pillow decodes with, by its own names; JPEG has no single right answer."""
_LIBRARIES = ("iqabench", "torch", "torchvision", "numpy", "scipy", "pandas", "pillow", "piq", "lpips", "timm")


@cache
def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that a score may depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | {library: number for library in _CODECS if (number := features.version(library))}


def differences(recorded: Mapping[str, str]) -> list[str]:
    """Libraries of ``recorded`` whose version here is another, as ``torch 2.6.0 (here 2.7.0)``; Python is left out."""
    here = library_versions()
    return [
        f"{name} {number} (here {here.get(name, 'not installed')})"
        for name, number in sorted(recorded.items())
        if name != "python" and here.get(name) != number
    ]


def libraries_text(meta: Mapping[str, Any]) -> str:
    """The library versions of a ``run.json`` in one line: ``numpy 2.4.6, torch 2.7.0``."""
    return ", ".join(f"{name} {number}" for name, number in sorted((meta.get("versions") or {}).items()))


def other_libraries(methods: Iterable[str], libraries: Iterable[str]) -> list[str]:
    """One sentence that groups ``methods`` whose line of :func:`libraries_text` differs from the versions here."""
    differing: dict[str, list[str]] = {}
    for method, recorded in zip(methods, libraries, strict=True):
        found = differences(dict(word.rsplit(" ", 1) for word in recorded.split(", ") if " " in word))
        if found:
            differing.setdefault(", ".join(found), []).append(method)
    groups = (f"{versions}: {', '.join(dict.fromkeys(names))}" for versions, names in differing.items())
    return [f"{OTHER_LIBRARIES} {'; '.join(groups)}."] if differing else []


def git_state() -> dict[str, Any]:
    """Commit of the checkout that iqabench runs from and whether it was dirty; empty outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        commit = _git("rev-parse", "HEAD", at=here)
        dirty = bool(_git("status", "--porcelain", "--untracked-files=no", at=here))
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"commit": commit, "dirty": dirty}


def now() -> str:
    """The time, UTC, to the microsecond: of two runs that end in one second the later is still the later."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _git(*words: str, at: Path) -> str:
    done = subprocess.run(["git", *words], cwd=at, capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()

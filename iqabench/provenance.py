"""Where a number came from: code, versions, machine. Never part of a run's id."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_LIBRARIES = ("iqabench", "torch", "torchvision", "numpy", "scipy", "pandas", "pillow", "piq", "lpips", "timm")


def library_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that a score may depend on."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


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
    """The time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _git(*words: str, at: Path) -> str:
    done = subprocess.run(["git", *words], cwd=at, capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()

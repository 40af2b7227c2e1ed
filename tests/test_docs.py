"""The documentation site builds without a warning: every link and every name that it documents is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import iqabench

ROOT = Path(__file__).resolve().parents[1]


def test_the_site_builds_and_documents_what_users_import(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "reference" / "index.html").read_text(encoding="utf-8")
    shown = set(iqabench.__all__) - {"__version__"}
    assert {name for name in shown if f".{name}" not in page} == set()

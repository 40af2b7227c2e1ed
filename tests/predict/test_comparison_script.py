"""The script of the page is one that a JavaScript engine takes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from iqabench.predict.page.render import PAGE, SCRIPTS
from iqabench.render.report.render import template_source


def test_the_script_can_be_parsed(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    script = tmp_path / "page.js"
    script.write_text("".join(template_source(PAGE, name) for name in SCRIPTS), encoding="utf-8")
    done = subprocess.run([node, "--check", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr

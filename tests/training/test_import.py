"""Importing the package is cheap."""

from __future__ import annotations

import subprocess
import sys

import iqabench.training


def test_the_package_imports_no_torch() -> None:
    code = "import sys, iqabench.training; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_exported_name_can_be_had() -> None:
    for name in iqabench.training.__all__:
        assert getattr(iqabench.training, name).__name__ == name

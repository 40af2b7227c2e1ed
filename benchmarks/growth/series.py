"""What is measured: each command against rows or methods, from small to large."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.growth.made_data import write_pictures, write_results
from iqabench._util.errors import UserError

ROWS = (2_000, 6_000, 20_000, 60_000, 200_000)
SMALL_ROWS = (200,)
METHODS = (2, 20, 60, 200)
SMALL_METHODS = (4,)
TABLED = 20
"""Methods of the tables that grow in rows."""
ROWS_OF_METHODS, SMALL_ROWS_OF_METHODS = 10_000, 200
"""Rows of the tables that grow in methods."""


@dataclass(frozen=True)
class GrowthSeries:
    """One command over data of growing size."""

    name: str
    command: Callable[[Path, Path], list[str]]
    """From the data and a folder for what it writes to the words behind ``iqabench``."""
    grows_in: str
    """``rows`` or ``methods``."""
    data: Callable[[Path, int, bool], Path]
    """From a folder, a size and whether all is small to the data, made if need be."""
    limits: tuple[float, float] | None = None
    """Seconds and MiB that the largest size must stay below."""

    def sizes(self, small: bool) -> tuple[int, ...]:
        """The sizes to measure."""
        rows, methods = (SMALL_ROWS, SMALL_METHODS) if small else (ROWS, METHODS)
        return rows if self.grows_in == "rows" else methods


def _pictures(folder: Path, size: int, small: bool) -> Path:
    return write_pictures(folder / f"pictures-{size}", size)


def _by_rows(folder: Path, size: int, small: bool) -> Path:
    methods = SMALL_METHODS[-1] if small else TABLED
    return write_results(folder / f"results-{size}-x-{methods}", size, methods)


def _by_methods(folder: Path, size: int, small: bool) -> Path:
    rows = SMALL_ROWS_OF_METHODS if small else ROWS_OF_METHODS
    return write_results(folder / f"results-{rows}-x-{size}", rows, size)


def _check(data: Path, out: Path) -> list[str]:
    return ["data", "check", "--dataset", "manifest", "--root", str(data)]


def _run(data: Path, out: Path) -> list[str]:
    words = ["run", "--dataset", "manifest", "--root", str(data), "--methods", "psnr", "--no-anchors"]
    return [*words, "--device", "cpu", "--results", str(out / "results")]


def _table(data: Path, out: Path) -> list[str]:
    return ["table", "--results", str(data), "--format", "csv"]


def _compare(data: Path, out: Path) -> list[str]:
    return ["compare", "m000", "m001", "--results", str(data)]


def _report(data: Path, out: Path) -> list[str]:
    return ["report", "--results", str(data), "--output", str(out / "report.html")]


SERIES: Sequence[GrowthSeries] = (
    GrowthSeries("data check", _check, "rows", _pictures),
    GrowthSeries("run --methods psnr", _run, "rows", _pictures),
    GrowthSeries("table", _table, "rows", _by_rows, (60, 2048)),
    GrowthSeries("compare", _compare, "rows", _by_rows),
    GrowthSeries("report", _report, "rows", _by_rows, (60, 2048)),
    GrowthSeries("table by methods", _table, "methods", _by_methods),
    GrowthSeries("compare by methods", _compare, "methods", _by_methods),
    GrowthSeries("report by methods", _report, "methods", _by_methods),
)


def measure(series: GrowthSeries, data: Path, checkout: Path | None = None) -> dict[str, Any]:
    """Start the command of ``series`` on ``data`` and return seconds, processors' seconds and the peak in MiB.

    Nothing is remembered from before: the digests of files, too, are computed anew. ``checkout`` is one of iqabench
    whose code is run instead of what is installed.

    Raises
    ------
    UserError
        If the command fails, with what it said.
    """
    with tempfile.TemporaryDirectory(prefix="iqabench-growth-") as scratch:
        out = Path(scratch)
        command = [str(Path(sys.executable).with_name("iqabench")), *series.command(data, out)]
        launch = [sys.executable, "-S", "-E", str(Path(__file__).with_name("launch.py")), str(out / "log")]
        environment = {**os.environ, "XDG_CACHE_HOME": str(out / "cache")}
        if checkout is not None:
            environment["PYTHONPATH"] = str(checkout.absolute())
        done = subprocess.run([*launch, *command], env=environment, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        if found.pop("status"):
            raise UserError(f"{' '.join(command)}:\n{(out / 'log').read_text(encoding='utf-8')[-2000:]}")
        found["written_mib"] = sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / 2**20
        shutil.rmtree(out / "cache", ignore_errors=True)
    return found


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Exponent of growth between the two largest sizes: 1 is linear, 2 quadratic, 0 flat.

    Only these two, since what a command takes to start hides the growth of small sizes.

    >>> round(slope([10, 100, 1000], [5, 6, 60]), 6)
    1.0
    """
    (before, last), (low, high) = np.log(sizes[-2:]), np.log(values[-2:])
    return float((high - low) / (last - before))

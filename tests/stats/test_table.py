"""A statistic is one entry of one file, as CONTRIBUTING.md says.

The page's example is added under another name, because whoever follows the page has the example itself in the tree.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from forking import python

Add = Callable[[str, str], subprocess.CompletedProcess[str]]
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import numpy as np
from conftest import make_labels, make_run, make_set
from iqabench.render.leaderboards import render
from iqabench.render.report import render_report, report_context
from iqabench.reproduce.plans.model import STATISTIC_NAMES
from iqabench.stats.leaderboard import leaderboard

labels = make_labels()
noisy = labels["mos"] + np.random.default_rng(0).normal(0, 90, len(labels))
silent = np.full(len(labels), np.nan)
results = make_set(labels, [make_run("noisy", labels, noisy), make_run("silent", labels, silent)])
frame = leaderboard(results).set_index("method")["srcc_lowest"]
assert frame["noisy"] < leaderboard(results)["srcc"][0]
assert np.isnan(frame["silent"])
for style in ("csv", "json"):
    assert "srcc_lowest" in render([leaderboard(results)], style)
for style in ("text", "markdown", "latex"):
    assert "lowest SRCC" in render([leaderboard(results)], style, ["method", "srcc_lowest"])
assert 'title="The smallest of the SRCC within the contents">Lowest SRCC<' in render_report(report_context(results))
assert "srcc_lowest" in STATISTIC_NAMES
print(render([leaderboard(results)], "text"))
"""
INTERVALS = """
import numpy as np
from conftest import make_labels, make_run, make_set
from iqabench._util.errors import DataError
from iqabench.render.leaderboards import render
from iqabench.stats.leaderboard import leaderboard

labels = make_labels()
noisy = labels["mos"] + np.random.default_rng(1).normal(0, 90, len(labels))
try:
    frame = leaderboard(make_set(labels, [make_run("noisy", labels, noisy)]))
except DataError as error:
    raise SystemExit(str(error))
low, high = frame["lowest_low"][0], frame["lowest_high"][0]
assert low < frame["srcc_lowest"][0] < high
assert f"[{low:.4f}, {high:.4f}]" in render([frame], "text")
"""


@pytest.fixture
def add(tmp_path: Path) -> Add:
    """Run a script with a copy of the package, to whose table of statistics an entry is added."""
    shutil.copytree(ROOT / "iqabench", tmp_path / "iqabench", ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "iqabench" / "stats" / "table.py"
    entries, end, rest = file.read_text(encoding="utf-8").partition('\n)\n"""Every statistic')

    def run(entry: str, script: str) -> subprocess.CompletedProcess[str]:
        file.write_text(f"{entries}\n{entry},{end}{rest}", encoding="utf-8")
        places = os.pathsep.join(map(str, (tmp_path, ROOT / "tests" / "render")))
        return python("-c", script, cwd=tmp_path, environment={**os.environ, "PYTHONPATH": places})

    return run


@pytest.fixture
def entry() -> str:
    """The example of the page."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```python\n(Statistic\(.*?\n\))\n```", page, re.DOTALL)
    return str(found).replace("srcc_worst", "srcc_lowest").replace("worst SRCC", "lowest SRCC")


def test_a_statistic_added_as_the_page_says_is_in_every_table(add: Add, entry: str) -> None:
    shown = []
    for added in (entry, entry.removesuffix("\n)") + "\n    printed=True,\n)"):
        done = add(added, SCRIPT)
        assert done.returncode == 0, done.stderr
        shown.append(done.stdout)
    assert "lowest" not in shown[0].lower()
    assert "lowest SRCC ↑" in shown[1]
    assert "Lowest SRCC: The smallest of the SRCC within the contents." in shown[1]


def test_a_statistic_with_an_interval_has_its_bounds_or_is_refused(add: Add, entry: str) -> None:
    bounds = '\n    interval=("lowest_low", "lowest_high"),\n    printed=True,\n)'
    refused = add(entry.removesuffix("\n)") + bounds, INTERVALS)
    assert refused.returncode == 1
    assert "statistic 'srcc_lowest' has an interval (lowest_low, lowest_high)" in refused.stderr
    head, _, _ = entry.partition("    partial(")
    done = add(f"{head}    partial(pairs, 0.0),{bounds}", INTERVALS)
    assert done.returncode == 0, done.stderr


def test_two_statistics_of_one_name_are_refused(add: Add, entry: str) -> None:
    done = add(entry.replace("srcc_lowest", "krcc"), "import iqabench.stats.table")
    assert done.returncode == 1
    assert "two statistics, 'krcc' and 'krcc', have a column 'krcc'" in done.stderr

"""A statistic is one entry of one file, as CONTRIBUTING.md says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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
frame = leaderboard(results).set_index("method")["srcc_worst"]
assert frame["noisy"] < leaderboard(results)["srcc"][0]
assert np.isnan(frame["silent"])
for style in ("csv", "json"):
    assert "srcc_worst" in render([leaderboard(results)], style)
for style in ("text", "markdown", "latex"):
    assert "worst SRCC" in render([leaderboard(results)], style, ["method", "srcc_worst"])
assert 'title="The smallest of the SRCC within the contents">Worst SRCC<' in render_report(report_context(results))
assert "srcc_worst" in STATISTIC_NAMES
print(render([leaderboard(results)], "text"))
"""


def test_a_statistic_added_word_for_word_is_in_every_table(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "iqabench", tmp_path / "iqabench", ignore=shutil.ignore_patterns("__pycache__"))
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (entry,) = re.findall(r"```python\n(Statistic\(.*?\n\))\n```", page, re.DOTALL)
    file = tmp_path / "iqabench" / "stats" / "table.py"
    entries, end, rest = file.read_text(encoding="utf-8").partition('\n)\n"""Every statistic')
    printed = entry.removesuffix("\n)") + "\n    printed=True,\n)"
    shown = {}
    for added in (entry, printed):
        file.write_text(f"{entries}\n{added},{end}{rest}", encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (tmp_path, ROOT / "tests" / "render")))},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        shown[added] = done.stdout
    assert "worst" not in shown[entry].lower()
    assert "worst SRCC ↑" in shown[printed]
    assert "Worst SRCC: The smallest of the SRCC within the contents." in shown[printed]

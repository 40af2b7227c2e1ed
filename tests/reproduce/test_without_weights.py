"""Committed results are tabulated again on a machine that has no weights and has never computed anything."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from manifests import Command

RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home, no folder of weights, no cache, no network."""
    for name in [one for one in os.environ if one.startswith(("IQABENCH_", "TORCH_", "HF_"))]:
        monkeypatch.delenv(name)
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("https_proxy", "http_proxy", "HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.usefixtures("bare")
def test_tables_of_ckdn_are_whole(iqabench: Command) -> None:
    done = iqabench("reproduce", "table7", "--results", RESULTS, "--only-table", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert len(rows) == 12
    assert {row["status"] for row in rows} == {"ok"}
    assert {row["start"] for row in rows} == {"imagenet"}
    page = (RESULTS / "mini" / "tables" / "table7.md").read_text(encoding="utf-8")
    printed = re.findall(r"(0\.\d{4})(?:</ins>|\*\*)? \\\[", page)
    assert sorted(f"{row['ours']:.4f}" for row in rows) == sorted(printed)
    assert "Not used" not in done.stdout

"""The check after each degraded-reference run: do the scores depend on the reference that was shown?"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from manifests import Command

from iqabench.results.store import load_results
from iqabench.runs.reference_check import LEAST, MOST, sample
from iqabench.stats.reference_use import reference_use

PLUGIN = '''
from iqabench import method


@method("detail", paradigms="DR")
def detail(restored, reference):
    """What was added to the degraded image."""
    return (restored - reference).abs().mean((1, 2, 3))


@method("pretends", paradigms="DR")
def pretends(restored, reference):
    """Is given a reference and counts edges of the restored image."""
    return restored.diff(dim=-1).abs().mean((1, 2, 3)) + 1e-6 * reference.mean()


@method("edges", paradigms="NR")
def edges(restored):
    """Sees no reference."""
    return restored.diff(dim=-1).abs().mean((1, 2, 3))
'''
SAID = "the scores hardly depend on the reference: beside that of another content they move by"


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "mine.py"
    path.write_text(PLUGIN)
    return path


def test_a_method_that_ignores_its_reference_is_told_below_the_table_and_on_the_page(
    iqabench: Command, manifest: Path, plugin: Path, tmp_path: Path
) -> None:
    runs = tmp_path / "runs"
    words = ("--methods", "detail,pretends,edges", "--no-anchors", "--plugin", str(plugin), "--results", str(runs))
    done = iqabench("run", *words, "--dataset", "manifest", "--root", str(manifest))
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert f"pretends: {SAID} less than 0.1 % of their spread within contents" in told
    assert f"detail: {SAID}" not in told
    (results,) = load_results(runs)
    records = {run.method: run for run in results.runs}
    assert "reference_check" not in records["edges"].meta
    again = records["detail"].meta["reference_check"]["scores"]
    own = dict(zip(records["detail"].scores["image_id"], records["detail"].scores["score"], strict=True))
    assert all(own[name] != score for name, score in again.items())
    found = reference_use(results, records["detail"])
    assert found is not None
    assert not found.hardly
    assert iqabench("report", "--results", str(runs), "--output", str(tmp_path / "page.html")).returncode == 0
    assert SAID in " ".join((tmp_path / "page.html").read_text().split())
    verified = iqabench("verify", str(runs), "--sample", "0")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    record = next(runs.glob("*/*/detail/*/*/run.json"))
    meta = json.loads(record.read_text())
    meta["reference_check"]["scores"]["nobody.png"] = 0.5
    record.write_text(json.dumps(meta))
    spoiled = iqabench("verify", str(runs), "--sample", "0")
    assert spoiled.returncode != 0
    assert "reference_check.scores" in spoiled.stdout + spoiled.stderr


def rows_of(contents: int, each: int) -> pd.DataFrame:
    names = [(f"c{content:03}", f"c{content:03}-{place:03}") for content in range(contents) for place in range(each)]
    return pd.DataFrame(names, columns=["content", "image_id"]).sample(frac=1, random_state=0)


@pytest.mark.parametrize(
    ("contents", "each", "images", "chosen"),
    [(7, 9, LEAST, 4), (2, 40, LEAST, 2), (25, 200, MOST, 20), (200, 1, LEAST, 4), (3, 2, 6, 3)],
)
def test_the_sample_is_small_spread_over_contents_and_the_same_each_time(
    contents: int, each: int, images: int, chosen: int
) -> None:
    rows = rows_of(contents, each)
    found = sample(rows)
    assert len(found) <= images
    assert found["content"].nunique() == chosen
    assert len(found) == images or each < images // chosen
    assert found["image_id"].tolist() == sample(rows.iloc[::-1])["image_id"].tolist()

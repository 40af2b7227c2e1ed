"""Tables 2, 12 and 13 at PIPAL's full size: simulated scores on the real labels, judged a second time here."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reproducing import Reproduce
from scipy.stats import pearsonr, spearmanr

from iqabench._util.errors import UserError
from iqabench.data.pipal import read_pipal
from iqabench.data.references import parse_reference
from iqabench.data.splits import load_split
from iqabench.methods.registry import Registry
from iqabench.reproduce.cells import expand
from iqabench.reproduce.plans import load_plan
from iqabench.results.store import Judgements, RunFolder, ScoreRow, run_folder, split_folder, write_labels

SPLIT, FINGERPRINT = "50-39-draw0", "f" * 32
Simulated = dict[tuple[str, str], pd.DataFrame]


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """The 975 validation rows of PIPAL with their real labels."""
    folder = Path(os.environ.get("IQABENCH_TEST_DATA", "")) / "pipal-labels"
    if not folder.is_dir():
        pytest.skip("needs real labels: set IQABENCH_TEST_DATA to the folder that holds pipal-labels")
    dataset = read_pipal(folder, require_images=False)
    parts = load_split("pipal", SPLIT).apply(dataset.frame)
    return parts[parts["part"] == "validate"].drop(columns="part").reset_index(drop=True)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results folder of the simulated runs."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def simulated(rows: pd.DataFrame, results: Path) -> Simulated:
    """One run for each method and reference of the three tables, on disk; scores by (method, reference)."""
    registry, found = Registry(), {}
    card = {"name": "pipal", "label_kind": "human", "label_version": "1", "mos_higher_is_better": True, "split": SPLIT}
    write_labels(split_folder(results, "pipal", SPLIT), FINGERPRINT, Judgements(rows), card)
    for number, (method, reference) in enumerate(_wanted()):
        entry = registry.get(method)
        rng = np.random.default_rng(number)
        quality = rows["mos"].to_numpy() + rng.normal(0, 60 + 20 * number, len(rows))
        scores = entry.info.sign * quality / 1000
        folder = run_folder(results, "pipal", SPLIT, method, reference, f"{number:016x}")
        folder.append(ScoreRow(key, float(s)) for key, s in zip(rows["image_id"], scores, strict=True))
        folder.finish(_meta(registry, method, reference, number, len(rows)))
        assert RunFolder(folder.path).is_complete()
        found[method, reference] = rows.assign(score=entry.info.sign * scores)
    return found


def _wanted() -> Iterator[tuple[str, str]]:
    seen = set()
    for name in ("table2", "table12", "table13"):
        for cell in expand(load_plan(name), pd.DataFrame()):
            key = (cell.method, cell.spec.reference or "")
            if key not in seen:
                seen.add(key)
                yield key


def _meta(registry: Registry, method: str, reference: str, number: int, expected: int) -> dict[str, Any]:
    entry = registry.get(method)
    trained = entry.info.trainable and "recipe" in entry.parameter_names()
    try:
        built = entry.create(**({"recipe": "paper"} if trained else {}))
        settings = built.settings
    except UserError:
        settings = {}
    info = {"name": method, "version": entry.info.version, "lower_is_better": entry.info.lower_is_better}
    return {
        "schema": 2,
        "status": "complete",
        "run_id": f"{number:016x}",
        "method": {**info, "trainable": entry.info.trainable},
        "parameters": settings,
        "reference": reference,
        "paradigm": str(parse_reference(reference).paradigm),
        "dataset": "pipal",
        "label_version": "1",
        "fingerprint": FINGERPRINT,
        "split": {"name": SPLIT, "digest": "d" * 32, "seed": 2021},
        "seed": 0,
        "precision": "fp32",
        "selection": "last" if entry.info.trainable else "none",
        "training": {"id": "t", "recipe": "paper", "dataset": "pipal"} if entry.info.trainable else None,
        "n_expected": expected,
        "n_scored": expected,
        "notes": [],
        "finished": "2026-01-01T00:00:00+00:00",
    }


def _table(reproduce: Reproduce, name: str, results: Path) -> dict[tuple[str, str], dict[str, Any]]:
    done = reproduce(name, "--dataset", "pipal", "--only-table", "--results", results, "--format", "json")
    assert done.code == 0, done.error
    return {(row["row"], row["column"]): row for row in json.loads(done.out)}


def _within(scores: pd.DataFrame, statistic: Any) -> float:
    return float(np.mean([statistic(part["score"], part["mos"])[0] for _, part in scores.groupby("content")]))


def _accuracy(scores: pd.DataFrame, margin: float = 0.0) -> tuple[float, int]:
    right, pairs = 0.0, 0
    for _, part in scores.groupby(["content", "category"]):
        for (s, m), (t, n) in combinations(zip(part["score"], part["mos"], strict=True), 2):
            if abs(m - n) > margin:
                pairs += 1
                right += 0.5 if s == t else float((s > t) == (m > n))
    return right / pairs, pairs


@pytest.mark.parametrize("name", ["table2", "table12"])
def test_correlations_of_tables_2_and_12(name: str, simulated: Simulated, reproduce: Reproduce, results: Path) -> None:
    cells = expand(load_plan(name), pd.DataFrame())
    assert len(cells) == 22
    table = _table(reproduce, name, results)
    for cell in cells:
        row = table[cell.row, cell.column]
        scores = simulated[cell.method, cell.spec.reference or ""]
        expected = _within(scores, spearmanr if cell.column == "SRCC" else pearsonr)
        assert row["status"] == "ok"
        assert (row["images"], row["contents"]) == (975, 25)
        assert row["ours"] == pytest.approx(expected, abs=1e-9)
        if cell.published is not None:
            assert row["difference"] == pytest.approx(expected - float(row["paper"]), abs=1e-9)


def test_every_reading_of_table_13(simulated: Simulated, reproduce: Reproduce, results: Path) -> None:
    table = _table(reproduce, "table13", results)
    columns = {"NR-IQA": ("ckdn-nr", "none"), "DR-IQA": ("ckdn", "degraded"), "FR-IQA": ("ckdn-fr", "pristine")}
    for column, key in columns.items():
        gan = simulated[key][lambda frame: frame["category"] == "03"]
        assert gan["algorithm"].nunique() == 13
        assert table["SRCC", column]["ours"] == pytest.approx(_within(gan, spearmanr), abs=1e-9)
        for margin, row in (
            (0, "Accuracy"),
            (50, "Accuracy, MOS difference > 50"),
            (100, "Accuracy, MOS difference > 100"),
        ):
            accuracy, pairs = _accuracy(gan, margin)
            assert table[row, column]["ours"] == pytest.approx(accuracy, abs=1e-12)
            assert table[row, column]["pairs"] == pairs
        means = gan.groupby(["category", "algorithm"], as_index=False)[["score", "mos"]].mean().assign(content="all")
        accuracy, pairs = _accuracy(means)
        assert (table["Accuracy, algorithm means", column]["pairs"], pairs) == (78, 78)
        assert table["Accuracy, algorithm means", column]["ours"] == pytest.approx(accuracy, abs=1e-12)
    assert table["Accuracy", "DR-IQA"]["pairs"] == 1950 - _equal_mos(simulated["ckdn", "degraded"])
    assert table["Accuracy", "DR-IQA"]["paper"] == "0.8507"


def _equal_mos(scores: pd.DataFrame) -> int:
    gan = scores[scores["category"] == "03"]
    return sum(m == n for _, part in gan.groupby("content") for m, n in combinations(part["mos"], 2))


def test_figure_5_is_drawn_from_table_12(simulated: Simulated, reproduce: Reproduce, results: Path) -> None:
    words = ["figure5", "--dataset", "pipal", "--only-table", "--results", results]
    rows = {row["row"]: row for row in json.loads(reproduce(*words, "--format", "json").out)}
    table = _table(reproduce, "table12", results)
    for name, row in rows.items():
        gain = table[name, "SRCC"]["ours"] - table["NR baseline", "SRCC"]["ours"]
        assert row["ours"] == pytest.approx(gain, abs=1e-12)
    assert reproduce(*words, "--output", results / "figure5.svg").code == 0
    assert "JPEG, Q: 10" in (results / "figure5.svg").read_text()


def test_the_footer_says_what_was_measured_and_that_the_papers_split_was_never_published(
    simulated: Simulated, reproduce: Reproduce, results: Path
) -> None:
    done = reproduce("table13", "--dataset", "pipal", "--only-table", "--results", results)
    text = " ".join(done.out.split())
    assert "split 50-39-draw0: 325 images of 25 contents" in text
    assert "never published: the contents here are another draw" in text
    assert "pairs within content and category" in text

"""Table, comparison and report are asked the same question over many made results; none may disagree."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inprocess import run_here
from stored import make_labels, make_votes, store_labels, store_run

from iqabench.stats.pairwise import LEAST_CONTENTS, too_few

CONTENTS = (1, 2, 5, 6, 7, 9, 12, 40)
PAIRS = 3
"""Pairs of rows that are compared of each set of results."""


def make(root: Path, seed: int) -> None:
    """Results of 3 to 6 methods: ties, twins, lower is better, several seeds, missing scores, flat contents."""
    generator = np.random.default_rng(seed)
    contents = CONTENTS[seed % len(CONTENTS)]
    images = 3 if contents > 10 else int(generator.integers(3, 6))
    quality = generator.normal(size=(contents, images))
    by_votes = seed % 3 == 2
    labels = make_labels(contents, images, None if by_votes else np.round(quality.ravel(), 1), categories=2)
    top = store_labels(root, labels, make_votes(labels, generator) if by_votes else None)

    def scores(noise: float) -> np.ndarray:
        found = quality + noise * generator.normal(size=quality.shape)
        return (np.round(found) if generator.random() < 0.3 else found).ravel()

    good = scores(0.3)
    store_run(top, "good", labels, good)
    store_run(top, "poor", labels, scores(2.0))
    if generator.random() < 0.6:
        store_run(top, "same", labels, np.exp(-good), lower=True)
    if generator.random() < 0.6:
        for number in range(int(generator.integers(1, 4))):
            store_run(top, "trained", labels, scores(0.8), seed=number)
        store_run(top, "trained", labels, scores(0.6), seed=0, selection="best")
    gap = scores(0.5)
    if generator.random() < 0.4:
        gap[generator.integers(len(gap))] = np.nan
    if generator.random() < 0.3:
        gap[:images] = 1.0
    store_run(top, "gap", labels, gap)


def answers(root: Path, *words: object) -> str:
    done = run_here(*words, "--results", root)
    assert done.returncode == 0, done.stderr
    return done.stdout


def level_names(row: dict[str, Any], rows: list[dict[str, Any]]) -> set[str]:
    """Ids of the rows that ``level_with`` names by ranks, with names where a rank is shared."""
    named: set[str] = set()
    for part in re.findall(r"\d+(?:–\d+)?(?: \([^)]*\))?", row["level_with"]):
        ranks, _, names = part.partition(" (")
        low, _, high = ranks.partition("–")
        for other in rows:
            meant = not names or other["method"] in names.rstrip(")").split(", ")
            if meant and other["rank"] and int(low) <= other["rank"] <= int(high or low):
                named.add(other["run_id"])
    return named


@pytest.mark.parametrize("seed", range(8))
def test_no_two_answers_disagree(tmp_path: Path, seed: int) -> None:
    root = tmp_path / "r"
    make(root, seed)
    rows = json.loads(answers(root, "table", "--format", "json"))
    page = tmp_path / "report.html"
    answers(root, "report", "--output", page)
    html = page.read_text(encoding="utf-8")
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])

    figure = "srcc" if rows[0]["srcc"] is not None else "vote_agreement"
    if seed % 4 == 0:
        written = list(csv.DictReader(io.StringIO(answers(root, "table", "--format", "csv"))))
        for name in ("rank", figure, "group", "level_with", "run_id", "seeds"):
            assert [("" if row[name] is None else str(row[name])) for row in rows] == [one[name] for one in written]
    keys = {one["run_id"]: key for key, one in data["board"].items()}
    for row in rows:
        shown = data["board"][keys[row["run_id"]]]
        assert (shown["rank"], shown[figure], shown["level_with"]) == (row["rank"], row[figure], row["level_with"])
    tests = {frozenset((one["a"], one["b"])): one for one in data["tests"]}

    ranked = [row for row in rows if row["rank"]]
    tested = rows[0]["tested_contents"] >= LEAST_CONTENTS
    assert all((row["group"] is not None) == tested for row in ranked)
    if len(ranked) > 1 and not tested:
        sentence = too_few(rows[0]["tested_contents"])
        assert sentence in " ".join(answers(root, "table").split())
        assert sentence in html

    for one, other in list(combinations(rows, 2))[:PAIRS]:
        words = [f"{row['method']}#{row['run_id'][:8]}" for row in (one, other)]
        found, turned = (json.loads(answers(root, "compare", *w, "--format", "json"))[0] for w in (words, words[::-1]))
        said = "\n".join(found["text"])
        assert said.splitlines() == answers(root, "compare", *words).splitlines()[1:]
        opposite = {"better": "worse", "worse": "better"}
        assert turned["verdict"] == opposite.get(found["verdict"], found["verdict"])
        assert (turned["p"], turned["p_adjusted"], turned["winner"]) == (
            found["p"],
            found["p_adjusted"],
            found["winner"],
        )
        if found["p"] is not None:
            assert (found["p"] < 0.05) == (not found["low"] <= 0 <= found["high"])
        if found["contents"] < LEAST_CONTENTS and found["difference"] is not None:
            assert found["verdict"] == "untested"
            assert too_few(found["contents"]) in said
            assert "p = " not in said
            assert "p < " not in said
        if found["winner"]:
            winner, loser = (found["a"], found["b"]) if found["verdict"] == "better" else (found["b"], found["a"])
            assert winner["value"] > loser["value"]
            assert re.match(
                rf"{re.escape(winner['name'])} is better than {re.escape(loser['name'])}: .* {winner['value']:z.4f}",
                said,
            )
        if not (one["rank"] and other["rank"]):
            assert any("the table does not rank" in note for note in found["notes"])
            continue
        shown = tests[frozenset((keys[one["run_id"]], keys[other["run_id"]]))]
        sign = 1 if shown["a"] == keys[one["run_id"]] else -1
        for name in ("p", "p_adjusted", "pairs", "contents"):
            assert shown[name] == found[name]
        assert sign * shown["difference"] == found["difference"]
        assert {shown["verdict"], found["verdict"]} in ({"better"}, {"worse"}, {"same"}, {"untested"})
        assert (found["a"]["value"], found["b"]["value"]) == pytest.approx((one[figure], other[figure]), abs=1e-12)
        if tested:
            level = found["verdict"] == "same"
            assert bool(set(one["group"]) & set(other["group"])) == level
            assert (other["run_id"] in level_names(one, rows)) == level
            assert (one["run_id"] in level_names(other, rows)) == level
    headline = re.search(r'<p class="headline">(.*?)</p>', html, re.DOTALL)
    assert headline
    honest = [row for row in ranked if row["selection"] != "best"]
    if tested and len(honest) > 1:
        equal = [row for row in honest[1:] if set(row["group"]) & set(honest[0]["group"])]
        assert ("cannot be told apart" in headline[1]) == bool(equal)
        assert ("differs significantly from every other" in headline[1]) == (not equal)
        assert all(row["method"] in headline[1] for row in equal)

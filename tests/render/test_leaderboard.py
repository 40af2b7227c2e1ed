"""The leaderboard on small sets where the answer is known, and on the real labels of PIPAL."""

from __future__ import annotations

import os
import time
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats as oracle

from iqabench._util.errors import DataError
from iqabench.render.best import best_and_second
from iqabench.render.leaderboards import lay_out, render
from iqabench.results.model import RunResult
from iqabench.stats.alignment import restrict
from iqabench.stats.leaderboard import COLUMNS, leaderboard

VALIDATION = {
    "00": range(2, 8),
    "01": range(9, 16),
    "03": [*range(5, 11), *range(17, 24)],
    "04": range(8),
    "05": [*range(4, 8), 13],
}


def test_a_variant_names_what_differs_also_within_settings(labels, run, results, noisy):
    def parameters(epochs: int, inner: int):
        nested = {"epochs": epochs, "rate": 0.1, "preprocess": {"rate": inner}}
        return {"recipe": "quick", "view": nested, "other": {"epochs": 1}}

    settings = [parameters(8, 1), parameters(11, 1), parameters(8, 2)]
    runs = [run("m", labels, noisy(40, i), parameters=one, run_id=str(i)) for i, one in enumerate(settings)]
    frame = leaderboard(results(labels, runs)).set_index("run_id")["variant"]
    assert frame["0"] == "epochs=8, view.preprocess.rate=1"
    assert frame["1"] == "epochs=11, view.preprocess.rate=1"
    assert frame["2"] == "epochs=8, view.preprocess.rate=2"


def test_ranks_directions_and_groups(three):
    table = leaderboard(three).set_index("method")
    assert tuple(leaderboard(three).columns) == COLUMNS
    assert table.loc["poor", "rank"] == 3
    assert set(table.loc[["good", "twin"], "rank"]) == {1, 2}
    assert (table["srcc"][["good", "twin"]] > 0.8).all()
    assert table.loc["good", "group"] == table.loc["twin", "group"]
    assert table["level_with"].to_dict() == {"good": "1–2", "twin": "1–2", "poor": "3"}
    assert not set(table.loc["poor", "group"]) & set(table.loc["good", "group"])
    assert (table["coverage"] == 1).all()
    assert (table["srcc_low"] <= table["srcc"]).all()
    assert (table["srcc"] <= table["srcc_high"]).all()
    assert table[["vote_agreement", "vote_ceiling"]].isna().all(axis=None)
    assert table.loc["good", "params"] == 6_919_041


def test_a_wrongly_declared_direction_shows_as_negative(labels, run, results, noisy):
    table = leaderboard(results(labels, [run("upside-down", labels, noisy(10), lower_is_better=True)]))
    figures = table.loc[0, ["srcc", "plcc", "krcc", "srcc_pooled", "plcc_pooled", "krcc_pooled", "plcc_logistic"]]
    assert (figures.astype(float) < -0.8).all()
    assert table.loc[0, "pair_accuracy"] < 0.1


def test_mos_may_be_lower_is_better(labels, run, results, noisy):
    turned = labels.assign(mos=-labels["mos"])
    straight = leaderboard(results(labels, [run("m", labels, noisy(50))]))
    other = leaderboard(results(turned, [run("m", labels, noisy(50))], mos_higher_is_better=False))
    said = ["labels_lower_is_better"]
    assert (straight[said[0]].tolist(), other[said[0]].tolist()) == ([False], [True])
    pd.testing.assert_frame_equal(straight.drop(columns=said), other.drop(columns=said))


@pytest.mark.parametrize("seed", range(8))
def test_figures_that_differ_in_the_order_of_a_sum_share_a_rank(seed, labels, run, results):
    """Another processor sums in another order: what ties on one must tie on all."""
    generator = np.random.default_rng(seed)
    places = labels.groupby("content")["mos"].rank().astype(int).to_numpy() - 1
    patterns = [generator.permutation(8) for _ in range(6)]
    contents = labels["content"].astype("category").cat.codes.to_numpy()
    scores = [
        np.array([made[content][place] for content, place in zip(contents, places, strict=True)], dtype=np.float64)
        for made in (patterns, patterns[::-1], patterns[3:] + patterns[:3])
    ]
    frame = leaderboard(results(labels, [run(f"m{i}", labels, one) for i, one in enumerate(scores)]))
    assert frame["rank"].tolist() == [1, 1, 1]
    assert best_and_second(frame["srcc"].to_numpy()) == ["", "", ""]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_missing_score_is_shown_and_not_ranked(labels, run, results, noisy, bad):
    scores = noisy(40)
    scores[5] = bad
    table = leaderboard(results(labels, [run("gap", labels, scores), run("whole", labels, noisy(400))]))
    gap = table.set_index("method").loc["gap"]
    assert gap["coverage"] == pytest.approx(47 / 48)
    assert (gap["n"], gap["images"]) == (47, 48)
    assert pd.isna(gap["rank"])
    assert pd.isna(gap["group"])
    assert gap["not_ranked"] == "1 of 48 images without a score"
    keep = np.isfinite(scores)
    assert gap["srcc_pooled"] == pytest.approx(oracle.spearmanr(scores[keep], labels["mos"][keep]).statistic)
    assert table["method"].tolist() == ["whole", "gap"]
    assert table.loc[0, "rank"] == 1


def test_rows_that_were_never_written_count_as_missing(labels, run, results, noisy):
    cut = run("cut", labels, noisy(40))
    cut = RunResult(meta=cut.meta, scores=cut.scores.iloc[:40])
    table = leaderboard(results(labels, [cut]))
    assert table.loc[0, "coverage"] == pytest.approx(40 / 48)
    assert pd.isna(table.loc[0, "rank"])


def test_constant_scores_within_a_content_are_named_and_not_ranked(labels, run, results, noisy):
    scores = noisy(40)
    scores[labels["content"] == "A0002"] = 7.0
    table = leaderboard(results(labels, [run("flat", labels, scores)]))
    assert table.loc[0, "undefined_contents"] == "A0002"
    assert table.loc[0, "not_ranked"] == "SRCC undefined within 1 of 6 contents (constant scores)"
    assert pd.isna(table.loc[0, "rank"])
    assert table.loc[0, "srcc"] > 0.5


def test_a_content_that_labels_leave_undefined_costs_no_rank(labels, run, results, noisy):
    flat = labels.assign(mos=labels["mos"].where(labels["content"] != "A0001", 1000.0))
    table = leaderboard(results(flat, [run("m", flat, noisy(40))]))
    assert table.loc[0, "rank"] == 1
    assert table.loc[0, "undefined_contents"] == "A0001"


def test_a_constant_metric_has_no_figures_but_a_row(labels, run, results):
    table = leaderboard(results(labels, [run("constant", labels, np.ones(len(labels)))]))
    assert table.loc[0, ["srcc", "plcc", "srcc_low", "plcc_logistic", "rmse"]].isna().all()
    assert not table.loc[0, "logistic_converged"]
    assert table.loc[0, "pair_accuracy"] == 0.5
    assert pd.isna(table.loc[0, "rank"])


def test_the_latest_finished_of_repeated_runs_counts(labels, run, results, noisy):
    old = run("m", labels, noisy(900), run_id="old", finished="2025-01-01T00:00:00+00:00")
    new = run("m", labels, noisy(10), run_id="new", finished="2025-02-01T00:00:00+00:00")
    broken = run("m", labels, noisy(10), run_id="broken", status="partial", finished=None)
    pristine = run("m", labels, noisy(10), run_id="pristine", reference="pristine", paradigm="FR")
    best = run("m", labels, noisy(10), run_id="best", selection="best")
    other = run("m", labels, noisy(10), run_id="other", parameters={"lambda": 30})
    table = leaderboard(results(labels, [new, old, broken, pristine, best, other]))
    assert sorted(table["run_id"]) == ["best", "new", "other", "pristine"]
    assert table.set_index("run_id").loc["other", "settings"] == "lambda=30"


def test_training_is_told(labels, run, results, noisy):
    training = {"recipe": {"name": "paper"}, "start": "imagenet", "dataset": "pipal"}
    table = leaderboard(results(labels, [run("m", labels, noisy(10), training=training, selection="last")]))
    assert table.loc[0, ["recipe", "start", "trained_on", "selection"]].tolist() == [
        "paper",
        "imagenet",
        "pipal",
        "last",
    ]


def test_votes_without_mos(labels, run, results):
    unlabelled = labels.assign(mos=np.nan)
    first = labels[labels["category"] == "00"].groupby("content")["image_id"].apply(list)
    votes = pd.DataFrame(
        [
            {"content": c, "image_id_a": a, "image_id_b": b, "votes_a": 11, "votes_b": 4}
            for c, ids in first.items()
            for a, b in combinations(ids, 2)
        ]
    )
    order = -np.arange(len(labels), dtype=float)
    shuffled = order.copy()
    shuffled[0] = -1e9
    runs = [run("crowd", labels, order), run("against", labels, order, lower_is_better=True)]
    table = leaderboard(results(unlabelled, [*runs, run("mixed", labels, shuffled)], votes))
    assert table["method"].tolist() == ["crowd", "mixed", "against"]
    assert table["vote_agreement"].to_numpy() == pytest.approx([11 / 15, (33 * 11 + 3 * 4) / (36 * 15), 4 / 15])
    assert table["vote_ceiling"].to_numpy() == pytest.approx([11 / 15] * 3)
    assert (table["vote_low"] <= table["vote_agreement"]).all()
    assert table["rank"].tolist() == [1, 2, 3]
    assert table[["srcc", "plcc", "krcc", "srcc_pooled", "rmse", "pair_accuracy"]].isna().all(axis=None)
    assert (table["vote_pairs"] == 36).all()


def test_votes_on_images_of_another_split_are_not_counted(labels, run, results, noisy):
    votes = pd.DataFrame(
        [["A0000", "A0000_00_00", "A0000_00_01", 9, 6], ["B", "B1", "B2", 15, 0]],
        columns=["content", "image_id_a", "image_id_b", "votes_a", "votes_b"],
    )
    table = leaderboard(results(labels, [run("m", labels, noisy(10))], votes))
    assert table.loc[0, "vote_pairs"] == 1
    assert table.loc[0, "vote_ceiling"] == pytest.approx(0.6)


def test_no_labels_at_all(labels, run, results, noisy):
    table = leaderboard(results(labels.assign(mos=np.nan), [run("m", labels, noisy(10))], label_kind="none"))
    assert table.loc[0, "not_ranked"] == "neither MOS nor votes"
    facts = {"label_kind": "human", "votes_sha256": "0" * 64}
    apart = leaderboard(results(labels.assign(mos=np.nan), [run("m", labels, noisy(10))], **facts))
    assert apart.loc[0, "not_ranked"] == "its votes are not among these results (the file votes.csv is missing)"
    assert table.loc[0, "coverage"] == 1


def test_one_content_has_no_interval_and_no_grouping_power(labels, run, results, noisy):
    one = labels.assign(content="only")
    table = leaderboard(results(one, [run("a", one, noisy(10)), run("b", one, noisy(3000))]))
    assert table[["srcc_low", "srcc_high"]].isna().all(axis=None)
    assert table[["group", "level_with"]].isna().all(axis=None)
    assert table["rank"].tolist() == [1, 2]


def test_empty_sets(labels, results):
    assert leaderboard(results(labels, [])).empty
    with pytest.raises(DataError, match="no image"):
        leaderboard(results(labels.iloc[:0], []))


def test_an_image_scored_twice_is_refused(labels, run, results, noisy):
    twice = run("m", labels, noisy(10))
    doubled = RunResult(meta=twice.meta, scores=pd.concat([twice.scores, twice.scores.iloc[:1]]))
    with pytest.raises(DataError, match=r"'A0000_00_00' has two scores"):
        leaderboard(results(labels, [doubled]))


def test_one_category_alone(three):
    table = leaderboard(restrict(three, "03"))
    assert (table["n"] == 24).all()
    assert (table["pair_count"] == 6 * 6).all()
    with pytest.raises(DataError, match="there are: 00, 03"):
        restrict(three, "07")


@pytest.fixture(scope="module")
def pipal() -> pd.DataFrame:
    """The real labels of 25 contents and the 39 validation algorithms."""
    folder = os.environ.get("IQABENCH_TEST_DATA")
    if not folder:
        pytest.skip("IQABENCH_TEST_DATA is not set")
    files = sorted((Path(folder) / "pipal-labels" / "Train_Label").glob("A*.txt"))[::8]
    frame = pd.concat([pd.read_csv(file, names=["file", "mos"]) for file in files], ignore_index=True)
    frame["image_id"] = frame["file"].str.removesuffix(".bmp")
    parts = frame["image_id"].str.split("_", expand=True)
    frame["content"], frame["category"], frame["algorithm"] = parts[0], parts[1], parts[1] + "_" + parts[2]
    wanted = {f"{category}_{variant:02}" for category, variants in VALIDATION.items() for variant in variants}
    frame = frame[frame["algorithm"].isin(wanted)].sort_values("image_id", ignore_index=True)
    return frame.assign(image="", task="")


def test_full_size_pipal_against_an_independent_computation(pipal, run, results):
    assert len(pipal) == 975
    generator = np.random.default_rng(11)
    scores = np.round((pipal["mos"] + generator.normal(0, 120, 975)) / 20)  # rounded, so that there are ties
    given = results(pipal, [run("m", pipal, -scores, lower_is_better=True)])
    row = leaderboard(given).loc[0]
    frame = pipal.assign(score=scores)
    groups = [group for _, group in frame.groupby("content")]
    for name, function in (("srcc", oracle.spearmanr), ("plcc", oracle.pearsonr), ("krcc", oracle.kendalltau)):
        within = [function(group["score"], group["mos"]).statistic for group in groups]
        assert row[name] == pytest.approx(np.mean(within), abs=1e-12)
        assert row[f"{name}_pooled"] == pytest.approx(function(frame["score"], frame["mos"]).statistic, abs=1e-12)
        if name == "srcc":
            reach = oracle.t.interval(0.95, 24, np.mean(within), oracle.sem(within))
            assert (row["srcc_low"], row["srcc_high"]) == pytest.approx(reach)
    assert plain_accuracy(frame, 0) == pytest.approx((row["pair_accuracy"], row["pair_count"]))
    assert plain_accuracy(frame, 50)[0] == pytest.approx(row["pair_accuracy_50"])
    assert plain_accuracy(frame, 100)[0] == pytest.approx(row["pair_accuracy_100"])
    means = frame.groupby(["category", "algorithm"])[["score", "mos"]].mean().reset_index().assign(content="")
    assert plain_accuracy(means, 0)[0] == pytest.approx(row["pair_accuracy_means"])
    assert row["plcc_logistic"] == pytest.approx(row["plcc_pooled"], abs=0.02)
    assert row["rmse"] <= np.sqrt(np.mean(squared_residuals_of_a_line(frame)))
    gan = leaderboard(restrict(given, "03")).loc[0]
    assert gan["n"] == 325
    only = frame[frame["category"] == "03"]
    accuracy, pairs = plain_accuracy(only, 0)
    assert gan["pair_accuracy"] == pytest.approx(accuracy)
    assert gan["pair_count"] == pairs
    ties = sum(a == b for _, g in only.groupby("content") for a, b in combinations(g["mos"], 2))
    assert pairs + ties == 1950


def squared_residuals_of_a_line(frame: pd.DataFrame) -> np.ndarray:
    """Squared residuals of a straight line, which the logistic must not be worse than."""
    line = oracle.linregress(frame["score"], frame["mos"])
    return (frame["mos"] - line.intercept - line.slope * frame["score"]).to_numpy() ** 2


def plain_accuracy(frame: pd.DataFrame, minimum: float) -> tuple[float, int]:
    right, pairs = 0.0, 0
    for _, group in frame.groupby(["content", "category"]):
        for (s, m), (t, n) in combinations(zip(group["score"], group["mos"], strict=True), 2):
            if abs(m - n) > minimum:
                pairs += 1
                right += 0.5 if s == t else float((s > t) == (m > n))
    return right / pairs, pairs


def test_twenty_methods_on_pipal_in_five_seconds(pipal, run, results):
    generator = np.random.default_rng(0)
    runs = [run(f"m{i}", pipal, pipal["mos"] + generator.normal(0, 60 + 10 * i, 975)) for i in range(20)]
    start = time.process_time()
    table = leaderboard(results(pipal, runs))
    assert time.process_time() - start < 10  # 5 s on an idle core; some room for a shared one
    assert table["rank"].tolist() == list(range(1, 21))
    assert table.loc[0, "group"] != table.loc[19, "group"]


def test_the_method_stands_in_every_table(three):
    frame = leaderboard(three)
    assert render([frame], "csv", ["srcc", "plcc"]).splitlines()[0] == "method,srcc,plcc"
    assert [column.name for column in lay_out(frame, ["srcc"]).columns] == ["method", "srcc"]
    assert [column.name for column in lay_out(frame, ["srcc", "method"]).columns] == ["srcc", "method"]

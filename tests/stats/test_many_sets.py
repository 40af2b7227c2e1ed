"""Average ranks, tests and intervals over data sets, against scipy and plain loops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from stored import make_labels, make_votes

from iqabench._util.errors import UserError
from iqabench.render.many_sets_footer import sentences
from iqabench.results.model import ResultSet, RunResult
from iqabench.stats.many_sets import ManySets, many_sets, statistic_of
from iqabench.stats.over_sets import average_ranks, compare_over_sets, critical_difference, ranks_by_set, which_test
from iqabench.stats.pooled import MOST_GROUPS, pooled_srcc

METHODS = ("a", "b", "c", "d")


def a_run(dataset: str, method: str, labels: pd.DataFrame, scores: np.ndarray, **meta: Any) -> RunResult:
    facts = {
        **{"method": {"name": method, "lower_is_better": False}, "dataset": dataset, "reference": "none"},
        **{"paradigm": "NR", "selection": "none", "status": "complete", "run_id": f"{dataset}-{method}"},
    }
    frame = pd.DataFrame({"image_id": labels["image_id"], "score": scores, "error": ""})
    return RunResult(facts | meta, frame)


def a_set(dataset: str, seed: int, scope: str = "set", contents: int = 6, images: int = 5, **card: Any) -> ResultSet:
    """A data set on which ``a`` agrees most with the labels."""
    generator = np.random.default_rng(seed)
    mos = generator.normal(size=contents * images)
    labels = make_labels(contents, images, mos)
    runs = [
        a_run(dataset, method, labels, mos + (0.5 + place) * generator.normal(size=mos.size))
        for place, method in enumerate(METHODS)
    ]
    facts = {"name": dataset, "label_kind": "human", "label_scope": scope, **card}
    return ResultSet(dataset, "draw0", "f" * 16, facts, labels, None, runs)


def figures(many: ManySets) -> pd.DataFrame:
    """Figures by method and data set."""
    cells = many.cells.assign(method=[many.rows.loc[at, "method"] for at in many.cells["row"]])
    return cells.pivot_table(index="method", columns="dataset", values="figure")


def test_pooled_srcc_and_its_interval_are_those_of_a_plain_jackknife() -> None:
    generator = np.random.default_rng(3)
    mos, content = generator.normal(size=42), np.repeat([f"c{n}" for n in range(7)], 6)
    runs = [mos + generator.normal(size=42) for _ in range(2)]
    found = pooled_srcc(runs, mos, content)

    def mean(kept: np.ndarray) -> float:
        return float(np.mean([stats.spearmanr(one[kept], mos[kept]).statistic for one in runs]))

    z = np.arctanh([mean(content != name) for name in np.unique(content)])
    reach = stats.t.ppf(0.975, 6) * np.sqrt(6 / 7 * np.sum((z - z.mean()) ** 2))
    value = mean(content != "")
    assert found.value == pytest.approx(value)
    assert (found.low, found.high) == pytest.approx(
        tuple(np.tanh([np.arctanh(value) - reach, np.arctanh(value) + reach]))
    )


def test_photographs_by_the_thousand_are_left_out_in_groups() -> None:
    generator = np.random.default_rng(4)
    mos = generator.normal(size=2000)
    scores = mos + generator.normal(size=2000)
    found = pooled_srcc([scores], mos, [f"{n:05}" for n in range(2000)])
    fisher = 1.96 * np.sqrt((1 + found.value**2 / 2) / 1997)  # Bonett and Wright 2000, for independent images
    assert np.arctanh(found.high) - np.arctanh(found.value) == pytest.approx(fisher, rel=0.2)
    assert MOST_GROUPS < 2000
    assert np.isnan(pooled_srcc([scores], mos, ["one"] * 2000).low)


def test_the_label_decides_the_statistic() -> None:
    assert statistic_of(a_set("x", 1, scope="set")) == "srcc_pooled"
    assert statistic_of(a_set("x", 1, scope="content")) == "srcc"
    assert statistic_of(a_set("x", 1, scope="")) == "srcc"
    assert statistic_of(a_set("x", 1, scope="", contents=30, images=1)) == "srcc_pooled"  # each image a content
    labels = make_labels(3, 4, None)
    votes = make_votes(labels, np.random.default_rng(0))
    assert statistic_of(ResultSet("v", "all", "f", {}, labels, votes, [])) == "vote_agreement"


def test_figures_ranks_and_friedman_agree_with_scipy() -> None:
    sets = [a_set("p", 1), a_set("q", 2, "content"), a_set("r", 3, mos_higher_is_better=True)]
    many = many_sets(sets)
    table = figures(many)
    for one in sets:
        for run in one.runs:
            mos, scores, content = one.labels["mos"], run.scores["score"], one.labels["content"]
            if one.dataset == "q":
                each = [stats.spearmanr(scores[content == name], mos[content == name])[0] for name in content.unique()]
                expected = np.mean(each)
            else:
                expected = stats.spearmanr(scores, mos)[0]
            assert table.loc[run.method, one.dataset] == pytest.approx(expected)
    ranks = (-table).rank()
    rows = many.rows.set_index("method")
    assert rows["mean_rank"].to_dict() == pytest.approx(ranks.mean(axis=1).to_dict())
    reach = stats.t.ppf(0.975, 2) * ranks.std(axis=1) / np.sqrt(3)
    differ = ranks.std(axis=1) > 0
    highest = (ranks.mean(axis=1) + reach).clip(1, 4).where(differ)
    assert rows["mean_rank_high"].to_dict() == pytest.approx(highest.to_dict(), nan_ok=True)
    assert rows["rank"].tolist() == sorted(rows["rank"])
    friedman = stats.friedmanchisquare(*table.to_numpy())
    assert (many.test.friedman, many.test.p) == pytest.approx((friedman.statistic, friedman.pvalue))


def test_who_can_be_told_apart_is_asked_of_wilcoxon_or_nemenyi_by_the_number_of_sets() -> None:
    assert [which_test(sets, 2) for sets in (3, 5, 6)] == ["", "", "wilcoxon"]
    assert [which_test(sets, 8) for sets in (2, 3, 10, 11)] == ["", "nemenyi", "nemenyi", "wilcoxon"]
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)  # the example of Demsar 2006, section 3.2.2
    generator = np.random.default_rng(5)
    values = generator.normal(size=(3, 9)) + np.array([[3.0], [0.0], [0.1]])
    found = compare_over_sets(values)
    each = [stats.wilcoxon(values[a], values[b]).pvalue for a, b in ((0, 1), (0, 2), (1, 2))]
    assert each[0] * 3 < 0.05
    assert found.kind == "wilcoxon"
    assert found.significant.tolist() == [[False, True, True], [True, False, False], [True, False, False]]
    few = compare_over_sets(np.array([[3, 3, 3], [2, 2, 2], [1, 1, 1.0]]))
    assert few.kind == "nemenyi"
    assert few.significant.tolist() == [[False, False, True], [False, False, False], [True, False, False]]


def test_ranks_are_stretched_where_fewer_take_part() -> None:
    found = ranks_by_set([[0.9, 0.9], [0.5, np.nan], [0.5, 0.1]])
    np.testing.assert_array_equal(found, [[1, 1], [2.5, np.nan], [2.5, 3]])


def test_a_set_that_a_method_was_trained_on_is_left_out_of_ranks() -> None:
    sets = [a_set("KADID-10k", 1), a_set("q", 2), a_set("r", 3)]
    sets[0].runs[0].meta["method"]["trained_on"] = ["kadid10k"]
    own = {"dataset": "q", "split_name": "draw0", "label_kind": "human", "seed": 0, "id": "t"}
    sets[1].runs[1].meta["training"] = own
    many = many_sets(sets)
    marks = many.cells.set_index("run_id")["trained_here"]
    assert (marks["KADID-10k-a"], marks["q-b"]) == ("weights", "split")
    assert (marks != "").sum() == 2
    rows = many.rows.set_index("method")
    assert rows.loc["a", ["ranked_sets", "scored_sets"]].tolist() == [2, 3]
    assert pd.isna(rows.loc["a", "rank"])
    everything = many_sets(sets, with_contaminated=True)
    assert everything.rows.set_index("method").loc["a", "ranked_sets"] == 3
    assert figures(everything).equals(figures(many))


def test_a_method_trained_on_each_set_is_one_row() -> None:
    sets = [a_set("p", 1), a_set("q", 2)]
    for one in sets:
        facts = {
            "dataset": one.dataset,
            "fingerprint": one.dataset,
            "split_name": "draw0",
            "seed": 0,
            "id": one.dataset,
        }
        one.runs[0].meta["training"] = facts
    many = many_sets(sets)
    assert many.rows["method"].tolist().count("a") == 1
    assert many.rows.set_index("method").loc["a", "trained_on"] == "each set's own training part"


def test_a_model_that_scored_other_sets_too_is_one_row_with_a_mark() -> None:
    """Trained on ``p``, it scores ``p``'s own validation part and two other sets."""
    sets = [a_set(name, seed) for seed, name in enumerate("pqr")]
    training = {"dataset": "p", "fingerprint": "f" * 16, "label_kind": "human", "id": "one model"}
    for one in sets:
        labels = one.labels
        one.runs.append(a_run(one.dataset, "learnt", labels, labels["mos"].to_numpy(), training=training))
    many = many_sets(sets)
    (place,) = np.flatnonzero(many.rows["method"] == "learnt")
    assert many.rows.loc[place, ["scored_sets", "ranked_sets"]].tolist() == [3, 2]
    counted = many_sets(sets, with_contaminated=True)
    assert counted.rows.iloc[0][["method", "rank", "ranked_sets"]].tolist() == ["learnt", 1, 3]
    said = " ".join(sentences(many))
    assert "learnt: its average rank is over 2 of its 3 sets." in said
    assert "Learnt from p (human labels): learnt." in said


def test_equal_ranks_on_few_sets_have_no_interval() -> None:
    found = average_ranks(np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 3.0]]))
    assert np.isnan(found.low[0])
    assert np.isnan(found.high[0])
    assert found.low[1] < found.value[1] < found.high[1]


def test_one_row_alone_has_no_number_and_the_footer_says_why() -> None:
    sets = [a_set(name, seed) for seed, name in enumerate("pq")]
    sets = [replace(one, runs=one.runs[:1]) for one in sets]
    assert "No row has a number: only one has a rank on every set." in sentences(many_sets(sets))


def test_notes_of_runs_stand_in_the_footer() -> None:
    sets = [a_set(name, seed) for seed, name in enumerate("pq")]
    sets[1].runs[0].meta["notes"] = ["4 of 6 contents were seen in training"]
    assert "a on q: 4 of 6 contents were seen in training." in sentences(many_sets(sets))


def test_a_set_without_labels_claims_no_statistic() -> None:
    bare = ResultSet("bare", "all", "f", {"label_kind": "none"}, make_labels(3, 4, None), None, [])
    labels = bare.labels
    bare.runs.append(a_run("bare", "a", labels, np.arange(12.0)))
    said = " ".join(sentences(many_sets([bare, a_set("p", 1)])))
    assert "people's votes" not in said
    assert "SRCC over all images" in said


def test_what_has_no_full_score_has_no_figure_and_says_why() -> None:
    sets = [a_set("p", 1), a_set("q", 2)]
    sets[0].runs[0].scores.loc[3, "score"] = np.nan
    sets[0].runs[1].scores["score"] = 1.0
    sets[1] = replace(sets[1], runs=sets[1].runs[:3])
    cells = many_sets(sets).cells
    missing = cells[cells["missing"] != ""]
    assert sorted(missing["missing"]) == [
        "1 of 30 images without a score",
        "SRCC undefined within 6 of 6 contents (constant scores)",
        "not run",
    ]
    assert missing["figure"].isna().all()


def test_two_splits_of_one_set_are_refused() -> None:
    with pytest.raises(UserError, match="takes one split of each; choose one by --split: draw0, draw1"):
        many_sets([a_set("p", 1), replace(a_set("p", 1), split="draw1")])


def test_the_sentences_say_within_what_labels_compare() -> None:
    text = " ".join(sentences(many_sets([a_set("one", 1, scope="content"), a_set("two", 2, scope="")])))
    within = "SRCC within each content, then averaged"
    assert f"one: {within} (labels compare within a content)" in text
    assert f"two: {within} (whether labels compare across contents is not known)" in text

"""Two methods compared: the verdict, the figures behind it, and where they differ."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as oracle

from iqabench import stats
from iqabench._util.errors import DataError, UserError
from iqabench.render.comparison_text import explain
from iqabench.stats.assessment import assess
from iqabench.stats.comparison import compare_rows, find_row


def pairs_of(labels, votes_a=12, votes_b=3):
    """Every pair within content and category; a majority for the image with the higher MOS."""
    rows = []
    for content, group in labels.groupby(["content", "category"]):
        for (i, one), (j, other) in combinations(group.set_index("image_id")["mos"].items(), 2):
            for_a, for_b = (votes_a, votes_b) if one > other else (votes_b, votes_a)
            rows.append([content[0], i, j, for_a, for_b])
    return pd.DataFrame(rows, columns=["content", "image_id_a", "image_id_b", "votes_a", "votes_b"])


def test_a_clear_difference(three):
    runs = {run.method: run for run in three.runs}
    result = compare_rows(assess(three), "good", "poor")
    labels = three.labels
    good = runs["good"].scores["score"].to_numpy()
    poor = runs["poor"].scores["score"].to_numpy()
    order = labels.sort_values("image_id")
    within = [stats.within_content(stats.srcc, row, order["mos"], order["content"]) for row in (good, poor)]
    assert result.a.value == pytest.approx(within[0].mean)
    assert result.b.value == pytest.approx(within[1].mean)
    assert result.found.difference == pytest.approx(result.a.value - result.b.value)
    assert result.found.p == pytest.approx(oracle.ttest_rel(within[0].vector, within[1].vector).pvalue)
    assert result.found.p < result.found.p_adjusted < 0.05
    assert result.found.pairs == 3
    assert result.ahead + result.behind <= 6
    part = labels["category"] == "03"
    expected = stats.within_content(stats.srcc, good[part], order["mos"][part], order["content"][part]).mean
    assert result.by_category["03"][0] == pytest.approx(expected)
    text = "\n".join(explain(result))
    assert f"good@degraded is better than poor@none: SRCC {result.a.value:.4f} against {result.b.value:.4f}." in text
    assert "corrected (Holm) for the 3 pairs of the 3 ranked rows" in text
    assert len(result.disagreements) == 5
    swapped = compare_rows(assess(three), "poor", "good")
    assert explain(swapped)[:4] == explain(result)[:4]
    assert swapped.found == result.found.turned()


def test_no_difference(labels, run, results, noisy):
    scores = noisy(40)
    twins = results(labels, [run(name, labels, scores) for name in ("good", "twin")])
    lines = explain(compare_rows(assess(twins), "good", "twin"))
    assert "cannot be told apart" in lines[0]
    assert "+0.0000" in lines[1]
    assert not any("differ most" in line for line in lines)


def test_the_image_moved_most_is_named_first(labels, run, results):
    scores = labels["mos"].to_numpy(copy=True)
    rows = np.flatnonzero(labels["content"] == "A0004")
    worst = rows[np.argmin(scores[rows])]
    moved = scores.copy()
    moved[worst] = 1e6
    runs = [run("a", labels, scores), run("b", labels, -moved, lower_is_better=True)]
    first = compare_rows(assess(results(labels, runs)), runs[0].method, runs[1].method).disagreements[0]
    assert first.name == labels["image_id"][worst]
    assert first.content == "A0004"
    assert first.detail == "a@degraded ranks it 8, b@degraded 1, MOS 8 of 8"


def test_only_images_that_both_scored_count(labels, run, results, noisy):
    gap = noisy(40)
    gap[:8] = np.nan
    runs = [run("a", labels, gap), run("b", labels, noisy(60, 5))]
    result = compare_rows(assess(results(labels, runs)), runs[0].method, runs[1].method)
    assert (result.images, result.found.contents) == (40, 5)
    assert "the table does not rank a@degraded: 8 of 48 images without a score" in result.notes
    nothing = run("n", labels, np.full(len(labels), np.nan))
    with pytest.raises(DataError, match="no scored image in common"):
        compare_rows(assess(results(labels, [*runs, nothing])), "a", "n")


def test_one_content_is_not_enough_to_be_sure(labels, run, results, noisy):
    one = labels.assign(content="only")
    runs = [run("a", one, noisy(10)), run("b", one, noisy(900, 2))]
    lines = explain(compare_rows(assess(results(one, runs)), runs[0].method, runs[1].method))
    assert "; 1 content cannot tell whether a difference is real: at least 6 are needed" in lines[0]
    assert "p = " not in lines[1]
    assert "[" not in lines[1]


def test_constant_scores_leave_nothing_to_compare(labels, run, results, noisy):
    runs = [run("a", labels, noisy(10)), run("flat", labels, np.ones(len(labels)))]
    assert (
        "nothing to compare" in explain(compare_rows(assess(results(labels, runs)), runs[0].method, runs[1].method))[0]
    )


def test_votes(labels, run, results):
    votes = pairs_of(labels)
    blind = labels.assign(mos=np.nan)
    mos = labels["mos"].to_numpy()
    runs = [run("crowd", blind, mos), run("against", blind, mos, lower_is_better=True)]
    result = compare_rows(assess(results(blind, runs, votes)), runs[0].method, runs[1].method)
    assert result.statistic == "vote agreement"
    assert (result.a.value, result.b.value) == (pytest.approx(0.8), pytest.approx(0.2))
    assert result.found.difference == pytest.approx(0.6)
    assert (result.ahead, result.behind) == (6, 0)
    assert result.by_category == {
        "00": (pytest.approx(0.8), pytest.approx(0.2)),
        "03": (pytest.approx(0.8), pytest.approx(0.2)),
    }
    assert "crowd@degraded is better than against@degraded" in explain(result)[0]
    first = result.disagreements[0]
    better = votes.iloc[0]["image_id_a" if votes.iloc[0]["votes_a"] == 12 else "image_id_b"]
    assert f"crowd@degraded prefers {better}" in first.detail


def test_without_labels_there_is_nothing_to_compare(labels, run, results, noisy):
    blind = labels.assign(mos=np.nan)
    runs = [run("a", blind, noisy(10)), run("b", blind, noisy(20))]
    with pytest.raises(DataError, match="nothing to compare by: neither MOS nor votes"):
        compare_rows(assess(results(blind, runs)), runs[0].method, runs[1].method)


def test_find_row(labels, run, results, noisy):
    made = [
        run("m", labels, noisy(1), reference="pristine", run_id="pristine"),
        run("m", labels, noisy(1), selection="best", run_id="best"),
        run("m", labels, noisy(1), selection="last", run_id="last"),
        run("n", labels, noisy(1), reference="none", run_id="n"),
    ]
    rows = assess(results(labels, made)).groups
    assert find_row(rows, "m")[0].group.run_ids == "last"
    assert find_row(rows, "m@pristine")[0].group.run_ids == "pristine"
    assert find_row(rows, "m@degraded@best")[0].group.run_ids == "best"
    assert find_row(rows, "n")[0].group.run_ids == "n"
    assert [one.group.label for one in rows] == ["m@degraded@best", "m@degraded@last", "m@pristine", "n@none"]
    with pytest.raises(UserError, match=r"no run of 'm@degarded'; did you mean 'm@degraded@\w+'\? There are: "):
        find_row(rows, "m@degarded")
    with pytest.raises(UserError, match=r"no run of 'zzz'\. There are: "):
        find_row(rows, "zzz")

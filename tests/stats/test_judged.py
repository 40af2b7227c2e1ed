"""Which pairs judges tell apart, and what the analysis of Krasula et al. says of them, against plain definitions."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manifests import Command
from PIL import Image
from scipy import stats as scipy_stats

from iqabench import stats
from iqabench._util.errors import DataError
from iqabench.stats.alignment import VotePairs

NUMBERS = st.lists(st.integers(-5, 5), min_size=2, max_size=12)


def brute_area(positive: list[float], negative: list[float]) -> float:
    wins = [(p > n) + (p == n) / 2 for p in positive for n in negative]
    return float(np.mean(wins))


@given(NUMBERS, NUMBERS)
def test_an_area_is_the_share_of_pairs_in_order(positive: list[float], negative: list[float]) -> None:
    found = stats.area(positive, negative)
    assert found.value == pytest.approx(brute_area(positive, negative))
    u = scipy_stats.mannwhitneyu(positive, negative).statistic
    assert found.value == pytest.approx(u / (len(positive) * len(negative)))


@given(NUMBERS, NUMBERS)
def test_the_standard_error_is_delongs_definition(positive: list[float], negative: list[float]) -> None:
    of_positive = [np.mean([(p > n) + (p == n) / 2 for n in negative]) for p in positive]
    of_negative = [np.mean([(p > n) + (p == n) / 2 for p in positive]) for n in negative]
    variance = np.var(of_positive, ddof=1) / len(positive) + np.var(of_negative, ddof=1) / len(negative)
    assert stats.area(positive, negative).deviation == pytest.approx(np.sqrt(variance), abs=1e-9)


def test_delongs_error_is_the_spread_over_samples() -> None:
    drawn = np.random.default_rng(0)
    areas = [stats.area(drawn.normal(0.8, 1, 60), drawn.normal(0, 1, 90)) for _ in range(400)]
    assert np.mean([one.deviation for one in areas]) == pytest.approx(np.std([one.value for one in areas]), rel=0.1)


@given(st.lists(st.tuples(*[st.integers(-3, 3)] * 4), min_size=3, max_size=10))
def test_a_difference_of_areas_knows_that_the_cases_are_the_same(rows: list[tuple[int, int, int, int]]) -> None:
    good, bad, other_good, other_bad = np.array(rows, dtype=float).T
    one, other = stats.area(good, bad), stats.area(other_good, other_bad)
    found = stats.area_difference(one, other)
    of_positive, of_negative = one.of_positive - other.of_positive, one.of_negative - other.of_negative
    variance = (np.var(of_positive, ddof=1) + np.var(of_negative, ddof=1)) / len(rows)
    assert found.value == pytest.approx(brute_area(good, bad) - brute_area(other_good, other_bad))
    assert found.deviation**2 == pytest.approx(variance, abs=1e-12)
    assert np.isnan(stats.area_difference(one, one).p)


def test_the_error_of_better_or_worse_is_the_spread_over_samples() -> None:
    drawn = np.random.default_rng(2)
    found = []
    for _ in range(400):
        scores = np.zeros(160)
        scores[::2] = drawn.normal(0.6, 1, 80)
        pairs = stats.JudgedPairs(np.arange(0, 160, 2), np.arange(1, 160, 2), np.ones(80, dtype=int))
        found.append(stats.better_or_worse(scores, pairs))
    assert np.mean([one.deviation for one in found]) == pytest.approx(np.std([one.value for one in found]), rel=0.12)


def test_ratings_tell_images_of_one_content_apart() -> None:
    mos = [3.0, 3.2, 4.0, 1.0, 4.0]
    ratings = stats.Ratings(np.array([0.5, 0.5, 0.5, 0.5, np.nan]), np.full(5, 20.0))
    pairs = stats.rated_pairs(mos, ratings, ["a", "a", "a", "b", "a"])
    assert [(int(a), int(b)) for a, b in zip(pairs.a, pairs.b, strict=True)] == [(0, 1), (0, 2), (1, 2)]
    z = 0.2 / (np.sqrt(2) * 0.5 / np.sqrt(20))
    assert 2 * scipy_stats.norm.sf(z) > 0.05
    assert pairs.verdicts.tolist() == [0, -1, -1]


def test_one_judge_says_nothing_and_agreeing_judges_say_all() -> None:
    alone = stats.Ratings(np.array([0.0, 0.0]), np.array([1.0, 1.0]))
    assert stats.rated_pairs([1, 2], alone, ["a", "a"]).a.size == 0
    agreeing = stats.Ratings(np.array([0.0, 0.0]), np.array([5.0, 5.0]))
    assert stats.rated_pairs([1, 2], agreeing, ["a", "a"]).verdicts.tolist() == [-1]
    assert stats.rated_pairs([2, 2], agreeing, ["a", "a"]).verdicts.tolist() == [0]
    with pytest.raises(DataError, match="3 MOS, 2 deviations"):
        stats.rated_pairs([1, 2, 3], agreeing, ["a"] * 3)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8))
def test_votes_tell_images_apart_by_a_binomial_test(counts: list[tuple[int, int]]) -> None:
    first, second = np.array(counts, dtype=float).T
    n = len(counts)
    votes = VotePairs(np.arange(n), np.arange(n) + n, first, second, np.array(["a"] * n, dtype=object))
    expected = [
        int(np.sign(a - b)) if a + b and scipy_stats.binomtest(a, a + b).pvalue < 0.05 else 0 for a, b in counts
    ]
    assert stats.voted_pairs(votes).verdicts.tolist() == expected


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(-4, 4), st.sampled_from([-1, 0, 1])), min_size=1, max_size=10))
def test_the_best_zone_of_ties_is_found(gaps: list[tuple[int, int]]) -> None:
    differences, verdicts = np.array(gaps, dtype=float).T
    n = len(gaps)
    scores = np.concatenate([differences, np.zeros(n)])
    pairs = stats.JudgedPairs(np.arange(n), np.arange(n) + n, verdicts.astype(int))
    zones = sorted({0.0, *np.abs(differences)})
    shares = [np.mean(np.where(np.abs(differences) <= zone, 0, np.sign(differences)) == verdicts) for zone in zones]
    share, zone = stats.tie_accuracy(scores, pairs)
    assert share == pytest.approx(max(shares))
    assert np.mean(np.where(np.abs(differences) <= zone, 0, np.sign(differences)) == verdicts) == pytest.approx(share)


def test_perfect_scores_are_perfect() -> None:
    drawn = np.random.default_rng(3)
    mos = drawn.normal(0, 1, 40)
    ratings = stats.Ratings(np.full(40, 1.0), np.full(40, 25.0))
    pairs = stats.rated_pairs(mos, ratings, ["a", "b"] * 20)
    assert 0 < pairs.different.sum() < len(pairs.a)
    assert stats.different_or_similar(mos, pairs).value == 1
    assert stats.better_or_worse(mos, pairs).value == 1
    assert stats.better_or_worse(-mos, pairs).value == 0
    assert stats.correct_side(mos, pairs).mean() == 1
    assert stats.tie_accuracy(mos, pairs)[0] == 1
    # Only the sizes of differences matter to the first.
    assert stats.different_or_similar(-mos, pairs).value == 1


def test_outliers_and_errors_are_measured_in_units_of_doubt() -> None:
    mos, predicted = np.zeros(4), np.array([0.9, 2.1, -2.1, 5.0])
    ratings = stats.Ratings(np.array([1.0, 1.0, 1.0, np.nan]), np.array([16.0, 16.0, 16.0, 16.0]))
    assert stats.outlier_ratio(predicted, mos, ratings) == (pytest.approx(2 / 3), 3)
    half = scipy_stats.t.ppf(0.975, 15) / 4
    squares = sum(max(abs(one) - half, 0) ** 2 for one in predicted[:3])
    assert stats.uncertain_rmse(predicted, mos, ratings, 1) == (pytest.approx(np.sqrt(squares / 2)), 3)
    assert np.isnan(stats.uncertain_rmse(predicted, mos, ratings, 3)[0])
    assert np.isnan(stats.outlier_ratio(np.full(4, np.nan), mos, ratings)[0])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_the_best_and_the_worst_image_are_chosen_or_not(rows: list[tuple[str, int, int]]) -> None:
    content, scores, mos = zip(*rows, strict=True)
    for worst in (False, True):
        sign = -1 if worst else 1
        expected = {}
        for name in sorted(set(content)):
            here = [(sign * s, sign * m) for c, s, m in rows if c == name]
            labels = [m for _, m in here]
            if max(labels) > min(labels):
                first = [m for s, m in here if s == max(s for s, _ in here)]
                expected[name] = np.mean([m == max(labels) for m in first])
        found = stats.best_choice(scores, mos, content, worst)
        assert dict(zip(found.contents, found.hits, strict=True)) == pytest.approx(expected)


def test_five_parameters_fit_what_four_cannot() -> None:
    x = np.linspace(-3, 3, 80)
    true = (4.0, 1.5, 0.3, 0.8, 2.0)
    y = stats.logistic5_curve(x, true)
    five, four = stats.fit_logistic5(x, y), stats.fit_logistic(x, y)
    assert five.converged
    assert five.rmse < 1e-5 < four.rmse
    assert five.predicted == pytest.approx(stats.logistic5_curve(x, five.parameters))
    assert stats.fit_logistic5(-x, y).plcc < -0.99
    for scale, shift in itertools.product((1e-4, 1.0, 1e3), (0.0, 40.0)):
        assert stats.fit_logistic5(x * scale + shift, y).rmse < 1e-3
    assert not stats.fit_logistic5([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]).converged
    assert not stats.fit_logistic5(np.ones(9), np.arange(9)).converged


def test_five_parameters_agree_with_scipys_curve_fit() -> None:
    from scipy.optimize import curve_fit

    drawn = np.random.default_rng(4)
    x = drawn.uniform(20, 40, 150)
    y = 60 / (1 + np.exp(-(x - 30) / 2)) + drawn.normal(0, 5, 150)

    def curve(x: np.ndarray, *p: float) -> np.ndarray:
        return p[0] * (0.5 - 1 / (1 + np.exp(p[1] * (x - p[2])))) + p[3] * x + p[4]

    best, _ = curve_fit(curve, x, y, p0=(60, 0.5, 30, 0, 30), maxfev=20000)
    error = np.sqrt(np.mean((curve(x, *best) - y) ** 2))
    assert stats.fit_logistic5(x, y).rmse == pytest.approx(error, rel=1e-4)


def test_a_leaderboard_shows_them_where_the_judges_are_known(iqabench: Command, tmp_path: Path) -> None:
    drawn = np.random.default_rng(5)
    (tmp_path / "images").mkdir()
    lines = ["image,degraded,content,algorithm,mos,deviation,judges"]
    for content in range(12):
        picture = drawn.integers(60, 190, (32, 32, 3))
        for level in range(8):
            noisy = np.clip(picture + drawn.normal(0, 5 + 6 * level, picture.shape), 0, 255).astype(np.uint8)
            name = f"images/{content}_{level}.png"
            Image.fromarray(noisy).save(tmp_path / name)
            lines.append(
                f"{name},images/{content}_0.png,{content},a{level},{5 - 0.25 * level + drawn.normal(0, 0.1)},0.8,16"
            )
    data = tmp_path / "rated.csv"
    data.write_text("\n".join(lines) + "\n")
    results = tmp_path / "results"
    run = ("run", "--methods", "psnr", "--dataset", "manifest", "--root", data, "--results", results)
    assert iqabench(*run).returncode == 0
    done = iqabench("table", "--results", results, "--format", "json")
    row = next(one for one in json.loads(done.stdout) if one["method"] == "psnr")
    for name in ("auc_different", "auc_better", "correct_better", "tie_accuracy", "best_choice", "srcc_quarter"):
        assert 0.5 < row[name] <= 1, name
    assert row["auc_better_low"] <= row["auc_better"] <= row["auc_better_high"]
    assert 0 <= row["outlier_ratio"] < 0.5
    assert row["rmse_uncertain"] <= row["rmse"]
    data.write_text(data.read_text().replace(",0.8,16", ",-0.8,16", 1))
    wrong = iqabench(*run)
    assert wrong.returncode == 2
    assert "line 2: deviation is -0.8; it cannot be negative" in wrong.stderr

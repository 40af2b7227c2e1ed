"""What made memory or time grow faster than the data stays mended: each bound breaks without its mend."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from stored import FINGERPRINT, make_labels, store_labels, store_run

from benchmarks.growth.made_data import PER_CONTENT, content_of, write_results
from iqabench import stats
from iqabench.data.manifest import read_manifest
from iqabench.results.store import load_results
from iqabench.stats.arrays import group
from iqabench.stats.choices import ChoiceCounts
from iqabench.stats.leaderboard import add_variants, leaderboard
from iqabench.stats.over_judges import over_judges
from iqabench.stats.paired_scale import bradley_terry
from iqabench.stats.pairwise import Pairwise

MIB = 2**20
BYTES_OF_A_ROW = 1350
"""While a manifest is read: 1,150 measured; 1,630 with a mapping of all columns for each row."""
BYTES_OF_A_SCORE = 60
"""Of a stored run that is held: 39 measured; 98 where each run has the names of its images for itself."""


class Peak:
    """Most memory that was held, in bytes."""

    bytes = 0


@contextmanager
def traced() -> Iterator[Peak]:
    peak = Peak()
    tracemalloc.start()
    try:
        yield peak
        peak.bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def seconds(work: Callable[[], Any], repeats: int = 3) -> float:
    """The fastest of a few: other work on the machine only adds."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def test_pairs_of_a_large_content_are_never_held_at_once() -> None:
    draw = np.random.default_rng(0)
    scores, mos, one = draw.random(4000), draw.random(4000), np.full(4000, "a", dtype=object)
    with traced() as peak:
        assert stats.pair_accuracy(scores, mos, one, one).pairs == 4000 * 3999 // 2
    assert peak.bytes < 100 * MIB  # 8 million pairs, each of them 40 bytes or more


def test_votes_are_counted_without_a_table_of_pairs_by_contents() -> None:
    draw = np.random.default_rng(0)
    content = np.array([f"c{i // 5}" for i in range(10_000)], dtype=object)
    a, b = draw.random(10_000), draw.random(10_000)
    with traced() as peak:
        found = stats.vote_agreement(a, b, np.ones(10_000), np.zeros(10_000), content)
    assert found.cast.tolist() == [5.0] * 2000
    assert peak.bytes < 20 * MIB  # such a table has 20 million cells


def test_many_contents_take_little_longer_than_one() -> None:
    draw = np.random.default_rng(0)
    scores, mos, content = draw.random(40_000), draw.random(40_000), group(np.arange(40_000) % 2000)
    for statistic in (stats.srcc, stats.plcc, stats.krcc):
        within = seconds(lambda statistic=statistic: stats.within_content(statistic, scores, mos, content))
        # One content after the other takes 0.2 to 1 ms for each of the 2,000: more than fifty times as long.
        assert within < 20 * seconds(lambda: stats.srcc(scores, mos)), statistic.__name__


@pytest.mark.parametrize("statistic", [stats.srcc, stats.plcc, stats.krcc])
def test_values_of_contents_are_those_of_each_alone(statistic: Callable[..., float]) -> None:
    draw = np.random.default_rng(1)
    content = draw.integers(0, 60, 3000) ** 2 // 60  # of many sizes, some above what is compared pair by pair
    scores, mos = draw.normal(size=3000).round(1), draw.normal(size=3000).round(2)
    scores[content == 3] = 0.5
    found = stats.within_content(statistic, scores, mos, content)
    for name, value in found.per_content.items():
        rows = content == int(name)
        assert np.array_equal(value, statistic(scores[rows], mos[rows]), equal_nan=True)


def test_every_difference_of_200_methods_is_asked_in_no_time() -> None:
    tops = np.random.default_rng(0).random((200, 100))
    started = time.perf_counter()
    tests = Pairwise(tops, np.ones(100))
    made = time.perf_counter() - started
    started = time.perf_counter()
    found = [tests.between(i, j) for i, j in combinations(range(200), 2)]
    assert len(found) == tests.pairs == 19_900
    # Computed one by one, each takes as long as all of one method's together.
    assert time.perf_counter() - started < 5 * made


def test_rows_of_one_method_are_told_apart_in_one_pass() -> None:
    def rows(count: int) -> list[dict[str, Any]]:
        made = {"made_by": {}, "recipe": "", "start": "", "trained_on": "", "method": "m"}
        return [{**made, "stated": {"width": number, "depth": 3}} for number in range(count)]

    many = rows(800)
    taken = seconds(lambda: add_variants(many))
    assert many[7]["variant"] == "width=7"
    assert taken < 1  # some milliseconds; each row compared with each other takes several seconds


def test_choices_of_many_judges_are_held_as_few_numbers() -> None:
    names = tuple(f"n{i:02}" for i in range(60))
    draw = np.random.default_rng(0)
    whole = ChoiceCounts(names, draw.integers(1, 4, (60, 60)) * (1.0 - np.eye(60)), np.zeros((60, 60)))

    def judges() -> Iterator[ChoiceCounts]:
        for _ in range(400):
            wins = np.zeros((60, 60))
            wins[draw.integers(0, 30, 10), draw.integers(30, 60, 10)] = 1
            yield ChoiceCounts(names, wins, np.zeros((60, 60)))

    scale = bradley_terry(whole)
    with traced() as peak:
        assert over_judges(scale, judges(), bradley_terry, draws=2).judges == 400
    assert peak.bytes < 10 * MIB  # two square tables of each judge are 23 MB


def test_a_fit_that_was_begun_on_some_points_ends_where_all_lead() -> None:
    draw = np.random.default_rng(0)
    scores = draw.normal(30, 5, 60_000)
    truth = np.array([1700.0, 900.0, 31.0, 3.0])
    fit = stats.fit_logistic(scores, stats.logistic_curve(scores, truth) + draw.normal(0, 10, 60_000))
    assert fit.converged
    assert fit.parameters == pytest.approx(truth, rel=5e-3)


def test_a_manifest_takes_little_memory_a_row(tmp_path: Path) -> None:
    rows = 6000
    lines = [
        f"{content_of(n)}/a{n % PER_CONTENT}.png,p/{content_of(n)}.png,{content_of(n)},a{n % PER_CONTENT},k1"
        for n in range(rows)
    ]
    text = "\n".join(["image,pristine,content,algorithm,category", *lines]) + "\n"
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-8")
    read_manifest(tmp_path, require_images=False)  # what is imported and remembered does not count
    with traced() as peak:
        dataset = read_manifest(tmp_path, require_images=False)
    assert len(dataset.frame) == rows
    assert peak.bytes / rows < BYTES_OF_A_ROW


def test_stored_runs_share_the_names_of_their_images(tmp_path: Path) -> None:
    rows, methods = 4000, 6
    root = write_results(tmp_path, rows, methods)
    load_results(root)
    with traced():
        (found,) = load_results(root)
        held = tracemalloc.get_traced_memory()[0]
    assert found.runs[0].scores["image_id"].tolist() == found.labels["image_id"].tolist()
    assert held / (rows * methods) < BYTES_OF_A_SCORE


def test_runs_on_another_state_of_the_files_are_not_read(tmp_path: Path) -> None:
    labels = make_labels(3, 4, np.arange(12.0))
    top = store_labels(tmp_path, labels)
    store_run(top, "good", labels, np.arange(12.0))
    run_id = store_run(top, "other", labels, np.arange(12.0), settings={"state": "another"})
    folder = top / "other" / "degraded" / run_id
    meta = (folder / "run.json").read_text(encoding="utf-8")
    (folder / "run.json").write_text(meta.replace(FINGERPRINT, "e" * 16), encoding="utf-8")
    (folder / "scores.csv").write_text("image_id,score,error\nA00_0,broken,\n", encoding="utf-8")
    (found,) = load_results(tmp_path)
    assert [run.method for run in found.runs] == ["good"]


def test_a_leaderboard_takes_time_in_proportion_to_its_rows(tmp_path: Path) -> None:
    sets = [load_results(write_results(tmp_path / str(rows), rows, 2))[0] for rows in (4000, 16_000)]
    leaderboard(sets[0])
    few, many = (seconds(lambda one=one: leaderboard(one), 2) for one in sets)
    assert many < 10 * few

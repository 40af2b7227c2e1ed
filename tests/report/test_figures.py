"""Figures computed for the report agree with the leaderboard and with brute force."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, spearmanr

from iqabench._util.errors import DataError
from iqabench.render.report import report_context
from iqabench.render.report.curve import order
from iqabench.render.report.scale import Scale, scale_over
from iqabench.results.model import ResultSet
from iqabench.stats.leaderboard import leaderboard


def test_cells_hold_the_leaderboard_in_full_precision(context: dict[str, Any], frame: pd.DataFrame) -> None:
    table = context["board"].table
    assert len(table.rows) == len(frame) == 20
    for row, (_, expected) in zip(table.rows, frame.iterrows(), strict=True):
        for column, cell in zip(table.columns, row.cells, strict=True):
            value = expected[column.name]
            if column.heading:
                assert cell.text == value
            elif pd.isna(value):
                assert cell.value is None
            elif column.numeric:
                assert cell.value == float(value)
            else:
                assert cell.value == str(value)


def test_every_run_has_a_name_of_its_own(context: dict[str, Any]) -> None:
    names = [run.name for run in context["runs"]]
    assert len(set(names)) == len(names)
    assert {"psnr", "lpips · degraded", "ckdn · degraded · last epoch"} <= set(names)


def test_copied_run_folder_is_refused(results: ResultSet) -> None:
    twice = replace(results, runs=[results.runs[0], results.runs[0]])
    with pytest.raises(DataError, match="same run id"):
        report_context(twice)


WORDS = (
    "traditional super-resolution",
    "PSNR-oriented super-resolution",
    "super-resolution with kernel mismatch",
)
"""PIPAL's categories 00, 01 and 02."""


def test_heat_map_is_srcc_within_content_and_category(context: dict[str, Any], results: ResultSet) -> None:
    heat = context["heat"]
    assert [column.label for column in heat.table.columns] == ["Run", "all", *WORDS]
    runs = {run.name: run for run in context["runs"]}
    for row in heat.table.rows:
        assert row.cells[1].value == pytest.approx(runs[row.cells[0].text].row["srcc"], abs=1e-12)
    cells = heat.table.rows[0].cells
    run = runs[cells[0].text]
    part = results.labels.assign(score=run.scores)
    part = part[part["category"] == "01"]
    brute = [spearmanr(one["score"], one["mos"]).statistic for _, one in part.groupby("content")]
    assert cells[3].value == pytest.approx(np.mean(brute), abs=1e-12)


def test_a_category_without_any_figure_has_no_column(results: ResultSet) -> None:
    labels = results.labels.copy()
    # One image of each content alone in a category of its own: nothing to correlate within a content.
    alone = labels.groupby("content").head(1).index
    labels.loc[alone, "category"] = "99"
    heat = report_context(replace(results, labels=labels))["heat"]
    assert heat.unclear == ["99"]
    assert [column.label for column in heat.table.columns] == ["Run", "all", *WORDS]
    assert {len(row.cells) for row in heat.table.rows} == {5}


def test_heat_levels_cover_the_scale(context: dict[str, Any]) -> None:
    heat = context["heat"]
    for row in heat.table.rows:
        for cell in row.cells[1:]:
            expected = "low" if cell.value < 0 else str(min(9, int(cell.value * 10)))
            assert heat.level(cell.value) == expected


def test_matrix_agrees_with_the_letters_of_the_leaderboard(context: dict[str, Any]) -> None:
    matrix = context["matrix"]
    assert matrix.ranked == len(matrix.runs) == 19  # all but the incomplete one
    for first, second, cell in matrix.pairs:
        shared = set(first.row["group"]) & set(second.row["group"])
        assert (cell.found.verdict == "same") == bool(shared)
        assert cell.found.difference == pytest.approx(first.row["srcc"] - second.row["srcc"], abs=1e-12)
        assert cell.found.low <= cell.found.difference <= cell.found.high
        assert (cell.found.p < 0.05) == (not cell.found.low <= 0 <= cell.found.high)


def test_the_diagram_shows_every_ranked_run_and_what_cannot_be_told_apart(context: dict[str, Any]) -> None:
    drawn, matrix = context["diagram"], context["matrix"]
    assert [place.name for place in drawn.places] == [run.name for run in matrix.runs]
    values = [run.row["srcc"] for run in matrix.runs]
    across = [place.x for place in drawn.places]
    assert sorted(across, reverse=True) == across
    assert np.corrcoef(values, across)[0, 1] == pytest.approx(1, abs=1e-4)
    for place in drawn.places:
        assert drawn.left <= place.low < place.x < place.high <= drawn.right
    told_apart = {
        frozenset((first.name, second.name)) for first, second, cell in matrix.pairs if cell.found.verdict != "same"
    }
    by_y = {place.y: place.name for place in drawn.places}
    assert drawn.left_out == 0
    joined = {frozenset((by_y[a], by_y[b])) for bar in drawn.bars for a in bar.ys for b in bar.ys if a < b}
    everything = {frozenset((first.name, second.name)) for first, second, _ in matrix.pairs}
    assert joined == everything - told_apart
    assert drawn.sentences[-1] == f"Of {len(matrix.pairs)} pairs {len(told_apart)} are told apart."
    best = matrix.runs[0].name
    assert any(sentence.startswith(f"{best} is better than ") for sentence in drawn.sentences)


def test_scatter_has_a_dot_for_every_scored_image_and_keeps_it_inside(context: dict[str, Any]) -> None:
    plot = context["scatter"]
    assert len(plot.panels) == 20
    for panel in plot.panels:
        spots = [word.split() for dots in panel.dots for word in dots.path.replace("h0", "").split("M")[1:]]
        assert len(spots) == panel.n == panel.run.row["n"]
        assert all(plot.left <= float(x) <= plot.right and plot.top <= float(y) <= plot.bottom for x, y in spots)


def test_better_lies_right_even_where_lower_is_better(context: dict[str, Any]) -> None:
    panel = next(one for one in context["scatter"].panels if one.run.name == "niqe")
    written = [float(tick.text.replace("−", "-")) for tick in panel.x_ticks]
    assert panel.sign == -1
    assert written == sorted(written, reverse=True)


def test_reference_curve_runs_from_none_to_pristine(context: dict[str, Any], frame: pd.DataFrame) -> None:
    curve = context["curve"]
    assert [tick.text for tick in curve.references] == ["none", "lr-x8", "lr-x4", "lr-x2", "degraded", "pristine"]
    lines = {line.name: line for panel in curve.panels for line in panel}
    assert set(lines) == {"ckdn", "lpips"}
    for point in lines["lpips"].points:
        row = frame[(frame["method"] == "lpips") & (frame["reference"] == point.reference)].iloc[0]
        assert point.value == row["srcc"]


def test_harsher_references_come_first() -> None:
    names = ["pristine", "jpeg-30", "noise-25", "degraded", "lr-x2", "jpeg-10", "none", "noise-50", "lr-x8"]
    expected = ["none", "jpeg-10", "jpeg-30", "noise-50", "noise-25", "lr-x8", "lr-x2", "degraded", "pristine"]
    assert sorted(names, key=order) == expected


def test_reference_curve_is_left_out_without_several_references(
    simulate: Callable[..., ResultSet], simulated_method: type
) -> None:
    results = simulate([simulated_method("a", 0.5), simulated_method("b", 0.9)])
    assert report_context(results)["curve"] is None


def test_disagreements_are_the_largest_rank_differences(context: dict[str, Any], results: ResultSet) -> None:
    found = context["disagreements"]
    first, second = found.first_shown
    assert first.row["method"] != second.row["method"]
    gaps = np.zeros(len(results.labels))
    for rows in results.labels.groupby("content").indices.values():
        gaps[rows] = np.abs(rankdata(-first.scores[rows]) - rankdata(-second.scores[rows]))
    listed = found.pairs[f"{first.key} {second.key}"]
    assert len(listed) == 6
    assert sorted(gaps[listed]) == sorted(gaps)[-6:]
    assert len(found.pairs) == 190


def test_labels_where_lower_is_better_change_nothing_but_their_sign(
    simulate: Callable[..., ResultSet], simulated_method: type
) -> None:
    methods = [simulated_method("a", 0.5), simulated_method("b", 0.9)]
    plain = report_context(simulate(methods))
    turned = report_context(simulate(methods, mos_higher_is_better=False))
    assert turned["data"]["labels"] == plain["data"]["labels"]
    assert turned["scatter"].mos_sign == -1
    ticks = [float(tick.text.replace("−", "-")) for tick in turned["scatter"].y_ticks]
    assert ticks == sorted(ticks, reverse=True)
    assert all(tick > 0 for tick in ticks)


def test_best_epoch_on_this_set_does_not_lead(context: dict[str, Any]) -> None:
    assert context["runs"][0].row["selection"] == "best"
    assert context["headline"]["flattered"]
    assert "best epoch" not in context["headline"]["name"]


def test_votes_replace_srcc(vote_results: ResultSet) -> None:
    frame = leaderboard(vote_results)
    context = report_context(vote_results)
    assert context["ranking"].statistic == "vote_agreement"
    assert context["scatter"] is None
    assert context["heat"] is None
    assert context["facts"].votes == 10 * 6 * 15
    assert {"vote_agreement", "vote_ceiling"} <= {column.name for column in context["board"].table.columns}
    assert not {"srcc", "plcc"} & {column.name for column in context["board"].table.columns}
    agreement = {row["method"]: row["vote_agreement"] for _, row in frame[frame["reference"] == "degraded"].iterrows()}
    psnr = next(run for run in context["runs"] if run.name == "psnr")
    everything = np.ones(len(vote_results.labels), dtype=bool)
    assert context["ranking"].figure(psnr, everything) == pytest.approx(agreement["psnr"])


def test_one_content_has_no_interval_and_says_so(simulate: Callable[..., ResultSet], simulated_method: type) -> None:
    context = report_context(simulate([simulated_method("a", 0.5), simulated_method("b", 0.9)], contents=1))
    assert context["matrix"] is None
    assert "no interval (one content only)" in context["facts"].sentence()
    assert all(whisker.low is None for whisker in context["board"].whiskers)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-4.2, 4.8), (1083, 1721), (1e-7, 3e-7), (-1, -0.2)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    scale = Scale(low, high, 0, 100)
    ticks = scale.ticks(5)
    assert 3 <= len(ticks) <= 9
    assert all(0 <= tick.at <= 100 for tick in ticks)
    for tick in ticks:
        assert scale.at(float(tick.text.replace("−", "-"))) == pytest.approx(tick.at, abs=0.11)


def test_scale_of_one_value_still_has_room() -> None:
    assert scale_over([3.0, 3.0, np.nan], 0, 10).at(3.0) == 5.0
    assert scale_over([], 0, 10).ticks()

"""The sentences below a table."""

from __future__ import annotations

import numpy as np
import pytest

from iqabench.render.leaderboards import lay_out
from iqabench.render.paper import Preset, render_paper
from iqabench.stats.leaderboard import leaderboard


def sentences(result, names=None):
    return " ".join(lay_out(leaderboard(result), names).footer)


def test_says_what_was_measured_on_what(three):
    text = sentences(three)
    assert "toy, split test (state ffffffff of data and labels): 48 images of 6 contents." in text
    assert "human" in text
    assert "Brackets: 95 % interval, Student's t over contents." in text
    assert "Holm-corrected for 3 pairs" in text
    assert "72 pairs within content and category" in text
    assert "degraded (" in text
    assert "none (poor)" in text
    assert "Level with: ranks that cannot be told apart" in text
    assert "Not ranked" not in text


def test_pseudo_labels_are_called_what_they_are(labels, run, results, noisy):
    text = sentences(results(labels, [run("m", labels, noisy(40))], label_kind="pseudo"))
    assert "Labels: PSEUDO, computed by metrics, not human judgements: these figures show" in text
    assert text.lower().count("pseudo") == 1
    assert "Labels: human" not in text


@pytest.mark.parametrize(
    ("selection", "start", "words"),
    [
        ("last", "imagenet", ["Trained, the last epoch, seed 3: m.", "Recipe paper, from ImageNet weights: m."]),
        ("best", "random", ["best epoch on the set reported here", "Recipe paper, from a random start: m."]),
        ("last", "packaged", ["Recipe paper, from the ImageNet weights in the package (stored as float16): m."]),
        ("last", "published", ["Recipe paper, from its published weights: m."]),
        ("last", "", ["start: not recorded"]),
    ],
)
def test_training(labels, run, results, noisy, selection, start, words):
    training = {"recipe": "paper", "start": start, "seed": 3}
    one = run("m", labels, noisy(40), training=training, selection=selection, notes=["a note"])
    text = sentences(results(labels, [one]))
    for word in [*words, "m: a note."]:
        assert word in text


def test_exceptions_are_named(labels, run, results, noisy):
    gap, flat = noisy(40), noisy(40)
    gap[:3] = np.nan
    flat[labels["content"] == "A0003"] = 1
    runs = [run("gap", labels, gap), run("flat", labels, flat), run("constant", labels, np.zeros(len(labels)))]
    text = sentences(results(labels, runs))
    assert "Not ranked: gap (degraded): 3 of 48 images without a score." in text
    assert "Not ranked: flat (degraded): SRCC undefined within 1 of 6 contents (constant scores)." in text
    assert "left out of the mean, within A0003: flat." in text
    assert "contradicts the order of the scores: constant." in text


def test_no_reason_is_given_for_figures_of_scores_that_are_not_there(labels, run, results):
    text = sentences(results(labels, [run("mine", labels, np.full(len(labels), np.nan))]))
    assert "Not ranked: mine (degraded): 48 of 48 images without a score." in text
    assert "SRCC undefined" not in text
    assert "logistic" not in text


def test_too_few_images_for_a_fit_are_no_failed_fit(labels, run, results):
    few = labels.head(4)
    text = sentences(results(few, [run("mine", few, np.arange(4.0))]), ["srcc", "plcc_logistic"])
    assert "No logistic figures, because the fit needs 5 images: mine." in text
    assert "did not converge" not in text


def test_what_is_not_shown_is_not_explained(three):
    whole = lay_out(leaderboard(three))
    text = " ".join(whole.footer_of(["rank", "method", "srcc"], False))
    assert "Measured on toy" in text
    assert "SRCC: within each content, then averaged." in text
    assert not any(word in text for word in ("Brackets", "Level with", "Pair accuracy", "pooled", "logistic"))


def test_latex_speaks_of_brackets_only_where_there_are_some(three):
    frame = leaderboard(three)
    narrow, wide = (render_paper([frame], Preset(venue, 3, ()), None) for venue in ("one-column", "two-column"))
    assert "Brackets" not in narrow
    assert "% Brackets: 95 % interval" in wide


def test_one_content_and_nothing_at_all(labels, run, results, noisy):
    one = labels.assign(content="only")
    assert "only one content" in sentences(results(one, [run("m", one, noisy(40))]))
    assert lay_out(leaderboard(results(labels, []))).footer == ["No runs."]


def test_rows_of_one_method_are_told_apart_by_their_runs(labels, run, results, noisy):
    gap = noisy(40)
    gap[:3] = np.nan
    alike = [run("m", labels, noisy(40), run_id="aaaaaaaa1", parameters={"w": True}, notes=["odd"])]
    alike.append(run("m", labels, noisy(90), run_id="bbbbbbbb2", parameters={"w": False}))
    for number in "34":
        alike.append(run("gap", labels, gap, run_id=f"cccccccc{number}", parameters={"w": number}))
    frame = leaderboard(results(labels, alike))
    text = " ".join(lay_out(frame).footer)
    assert "m#aaaaaaaa: odd." in text
    assert "degraded (m, gap)" in text
    assert text.count("Not ranked: gap (degraded): 3 of 48 images without a score.") == 1
    assert "w=true" in set(frame["variant"])


def test_too_few_images_of_each_content_are_said(labels, run, results, noisy):
    few = labels[labels.groupby("content").cumcount() < 2].reset_index(drop=True)
    text = sentences(results(few, [run("m", few, np.arange(len(few)))]))
    assert "none has three images with a score" in text
    assert "SRCC undefined (fewer than three images" in text


def test_only_the_columns_shown_are_explained(three):
    assert (
        "SRCC, PLCC, KRCC: within each content, then averaged; pooled: over all images; "
        "logistic: over all images after a four-parameter logistic fit. Pair accuracy:"
    ) in sentences(three)
    chosen = sentences(three, ["srcc", "pair_accuracy_50"])
    assert "judgements. SRCC: within each content, then averaged. Pairs > 50: Share of these pairs" in chosen
    assert "Brackets: " in chosen
    for other in ("PLCC", "Pair accuracy", "logistic", "Level with"):
        assert other not in chosen
    assert "Pooled: over all images. " in sentences(three, ["method", "plcc_pooled"])
    assert "Brackets" not in sentences(three, ["method", "plcc_pooled"])


def test_why_a_distance_to_a_degraded_image_can_be_negative_is_said_only_where_one_is(labels, run, results, noisy):
    good, backwards = noisy(40), -noisy(40)
    said = "what lies nearest to a bad image is bad"
    runs = [run("near", labels, backwards), run("edges", labels, backwards, paradigm="NR", reference="none")]
    text = sentences(results(labels, [run("good", labels, good), *runs]))
    assert f"Below 0 (near): these are shown a degraded image, and {said}" in text
    assert said not in sentences(results(labels, [run("good", labels, good), runs[1]]))
    chance = results(labels, [run("chance", labels, noisy(1e6, 6))])
    row = leaderboard(chance).iloc[0]
    assert row["srcc"] < 0 < row["srcc_high"]
    assert said not in sentences(chance)


def test_scores_that_ignore_their_reference_are_told_of(labels, run, results, noisy):
    scores = noisy(40)
    same = {"scores": dict(zip(labels["image_id"], scores, strict=True))}
    other = {"scores": dict(zip(labels["image_id"], noisy(400, 5), strict=True))}
    runs = [run("blind", labels, scores, reference_check=same), run("sees", labels, scores, reference_check=other)]
    text = sentences(results(labels, runs))
    assert "blind: the scores hardly depend on the reference: beside that of another content they move by less" in text
    assert "sees: the scores" not in text
    moved = float(text.partition("scores move by ")[2].partition(" %")[0])
    assert moved > 10
    assert "of their spread within contents or more (sees)." in text
    assert "Reference check passed" not in sentences(results(labels, runs[:1]))
    many = [run(f"sees{n}", labels, scores, reference_check=other) for n in range(9)]
    assert "(9 rows)" in sentences(results(labels, many))


def test_pseudo_labels_are_never_called_turned(labels, run, results, noisy) -> None:
    """Their direction was computed: on the embedded set, distances to a degraded image are all below zero."""
    runs = [run(name, labels, -noisy(40, number)) for number, name in enumerate("ab")]
    told = {kind: sentences(results(labels, runs, label_kind=kind)) for kind in ("human", "pseudo")}
    assert "likely turned" in told["human"]
    assert "likely turned" not in told["pseudo"]
    assert "what lies nearest to a bad image is bad" in told["pseudo"]

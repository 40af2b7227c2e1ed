"""What a table measured, on what, and how: the sentences below it."""

from __future__ import annotations

import re
from collections.abc import Collection

import numpy as np
import pandas as pd

from iqabench._util.text import counted, split_named
from iqabench.data.categories import in_words
from iqabench.render.named_rows import NAMED, chosen, grouped, names_of, numbers, with_names
from iqabench.results.provenance import other_libraries
from iqabench.stats.logistic import MINIMUM_POINTS
from iqabench.stats.pairwise import too_few
from iqabench.stats.statistic import Statistic
from iqabench.stats.table import LEADERBOARD

PSEUDO = "Labels: PSEUDO, computed by metrics, not human judgements: these figures show that the pipeline works."
"""Stands wherever figures rest on labels that no person gave."""
TURNED = "Lower labels mean better images: figures are turned accordingly."
"""Stands wherever figures rest on labels that fall with quality."""
STARTS = {
    "random": "from a random start",
    "imagenet": "from ImageNet weights",
    "packaged": "from the ImageNet weights in the package (stored as float16)",
    "shipped": "from the shipped weights",
    "published": "from its published weights",
}
"""What training began from, by the word that a method records."""

CATEGORY = "Only images of category"

STRONG = 0.3
"""As far below chance as this, of the whole range below it, is no accident."""

NOT_SAVED = "(none is saved: iqabench check {} METHOD --save)"

MANY = 8
"""More rows of one reference than this are not listed by name."""

LOGISTIC = {"plcc_logistic", "rmse_logistic", "plcc_logistic5", "rmse_logistic5"}
"""Columns of figures after a logistic fit."""


def title(frame: pd.DataFrame) -> str:
    """``dataset, split NAME`` of a table, or ``dataset, over N splits``; behind it the protocol if one is named."""
    first = frame.iloc[0]
    by = f", protocol {first['protocol']}" if first["protocol"] else ""
    if _over_splits(frame):
        return f"{first['dataset']}, over {len(first['split'].split(', '))} splits{by}"
    return f"{first['dataset']}, {split_named(first['split'])}{by}"


def footer(frame: pd.DataFrame, shown: Collection[str], intervals: bool = True) -> list[str]:
    """Sentences, not escaped, that a reader needs before believing the table of one dataset and split (or several).

    Of statistics only those in the columns ``shown`` are explained, and brackets only if ``intervals`` are shown.
    """
    if frame.empty:
        return ["No runs."]
    frame = with_names(frame)
    return [
        _measured_on(frame),
        *_labels(frame),
        *_direction(frame),
        *_statistics(frame, shown),
        *_intervals(frame, shown, intervals),
        *_training(frame),
        *_references(frame),
        *_protocols(frame),
        *_backwards(frame),
        *_reference_check(frame),
        *_checks(frame, shown),
        *_exceptions(frame, shown),
        *_hidden(frame),
        *_other_libraries(frame),
    ]


def signatures(frame: pd.DataFrame) -> list[str]:
    """The signatures of each row (one for each seed), in the order of the rows; rows that have none are left out."""
    cells = (str(cell).split("; ") for cell in frame.get("signature", ()))
    return [line for line in dict.fromkeys(line for cell in cells for line in cell) if line]


def _other_libraries(frame: pd.DataFrame) -> list[str]:
    cells = zip(frame[NAMED], frame["libraries"], strict=True)
    runs = [(named.name, one) for named, cell in cells for one in str(cell).split("; ")]
    return other_libraries([name for name, _ in runs], [one for _, one in runs])


def _over_splits(frame: pd.DataFrame) -> bool:
    """True for a table of means over splits; a table of one split has no row with more than one."""
    return bool((numbers(frame, "splits") > 1).any())


def _measured_on(frame: pd.DataFrame) -> str:
    first = frame.iloc[0]
    state = f"state {str(first['fingerprint'])[:8]} of data and labels"
    only = f" {CATEGORY} {in_words(first['dataset'], first['category'])}." if first["category"] else ""
    if _over_splits(frame):
        number = len(first["split"].split(", "))
        return (
            f"Mean ± standard deviation over {number} splits of {first['dataset']} ({state}): {first['split']}. "
            f"Each has a table of its own. Splits share contents: there is neither an interval nor a test.{only}"
        )
    images, contents = counted(first["images"], "image"), counted(first["contents"], "content")
    return f"Measured on {title(frame)} ({state}): {images} of {contents}.{only}"


def category_of(text: str) -> str:
    """The category that a table with the footer ``text`` is restricted to; empty for all images."""
    found = re.search(rf"{CATEGORY} (.+?)\.(?:\s|<|$)", text)
    return found[1] if found else ""


def _labels(frame: pd.DataFrame) -> list[str]:
    kind = frame.iloc[0]["labels"]
    if kind == "pseudo":
        said = PSEUDO
    elif kind == "human":
        said = "Labels: human judgements."
    else:
        return ["Labels: none."]
    return [said, *[TURNED] * bool(frame.iloc[0]["labels_lower_is_better"])]


def _statistics(frame: pd.DataFrame, shown: Collection[str]) -> list[str]:
    """What the statistics in the columns ``shown`` are: the correlations in one sentence, each other in its own."""
    told = [one for one in LEADERBOARD if one.name in shown and frame[one.name].notna().any()]
    subjects: dict[str, list[str]] = {}
    for subject, text in (one.shared for one in told if one.shared):
        if subject not in subjects.setdefault(text, []):
            subjects[text].append(subject)
    together = "; ".join(f"{', '.join(names)}: {text}" for text, names in subjects.items())
    sentences = [f"{together[:1].upper()}{together[1:]}."] if together else []
    return [*sentences, *(_sentence(one, frame) for one in told if not one.shared)]


def _sentence(statistic: Statistic, frame: pd.DataFrame) -> str:
    if not statistic.sentence:
        return f"{statistic.label[:1].upper()}{statistic.label[1:]}: {statistic.explanation}."
    ceiling = frame["vote_ceiling"].dropna()
    low, high = f"{ceiling.min():z.4f}", f"{ceiling.max():z.4f}"
    most = low if low == high else f"{low} to {high}, by the pairs scored"
    return statistic.sentence.format(
        pairs=_pairs(frame["vote_pairs" if statistic.by_votes else "pair_count"]), most=most
    )


def _direction(frame: pd.DataFrame) -> list[str]:
    """A warning if every method disagrees with the labels: then it is the labels that are turned.

    Not of pseudo labels: their direction was computed, and what a row below zero means is said anyway.
    """
    if frame.iloc[0]["labels"] == "pseudo":
        return []
    for name, middle, what in (("srcc", 0.0, "SRCC"), ("vote_agreement", 0.5, "vote agreement")):
        figures = frame[name].dropna()
        if figures.empty:
            continue
        if not (figures.max() < middle and figures.median() <= middle - STRONG * (1 - middle)):
            return []
        spread = f"{what} {figures.min():z.3f}" + (f" to {figures.max():z.3f}" if len(figures) > 1 else "")
        fault = "the direction of the labels is" if name == "srcc" else "votes_a and votes_b are"
        return [
            f"WARNING: every method here is strongly negative ({spread}): {fault} likely turned. "
            + (
                "They are taken to mean better images where they are lower; say --mos-direction higher if they are not."
                if frame.iloc[0]["labels_lower_is_better"]
                else "If higher labels mean worse images (DMOS), say so where the data set is declared, and run again."
            )
        ]
    return []


def _intervals(frame: pd.DataFrame, shown: Collection[str], intervals: bool) -> list[str]:
    if _over_splits(frame):
        return []
    sentences = []
    if intervals and any(one.interval and one.name in shown for one in LEADERBOARD):
        several = frame.iloc[0]["contents"] > 1
        said = "Brackets: 95 % interval, Student's t over contents."
        sentences.append(said if several else "No intervals: there is only one content.")
    if frame["rank"].notna().sum() > 1:
        sentences += _test(frame, shown)
    return sentences


def _test(frame: pd.DataFrame, shown: Collection[str]) -> list[str]:
    first = frame.iloc[0]
    if not frame["group"].notna().any():
        return [f"Differences are not tested: {too_few(int(first['tested_contents']))}."]
    if not {"level_with", "group"} & set(shown):
        return []
    pairs = counted(int(first["tested_pairs"]), "pair")
    stored = "stored on this split by this protocol" if first["protocol"] else "stored on this split"
    return [
        "Level with: ranks that cannot be told apart from the row's (Student's t on differences by content, "
        f"Holm-corrected for {pairs} of ranked rows {stored}, 5 %)."
    ]


def _training(frame: pd.DataFrame) -> list[str]:
    sentences = [
        f"Learnt from {data}: {names_of(group)}."
        for (data,), group in grouped(frame, frame["training_data"] != "", "training_data")
    ]
    trained = frame["recipe"] != ""
    if not trained.any():
        return sentences
    rules = {"last": "the last epoch", "best": "the best epoch on the set reported here, an optimistic choice"}
    seeds = frame["training_seed"].where(frame["training_seed"] != "", "not recorded")
    for (selection, seed), group in grouped(frame, trained, "selection", seeds):
        rule = rules.get(str(selection), str(selection))
        sentences.append(f"Trained, {rule}, {_seeds(str(seed))}: {names_of(group)}.")
    for (recipe, start), group in grouped(frame, trained, "recipe", "start"):
        begun = STARTS.get(str(start), f"start: {start or 'not recorded'}")
        sentences.append(f"Recipe {recipe}, {begun}: {names_of(group)}.")
    return sentences


def _seeds(seed: str) -> str:
    return f"mean ± standard deviation over the seeds {seed}" if "," in seed else f"seed {seed}"


def _references(frame: pd.DataFrame) -> list[str]:
    groups = {
        str(reference): group for (reference,), group in grouped(frame, np.ones(len(frame), dtype=bool), "reference")
    }
    most = max(groups, key=lambda name: len(groups[name]))
    if len(groups[most]) > MANY and len(groups) > 1:
        rest = {name: names_of(group) for name, group in groups.items() if name != most}
        shown = [*(f"{name} ({names})" for name, names in rest.items()), f"{most} (all others)"]
    else:
        shown = [f"{name} ({names_of(group)})" for name, group in groups.items()]
    return [f"Shown beside the restored image: {'; '.join(shown)}."]


def _protocols(frame: pd.DataFrame) -> list[str]:
    """By which protocol all rows were scored; nothing where none was named."""
    first = frame.iloc[0]
    return [f"Scored by protocol {first['protocol']} ({first['protocol_rules']})."] if first["protocol"] else []


def _reference_check(frame: pd.DataFrame) -> list[str]:
    """Which rows passed it; a row that did not is told of by itself."""
    moved = numbers(frame, "reference_moved")
    held = (moved < np.inf) & (frame["reference_check"].fillna("") == "").to_numpy(dtype=bool)
    if not held.any():
        return []
    passed = chosen(frame, held)
    who = names_of(passed) if len(passed) <= MANY else f"{len(passed)} rows"
    return [
        "Reference check passed: beside the degraded image of another content, scores move by "
        f"{100 * moved[held].min():.0f} % of their spread within contents or more ({who})."
    ]


def _checks(frame: pd.DataFrame, shown: Collection[str]) -> list[str]:
    """What the columns of saved checks are, and which rows the control calls no better than NR."""
    sentences = []
    if "ladder" in shown:
        on = ", ".join(sorted(set(frame["ladder_on"].fillna("")) - {""}))
        unlike = "; figures on different pictures do not compare" if ", " in on else ""
        measured = f" (on {on}{unlike})" if on else f" {NOT_SAVED.format('--ladder')}"
        sentences.append(f"Ladder: share of pairs in which the stronger fault scores worse{measured}.")
    if "control" in shown:
        none = "" if frame["control"].notna().any() else f" {NOT_SAVED.format('--control')}"
        sentences.append(
            "Control: agreement beside the right degraded image minus that beside another content's, or beside the "
            f"restored image itself, whichever difference is smaller{none}."
        )
    below = chosen(frame, frame["control_verdict"] == "no better than NR")
    if below:
        sentences.append(f"No better than NR, by the wrong-reference control on these labels: {names_of(below)}.")
    return sentences


def _backwards(frame: pd.DataFrame) -> list[str]:
    """Why a distance to a degraded image may agree backwards with the labels, where a row surely does."""
    for name, most, middle in (("srcc", "srcc_high", 0.0), ("vote_agreement", "vote_high", 0.5)):
        figures, bounds = numbers(frame, name), numbers(frame, most)
        negative = np.where(np.isnan(bounds), figures, bounds) < middle
        if not negative.any():
            continue
        below = chosen(frame, (frame["paradigm"] == "DR") & (frame["recipe"] == "") & negative)
        if below:
            return [
                f"Below {middle:g} ({names_of(below)}): these are shown a degraded image, and what lies nearest to a "
                "bad image is bad; a distance to it can agree backwards with the labels."
            ]
    return []


def _exceptions(frame: pd.DataFrame, shown: Collection[str]) -> list[str]:
    sentences = []
    for (why, reference), group in grouped(frame, frame["rank"].isna(), "not_ranked", "reference", sort=False):
        sentences.append(f"Not ranked: {names_of(group)} ({reference}): {why}.")
    scored = numbers(frame, "coverage") > 0  # without a score there is no figure, and why is said already
    undefined = frame["undefined_contents"]
    known = scored & undefined.notna() & (undefined != "")
    for (contents,), group in grouped(frame, known, "undefined_contents"):
        sentences.append(
            "SRCC undefined (fewer than three images, or equal scores or labels), left out of the mean, within "
            f"{_some(str(contents))}: {names_of(group)}."
        )
    failed = scored & (numbers(frame, "logistic_converged") == 0)
    if failed.any() and LOGISTIC & set(shown):
        few = numbers(frame, "n") < MINIMUM_POINTS
        for rows, why in (
            (failed & few, f"because the fit needs {MINIMUM_POINTS} images"),
            (
                failed & ~few,
                "because the fit did not converge, is a step that parts a few images from the rest, or contradicts the "
                "order of the scores",
            ),
        ):
            sentences += [f"No logistic figures, {why}: {names_of(chosen(frame, rows))}."] if rows.any() else []
    for name in ("reference_check", "notes"):
        for (said,), group in grouped(frame, frame[name].fillna("") != "", name):
            sentences.append(f"{names_of(group)}: {said}.")
    return sentences


def _hidden(frame: pd.DataFrame) -> list[str]:
    hidden = frame["ablations_hidden"].dropna()
    if hidden.empty:
        return []
    rows = counted(int(hidden.iloc[0]), "row")
    return [f"Ablations left out: {rows}; --with-ablations shows them. The test of differences counts them."]


def _some(names: str) -> str:
    """The first of many names, and how many there are."""
    each = names.split(", ")
    return names if len(each) <= MANY else f"{', '.join(each[:3])} and {len(each) - 3} more contents"


def _pairs(counts: pd.Series) -> str:
    known = counts.dropna()
    if known.empty:  # over splits, each of which has its own
        return "pairs"
    low, high = int(known.min()), int(known.max())
    return counted(low, "pair") if low == high else f"{low:,} to {high:,} pairs"

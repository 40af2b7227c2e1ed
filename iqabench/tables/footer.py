"""What a table measured, on what, and how: the sentences below it."""

from __future__ import annotations

import re

import pandas as pd

from iqabench.provenance import other_libraries

STARTS = {
    "random": "from a random start",
    "imagenet": "from ImageNet weights",
    "shipped": "from the shipped weights",
    "published": "from its published weights",
}
"""What training began from, by the word that a method records."""

SIGNATURES = "Signatures, in the order of the rows; 'iqabench explain SIGNATURE' reads one back:"
"""What stands above the signatures below a table."""

CATEGORY = "Only images of category"

MANY = 8
"""More rows of one reference than this are not listed by name."""


def title(frame: pd.DataFrame) -> str:
    """``dataset, split NAME`` of a table."""
    first = frame.iloc[0]
    return f"{first['dataset']}, split {first['split']}"


def footer(frame: pd.DataFrame) -> list[str]:
    """Sentences, not escaped, that a reader needs before believing the table of one dataset and split."""
    if frame.empty:
        return ["No runs."]
    return [
        _measured_on(frame),
        *_labels(frame),
        *_statistics(frame),
        *_intervals(frame),
        *_training(frame),
        *_references(frame),
        *_exceptions(frame),
        *other_libraries(frame["method"].astype(str), frame["libraries"].astype(str)),
    ]


def signatures(frame: pd.DataFrame) -> list[str]:
    """The signature of each row, in the order of the rows; rows that have none are left out."""
    return [str(line) for line in frame.get("signature", ()) if line]


def _measured_on(frame: pd.DataFrame) -> str:
    first = frame.iloc[0]
    state = f"state {str(first['fingerprint'])[:8]} of data and labels"
    only = f" {CATEGORY} {first['category']}." if first["category"] else ""
    return f"Measured on {title(frame)} ({state}): {first['images']} images of {first['contents']} contents.{only}"


def category_of(text: str) -> str:
    """The category that a table with the footer ``text`` is restricted to; empty for all images."""
    found = re.search(rf"{CATEGORY} (.+?)\.(?:\s|<|$)", text)
    return found[1] if found else ""


def _labels(frame: pd.DataFrame) -> list[str]:
    kind = frame.iloc[0]["labels"]
    if kind == "pseudo":
        return ["Labels: PSEUDO, not human judgements; pseudo labels: these figures demonstrate the pipeline only."]
    if kind == "human":
        return ["Labels: human judgements."]
    return ["Labels: none."]


def _statistics(frame: pd.DataFrame) -> list[str]:
    sentences = []
    if frame["srcc"].notna().any():
        sentences.append(
            "SRCC, PLCC, KRCC: within each content, then averaged; pooled: over all images; "
            "logistic: over all images after a four-parameter logistic fit."
        )
    if frame["pair_accuracy"].notna().any():
        count = _one_or_range(frame["pair_count"])
        sentences.append(f"Pair accuracy: {count} pairs within content and category.")
    if frame["vote_agreement"].notna().any():
        ceiling = frame["vote_ceiling"].dropna()
        low, high = f"{ceiling.min():.4f}", f"{ceiling.max():.4f}"
        at_most = low if low == high else f"{low} to {high}, by the pairs scored"
        count = _one_or_range(frame["vote_pairs"])
        sentences.append(
            f"Vote agreement: share of all votes on {count} pairs; following the majority gives {at_most}."
        )
    return sentences


def _intervals(frame: pd.DataFrame) -> list[str]:
    first = frame.iloc[0]
    if first["contents"] < 2:
        return ["No intervals: there is only one content to resample."]
    drawn = f"{first['draws']:,} draws, seed {first['seed']}"
    sentences = [f"Brackets: 95 % percentile interval, bootstrap of contents ({drawn})."]
    if frame["group"].nunique() > 0 and frame["group"].notna().sum() > 1:
        sentences.append(
            "Level with: ranks that cannot be told apart from the row's "
            "(paired bootstrap of contents, Student's t, Holm-corrected, 5 %)."
        )
    return sentences


def _training(frame: pd.DataFrame) -> list[str]:
    sentences = [
        f"Learnt from {data}: {_names(group)}."
        for data, group in frame[frame["training_data"] != ""].groupby("training_data")
    ]
    trained = frame[frame["recipe"] != ""]
    rules = {"last": "the last epoch", "best": "the best epoch on the set reported here, an optimistic choice"}
    seeds = trained["training_seed"].astype("string").fillna("not recorded")
    for (selection, seed), group in trained.groupby(["selection", seeds]):
        rule = rules.get(str(selection), str(selection))
        sentences.append(f"Trained, {rule}, seed {seed}: {_names(group)}.")
    for (recipe, start), group in trained.groupby(["recipe", "start"]):
        begun = STARTS.get(str(start), f"start: {start or 'not recorded'}")
        sentences.append(f"Recipe {recipe}, {begun}: {_names(group)}.")
    return sentences


def _references(frame: pd.DataFrame) -> list[str]:
    groups = {str(reference): group for reference, group in frame.groupby("reference")}
    most = max(groups, key=lambda name: len(groups[name]))
    if len(groups[most]) > MANY and len(groups) > 1:
        rest = {name: _names(group) for name, group in groups.items() if name != most}
        shown = [*(f"{name} ({names})" for name, names in rest.items()), f"{most} (all others)"]
    else:
        shown = [f"{name} ({_names(group)})" for name, group in groups.items()]
    return [f"Shown beside the restored image: {'; '.join(shown)}."]


def _exceptions(frame: pd.DataFrame) -> list[str]:
    sentences = []
    for _, row in frame[frame["rank"].isna()].iterrows():
        sentences.append(f"Not ranked: {row['method']} ({row['reference']}): {row['not_ranked']}.")
    undefined = frame["undefined_contents"]
    for contents, group in frame[undefined.notna() & (undefined != "")].groupby("undefined_contents"):
        sentences.append(f"SRCC undefined, left out of the mean, within {_some(str(contents))}: {_names(group)}.")
    failed = frame[frame["logistic_converged"].eq(False).fillna(False)]
    if len(failed):
        sentences.append(f"The logistic fit did not converge: {_names(failed)}.")
    for notes, group in frame[frame["notes"] != ""].groupby("notes"):
        sentences.append(f"{_names(group)}: {notes}.")
    return sentences


def _some(names: str) -> str:
    """The first of many names, and how many there are."""
    each = names.split(", ")
    return names if len(each) <= MANY else f"{', '.join(each[:3])} and {len(each) - 3} more contents"


def _names(frame: pd.DataFrame) -> str:
    return ", ".join(dict.fromkeys(str(name) for name in frame["method"]))


def _one_or_range(counts: pd.Series) -> str:
    low, high = int(counts.min()), int(counts.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"

"""What a table over many data sets measured, on what, and what its ranks rest on: the sentences below it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from iqabench._util.text import counted
from iqabench.results.provenance import other_libraries
from iqabench.stats.many_sets import OWN_PART, SEEN, ManySets, MeasuredSet
from iqabench.stats.over_sets import LEAST_METHODS, LEAST_SETS
from iqabench.stats.pairwise import p_text

FEW_SETS = 12
"""With fewer, tests over data sets are called rough."""
MARKS = {SEEN: "†", OWN_PART: "‡"}
"""Behind a figure on a set that the method was trained on."""
_STATISTICS = {
    "srcc": "SRCC within each content, then averaged",
    "srcc_pooled": "SRCC over all images",
    "vote_agreement": "share of people's votes on the side that the method prefers",
}
_SCOPES = {
    "set": "labels can be compared between contents",
    "content": "labels compare within a content",
    "": "whether labels compare across contents is not known",
}
_HOW = {
    "srcc": "Student's t over contents",
    "srcc_pooled": "jackknife over contents with Student's t",
    "vote_agreement": "Student's t over contents",
}
_LABELS = {
    "human": "human judgements",
    "pseudo": "PSEUDO, computed by metrics, not human judgements: these figures show that the pipeline works",
    "none": "none",
}


def sentences(many: ManySets, intervals: bool = True) -> list[str]:
    """Sentences, not escaped, that a reader needs before believing the table, with or without ``intervals``."""
    return [
        *_measured_on(many),
        *_protocol(many),
        _labels(many),
        *_turned(many),
        *_statistics(many, intervals),
        *_ranks(many),
        *sentences_of_tests(many),
        *_trained(many),
        *_missing(many),
        *_notes(many),
        *_libraries(many),
    ]


def shown_name(row: pd.Series) -> str:
    """A row by its method, and what it is shown beside the restored image."""
    return str(row["method"]) if row["reference"] == "none" else f"{row['method']} ({row['reference']})"


def _measured_on(many: ManySets) -> list[str]:
    said = [
        f"{one.dataset}, split {one.split} (state {one.fingerprint[:8]}): {counted(one.images, 'image')} of "
        f"{counted(one.contents, 'content')}"
        for one in many.sets
    ]
    return [f"Measured on {'; '.join(said)}."]


def _protocol(many: ManySets) -> list[str]:
    first = many.sets[0]
    return [f"Scored by protocol {first.protocol} ({first.protocol_rules})."] if first.protocol else []


def _labels(many: ManySets) -> str:
    kinds = _by((one.labels, one.dataset) for one in many.sets)
    where = [f" ({names})" if len(kinds) > 1 else "" for names in kinds.values()]
    said = [f"{_LABELS.get(kind, kind)}{names}" for kind, names in zip(kinds, where, strict=True)]
    return f"Labels: {'; '.join(said)}."


def _turned(many: ManySets) -> list[str]:
    names = [one.dataset for one in many.sets if one.turned]
    return [f"Lower labels mean better images, figures are turned accordingly: {', '.join(names)}."] if names else []


def _statistics(many: ManySets, intervals: bool) -> list[str]:
    labelled = [one for one in many.sets if one.labels != "none"]
    taken = _by((_statistic(one), one.dataset) for one in labelled)
    what = "; ".join(f"{names}: {kind}" if len(taken) > 1 else kind for kind, names in taken.items())
    kinds = _by((one.statistic, one.dataset) for one in labelled)
    where = {kind: f"{names}: " if len(kinds) > 1 else "" for kind, names in kinds.items()}
    how = "; ".join(f"{names}{_HOW[kind]}" for kind, names in where.items())
    if not kinds:
        return []
    said = f"Brackets: 95 % interval ({how}; average rank: Student's t over three data sets or more)."
    return [f"Figures: {what}.", *[said] * intervals]


def _statistic(one: MeasuredSet) -> str:
    """Which figure is taken on a set, and what of its labels asks for it."""
    scope = _SCOPES.get(one.scope, _SCOPES[""]) if one.statistic != "vote_agreement" else ""
    return f"{_STATISTICS[one.statistic]}{scope and f' ({scope})'}"


def _ranks(many: ManySets) -> list[str]:
    said = "Average rank: the mean over data sets of a row's rank within each (1 is best, equal figures share a rank)."
    counts = many.cells.groupby("dataset")["set_rank"].count()
    if counts.min() < counts.max():
        said += " Where fewer rows have a figure than elsewhere, ranks are stretched to the same range."
    found = [said]
    if many.rows["rank"].isna().any():
        alone = many.rows["rank"].isna().all() and (many.rows["ranked_sets"] == len(many.sets)).any()
        found.append(
            "No row has a number: only one has a rank on every set."
            if alone
            else "A row without a rank on every set has no number: its average is over other sets."
        )
    fewer = many.rows[many.rows["ranked_sets"].between(1, many.rows["scored_sets"] - 1)]
    found += [
        f"{shown_name(row)}: its average rank is over {row['ranked_sets']} of its {row['scored_sets']} sets."
        for _, row in fewer.iterrows()
    ]
    return [*found, "Sets, images: on how many of all the row has figures and scores."]


def sentences_of_tests(many: ManySets) -> list[str]:
    """What the tests over data sets say, and how little few sets can say."""
    test, found = many.test, []
    rough = "rough: there are few sets" if test.sets < FEW_SETS else ""
    if np.isfinite(test.p):
        found.append(
            f"Friedman's test over {test.sets} sets and {len(test.rows)} rows: chi-squared {test.friedman:.2f}, "
            f"{p_text(test.p)}{rough and f' ({rough})'}."
        )
    if test.kind == "wilcoxon":
        found.append(
            "Level with: ranks that cannot be told apart from the row's (Wilcoxon's signed-rank test over data sets, "
            f"Holm-corrected for {counted(test.pairs, 'pair')} of rows, 5 %)."
        )
    elif test.kind == "nemenyi":
        found.append(
            "Level with: ranks that cannot be told apart from the row's (Nemenyi's test, 5 %: average ranks that "
            f"differ by less than {test.critical:.2f}{rough and f'; {rough}'}). Few sets tell only large differences; "
            "'iqabench compare' tests within one data set."
        )
    elif len(test.rows) > 1:
        least = LEAST_SETS if len(test.rows) >= LEAST_METHODS else FEW_SETS // 2
        found.append(
            f"{counted(test.sets, 'data set')} cannot tell whether two rows really differ: at least {least} are "
            "needed; 'iqabench compare' tests within one data set."
        )
    return found


def _trained(many: ManySets) -> list[str]:
    cells = many.cells[many.cells["figure"].notna()]
    end = "; it counts in ranks" if many.with_contaminated else "; left out of ranks (--with-contaminated counts it)"
    words = {
        SEEN: "the method's weights were learnt from labels of this set",
        OWN_PART: "trained on the training part of this set: other contents, but labels of the same kind",
    }
    found = []
    for kind, text in words.items():
        group = cells[cells["trained_here"] == kind]
        if len(group):
            who = _by((str(many.rows.loc[cell["row"], "method"]), str(cell["dataset"])) for _, cell in group.iterrows())
            names = "; ".join(f"{method} on {sets}" for method, sets in who.items())
            found.append(f"{MARKS[kind]} {text[0].upper()}{text[1:]}{end}: {names}.")
    learnt = cells[(cells["training_data"] != "") & ~cells["own"]]
    for data, group in learnt.groupby("training_data", sort=False):
        learners = dict.fromkeys(str(many.rows.loc[at, "method"]) for at in group["row"])
        found.append(f"Learnt from {data}: {', '.join(learners)}.")
    return found


def _missing(many: ManySets) -> list[str]:
    """One sentence for each reason: which rows have no figure on which sets."""
    cells = many.cells[many.cells["missing"] != ""]
    found = []
    for reason, group in cells.groupby("missing", sort=False):
        by_set = _by((str(cell["dataset"]), shown_name(many.rows.loc[cell["row"]])) for _, cell in group.iterrows())
        by_names = _by((names, dataset) for dataset, names in by_set.items())
        found += [f"No figure on {sets} ({reason}): {names}." for names, sets in by_names.items()]
    return found


def _notes(many: ManySets) -> list[str]:
    """What runs noted, of which rows and sets: that a validation content was seen in training, say."""
    cells = many.cells[many.cells["notes"] != ""]
    found = []
    for note, group in cells.groupby("notes", sort=False):
        where = _by((shown_name(many.rows.loc[cell["row"]]), str(cell["dataset"])) for _, cell in group.iterrows())
        by_sets = _by((sets, name) for name, sets in where.items())
        found += [f"{names} on {sets}: {str(note).removesuffix('.')}." for sets, names in by_sets.items()]
    return found


def _libraries(many: ManySets) -> list[str]:
    cells = many.cells[many.cells["libraries"] != ""]
    pairs = [
        (str(many.rows.loc[cell["row"], "method"]), one)
        for _, cell in cells.iterrows()
        for one in str(cell["libraries"]).split("; ")
    ]
    return other_libraries([name for name, _ in pairs], [one for _, one in pairs])


def _by(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Second words of ``pairs``, each once and separated by commas, by the first."""
    found: dict[str, dict[str, None]] = {}
    for first, second in pairs:
        found.setdefault(first, {})[second] = None
    return {first: ", ".join(names) for first, names in found.items()}

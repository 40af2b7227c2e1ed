"""Methods on many data sets at once: each one's agreement with the labels of each set, and its average rank.

Results of one split of each data set enter, :class:`ManySets` leaves. A figure is SRCC within each content and averaged
where labels mean something within a content only, SRCC over all images where they can be compared between contents, and
the share of votes that agree where there are votes alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from iqabench._util.errors import UserError
from iqabench.results.model import ResultSet, RunResult
from iqabench.stats.alignment import training_sets
from iqabench.stats.arrays import Floats, comparable, group_rows, is_constant
from iqabench.stats.assessment import AssessedGroup, Assessment, assess
from iqabench.stats.contents import content_ratio
from iqabench.stats.correlation import MINIMUM_POINTS
from iqabench.stats.grouping import group_runs, row_key
from iqabench.stats.leaderboard import Row, add_variants, row_facts
from iqabench.stats.over_sets import SetsTest, average_ranks, compare_over_sets, ranks_by_set
from iqabench.stats.pooled import pooled_srcc
from iqabench.stats.significance import indistinguishable_groups, ranks_level_with
from iqabench.stats.table import BY_NAME

StatisticName = Literal["srcc", "srcc_pooled", "vote_agreement"]

SEEN, OWN_PART = "weights", "split"
"""How a method knows a set: its weights were learnt from the set's labels, or it was trained on another part of it."""


@dataclass(frozen=True)
class MeasuredSet:
    """One data set of the table, and which figure is taken on it."""

    dataset: str
    split: str
    fingerprint: str
    labels: str
    """``human``, ``pseudo`` or ``none``."""
    turned: bool
    """True if lower labels mean better images."""
    statistic: StatisticName
    scope: str
    """Within what labels compare: ``set``, ``content``, or empty if that is not known."""
    images: int
    contents: int
    protocol: str
    protocol_rules: str


@dataclass(frozen=True)
class ManySets:
    """The table as data.

    Attributes
    ----------
    sets
        In the order that was asked for.
    rows
        One row for each method and reference, best average rank first: what it is, ``rank`` (null without a rank on
        every set), ``mean_rank, mean_rank_low, mean_rank_high, ranked_sets, scored_sets, images, all_images, group,
        level_with``.
    cells
        One row for each of ``rows`` and each set: ``row, dataset, figure, figure_low, figure_high, set_rank, scored,
        trained_here, missing, run_id, signature, training_data``. ``missing`` says why there is no figure.
    test
        Of the differences between the rows that have a rank on every set.
    with_contaminated
        True if figures on sets that a method was trained on count in ranks, too.
    """

    sets: tuple[MeasuredSet, ...]
    rows: pd.DataFrame
    cells: pd.DataFrame
    test: SetsTest
    with_contaminated: bool


def many_sets(results: Sequence[ResultSet], with_contaminated: bool = False) -> ManySets:
    """Compare the runs of several data sets.

    Parameters
    ----------
    results
        The runs on one split of each data set, all by one protocol.
    with_contaminated
        Count figures on sets that a method was trained on.

    Raises
    ------
    UserError
        If two of ``results`` are of one data set, or of different protocols.
    """
    protocols = dict.fromkeys((one.protocol, one.protocol_rules) for one in results)
    if len(protocols) > 1:
        known = ", ".join(sorted({name or "none" for name, _ in protocols}))
        raise UserError(
            f"a table over data sets takes rows by one protocol; choose one by --protocol: {known} (none: rows that "
            "name no protocol)"
        )
    names = [one.dataset for one in results]
    for name in names:
        if names.count(name) > 1:
            splits = ", ".join(one.split for one in results if one.dataset == name)
            raise UserError(f"{name}: a table over data sets takes one split of each; choose one by --split: {splits}")
    assessed = [(_measured(one), assess(one)) for one in results]
    travelled = _travelled(results)
    sets = tuple(one for one, _ in assessed)
    rows: dict[str, Row] = {}
    found: dict[tuple[str, str], Row] = {}
    for measured, assessment in assessed:
        for group in assessment.groups:
            own = _trained_on_its_own(group.group.first, travelled)
            key = _key(group.group.first, own)
            rows.setdefault(key, _row(assessment, group, own))
            found[key, measured.dataset] = _cell(measured, assessment, group, own)
    add_variants(list(rows.values()))
    cells = [{"key": key, **_found(found, key, one)} for key in rows for one in sets]
    counted = [with_contaminated or not cell["trained_here"] for cell in cells]
    figures = np.array([cell["figure"] for cell in cells], dtype=np.float64).reshape(len(rows), len(sets))
    figures = comparable(np.where(np.reshape(counted, figures.shape), figures, np.nan))
    return _ordered(sets, rows, cells, figures, with_contaminated)


def count_rows(results: Sequence[ResultSet]) -> int:
    """How many rows a table over ``results`` has; several splits of one data set are one."""
    travelled = _travelled(results)
    runs = [group.first for one in results for group in group_runs(one.runs)]
    return len({_key(run, _trained_on_its_own(run, travelled)) for run in runs})


def statistic_of(results: ResultSet) -> StatisticName:
    """Which figure says how well a method agrees with the labels of a set."""
    mos = results.labels["mos"].to_numpy(dtype=np.float64)
    known = np.isfinite(mos)
    if not known.any():
        return "vote_agreement"
    scope = results.card.get("label_scope") or ""
    if scope == "content":
        return "srcc"
    contents = group_rows(results.labels["content"].astype(str).to_numpy()[known]).values()
    within = any(len(rows) >= MINIMUM_POINTS and not is_constant(mos[known][rows]) for rows in contents)
    return "srcc" if within and scope != "set" else "srcc_pooled"


def trained_here(run: RunResult, dataset: str) -> str:
    """:data:`OWN_PART` if the run's method was trained on ``dataset``, :data:`SEEN` if its weights were, else empty."""
    if any(_same(name, dataset) for name in training_sets(run)):
        return OWN_PART
    return SEEN if any(_same(name, dataset) for name in run.meta["method"].get("trained_on", ())) else ""


def _same(a: str, b: str) -> bool:
    """True for two spellings of one data set: ``KADID-10k`` and ``kadid10k``."""
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in (a, b)]
    return plain[0] == plain[1] != ""


def _measured(results: ResultSet) -> MeasuredSet:
    return MeasuredSet(
        dataset=results.dataset,
        split=results.split,
        fingerprint=results.fingerprint,
        labels=str(results.card.get("label_kind", "none")),
        turned=not results.card.get("mos_higher_is_better", True),
        statistic=statistic_of(results),
        scope=str(results.card.get("label_scope") or ""),
        images=len(results.labels),
        contents=int(results.labels["content"].nunique()),
        protocol=results.protocol,
        protocol_rules=results.protocol_rules,
    )


def _travelled(results: Sequence[ResultSet]) -> set[str]:
    """Trainings whose model scored more than one data set."""
    where: dict[str, set[str]] = {}
    for one in results:
        for run in one.runs:
            where.setdefault(str((run.meta.get("training") or {}).get("id")), set()).add(one.dataset)
    return {training for training, sets in where.items() if len(sets) > 1}


def _key(run: RunResult, own: bool) -> str:
    """What makes a row: everything that may change a score but the data set, the split, and the seed of training.

    A method that is trained on each set's own training part (``own``) is one row.
    """
    facts = json.loads(row_key(run, over_splits=True))
    for name in ("dataset", "fingerprint"):
        facts.pop(name, None)
    if own:
        of_set = ("dataset", "fingerprint", "label_kind")
        facts["training"] = {name: value for name, value in facts["training"].items() if name not in of_set}
    return json.dumps(facts, sort_keys=True)


def _trained_on_its_own(run: RunResult, travelled: Collection[str]) -> bool:
    """True for a model of the set's own training part that scored no other set."""
    training = run.meta.get("training") or {}
    own = bool(training) and training.get("dataset") == run.meta["dataset"]
    return own and str(training.get("id")) not in travelled


def _row(assessment: Assessment, group: AssessedGroup, own: bool) -> Row:
    """What a row is; of what differs from set to set, nothing."""
    facts = row_facts(assessment, group)
    kept = ("method", "version", "paradigm", "reference", "selection", "recipe", "start", "settings", "trained_on")
    row = {name: facts[name] for name in (*kept, "seeds", "stated", "made_by")}
    if own:
        row["trained_on"] = "each set's own training part"
        row["made_by"] = {name: one for name, one in row["made_by"].items() if not name.startswith("trained on ")}
    return row


def _cell(measured: MeasuredSet, assessment: Assessment, group: AssessedGroup, own: bool) -> Row:
    facts = row_facts(assessment, group)
    missing = ""
    value, low, high = _figure(measured, assessment, group)
    if group.scored < measured.images:
        missing = f"{measured.images - group.scored:,} of {measured.images:,} images without a score"
    elif np.isnan(value):
        missing = group.not_ranked or "constant scores"
    if missing:
        value = low = high = float("nan")
    return {
        **{"figure": value, "figure_low": low, "figure_high": high, "scored": group.scored, "missing": missing},
        "trained_here": trained_here(group.group.first, measured.dataset),
        "own": own,
        **{name: facts[name] for name in ("run_id", "signature", "training_data", "libraries", "notes")},
    }


def _figure(measured: MeasuredSet, assessment: Assessment, group: AssessedGroup) -> tuple[float, float, float]:
    if measured.statistic == "srcc_pooled":
        used = np.isfinite(assessment.mos) & np.all(np.isfinite(group.scores), axis=0)
        content = assessment.results.labels["content"].astype(str).to_numpy()[used]
        found = pooled_srcc([one[used] for one in group.scores], assessment.mos[used], content)
        return found.value, found.low, found.high
    interval = content_ratio(*assessment.sums(group), BY_NAME[measured.statistic].limits)
    whole = measured.statistic == "vote_agreement" or not group.not_ranked
    return (float(interval.value) if whole else float("nan")), float(interval.low), float(interval.high)


def _found(cells: Mapping[tuple[str, str], Row], key: str, one: MeasuredSet) -> Row:
    nothing = {"figure": np.nan, "figure_low": np.nan, "figure_high": np.nan, "scored": 0, "missing": "not run"}
    nothing |= {"trained_here": "", "own": False, "run_id": "", "signature": "", "training_data": "", "libraries": ""}
    nothing |= {"notes": ""}
    return {"dataset": one.dataset, **cells.get((key, one.dataset), nothing)}


def _ordered(
    sets: tuple[MeasuredSet, ...], rows: dict[str, Row], cells: list[Row], figures: Floats, with_contaminated: bool
) -> ManySets:
    """Rows by average rank; numbered are those with a rank on every set, if there are two."""
    ranks = ranks_by_set(figures)
    average = average_ranks(ranks)
    frame = pd.DataFrame(list(rows.values())).assign(
        key=list(rows),
        mean_rank=average.value,
        mean_rank_low=average.low,
        mean_rank_high=average.high,
        ranked_sets=np.isfinite(ranks).sum(axis=1),
    )
    table = pd.DataFrame(cells).assign(set_rank=ranks.ravel())
    by_key = table.groupby("key", sort=False)
    frame["scored_sets"] = frame["key"].map(by_key["figure"].count())
    frame["images"] = frame["key"].map(by_key["scored"].sum())
    frame["all_images"] = sum(one.images for one in sets)
    whole = frame["ranked_sets"] == len(sets)
    frame["rank"] = frame["mean_rank"].where(whole & (whole.sum() > 1)).rank(method="min").astype("Int64")
    frame = frame.sort_values(["mean_rank", "method", "reference"], kind="stable")
    test = compare_over_sets(figures[frame.index])
    frame = frame.reset_index(drop=True)
    frame["group"], frame["level_with"] = [None] * len(frame), [None] * len(frame)
    if test.kind:
        compared = frame.loc[test.rows]
        ties = ranks_level_with(compared["rank"].astype(int), test.significant, compared["method"].tolist())
        frame.loc[test.rows, "group"] = indistinguishable_groups(test.significant)
        frame.loc[test.rows, "level_with"] = ties
    place = {key: at for at, key in enumerate(frame["key"])}
    table = table.assign(row=table["key"].map(place)).sort_values("row", ignore_index=True, kind="stable")
    dropped = ["key", "stated", "made_by"]
    return ManySets(sets, frame.drop(columns=dropped), table.drop(columns="key"), test, with_contaminated)

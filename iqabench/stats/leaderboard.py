"""From the runs on one split to a tidy frame: one row per method and setting, every statistic, rank and group."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from iqabench import stats
from iqabench._util.errors import DataError
from iqabench.results.checks import KINDS, data_scope, maker
from iqabench.results.model import ResultSet
from iqabench.results.provenance import libraries_text
from iqabench.results.signature import HEX, signature_of_run, weights_digest, written
from iqabench.stats.alignment import training_data_of, training_facts, training_sets
from iqabench.stats.arrays import comparable
from iqabench.stats.assessment import AssessedGroup, Assessment, assess
from iqabench.stats.figures import mos_figures, vote_figures
from iqabench.stats.grouping import RunGroup, group_runs, row_key
from iqabench.stats.reference_use import said_of, uses
from iqabench.stats.table import LEADERBOARD, SPREAD

FIGURES = tuple(one.name for one in LEADERBOARD)
SPREADS = tuple(f"{name}_sd" for name in SPREAD)
BOUNDS = tuple(name for one in LEADERBOARD for name in one.interval or ())
CHECKED = tuple(f"{kind}{end}" for kind in KINDS for end in ("", "_low", "_high"))
"""Figures of the ladder and the control that were saved, and their intervals; null where none was."""
FLOATS = ("coverage", *FIGURES, *BOUNDS, *CHECKED, "reference_moved", "gflops", "ms_per_image", *SPREADS)
INTEGERS = (
    *("rank", "images", "contents", "n", "pair_count", "vote_pairs", "params", "seeds", "splits"),
    *("tested_pairs", "tested_contents", "ablations_hidden"),
)
COLUMNS = (
    *(
        "dataset",
        "split",
        "splits",
        "fingerprint",
        "labels",
        "labels_lower_is_better",
        "rank",
        "method",
        "version",
        "paradigm",
        "reference",
        "protocol",
        "protocol_rules",
    ),
    *("group", "level_with", "n", "images", "contents", "coverage"),
    *(name for one in LEADERBOARD for name in (one.name, *(one.interval or ()))),
    *("logistic_converged", "pair_count", "vote_pairs", *SPREADS),
    *("params", "gflops", "ms_per_image", "selection", "recipe", "start", "trained_on", "training_data"),
    *("training_seed", "seeds", "variant", "settings", "lower_is_better", "status", "not_ranked"),
    *("undefined_contents", "notes", "run_id", "finished", "signature", "libraries", "category"),
    *(
        "tested_pairs",
        "tested_contents",
        "reference_check",
        "reference_moved",
        *CHECKED,
        "ladder_on",
        "control_verdict",
    ),
    "ablations_hidden",
)
"""Columns of :func:`leaderboard`, in order."""
WORDS = tuple(name for name in COLUMNS if name not in {*FLOATS, *INTEGERS, "logistic_converged"})

Row = dict[str, Any]


def leaderboard(
    results: ResultSet, shown: Collection[Path] | None = None, assessment: Assessment | None = None
) -> pd.DataFrame:
    """Figures, intervals, ranks and differences of every row of ``results``.

    Runs that differ only in the seed of training are one row: figures are means over the seeds, ``NAME_sd`` their
    standard deviation, ``seeds`` how many there are. ``srcc``, ``plcc``, ``krcc`` are computed within each content and
    averaged, ``*_pooled``, ``plcc_logistic`` and ``rmse`` over all images. Scores and MOS are turned by their declared
    directions. Intervals are 95 % by Student's t over contents. A row without a finite score for every image, or with
    an SRCC that is undefined within a content, is judged on what there is and not ranked. Rows that share a letter in
    ``group`` cannot be told apart; ``level_with`` says the same by ranks, ``1–4, 6``. Both are null with fewer than six
    contents. The test is :class:`iqabench.stats.pairwise.Pairwise`, corrected for all pairs of ranked rows in
    ``results``, shown or not.

    Parameters
    ----------
    results:
        Runs and labels of one split, by one protocol.
    shown:
        Folders of runs: only rows that hold one of them are shown. Default: all rows.
    assessment:
        :func:`~iqabench.stats.assessment.assess` of ``results``, if it is already there.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, best first, rows that are not ranked last; null where a figure does not apply.

    Raises
    ------
    DataError
        If there are no labels, or a run scores an image twice.
    """
    if results.labels.empty:
        raise DataError(f"{results.dataset} {results.split}: there is no image to judge runs by")
    found = assessment or assess(results)
    wanted = [one for one in found.groups if shown is None or any(run.path in shown for run in one.group.runs)]
    rows = {one.group.key: _row(found, one) for one in wanted}
    add_variants(list(rows.values()))
    _add_ranks(found, rows)
    return frame_of(rows.values())


def leaderboards(sets: Sequence[ResultSet], shown: Collection[Path] | None = None) -> list[pd.DataFrame]:
    """:func:`leaderboard` of every set, and behind those of one data set one over its splits, if there are several."""
    frames: list[pd.DataFrame] = []
    for members in _by_data(sets):
        parts = [leaderboard(one, shown) for one in members]
        frames += [*parts, *over_splits(members, parts)]
    return frames


def splits_together(sets: Sequence[ResultSet], shown: Collection[Path] | None = None) -> list[pd.DataFrame]:
    """:func:`over_splits` of every data set that has results on several splits."""
    several = [members for members in _by_data(sets) if len(members) > 1]
    return [
        frame for members in several for frame in over_splits(members, [leaderboard(one, shown) for one in members])
    ]


def _by_data(sets: Sequence[ResultSet]) -> list[list[ResultSet]]:
    """Sets of one state of one data set by one protocol together."""
    found: dict[tuple[str, ...], list[ResultSet]] = {}
    for one in sets:
        found.setdefault((one.dataset, one.fingerprint, one.protocol, one.protocol_rules), []).append(one)
    return list(found.values())


def over_splits(sets: Sequence[ResultSet], frames: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """One frame over several splits of one state of a data set: means and ``NAME_sd`` over the splits; else none.

    Splits share contents, so that there is neither an interval nor a test. A row that is not ranked on every split
    has no rank. No frame if no row is on two splits.

    Parameters
    ----------
    sets, frames:
        Each split and its :func:`leaderboard`.
    """
    keys: list[list[str]] = []
    for one, frame in zip(sets, frames, strict=True):
        key_of = {group.run_ids: row_key(group.first, over_splits=True) for group in group_runs(one.runs)}
        keys.append([key_of[run_ids] for run_ids in frame["run_id"].astype(str)])
    every = list(chain.from_iterable(keys))
    if len(set(every)) == len(every):
        return []
    by_key: dict[str, list[Row]] = {}
    for own, frame in zip(keys, frames, strict=True):
        for key, record in zip(own, frame.astype(object).where(frame.notna(), None).to_dict("records"), strict=True):
            by_key.setdefault(key, []).append({str(k): v for k, v in record.items()})
    names = [one.split for one in sets]
    rows = [_over(parts, names) for parts in by_key.values()]
    by = "srcc" if any(row["srcc"] is not None for row in rows) else "vote_agreement"
    ranked = [row for row in rows if not row["not_ranked"]]
    figures = comparable([row[by] for row in ranked])
    for row, figure in zip(ranked, figures, strict=True):
        row["rank"] = 1 + int(np.sum(figures > figure))
    return [frame_of(rows)]


def _over(parts: list[Row], names: list[str]) -> Row:
    """One row of the table over splits."""
    kept: tuple[str, ...] = (
        "dataset",
        "fingerprint",
        "labels",
        "labels_lower_is_better",
        "method",
        "version",
        "paradigm",
        "reference",
        "protocol",
        "protocol_rules",
        "selection",
        "recipe",
    )
    kept += ("start", "trained_on", "seeds", "variant", "settings", "lower_is_better", "params")
    unranked = [f"{part['split']}: {part['not_ranked']}" for part in parts if part["not_ranked"]]
    lacking = [name for name in names if name not in {part["split"] for part in parts}]
    measured = {name: [part[name] for part in parts] for name in (*FIGURES, "coverage")}
    row = {name: parts[0][name] for name in kept} | {
        "split": ", ".join(names),
        "splits": len(parts),
        "not_ranked": "; ".join([*(f"not run on split {name}" for name in lacking), *unranked]),
        "category": parts[0]["category"],
        "training_data": "; ".join(dict.fromkeys(part["training_data"] for part in parts if part["training_data"])),
        "training_seed": _seeds_by_split(parts),
        "signature": "; ".join(part["signature"] for part in parts if part["signature"]),
        "libraries": "; ".join(dict.fromkeys(part["libraries"] for part in parts)),
        "run_id": " ".join(part["run_id"] for part in parts),
        "notes": "",
        "undefined_contents": "",
        "reference_check": "",
        "reference_moved": None,
        "ladder_on": "",
        "control_verdict": "",
        **{name: float(np.mean(values)) if None not in values else None for name, values in measured.items()},
    }
    spreads = {name: measured[name] for name in SPREAD if row[name] is not None and len(parts) > 1}
    return row | {f"{name}_sd": float(np.std(values, ddof=1)) for name, values in spreads.items()}


def _seeds_by_split(parts: list[Row]) -> str:
    if len({part["training_seed"] for part in parts}) == 1:
        return str(parts[0]["training_seed"])
    return "; ".join(f"{part['split']}: {part['training_seed']}" for part in parts)


def _row(found: Assessment, one: AssessedGroup) -> Row:
    row = row_facts(found, one) | {"not_ranked": one.not_ranked}
    if found.by_mos:
        row |= mos_figures(one.samples, found.contents)
        undefined = [name for name, value in zip(found.contents, one.values, strict=True) if np.isnan(value)]
        row["undefined_contents"] = ", ".join(undefined)
    if found.votes is not None:
        row |= vote_figures(one.scores, found.votes, found.contents)
    return row | _checked(found.results, one.group)


def _checked(results: ResultSet, group: RunGroup) -> Row:
    """Saved figures of the ladder and the control of the method as this row's first run has it."""
    identity = group.first.meta.get("identity") or {}
    row: Row = {"ladder_on": "", "control_verdict": ""}
    here = data_scope(results.dataset, results.fingerprint, str(identity.get("split")))
    for kind, table in results.checks.items():
        if table.empty:
            continue
        own = table[(table["maker"] == maker(identity)) & ((kind == "ladder") | (table["scope"] == here))]
        if own.empty or (kind == "control" and group.first.meta["reference"] != "degraded"):
            continue
        last = own.iloc[-1]
        row |= {kind: last["value"], f"{kind}_low": last["low"], f"{kind}_high": last["high"]}
        row |= {"ladder_on": last["scope"]} if kind == "ladder" else {"control_verdict": last["verdict"]}
    return row


def row_facts(found: Assessment, one: AssessedGroup) -> Row:
    """What a row is, before any figure: method, reference, training, settings, cost, signatures."""
    results, group = found.results, one.group
    meta, method, training = group.first.meta, group.first.meta["method"], training_facts(group.first)
    trained_on = [*method.get("trained_on", []), *training_sets(group.first)]
    settings = meta.get("parameters") or {}
    notes = [str(note) for run in group.runs for note in run.meta.get("notes") or []]
    checked = uses(results, group.runs)
    cost = [run.meta["ms_per_image"] for run in group.runs if run.meta.get("ms_per_image") is not None]
    return {
        "dataset": results.dataset,
        "split": results.split,
        "splits": 1,
        "fingerprint": results.fingerprint,
        "labels": results.card.get("label_kind", "none"),
        "labels_lower_is_better": not results.card.get("mos_higher_is_better", True),
        "method": group.method,
        "version": str(method.get("version", "")),
        "paradigm": meta.get("paradigm"),
        "reference": meta["reference"],
        "protocol": results.protocol,
        "protocol_rules": results.protocol_rules,
        "n": one.scored,
        "images": len(found.mos),
        "contents": len(found.contents),
        "coverage": one.scored / len(found.mos),
        "selection": meta.get("selection") or "none",
        "recipe": training["recipe"],
        "start": training["start"],
        "trained_on": ", ".join(dict.fromkeys(name for name in trained_on if name)),
        "training_data": training_data_of(group.first),
        "training_seed": ", ".join(map(str, group.seeds)),
        "seeds": len(group.seeds) or None,
        "stated": settings,
        "made_by": _made_by(meta),
        "settings": ", ".join(f"{name}={written(value)}" for name, value in sorted(settings.items())),
        "lower_is_better": bool(method["lower_is_better"]),
        "status": meta.get("status"),
        "notes": "; ".join(dict.fromkeys([*notes, *group.notes])),
        "run_id": group.run_ids,
        "finished": max((str(run.meta.get("finished") or "") for run in group.runs), default="") or None,
        "signature": "; ".join(filter(None, (signature_of_run(run.meta) for run in group.runs))),
        "libraries": "; ".join(dict.fromkeys(libraries_text(run.meta) for run in group.runs)),
        "category": str(results.card.get("category", "")),
        "reference_check": said_of(checked),
        "reference_moved": min((one.share for one in checked), default=None),
        "ms_per_image": float(np.mean(cost)) if cost else None,
        **{name: meta.get(name) for name in ("params", "gflops")},
    }


def add_variants(rows: list[Row]) -> None:
    """``variant``: of settings, training and whatever else makes a score, what differs between a method's rows."""
    by_method: dict[str, list[tuple[Row, dict[str, Any]]]] = {}
    for row in rows:
        by_method.setdefault(row["method"], []).append((row, _facts(row)))
    for twins in by_method.values():
        names = sorted({name for _, facts in twins for name in facts})
        differing = [name for name in names if len({str(facts.get(name)) for _, facts in twins}) > 1]
        for row, own in twins:
            row["variant"] = ", ".join(
                f"{name}={written(own[name])}" for name in differing if own.get(name) not in (None, "")
            )


def _facts(row: Row) -> dict[str, Any]:
    training = {name: row[name] for name in ("recipe", "start", "trained_on")}
    return {**training, **row["made_by"], **_flat(row["stated"])}


def _made_by(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What else is in a run's identity, in a form short enough to tell two rows apart."""
    identity, training = meta.get("identity") or {}, meta.get("training") or {}
    named = ("version", "upsampling", "pixels", "precision", "tf32", "tiles")
    found = {name: identity.get(name) for name in named}
    found["code"] = str((identity.get("code") or {}).get("sha256", ""))[:HEX]
    found["weights"] = weights_digest(identity["weights"]) if identity.get("weights") else ""
    return found | {f"trained on {name}": str(training.get(name) or "")[:HEX] for name in ("fingerprint", "split")}


def _flat(settings: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Settings within settings by their own names, so that a variant names what differs and nothing else."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            where = f"{above}{name}."
            for key, one in _flat(value, where).items():
                flat[f"{where}{key}" if key in settings or key in flat else key] = one
        else:
            flat[name] = value
    return flat


def _add_ranks(found: Assessment, rows: dict[str, Row]) -> None:
    """Ranks among the rows shown; who is level with whom by the test over all rows stored."""
    places = [i for i, one in enumerate(found.ranked) if one.group.key in rows]
    shown = [rows[found.ranked[i].group.key] for i in places]
    figures = comparable([found.figure(found.ranked[i]) for i in places])
    ranks = [1 + int(np.sum(figures > figure)) for figure in figures]
    for row, rank in zip(shown, ranks, strict=True):
        row["rank"] = rank
    for row in rows.values():
        row |= {"tested_pairs": found.pairwise.pairs, "tested_contents": found.pairwise.contents}
    if not found.pairwise.tested:
        return
    significant = found.pairwise.significant[np.ix_(places, places)]
    letters = stats.indistinguishable_groups(significant)
    level = stats.ranks_level_with(ranks, significant, [str(row["method"]) for row in shown])
    for row, group, ties in zip(shown, letters, level, strict=True):
        row |= {"group": group, "level_with": ties}


def frame_of(rows: Iterable[Row]) -> pd.DataFrame:
    """Rows as a frame with :data:`COLUMNS`, best first."""
    listed = sorted(rows, key=_place)
    # Kind by kind: to give a hundred columns their types one by one takes longer than all figures of a small table.
    floats = np.array([[row.get(name) for name in FLOATS] for row in listed], dtype=np.float64)
    typed = {name: pd.array([row.get(name) for row in listed], dtype="Int64") for name in INTEGERS}
    converged = pd.array([row.get("logistic_converged") for row in listed], dtype="boolean")
    parts = (
        pd.DataFrame(listed, columns=list(WORDS)),
        pd.DataFrame(floats.reshape(len(listed), len(FLOATS)), columns=list(FLOATS)),
        pd.DataFrame(typed | {"logistic_converged": converged}),
    )
    return pd.concat(parts, axis=1)[list(COLUMNS)]


def _place(row: Row) -> tuple[bool, int, bool, float, str]:
    """What rows are ordered by: rank, coverage (the largest first) and method; rows that lack one come last."""
    rank, coverage = row.get("rank"), row["coverage"]
    return rank is None, rank or 0, coverage is None, -(coverage or 0.0), row["method"]

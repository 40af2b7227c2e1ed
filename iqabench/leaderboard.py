"""From the runs on one split to a tidy frame: one row per run, every statistic, rank and group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from iqabench import stats
from iqabench.errors import DataError
from iqabench.provenance import libraries_text
from iqabench.results import ResultSet, RunResult
from iqabench.signature import signature_of_run
from iqabench.stats.alignment import (
    VotePairs,
    latest_runs,
    signed_mos,
    signed_scores,
    training_data_of,
    training_facts,
    vote_pairs,
)
from iqabench.stats.arrays import Floats
from iqabench.stats.significance import LEVEL

FLOATS = (
    *("coverage", "srcc", "srcc_low", "srcc_high", "plcc", "krcc", "srcc_pooled", "plcc_pooled", "krcc_pooled"),
    *("plcc_logistic", "rmse", "pair_accuracy", "pair_accuracy_50", "pair_accuracy_100", "pair_accuracy_means"),
    *("vote_agreement", "vote_low", "vote_high", "vote_ceiling", "gflops", "ms_per_image"),
)
INTEGERS = (
    *("rank", "images", "contents", "n", "pair_count", "vote_pairs", "params", "training_seed", "draws", "seed"),
)
COLUMNS = (
    *("dataset", "split", "fingerprint", "labels", "rank", "method", "version", "paradigm", "reference", "group"),
    *(
        "level_with",
        "n",
        "images",
        "contents",
        "coverage",
        "srcc",
        "srcc_low",
        "srcc_high",
        "plcc",
        "krcc",
        "srcc_pooled",
        "plcc_pooled",
    ),
    *("krcc_pooled", "plcc_logistic", "rmse", "logistic_converged", "pair_accuracy", "pair_count"),
    *("pair_accuracy_50", "pair_accuracy_100", "pair_accuracy_means", "vote_agreement", "vote_low", "vote_high"),
    *("vote_ceiling", "vote_pairs", "params", "gflops", "ms_per_image", "selection", "recipe", "start", "trained_on"),
    *(
        "training_data",
        "training_seed",
        "variant",
        "parameters",
        "lower_is_better",
        "status",
        "not_ranked",
        "undefined_contents",
        "notes",
        "run_id",
        "finished",
    ),
    *("signature", "libraries", "category", "draws", "seed"),
)
"""Columns of :func:`leaderboard`, in order."""

KEYS = ("content", "category", "algorithm")

Row = dict[str, Any]


def leaderboard(results: ResultSet, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Judge every run of ``results``; of runs that repeat each other the latest counts.

    ``srcc``, ``plcc``, ``krcc`` are computed within each content and averaged, ``*_pooled``,
    ``plcc_logistic`` and ``rmse`` over all images. Scores and MOS are turned by their declared
    directions. Intervals are 95 % percentile intervals over resampled contents. A run without a
    finite score for every image, or with an SRCC that is undefined within a content, is judged on
    what there is and not ranked. Runs that share a letter in ``group`` cannot be told apart (paired
    content bootstrap, Student's t, Holm-corrected, 5 %); ``level_with`` says the same by ranks, ``1–4, 6``.

    Parameters
    ----------
    results:
        Runs and labels of one split.
    draws, seed:
        Of the content bootstrap.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, best first, runs that are not ranked last; null where a figure does not apply.

    Raises
    ------
    DataError
        If there are no labels, or a run scores an image twice.
    """
    if results.labels.empty:
        raise DataError(f"{results.dataset} {results.split}: there is no image to judge runs by")
    mos, votes = signed_mos(results), vote_pairs(results)
    has_mos = bool(np.isfinite(mos).any())
    contents = sorted(set(results.labels["content"].astype(str)))
    rows: list[Row] = []
    per_content: list[Floats] = []
    agreeing: list[Floats] = []
    cast: list[Floats] = []
    for run in latest_runs(results.runs):
        scores = signed_scores(results, run)
        row = _identity(results, run, scores, contents) | {"draws": draws, "seed": seed}
        srcc_values, figures = _mos_figures(results.labels, scores, mos, contents)
        agreement, vote_figures = _vote_figures(scores, votes)
        per_content.append(srcc_values)
        agreeing.append(_by_content(agreement.contents, agreement.agreeing, contents, 0.0))
        cast.append(_by_content(agreement.contents, agreement.cast, contents, 0.0))
        row |= (figures if has_mos else {}) | (vote_figures if votes else {})
        row["not_ranked"] = _why_not_ranked(row, srcc_values, _definable(results.labels, mos, contents), votes)
        rows.append(row)
    _add_variants(rows)
    if rows:
        shape = (len(rows), len(contents))
        values, tops, bottoms = (np.reshape(table, shape) for table in (per_content, agreeing, cast))
        _add_intervals(rows, values, tops, bottoms, draws, seed)
        if has_mos:
            defined = np.isfinite(values)
            _add_ranks(rows, "srcc", np.where(defined, values, 0.0), defined.astype(float), draws, seed)
        else:
            _add_ranks(rows, "vote_agreement", tops, bottoms, draws, seed)
    return _frame(rows)


def _identity(results: ResultSet, run: RunResult, scores: Floats, contents: list[str]) -> Row:
    meta, method, training = run.meta, run.meta["method"], training_facts(run)
    scored = int(np.isfinite(scores).sum())
    trained_on = [*method.get("trained_on", []), training["dataset"]]
    parameters = meta.get("parameters") or {}
    return {
        "dataset": results.dataset,
        "split": results.split,
        "fingerprint": results.fingerprint,
        "labels": results.card.get("label_kind", "none"),
        "method": run.method,
        "version": str(method.get("version", "")),
        "paradigm": meta.get("paradigm"),
        "reference": meta["reference"],
        "n": scored,
        "images": len(scores),
        "contents": len(contents),
        "coverage": scored / len(scores) if len(scores) else np.nan,
        "selection": meta.get("selection") or "none",
        "recipe": training["recipe"],
        "start": training["start"],
        "trained_on": ", ".join(dict.fromkeys(name for name in trained_on if name)),
        "training_data": training_data_of(run),
        "training_seed": _training_seed(meta),
        "settings": parameters,
        "parameters": ", ".join(f"{name}={value}" for name, value in sorted(parameters.items())),
        "lower_is_better": bool(method["lower_is_better"]),
        "status": meta.get("status"),
        "notes": "; ".join(str(note) for note in meta.get("notes") or []),
        "run_id": meta.get("run_id"),
        "finished": meta.get("finished"),
        "signature": signature_of_run(meta),
        "libraries": libraries_text(meta),
        "category": str(results.card.get("category", "")),
        **{name: meta.get(name) for name in ("params", "gflops", "ms_per_image")},
    }


def _training_seed(meta: dict[str, Any]) -> int | None:
    training = meta.get("training") or {}
    return training.get("seed", meta.get("seed")) if training else None


def _add_variants(rows: list[Row]) -> None:
    """``variant``: of a method's parameters and training, what differs between its runs in this table."""
    for row in rows:
        twins = [other for other in rows if other["method"] == row["method"]]
        facts = [_facts(twin) for twin in twins]
        differing = sorted(
            {name for one in facts for name in one if len({str(other.get(name)) for other in facts}) > 1}
        )
        own = _facts(row)
        row["variant"] = ", ".join(f"{name}={own[name]}" for name in differing if own.get(name) not in (None, ""))


def _facts(row: Row) -> dict[str, Any]:
    training = {name: row[name] for name in ("recipe", "start", "trained_on")}
    return training | _flat(row["settings"])


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


def _mos_figures(labels: pd.DataFrame, scores: Floats, mos: Floats, contents: list[str]) -> tuple[Floats, Row]:
    used = np.isfinite(scores) & np.isfinite(mos)
    x, y = scores[used], mos[used]
    content, category, algorithm = (labels[name].astype(str).to_numpy()[used] for name in KEYS)
    within = stats.within_content(stats.srcc, x, y, content)
    fit = stats.fit_logistic(x, y)
    pairs = stats.pair_accuracy(x, y, content, category)
    values = _by_content(list(within.per_content), within.vector, contents, np.nan)
    return values, {
        "srcc": within.mean,
        "plcc": stats.within_content(stats.plcc, x, y, content).mean,
        "krcc": stats.within_content(stats.krcc, x, y, content).mean,
        "srcc_pooled": stats.srcc(x, y),
        "plcc_pooled": stats.plcc(x, y),
        "krcc_pooled": stats.krcc(x, y),
        "plcc_logistic": fit.plcc,
        "rmse": fit.rmse,
        "logistic_converged": fit.converged,
        "pair_accuracy": float(pairs.accuracy),
        "pair_count": pairs.pairs,
        "pair_accuracy_50": float(stats.pair_accuracy(x, y, content, category, 50).accuracy),
        "pair_accuracy_100": float(stats.pair_accuracy(x, y, content, category, 100).accuracy),
        "pair_accuracy_means": float(stats.algorithm_pair_accuracy(x, y, algorithm, category).accuracy),
        "undefined_contents": ", ".join(name for name, value in zip(contents, values, strict=True) if np.isnan(value)),
    }


def _vote_figures(scores: Floats, votes: VotePairs | None) -> tuple[stats.VoteAgreement, Row]:
    if votes is None:
        return stats.vote_agreement([], [], [], [], []), {}
    used = np.isfinite(scores[votes.a]) & np.isfinite(scores[votes.b])
    votes_a, votes_b, content = votes.votes_a[used], votes.votes_b[used], votes.content[used]
    agreement = stats.vote_agreement(scores[votes.a[used]], scores[votes.b[used]], votes_a, votes_b, content)
    return agreement, {
        "vote_agreement": float(agreement.share),
        "vote_ceiling": stats.vote_ceiling(votes_a, votes_b),
        "vote_pairs": int(used.sum()),
    }


def _by_content(names: list[str], values: Floats, contents: list[str], missing: float) -> Floats:
    found = dict(zip(names, values, strict=True))
    return np.array([found.get(name, missing) for name in contents], dtype=np.float64)


def _definable(labels: pd.DataFrame, mos: Floats, contents: list[str]) -> NDArray[np.bool_]:
    """True for contents where the labels alone permit an SRCC."""
    known = np.isfinite(mos)
    itself = stats.within_content(stats.srcc, mos[known], mos[known], labels["content"].astype(str).to_numpy()[known])
    return np.isfinite(_by_content(list(itself.per_content), itself.vector, contents, np.nan))


def _why_not_ranked(row: Row, srcc_values: Floats, definable: NDArray[np.bool_], votes: VotePairs | None) -> str:
    missing = row["images"] - row["n"]
    if missing:
        return f"{missing} of {row['images']} images without a score"
    if "srcc" in row:
        lost = int(np.sum(np.isnan(srcc_values) & definable))
        if lost:
            return f"SRCC undefined within {lost} of {row['contents']} contents (constant scores)"
        return "" if np.isfinite(row["srcc"]) else "SRCC undefined in every content"
    return "" if votes and np.isfinite(row["vote_agreement"]) else "neither MOS nor votes"


def _add_intervals(rows: list[Row], values: Floats, tops: Floats, bottoms: Floats, draws: int, seed: int) -> None:
    srcc = stats.bootstrap_mean(values, draws, seed)
    votes = stats.bootstrap_ratio(tops, bottoms, draws, seed)
    for i, row in enumerate(rows):
        if "srcc" in row:
            row |= {"srcc_low": srcc.low[i], "srcc_high": srcc.high[i]}
        if "vote_agreement" in row:
            row |= {"vote_low": votes.low[i], "vote_high": votes.high[i]}


def _add_ranks(rows: list[Row], by: str, tops: Floats, bottoms: Floats, draws: int, seed: int) -> None:
    ranked = [i for i, row in enumerate(rows) if not row["not_ranked"]]
    ranked.sort(key=lambda i: -rows[i][by])
    if not ranked:
        return
    # All ranked runs cover the same images, so the denominators of the first are those of all.
    p_values = stats.paired_p_values(tops[ranked], bottoms[ranked[0]], draws, seed)
    upper = np.triu_indices(len(ranked), k=1)
    significant = np.zeros(p_values.shape, dtype=bool)
    significant[upper] = stats.holm(p_values[upper]) < LEVEL
    figures = np.array([rows[i][by] for i in ranked])
    ranks = [1 + int(np.sum(figures > figure)) for figure in figures]
    letters = stats.indistinguishable_groups(significant | significant.T)
    level = stats.ranks_level_with(ranks, significant | significant.T)
    for i, rank, group, ties in zip(ranked, ranks, letters, level, strict=True):
        rows[i] |= {"rank": rank, "group": group, "level_with": ties}


def _frame(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame[list(FLOATS)] = frame[list(FLOATS)].astype("float64")
    frame[list(INTEGERS)] = frame[list(INTEGERS)].astype("Int64")
    frame["logistic_converged"] = frame["logistic_converged"].astype("boolean")
    return frame.sort_values(["rank", "coverage", "method"], ascending=[True, False, True], ignore_index=True)

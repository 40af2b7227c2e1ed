"""A comparison in plain sentences, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from iqabench._util.text import counted
from iqabench.data.categories import in_words
from iqabench.results.model import ResultSet
from iqabench.stats.comparison import Comparison, Side
from iqabench.stats.pairwise import p_text, too_few
from iqabench.stats.significance import LEVEL


def explain(comparison: Comparison, dataset: str = "") -> list[str]:
    """The comparison in plain sentences, one per line, not escaped; the better row and its figure come first.

    ``dataset`` says what its codes of categories mean.
    """
    c = comparison.turned() if comparison.found.verdict == "worse" else comparison
    lines = [_verdict(c)]
    if not np.isnan(c.found.difference):
        lines.append(_certainty(c))
        lines.append(
            f"{c.a.name} is ahead in {c.ahead}, behind in {c.behind} of {counted(c.found.contents, 'content')} "
            f"({counted(c.images, 'image')})."
        )
    if len(c.by_category) > 1:
        lines.append(f"{c.statistic} by category:")
        unclear = [name for name, pair in c.by_category.items() if np.isnan(pair).all()]
        lines += [
            f"  {_category(dataset, name)}: {_number(one)} against {_number(other)}"
            for name, (one, other) in c.by_category.items()
            if name not in unclear
        ]
        if unclear:
            lines.append(
                f"  too few images of one content to tell: {', '.join(_category(dataset, name) for name in unclear)}"
            )
    lines += [f"Note: {note}." for note in c.notes]
    if c.disagreements:
        lines.append("They differ most on:")
        lines += [f"  {one.name} (content {one.content}): {one.detail}" for one in c.disagreements]
    return lines


def _category(dataset: str, name: str) -> str:
    return in_words(dataset, name) or "(none)"


def _verdict(c: Comparison) -> str:
    if np.isnan(c.found.difference):
        undefined = (
            " and ".join(side.name for side in (c.a, c.b) if np.isnan(side.value)) or f"{c.a.name} and {c.b.name}"
        )
        return (
            f"{c.statistic} is undefined for {undefined}, so there is nothing to compare: it needs a content in which "
            "both scores and labels differ between images."
        )
    figures = f"{c.statistic} {_figure(c.a)} against {_figure(c.b)}"
    if c.found.verdict == "untested":
        return f"{c.a.name} against {c.b.name}: {figures}; {too_few(c.found.contents)}."
    if c.found.verdict == "same":
        return f"{c.a.name} and {c.b.name} cannot be told apart: {figures}."
    return f"{c.a.name} is better than {c.b.name}: {figures}."


def _figure(side: Side) -> str:
    if np.isnan(side.spread):
        seed = f" (seed {side.seeds[0]})" if side.seeds else ""
        return f"{_number(side.value)}{seed}"
    seeds = ", ".join(map(str, side.seeds))
    return f"{_number(side.value)} ± {side.spread:.4f} ({counted(len(side.seeds), 'seed')}: {seeds})"


def _certainty(c: Comparison) -> str:
    found = c.found
    sentence = f"Difference {found.difference:+z.4f}"
    if not np.isnan(found.low):
        interval = f"[{found.low:+z.4f}, {found.high:+z.4f}]"
        sentence += f" {interval} (95 %, Student's t over {counted(found.contents, 'content')})"
    if np.isnan(found.p):
        return f"{sentence}."
    sentence += f", {p_text(found.p)}"
    if found.pairs == 1:
        return f"{sentence}."
    of = f"the {counted(found.pairs, 'pair')} of the {c.ranked} ranked rows in the table"
    if c.a.not_ranked or c.b.not_ranked:
        of = f"{counted(found.pairs, 'pair')}: this one and those of the {counted(c.ranked, 'ranked row')} in the table"
    sentence += f"; corrected (Holm) for {of}, {p_text(found.p_adjusted)}, which decides."
    if found.p < LEVEL <= found.p_adjusted:
        sentence += " Among so many pairs, chance alone brings such a difference."
    return sentence


def _number(value: float) -> str:
    return "undefined" if np.isnan(value) else f"{value:z.4f}"


def over_splits(compared: Sequence[tuple[ResultSet, Comparison]]) -> list[str]:
    """One sentence for each data set compared on several splits; splits share contents, so there is no test."""
    by_data: dict[tuple[str, ...], list[tuple[ResultSet, Comparison]]] = {}
    for results, comparison in compared:
        key = (results.dataset, results.fingerprint, results.protocol, results.protocol_rules)
        by_data.setdefault(key, []).append((results, comparison))
    lines = []
    for (dataset, *_), members in by_data.items():
        gaps = [c.found.difference for _, c in members if not np.isnan(c.found.difference)]
        if len(gaps) < 2:
            continue
        first = members[0][1]
        verdicts = [c.found.verdict for _, c in members]
        lines.append(
            f"{dataset}, over {len(gaps)} splits ({', '.join(one.split for one, _ in members)}): {first.a.name} minus "
            f"{first.b.name} is {np.mean(gaps):+z.4f} ± {np.std(gaps, ddof=1):.4f} (mean ± standard deviation); "
            f"better on {verdicts.count('better')}, worse on {verdicts.count('worse')}, "
            f"not told apart on {verdicts.count('same')}, not tested on {verdicts.count('untested')}."
        )
    return lines


def to_json(compared: Sequence[tuple[ResultSet, Comparison]]) -> str:
    """A list with one object per data set, split and protocol; ``null`` where a figure does not apply."""
    return json.dumps([_record(*one) for one in compared], indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _record(results: ResultSet, c: Comparison) -> dict[str, Any]:
    found = c.found
    winner = {"better": c.a.name, "worse": c.b.name}.get(found.verdict)
    figures = {name: _known(getattr(found, name)) for name in ("difference", "low", "high", "p", "p_adjusted")}
    return {
        "dataset": results.dataset,
        "split": results.split,
        "fingerprint": results.fingerprint,
        "protocol": results.protocol,
        "labels": results.card.get("label_kind", "none"),
        "labels_lower_is_better": not results.card.get("mos_higher_is_better", True),
        "statistic": c.statistic,
        "a": _side(c.a),
        "b": _side(c.b),
        **figures,
        "pairs": found.pairs,
        "contents": found.contents,
        "images": c.images,
        "verdict": found.verdict,
        "winner": winner,
        "ahead": c.ahead,
        "behind": c.behind,
        "by_category": {name: [_known(one) for one in pair] for name, pair in c.by_category.items()},
        "disagreements": [vars(one) for one in c.disagreements],
        "notes": list(c.notes),
        "text": explain(c, results.dataset),
    }


def _side(side: Side) -> dict[str, Any]:
    return {**vars(side), "value": _known(side.value), "spread": _known(side.spread), "seeds": list(side.seeds)}


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value

"""From scores to everything that the page shows; nothing here writes HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from iqabench._util.progress import Overview
from iqabench._util.text import printable
from iqabench._util.version import __version__
from iqabench.predict.limits import blocks_of_content
from iqabench.predict.page.cards import make_cards
from iqabench.predict.page.compare import comparison
from iqabench.predict.page.heat import HeatMaps
from iqabench.predict.page.pictures import Pictures
from iqabench.predict.page.strips import drawn_scores
from iqabench.predict.pairs import NAMED, PARTNERS
from iqabench.predict.ranks import AlgorithmRanks, rank_algorithms, ranks_within_content
from iqabench.predict.score_pairs import PairScores
from iqabench.predict.tables import algorithms, tidy
from iqabench.render.table import Table
from iqabench.stats.arrays import comparable


def page_context(pair_scores: PairScores, heats: HeatMaps | None, overview: Overview) -> dict[str, Any]:
    """The variables of ``scores.html.j2``."""
    order, columns = tidy(pair_scores).index, pair_scores.columns
    counts = pair_scores.frame["content"].value_counts()
    grouped = pair_scores.by_content or (len(counts) > 1 and bool((counts > 1).any()))
    if grouped:
        first = columns[0]
        order = blocks_of_content(pair_scores.frame, first.sign * pair_scores.scores[first.name])
    frame, scores = (part.loc[order].reset_index(drop=True) for part in (pair_scores.frame, pair_scores.scores))
    pictures = Pictures(len(frame) + sum(frame[kind].dropna().nunique() for kind in PARTNERS))
    within = ranks_within_content(frame, scores, columns)
    drawn = [drawn_scores(column, scores, within, frame["content"].tolist()) for column in columns]
    gallery = make_cards(frame, scores, columns, drawn, pictures, heats, overview)
    cards = gallery.cards
    leaders = _leaders(pair_scores)
    best = next((card for card in cards if leaders and card.image == printable(leaders[0])), None)
    ranks = rank_algorithms(frame, scores, columns)
    return {
        "version": __version__,
        "columns": columns,
        "by_content": pair_scores.by_content,
        "grouped": grouped,
        "best": best,
        "leaders": _some(leaders),
        "cards": cards,
        "shown": list({one.key: one for card in cards for one in card.partners.values()}.values()),
        "comparison": comparison(gallery, columns, heats),
        "side": pictures.side,
        "exact": pictures.exact,
        "left_out": pictures.left_out,
        "heat_left_out": "" if heats is None else heats.sentence(),
        "contents": sorted(set(frame["content"].map(printable))),
        "algorithms": sorted(set(frame["algorithm"].map(printable)) - {""}),
        "ranks": None if ranks is None else _mean_ranks(pair_scores, ranks),
        "winners": None if ranks is None else _winners(ranks),
        "scored": int(scores.notna().all(axis=1).sum()),
        "problems": pair_scores.problems,
        "warnings": [*pair_scores.warnings, *([] if heats is None else heats.warnings)],
        "notes": pair_scores.notes,
        "rules": [(column, pair_scores.tiled(column)) for column in columns],
        "citations": list(dict.fromkeys(column.citation.strip() for column in columns if column.citation.strip())),
    }


def _leaders(pair_scores: PairScores) -> list[str]:
    """The images that the first method finds best, several if their scores are equal."""
    frame, first = tidy(pair_scores), pair_scores.columns[0].name
    return [str(image) for image in frame["image"][frame[first] == frame[first].iloc[0]]]


def _winners(ranks: AlgorithmRanks) -> dict[str, str]:
    """The algorithms with the best mean rank by the first method, and whether they share it."""
    means = comparable(ranks.frame.iloc[:, 0])
    # Without a mean rank, which is not a number, none is first.
    first = [str(name) for name, mean in zip(ranks.frame.index, means, strict=True) if mean == means[0]]
    return {"names": _some(first), "verb": "ranks first" if len(first) == 1 else "share the first rank"}


def _some(names: Sequence[str]) -> str:
    """Up to three names, or the first and how many others there are."""
    shown = [printable(name) for name in names]
    if len(shown) > NAMED:
        return f"{shown[0]} and {len(shown) - 1} others"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def _mean_ranks(pair_scores: PairScores, ranks: AlgorithmRanks) -> Table:
    """The caption says what the figures are, so that the name of a method is heading enough."""
    table = algorithms(pair_scores, ranks, label="{}")
    caption = f"Mean rank among the restorations of the same content: {table.footer[0]}"
    first, *others = table.columns
    return replace(table, columns=[replace(first, label="Algorithm"), *others], caption=caption)

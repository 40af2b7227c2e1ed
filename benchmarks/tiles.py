"""How much the mean of tiles differs from the score of the whole image, on restored images of yours.

    python -m benchmarks.tiles RESTORED DEGRADED --method lpips,ssim --sides 128,256,512

RESTORED and DEGRADED are what ``iqabench score`` takes. Every image is scored whole and in tiles of each side. Printed
for each method and side: the mean rank correlation of the two within a content (over the algorithms that restored it),
how often the order of two algorithms on a content turns round, and the mean absolute difference in units of the
standard deviation of the whole images' scores within a content. With ``--votes votes.csv`` (columns content, method_a,
method_b, votes_a, votes_b) also the share of people's votes that each scoring agrees with.
"""

from __future__ import annotations

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from iqabench._util.devices import Machine, choose_device
from iqabench._util.progress import Overview
from iqabench.methods.registry import Registry
from iqabench.methods.tiling import Tiling
from iqabench.predict.loaded import TrainingRequest, prepare_methods
from iqabench.predict.pairs import pair_images
from iqabench.predict.score_pairs import PairScores, score_pairs
from iqabench.stats.votes import vote_agreement


def tables(judgement: PairScores) -> dict[str, pd.DataFrame]:
    """Scores by content and algorithm, for each method."""
    keys = judgement.frame[["content", "algorithm"]]
    return {
        name: keys.assign(score=scores).pivot_table(index="content", columns="algorithm", values="score")
        for name, scores in judgement.scores.items()
    }


def compare(whole: pd.DataFrame, tiled: pd.DataFrame) -> tuple[float, float, float]:
    """Mean within-content SRCC, share of pairs of algorithms that turn round, mean absolute difference over spread."""
    ranks = [spearmanr(whole.loc[content], tiled.loc[content]).statistic for content in whole.index]
    turned = [np.sign(whole[a] - whole[b]) != np.sign(tiled[a] - tiled[b]) for a, b in combinations(whole.columns, 2)]
    spread = float(whole.std(axis=1).mean())
    return float(np.mean(ranks)), float(np.mean(turned)), float((tiled - whole).abs().to_numpy().mean()) / spread


def agreement(scores: pd.DataFrame, sign: int, votes: pd.DataFrame) -> float:
    """Share of votes on the side that the scores prefer; a tie earns one half."""
    first, second = (
        [sign * scores.loc[key] for key in zip(votes["content"], votes[side], strict=True)]
        for side in ("method_a", "method_b")
    )
    return float(vote_agreement(first, second, votes["votes_a"], votes["votes_b"], votes["content"]).share)


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("restored")
    parser.add_argument("degraded")
    parser.add_argument("--method", default="ckdn,lpips,ssim,psnr,sharpness")
    parser.add_argument("--sides", default="128,192,256,384,512")
    parser.add_argument("--votes", type=Path)
    parser.add_argument("--train-on", help="score trained methods by a model trained on this data set")
    parser.add_argument("--results", type=Path, default=Path("runs"))
    chosen = parser.parse_args()
    machine = Machine(choose_device("auto"))
    wish = TrainingRequest(chosen.train_on, chosen.results, machine) if chosen.train_on else None
    pairs = pair_images(chosen.restored, chosen.degraded)
    votes = None if chosen.votes is None else pd.read_csv(chosen.votes, dtype={"content": str})
    with Overview() as overview:
        prepared = prepare_methods(chosen.method.split(","), Registry(), {}, wish, overview)
        sides = {"whole": Tiling(whole_pixels=None)}
        sides |= {side: Tiling(whole_pixels=0, side=int(side)) for side in chosen.sides.split(",")}
        found = {name: score_pairs(pairs, prepared.ready, machine, tiling, overview) for name, tiling in sides.items()}
    print("| method | tiles | SRCC within content | pairs turned | difference / spread | vote agreement |")
    print("| :--- | :--- | ---: | ---: | ---: | ---: |")
    for ready in prepared.ready:
        whole = tables(found["whole"])[ready.name]
        for name, judgement in found.items():
            tiled = tables(judgement)[ready.name]
            figures = " | ".join(f"{figure:.3f}" for figure in compare(whole, tiled))
            agreed = "" if votes is None else f"{agreement(tiled, ready.sign, votes):.3f}"
            print(f"| {ready.name} | {name} | {figures} | {agreed} |")
    for problem in prepared.problems:
        print(problem)


if __name__ == "__main__":
    main()

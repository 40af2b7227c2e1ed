"""Agreement of trained checkpoints with people's votes: ``python -m benchmarks.shipped.votes --help``.

Every call is one look at the votes; ``ckdn/weights/MODEL_CARD.md`` counts them. Nothing is chosen by what it prints.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd
import torch

from benchmarks.shipped.build import SHOWN
from benchmarks.shipped.maps import features
from benchmarks.shipped.measure import agreement, bounds
from ckdn.shipped import load_shipped
from iqabench import stats
from iqabench.data.open import open_dataset

YARDSTICKS = {"psnr": 1, "ssim": 1, "lpips": -1, "sharpness": 1}
"""Methods whose stored scores are compared with, and the sign of their direction."""


def scored(models: Path, variant: str, rows: pd.DataFrame, cache: Path) -> np.ndarray:
    """Scores ``(seeds, rows)`` of every seed's checkpoint of ``variant``.

    Without a second term, if it has one: that is the same for all images that people compared.
    """
    found = []
    for file in sorted(models.glob(f"{variant}-[0-9]*.safetensors")):
        network = load_shipped(weights=str(file)).network
        seen = torch.from_numpy(features(rows, network, cache, SHOWN[variant], parts=1))
        with torch.inference_mode():
            found.append(network.head(seen.transpose(1, 2)[..., None]).numpy())
    return np.stack(found)


def stored(results: Path, method: str, rows: pd.DataFrame) -> np.ndarray:
    """Scores ``(1, rows)`` that a run of the toolkit left behind, higher is better."""
    file = next((results / "all" / method).glob("*/*/scores.csv"))
    scores = pd.read_csv(file).set_index("image_id")["score"]
    return YARDSTICKS[method] * scores[rows["image_id"]].to_numpy()[None]


@click.command()
@click.option("--models", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, help="The votes.")
@click.option("--yardsticks", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--variants", default="ckdn,ckdn-nr", show_default=True)
def main(models: Path, root: Path, yardsticks: Path, out: Path, variants: str) -> None:
    """Score the voted images with every checkpoint and count the votes; writes scores and figures, no votes."""
    torch.set_num_threads(1)
    dataset = open_dataset("votes", root)
    rows = dataset.frame.reset_index(drop=True)
    scores = {name: scored(models, name, rows, models / "vote-maps") for name in variants.split(",")}
    for name in YARDSTICKS:
        scores[name] = stored(yardsticks, name, rows)
    table, agreeing = agreement(scores, rows, dataset.votes)
    cast = dataset.votes.groupby("content")[["votes_a", "votes_b"]].sum().sum(axis=1).sort_index().to_numpy()
    pairs = []
    for other in list(scores)[1:]:
        gap = stats.content_ratio(agreeing["ckdn"] - agreeing[other], cast)
        pairs.append({"first": "ckdn", "second": other, **bounds(gap)})
    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "agreement.csv", index=False, float_format="%.4f")
    pd.DataFrame(pairs).to_csv(out / "differences.csv", index=False, float_format="%.4f")
    named = {f"{name}-{seed}": one for name, values in scores.items() for seed, one in enumerate(values)}
    rows[["image_id", "content", "algorithm"]].assign(**named).to_csv(out / "scores.csv", index=False)
    click.echo(table.to_string())
    click.echo(pd.DataFrame(pairs).to_string())


if __name__ == "__main__":
    main()

"""Steps 6 and 8: fit the second term of a fine-tuned checkpoint: ``python -m benchmarks.shipped.second_term --help``.

As ``restorability`` does, but with the whole network, in single precision, on images as they are.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd
import torch
from rich.progress import track

from benchmarks.shipped.data import split_rows, validation_facts
from benchmarks.shipped.embedded import features_beside, network_of
from benchmarks.shipped.labels import GRAIN
from benchmarks.shipped.lessons import tensor
from benchmarks.shipped.restorability import fit_restorability, with_restorability
from ckdn.blocks import channel_statistics
from ckdn.model import Network
from iqabench.data.images import Pixels, read_image, upsample

BATCH = 14


@torch.inference_mode()
def first_term(rows: pd.DataFrame, network: Network, description: str) -> tuple[np.ndarray, np.ndarray]:
    """The first term as scores in (0, 1) of every row, and E1(D)'s statistics ``(rows, 512)``."""
    scores, statistics = np.zeros(len(rows)), np.zeros((len(rows), 512), np.float32)
    for degraded, places in track(list(rows.groupby("degraded", sort=True).indices.items()), description=description):
        restored = [read_image(path) for path in rows["image"].iloc[places]]
        shown = network.embed_reference(tensor([_sized(read_image(str(degraded)), restored[0])], "reference"))
        statistics[places] = channel_statistics(shown).numpy()
        found = [network.head(features) for features in features_beside(network, shown, restored, BATCH)]
        scores[places] = torch.cat(found).numpy()
    return scores, statistics


def _sized(degraded: Pixels, restored: Pixels) -> Pixels:
    return degraded if degraded.shape == restored.shape else upsample(degraded, *restored.shape[:2])


@torch.inference_mode()
def both_terms(scores: np.ndarray, statistics: np.ndarray, network: Network) -> np.ndarray:
    """The whole score from the first term's and E1(D)'s statistics; without a second term it is the first."""
    if network.restorability is None:
        return scores
    logits = torch.logit(torch.from_numpy(scores).float(), 1e-6)
    return torch.sigmoid(network.restorability(logits, torch.from_numpy(statistics))).numpy()


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--tuned", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--before", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option(
    "--fit/--no-fit", default=True, show_default=True, help="Without: TUNED keeps the second term that it has."
)
def main(data: Path, tuned: Path, before: Path, out: Path, fit: bool) -> None:
    """Give TUNED a second term learnt from the training part; write it and validation scores of both to OUT."""
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    rows, training, card = split_rows(data)
    after = tuned
    if fit:
        after = out / "ckdn-0.safetensors"
        learned = rows[training & ~rows["algorithm"].isin(GRAIN).to_numpy()].reset_index(drop=True)
        term = fit_restorability(*_swapped(first_term(learned, network_of(tuned), "training part")), learned, card)
        with_restorability(tuned, term, after)
    held = rows[~training].reset_index(drop=True)
    facts = validation_facts(rows, training).reset_index(drop=True)
    for name, path in (("ckdn-0", after), ("ckdn-before-0", before)):
        network = network_of(path)
        facts[name] = both_terms(*first_term(held, network, f"validation part, {path.name}"), network)
    facts.to_csv(out / "validation-scores.csv", index=False)


def _swapped(found: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    return found[1], found[0]


if __name__ == "__main__":
    main()

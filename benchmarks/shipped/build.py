"""Trains the shipped checkpoint and its twins: ``python -m benchmarks.shipped.build --data DIR --out DIR``.

``DIR`` of ``--data`` is what ``iqabench synthesize`` wrote.
Distilled networks and features that are in ``OUT`` already are not made again.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file

from benchmarks.shipped.assemble import assemble
from benchmarks.shipped.distil import distil
from benchmarks.shipped.heads import SHOWN, fit_head, predict
from benchmarks.shipped.labels import chosen
from benchmarks.shipped.maps import features
from ckdn.architecture import Architecture
from ckdn.model import Network
from ckdn.start import start_from_imagenet
from iqabench.datasets import open_dataset
from iqabench.datasets.base import Card
from iqabench.splits import load_split
from iqabench.training import FitSession, RichProgress

NOTE = "trained on synthesized restorations with pseudo labels (ranks by LPIPS and DISTS): no person rated them"
DISTILLATION_EPOCHS = 6
HEAD = {"epochs": 10, "learning_rate": 3e-4, "weight_decay": 1e-2}
PARADIGM = {"ckdn": "degraded", "ckdn-plain": "degraded", "ckdn-nr": "none", "ckdn-fr": "pristine"}
"""What each variant is shown when it scores."""


def starting_network() -> Network:
    """ImageNet weights in every part that has them."""
    network = Network(Architecture()).eval()
    start_from_imagenet(network)
    return network


def distilled(rows: pd.DataFrame, card: Card, seed: int, out: Path) -> Network:
    """The network of :func:`benchmarks.shipped.distil.distil`, trained once per seed."""
    network, file = starting_network(), out / f"dte-{seed}.safetensors"
    if not file.exists():
        session = FitSession(seed=seed, precision="bf16", progress=RichProgress())
        save_file(distil(rows, card, DISTILLATION_EPOCHS, session).dte.state_dict(), file)
    network.dte.load_state_dict(load_file(file))
    return network


def cached_features(
    rows: pd.DataFrame, network: Network, name: str, kinds: tuple[str, ...], out: Path
) -> dict[str, np.ndarray]:
    """Features of all rows, computed once for each network, and kept in half precision."""
    files = {kind: out / f"features-{name}-{kind}.npy" for kind in kinds}
    if not all(file.exists() for file in files.values()):
        for kind, values in features(rows, network, out / "maps", kinds).items():
            np.save(files[kind], values.astype(np.float16))
    return {kind: np.load(file).astype(np.float32) for kind, file in files.items()}


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--seeds", default="0,1,2", show_default=True)
@click.option("--variants", default="ckdn,ckdn-nr,ckdn-fr,ckdn-plain", show_default=True)
@click.option("--leave-out", default="", metavar="CODES", help="Algorithms that the head does not learn from.")
@click.option("--labels", type=click.Choice(["content", "degraded"]), default="content", show_default=True)
def main(data: Path, out: Path, seeds: str, variants: str, leave_out: str, labels: str) -> None:
    """Distil, compute features, train the heads, write checkpoints and scores of the validation part."""
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    dataset = open_dataset("manifest", data)
    rows = load_split(dataset.card.name, data / "splits").apply(dataset.frame)
    rows = rows[rows["part"] != "unused"].reset_index(drop=True)
    training = (rows["part"] == "train").to_numpy()
    scores = rows.loc[~training, ["image_id", "content", "algorithm", "category", "degraded", "mos"]].copy()
    scores["degraded"] = [Path(path).name for path in scores["degraded"]]
    for seed in map(int, seeds.split(",")):
        for variant in variants.split(","):
            if variant == "ckdn":
                network, name = distilled(rows[training], dataset.card, seed, out), f"distilled-{seed}"
            else:
                network, name = starting_network(), "imagenet"
            seen = cached_features(rows, network, name, SHOWN[variant], out)
            session = FitSession(seed=seed, progress=RichProgress())
            places, learned = chosen(rows[training], tuple(filter(None, leave_out.split(","))), labels)
            known = {kind: values[training][places] for kind, values in seen.items()}
            head = fit_head(variant, known, learned, dataset.card, session, **HEAD)
            facts = {"note": NOTE, "seed": str(seed), "data": dataset.card.name}
            assemble(variant, network, head, out / f"{variant}-{seed}.safetensors", facts)
            scores[f"{variant}-{seed}"] = predict(head, seen[PARADIGM[variant]][~training])
            scores.to_csv(out / f"validation-scores-{seeds}.csv", index=False)


if __name__ == "__main__":
    main()

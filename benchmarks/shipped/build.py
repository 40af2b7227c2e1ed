"""Trains the shipped checkpoint and its twins: ``python -m benchmarks.shipped.build --data DIR --out DIR``.

``DIR`` of ``--data`` is what ``iqabench synthesize`` wrote. Give every recipe a folder ``OUT`` of its own.
Distilled networks and features that are in ``OUT`` already are not made again.
"""

from __future__ import annotations

import copy
from pathlib import Path

import click
import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file

from benchmarks.shipped.assemble import assemble
from benchmarks.shipped.data import split_rows, validation_facts
from benchmarks.shipped.distil import distil
from benchmarks.shipped.heads import fit_head, predict
from benchmarks.shipped.labels import chosen
from benchmarks.shipped.maps import features, images, sampled
from benchmarks.shipped.network import SEVERITY, calibrate, starting_network, weigh_reference
from ckdn.model import Network
from iqabench.data.base import Card
from iqabench.data.images import read_image
from iqabench.training import FitSession, RichProgress

NOTE = "trained on synthesized restorations with pseudo labels (ranks by LPIPS and DISTS): no person rated them"
DISTILLATION_EPOCHS = 6
HEAD = {"epochs": 10, "learning_rate": 3e-4, "weight_decay": 1e-2}
SHOWN = {"ckdn": "degraded", "ckdn-plain": "degraded", "ckdn-nr": "none", "ckdn-fr": "pristine"}
"""What each variant is shown, in training and when it scores."""
CALIBRATION_IMAGES, CALIBRATION_BATCH = 600, 12


def calibrated_start(training: pd.DataFrame) -> Network:
    """ImageNet weights, QSE with statistics of restored training images, and DTE its copy."""
    network = starting_network()
    paths = list(training["image"].sample(min(CALIBRATION_IMAGES, len(training)), random_state=0))
    height, width = read_image(paths[0]).shape[:2]
    batches = (paths[at : at + CALIBRATION_BATCH] for at in range(0, len(paths), CALIBRATION_BATCH))
    calibrate(network.qse, (images(batch, height, width) for batch in batches))
    network.dte.load_state_dict(network.qse.state_dict())
    return network


def prepared_network(
    variant: str, start: Network, calibrated: bool, training: pd.DataFrame, card: Card, seed: int, out: Path
) -> tuple[Network, str]:
    """The network of ``variant`` in front of its head, and a name for its features. DTE is distilled once per seed."""
    network, name = copy.deepcopy(start), variant
    if calibrated and SHOWN[variant] != "none":
        weigh_reference(network)
    if variant == "ckdn":
        file, name = out / f"dte-{seed}.safetensors", f"{variant}-{seed}"
        if not file.exists():
            session = FitSession(seed=seed, precision="bf16", progress=RichProgress())
            severity = SEVERITY if calibrated else 0.0
            taught = distil(network, severity, training, card, DISTILLATION_EPOCHS, session).dte.state_dict()
            save_file({tensor: value.contiguous() for tensor, value in taught.items()}, file)
        network.dte.load_state_dict(load_file(file))
    if calibrated:
        calibrate(network.csp, sampled(training, network, out / "maps", SHOWN[variant]))
    return network, name


def cached_features(rows: pd.DataFrame, network: Network, kind: str, name: str, out: Path) -> np.ndarray:
    """Features of all rows, computed once for each network, and kept in half precision."""
    file = out / f"features-{name}.npy"
    if not file.exists():
        np.save(file, features(rows, network, out / "maps", kind).astype(np.float16))
    return np.load(file).astype(np.float32)


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--seeds", default="0,1,2", show_default=True)
@click.option("--variants", default="ckdn,ckdn-nr,ckdn-fr,ckdn-plain", show_default=True)
@click.option("--leave-out", default="", metavar="CODES", help="Algorithms that the head does not learn from.")
@click.option("--labels", type=click.Choice(["content", "degraded"]), default="content", show_default=True)
@click.option("--calibrate", "calibrated", is_flag=True, help="Take batch norm's statistics anew; E1 tells severity.")
def main(data: Path, out: Path, seeds: str, variants: str, leave_out: str, labels: str, calibrated: bool) -> None:
    """Distil, compute features, train the heads, write checkpoints and scores of the validation part."""
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    rows, training, card = split_rows(data)
    scores = validation_facts(rows, training)
    places, learned = chosen(rows[training], tuple(filter(None, leave_out.split(","))), labels)
    start = calibrated_start(rows[training]) if calibrated else starting_network()
    for seed in map(int, seeds.split(",")):
        for variant in variants.split(","):
            network, name = prepared_network(variant, start, calibrated, rows[training], card, seed, out)
            seen = cached_features(rows, network, SHOWN[variant], name, out)
            session = FitSession(seed=seed, progress=RichProgress())
            head = fit_head(seen[training][places], learned, card, session, **HEAD)
            facts = {"note": NOTE, "seed": str(seed), "data": card.name}
            assemble(variant, network, head, out / f"{variant}-{seed}.safetensors", facts)
            scores[f"{variant}-{seed}"] = predict(head, seen[~training])
            scores.to_csv(out / f"validation-scores-{seeds}.csv", index=False)


if __name__ == "__main__":
    main()

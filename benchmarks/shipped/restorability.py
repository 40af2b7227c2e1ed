"""After the build: the score's second term, for checkpoints whose head has learned ranks beside one degraded image.

``python -m benchmarks.shipped.restorability --data DIR --models DIR --out DIR``: checkpoints with that term, and their
scores of the validation part. The term is the same for all restorations of one degraded image, so that their order,
and with it every comparison of two of them, stays what it is.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd
import torch
from rich.progress import track
from sklearn.linear_model import Ridge

from benchmarks.shipped.build import HEAD, cached_features
from benchmarks.shipped.data import split_rows, validation_facts
from benchmarks.shipped.heads import fit_head, predict
from benchmarks.shipped.labels import GRAIN, chosen
from benchmarks.shipped.maps import embedded_references
from ckdn.blocks import Restorability, channel_statistics
from ckdn.checkpoint import read_checkpoint, write_checkpoint
from ckdn.model import Network
from ckdn.shipped import load_shipped
from iqabench.data.base import Card
from iqabench.training import FitSession, RichProgress
from iqabench.training.data import normalised_quality

FOLDS = 4
PENALTY = 1000.0
"""Of the squared weights, for standardised statistics."""
UNPENALISED = 1e3
"""Factor by which a column is scaled so that the penalty on its weight amounts to nothing."""
LEAST_QUALITY, LEAST_SCORE = 0.02, 1e-4
"""Labels and scores are kept this far from 0 and 1, so that their logits are finite."""


@torch.inference_mode()
def reference_statistics(rows: pd.DataFrame, network: Network) -> np.ndarray:
    """:func:`ckdn.blocks.channel_statistics` of E1(D) for every row: ``(rows, 512)`` float32."""
    found = np.zeros((len(rows), 512), np.float32)
    for places in track(list(rows.groupby("content", sort=True).indices.values()), description="statistics of E1(D)"):
        references, of_row = embedded_references(rows.iloc[places], network, "degraded")
        found[places] = channel_statistics(references).numpy()[of_row]
    return found


def logit(probability: np.ndarray, margin: float) -> np.ndarray:
    """Inverse of the sigmoid, for probabilities kept ``margin`` away from 0 and 1."""
    kept = np.clip(probability.astype(np.float64), margin, 1 - margin)
    return np.log(kept) - np.log1p(-kept)


def held_out_scores(features: np.ndarray, rows: pd.DataFrame, card: Card, session: FitSession) -> np.ndarray:
    """The first term as scores of every row, by heads that have not seen the row's content.

    A head knows what it was trained on too well: beside its scores of that, little would be left to explain.
    """
    contents = sorted(set(rows["content"]))
    folds = np.random.default_rng(session.seed).permutation(len(contents)) % FOLDS
    fold = rows["content"].map(dict(zip(contents, folds, strict=True))).to_numpy()
    found = np.zeros(len(rows))
    for number in range(FOLDS):
        others, own = fold != number, fold == number
        places, learned = chosen(rows[others], GRAIN, "degraded")
        head = fit_head(features[others][places], learned, card, session, **HEAD)
        found[own] = predict(head, features[own])
    return found


def fit_restorability(statistics: np.ndarray, scores: np.ndarray, rows: pd.DataFrame, card: Card) -> Restorability:
    """The term that, with the first term's ``scores``, explains the labels best, logit by logit.

    Ridge regression of the labels on the first term, without penalty, and on the ``(rows, 512)`` statistics; the weight
    of the first is the scale. Each degraded image counts by the root of its restorations.

    Raises
    ------
    click.ClickException
        If the labels fall with the first term: a scale below zero would turn its order around.
    """
    mean, deviation = statistics.mean(0), statistics.std(0) + 1e-3
    labels = logit(normalised_quality(rows["mos"].to_numpy(dtype=np.float64), card), LEAST_QUALITY)
    first = logit(scores, LEAST_SCORE)[:, None]
    counts = rows.groupby("degraded")["mos"].transform("size").to_numpy()
    seen = np.hstack([first * UNPENALISED, (statistics - mean) / deviation])
    fitted = Ridge(PENALTY).fit(seen, labels, sample_weight=counts**-0.5)
    scale = fitted.coef_[0] * UNPENALISED
    if scale <= 0:
        raise click.ClickException("the labels do not rise with the first term: it has learned nothing to build on")
    weight = fitted.coef_[1:] / deviation
    term = Restorability()
    with torch.no_grad():
        term.scale.fill_(float(scale))
        term.layer.weight.copy_(torch.from_numpy(weight)[None])
        term.layer.bias.fill_(float(fitted.intercept_ - weight @ mean))
    return term


def with_restorability(checkpoint: Path, term: Restorability, path: Path) -> None:
    """Write ``checkpoint`` again with ``term``; everything else stays as it is, to the bit."""
    state, facts = read_checkpoint(checkpoint)
    added = {f"network.restorability.{name}": tensor for name, tensor in term.state_dict().items()}
    write_checkpoint({**state, **added}, path, facts)


@torch.inference_mode()
def both_terms(checkpoint: Path, features: np.ndarray, statistics: np.ndarray) -> np.ndarray:
    """A checkpoint's scores of whole images from the features of their parts and E1(D)'s statistics."""
    network = load_shipped(weights=str(checkpoint)).network
    assert network.restorability is not None
    logits = network.head.logits(torch.from_numpy(features.mean(1))[:, :, None, None])
    return torch.sigmoid(network.restorability(logits, torch.from_numpy(statistics))).numpy()


@click.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--models", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def main(data: Path, models: Path, out: Path) -> None:
    """Give every ``ckdn-SEED.safetensors`` of MODELS its second term; write it and validation scores to OUT."""
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    rows, training, card = split_rows(data)
    learned = rows[training].reset_index(drop=True)
    kept = ~learned["algorithm"].isin(GRAIN).to_numpy()
    validation = validation_facts(rows, training)
    checkpoints = sorted(models.glob("ckdn-[0-9]*.safetensors"))
    if not checkpoints:
        raise click.ClickException(f"{models} holds no ckdn-SEED.safetensors; build writes them")
    for checkpoint in checkpoints:
        network, name = load_shipped(weights=str(checkpoint)).network, checkpoint.stem
        features = cached_features(rows, network, "degraded", name, models)
        session = FitSession(seed=int(name.rpartition("-")[2]), progress=RichProgress())
        scores = held_out_scores(features[training], learned, card, session)
        statistics = reference_statistics(rows, network)
        term = fit_restorability(statistics[training][kept], scores[kept], learned[kept], card)
        with_restorability(checkpoint, term, out / checkpoint.name)
        validation[name] = both_terms(out / checkpoint.name, features[~training], statistics[~training])
        validation.to_csv(out / "validation-scores.csv", index=False)


if __name__ == "__main__":
    main()

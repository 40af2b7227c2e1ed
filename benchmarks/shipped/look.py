"""One look at people's votes for a checkpoint that passed all else: ``python -m benchmarks.shipped.look --help``.

Images are scored whole, as ``iqabench score`` does. Beside the degraded image that each restoration was made from,
the same look shows the next content's, and the restoration itself: what a reference is worth to people's order.
"""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd
import torch
from rich.progress import track

from benchmarks.shipped.held import by_checkpoint
from benchmarks.shipped.measure import agreement, bounds
from iqabench import stats
from iqabench.data.images import read_image, upsample
from iqabench.data.open import open_dataset

SHOWN = ("true", "other", "itself")


def scored(checkpoint: Path, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """Logits ``(1, rows)`` of every row, for each reference of :data:`SHOWN`."""
    score = by_checkpoint(checkpoint)
    found = {name: np.zeros((1, len(rows))) for name in SHOWN}
    groups = list(rows.groupby("content", sort=True).indices.items())
    for number, (_, places) in enumerate(track(groups, description=checkpoint.stem)):
        restored = [read_image(str(path)) for path in rows["image"].iloc[places]]
        height, width = restored[0].shape[:2]
        after = groups[(number + 1) % len(groups)][1]
        for name, path in (("true", rows["degraded"].iloc[places[0]]), ("other", rows["degraded"].iloc[after[0]])):
            shown = upsample(read_image(str(path)), height, width)
            found[name][0, places] = np.concatenate([score([one], shown) for one in restored])
        found["itself"][0, places] = np.concatenate([score([one], one) for one in restored])
    return found


@click.command()
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("candidate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--root", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, help="The votes.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def main(before: Path, candidate: Path, root: Path, out: Path) -> None:
    """Count the votes that BEFORE and CANDIDATE agree with; writes figures, no votes."""
    torch.set_num_threads(1)
    dataset = open_dataset("votes", root)
    rows, votes = dataset.frame.reset_index(drop=True), dataset.votes
    if votes is None:
        raise click.ClickException(f"{root} holds no votes")
    scores = {
        f"{path.stem} {name}": values for path in (before, candidate) for name, values in scored(path, rows).items()
    }
    table, agreeing = agreement(scores, rows, votes)
    cast = votes.groupby("content")[["votes_a", "votes_b"]].sum().sum(axis=1).sort_index().to_numpy()
    new, old = f"{candidate.stem} true", f"{before.stem} true"
    pairs = []
    for first, second in ((new, old), *((new, f"{candidate.stem} {name}") for name in SHOWN[1:])):
        gap = stats.content_ratio(agreeing[first] - agreeing[second], cast)
        pairs.append({"first": first, "second": second, **bounds(gap)})
    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "agreement.csv", index=False, float_format="%.4f")
    pd.DataFrame(pairs).to_csv(out / "differences.csv", index=False, float_format="%.4f")
    click.echo(table.to_string())
    click.echo(pd.DataFrame(pairs).to_string())


if __name__ == "__main__":
    main()

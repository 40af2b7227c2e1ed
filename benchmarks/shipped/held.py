"""What a checkpoint must not lose, beside the one it would replace: ``python -m benchmarks.shipped.held --help``.

On the contents of the validation part, which training has not seen: the sanity ladder, the same amount of texture
right and wrong, and order by pseudo labels beside the right degraded image, another content's, and the image itself.
Two yardsticks are measured beside: total variation, which counts edges, and SSIM with the degraded image.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import pandas as pd
import piq
import torch
from rich.progress import track

from benchmarks.shipped.contents import TaughtContent, bicubic, half_restored, plain_tensor, read_contents
from benchmarks.shipped.embedded import features_beside, network_of
from benchmarks.shipped.exercises import texture_exercise
from benchmarks.shipped.lessons import tensor
from ckdn.blocks import final_logits
from iqabench import stats
from iqabench.checks.ladder.faults import FAULTS as RUNGS
from iqabench.data.images import Pixels

Scorer = Callable[[list[Pixels], Pixels], np.ndarray]
"""``(restored, degraded at their size)`` to one score each, higher is better."""
TRAPS = 6
"""Texture exercises for each content."""
BATCH = 16


def by_checkpoint(path: Path) -> Scorer:
    """Logits of a checkpoint, both terms."""
    network = network_of(path)

    @torch.inference_mode()
    def score(restored: list[Pixels], degraded: Pixels) -> np.ndarray:
        shown = network.embed_reference(tensor([degraded], "reference"))
        found = [
            final_logits(features, shown, network.head, network.restorability)
            for features in features_beside(network, shown, restored, BATCH)
        ]
        return torch.cat(found).double().numpy()

    return score


def total_variation(restored: list[Pixels], degraded: Pixels) -> np.ndarray:
    """Mean absolute difference of neighbours: counts edges, whatever they are."""
    return np.array(
        [
            np.abs(np.diff(one.astype(float), axis=0)).mean() + np.abs(np.diff(one.astype(float), axis=1)).mean()
            for one in restored
        ]
    )


def ssim_degraded(restored: list[Pixels], degraded: Pixels) -> np.ndarray:
    """SSIM with the degraded image in the pristine picture's place."""
    shown = plain_tensor([degraded])
    return np.array([float(piq.ssim(plain_tensor([one]), shown)) for one in restored])


def ladder(content: TaughtContent, score: Scorer) -> dict[str, np.ndarray]:
    """For each kind of fault whether the pairs of rungs are in order, over three starts."""
    shown = bicubic(content.pristine, 4)
    half = half_restored(content.pristine, shown)
    found: dict[str, list[float]] = {}
    for start in (content.pristine, half, shown):
        for fault in RUNGS:
            rungs = score([fault.on(start, level, content.name) for level in range(5)], shown)
            found.setdefault(fault.kind, []).extend(
                (1 + np.sign(rungs[one] - rungs[other])) / 2 for one in range(5) for other in range(one + 1, 5)
            )
    return {kind: np.array(one) for kind, one in found.items()}


def trap(content: TaughtContent, others: list[TaughtContent], score: Scorer) -> dict[str, np.ndarray]:
    """Whether right texture beats as much wrong texture, and the right amount of it beats too much and none."""
    right, amount = [], []
    for number in range(TRAPS):
        random = np.random.default_rng([zlib.crc32(content.name.encode()), number])
        other = others[int(random.integers(len(others)))]
        shown = bicubic(content.pristine, int(random.integers(2, 5)))
        asked = texture_exercise(content.pristine, other.pristine, shown, random)
        said = score(asked.pictures, shown)
        right += [(1 + np.sign(said[a] - said[b])) / 2 for a, b in ((1, 5), (2, 6))]
        amount += [(1 + np.sign(said[a] - said[b])) / 2 for a, b in ((2, 0), (1, 0), (2, 1), (2, 3), (2, 4), (3, 4))]
    return {"texture": np.array(right), "amount": np.array(amount)}


def order(content: TaughtContent, others: list[TaughtContent], score: Scorer) -> dict[str, float]:
    """SRCC with the pseudo labels within one degraded image, shown the right D, another one, and R itself."""
    other = others[zlib.crc32(content.name.encode()) % len(others)]
    found: dict[str, list[float]] = {"true": [], "other": [], "itself": []}
    for number, made in enumerate(content.made):
        if len(made.restored) < 4:
            continue
        labels = -pd.DataFrame(made.judged).rank().mean(axis=1).to_numpy()
        wrong = other.made[number % len(other.made)].degraded
        for name, said in (
            ("true", score(made.restored, made.degraded)),
            ("other", score(made.restored, wrong)),
            ("itself", np.concatenate([score([one], one) for one in made.restored])),
        ):
            found[name].append(float(stats.srcc(said, labels)))
    return {name: float(np.mean(values)) if values else float("nan") for name, values in found.items()}


@click.command()
@click.argument("checkpoints", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--first", default=0, show_default=True, help="Leave out as many contents at the start.")
@click.option("--contents", default=26, show_default=True, help="Measure at most as many.")
@click.option("--yardsticks/--no-yardsticks", default=True, show_default=True)
def main(checkpoints: tuple[Path, ...], data: Path, out: Path, first: int, contents: int, yardsticks: bool) -> None:
    """Measure CHECKPOINTS and the yardsticks: means over contents with 95 % intervals, one row for each.

    From the second checkpoint on there are also differences to the first one, content by content.
    """
    torch.set_num_threads(1)
    pool = read_contents(data, "validate")
    scorers: dict[str, Scorer] = {path.stem: by_checkpoint(path) for path in checkpoints}
    if yardsticks:
        scorers |= {"total-variation": total_variation, "ssim-degraded": ssim_degraded}
    vectors: dict[tuple[str, str], list[float]] = {}
    for content in track(pool[first : first + contents], description="contents"):
        others = [one for one in pool if one is not content]
        for name, score in scorers.items():
            steps = ladder(content, score)
            figures = {f"ladder {kind}": float(one.mean()) for kind, one in steps.items()}
            figures["ladder all"] = float(np.mean(list(figures.values())))
            figures |= {kind: float(one.mean()) for kind, one in trap(content, others, score).items()}
            by_reference = order(content, others, score)
            figures |= {f"order {key}": value for key, value in by_reference.items()}
            figures["order true - other"] = by_reference["true"] - by_reference["other"]
            figures["order true - itself"] = by_reference["true"] - by_reference["itself"]
            for measure, value in figures.items():
                vectors.setdefault((measure, name), []).append(value)
    for measure, name in list(vectors):
        if name in [path.stem for path in checkpoints[1:]]:
            gaps = np.array(vectors[measure, name]) - vectors[measure, checkpoints[0].stem]
            vectors[measure, f"{name} - {checkpoints[0].stem}"] = list(gaps)
    rows = []
    for (measure, name), values in vectors.items():
        vector = np.array(values)
        over = stats.content_mean(vector[~np.isnan(vector)])
        rows.append(
            {
                "measure": measure,
                "method": name,
                "value": float(over.value),
                "low": float(over.low),
                "high": float(over.high),
            }
        )
    table = pd.DataFrame(rows)
    table.to_csv(out, index=False, float_format="%.4f")
    wide = table.pivot_table(index="measure", columns="method", values="value", sort=False)
    click.echo(wide.round(3).to_string())


if __name__ == "__main__":
    main()

"""Steps 6 to 10: weights between two checkpoints: ``python -m benchmarks.shipped.blend --help``.

A fine-tuned network keeps more of what it could before if its weights move only a part of the way (Wortsman et al.,
Robust fine-tuning of zero-shot models, CVPR 2022).
"""

from __future__ import annotations

from pathlib import Path

import click
import torch

from ckdn.checkpoint import read_checkpoint, write_checkpoint


def blend(before: Path, tuned: Path, share: float, out: Path) -> None:
    """Write the weights that lie ``share`` in [0, 1] of the way from ``before`` to ``tuned``."""
    (old, facts), (new, _) = read_checkpoint(before), read_checkpoint(tuned)
    mixed = {
        name: torch.lerp(tensor, new[name], share) if tensor.is_floating_point() else tensor
        for name, tensor in old.items()
    }
    write_checkpoint(mixed, out, facts)


@click.command()
@click.option("--before", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--tuned", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--share", type=click.FloatRange(0, 1), multiple=True, required=True, help="Again for several files.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def main(before: Path, tuned: Path, share: tuple[float, ...], out: Path) -> None:
    """Write OUT/blend-SHARE.safetensors for every share of the way from BEFORE to TUNED."""
    out.mkdir(parents=True, exist_ok=True)
    for one in share:
        blend(before, tuned, one, out / f"blend-{one:g}.safetensors")


if __name__ == "__main__":
    main()

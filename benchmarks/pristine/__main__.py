"""``python -m benchmarks.pristine FOLDER ... --out FILE``: fit NIQE's model to pristine photographs."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
from safetensors.numpy import save

from baselines.no_reference.niqe import PRISTINE
from baselines.shared.gaussian_model import PATCH, Patches, fit_gaussian, patch_features, sharpest
from baselines.shared.images import grey_levels
from iqabench._util.errors import DataError
from iqabench._util.files import write_atomically
from iqabench.data.images import read_image


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", default=PRISTINE, show_default=True, type=click.Path(path_type=Path), help="Where to write.")
def main(folders: tuple[Path, ...], out: Path) -> None:
    """Fit NIQE's model to the photographs (PNG) in FOLDERS."""
    photographs = sorted(file for folder in folders for file in folder.glob("*.png"))
    if not photographs:
        raise click.UsageError(f"there are no PNG files in {', '.join(map(str, folders))}")
    features = []
    with click.progressbar(photographs, label="photographs") as bar:
        for file in bar:
            try:
                features.append(features_of(file))
            except DataError as error:
                raise click.UsageError(str(error)) from error
    together = np.concatenate(features)
    if len(together) < 2 * together.shape[1]:
        raise click.UsageError(f"{len(together)} sharp patches of {PATCH}x{PATCH} pixels are too few: add photographs")
    write_atomically(out, save(fit_gaussian(together)._asdict()))
    click.echo(f"{out}: {len(photographs)} photographs, {len(together)} sharp patches")


def features_of(file: Path) -> np.ndarray:
    """Features ``(P, 36)`` of the sharp patches of one photograph.

    The grid of patches is laid four times, half a patch apart: few photographs have a free licence.
    """
    import torch

    image = torch.from_numpy(read_image(file)).permute(2, 0, 1)[None].float() / 255
    levels = grey_levels(image)[0, 0].numpy()
    starts = (0, PATCH // 2)
    laid = [patch_features(levels[down:, right:]) for down in starts for right in starts]
    return sharpest(Patches(*map(np.concatenate, zip(*laid, strict=True))))


if __name__ == "__main__":
    main()

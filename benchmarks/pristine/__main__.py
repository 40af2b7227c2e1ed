"""``python -m benchmarks.pristine FOLDER ... --metric NAME``: fit the model of a metric to pristine photographs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from safetensors.numpy import save

from baselines.no_reference import il_niqe, niqe
from baselines.shared.gaussian_model import PATCH, SHARP, fit_gaussian, patch_features
from baselines.shared.images import grey_levels
from baselines.shared.local_statistics import PATCH as LOCAL_PATCH
from baselines.shared.local_statistics import SHARP as LOCAL_SHARP
from baselines.shared.local_statistics import at_one_size, local_features
from baselines.shared.principal_model import COMPONENTS, fit_principal_model
from baselines.shared.two_scales import Patches, sharpest
from iqabench._util.errors import DataError
from iqabench._util.files import write_atomically
from iqabench.data.images import read_image

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Fitting:
    """How the model of a metric is fitted."""

    out: Path
    features_of: Callable[[Path], np.ndarray]
    """Features ``(P, F)`` of the sharp patches of one photograph."""
    fit: Callable[[np.ndarray], dict[str, np.ndarray]]
    """From the features of all photographs to the model's arrays."""
    fewest: int
    """Patches that a model takes."""


@click.command()
@click.argument("folders", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--metric", type=click.Choice(["niqe", "il-niqe"]), default="niqe", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Where to write. Default: the file that the metric reads.")
def main(folders: tuple[Path, ...], metric: str, out: Path | None) -> None:
    """Fit a metric's model to the photographs (PNG) in FOLDERS."""
    fitting = FITTINGS[metric]
    out = out or fitting.out
    photographs = sorted(file for folder in folders for file in folder.glob("*.png"))
    if not photographs:
        raise click.UsageError(f"there are no PNG files in {', '.join(map(str, folders))}")
    features = []
    with click.progressbar(photographs, label="photographs") as bar:
        for file in bar:
            try:
                features.append(fitting.features_of(file))
            except DataError as error:
                raise click.UsageError(str(error)) from error
    together = np.concatenate(features)
    if len(together) < fitting.fewest:
        raise click.UsageError(
            f"{len(together)} sharp patches are too few, {fitting.fewest} are enough: add photographs"
        )
    write_atomically(out, save(fitting.fit(together)))
    click.echo(f"{out}: {len(photographs)} photographs, {len(together)} sharp patches")


def niqe_features(file: Path) -> np.ndarray:
    """NIQE's features ``(P, 36)`` of the sharp patches of one photograph.

    The grid of patches is laid four times, half a patch apart: few photographs have a free licence.
    """
    levels = grey_levels(_image(file))[0, 0].numpy()
    height, width = levels.shape
    least = PATCH + PATCH // 2
    if min(height, width) < least:
        raise DataError(
            f"{file}: {width}x{height} pixels have no room for the grid; leave out what is below {least} a side"
        )
    starts = (0, PATCH // 2)
    laid = [patch_features(levels[down:, right:]) for down in starts for right in starts]
    return sharpest(Patches(*map(np.concatenate, zip(*laid, strict=True))), SHARP)


def il_niqe_features(file: Path) -> np.ndarray:
    """IL-NIQE's features ``(P, 468)`` of the sharp patches of one photograph, the grid laid twice."""
    picture = at_one_size(_image(file)[0])
    laid = [local_features(picture[start:, start:]) for start in (0, LOCAL_PATCH // 2)]
    return sharpest(Patches(*map(np.concatenate, zip(*laid, strict=True))), LOCAL_SHARP)


def _image(file: Path) -> torch.Tensor:
    import torch

    return torch.from_numpy(read_image(file)).permute(2, 0, 1)[None].float() / 255


FITTINGS = {
    "niqe": Fitting(niqe.PRISTINE, niqe_features, lambda features: fit_gaussian(features)._asdict(), 2 * 36),
    "il-niqe": Fitting(
        il_niqe.PRISTINE,
        il_niqe_features,
        lambda features: fit_principal_model(features, COMPONENTS)._asdict(),
        2 * COMPONENTS,
    ),
}


if __name__ == "__main__":
    main()

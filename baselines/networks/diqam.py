"""DIQaM as a network that is trained; :mod:`baselines.no_reference.diqam` says what is known of it."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import relu

from baselines.no_reference.diqam import DIQAM, RECIPES
from baselines.shared.images import check_images
from baselines.shared.layers import he_start, start_output_at
from baselines.shared.patches import grid_patches, random_patches
from baselines.shared.recipes import find_recipe
from iqabench.training import Batch, NetworkMethod, Stage, TrainingSet

PATCH = 32
WEIGHT_FLOOR = 1e-6


class PatchNetwork(nn.Module):
    """Quality and weight of patches; ``width`` channels in the first convolution (32 in the paper)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for block in range(5):
            after = width * 2**block
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
            layers += [nn.Conv2d(after, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
            before = after
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.quality = nn.Sequential(nn.Linear(before, before), nn.ReLU(), nn.Dropout(0.5), nn.Linear(before, 1))
        self.weight = nn.Sequential(nn.Linear(before, before), nn.ReLU(), nn.Dropout(0.5), nn.Linear(before, 1))

    def forward(self, patches: Tensor) -> tuple[Tensor, Tensor]:
        """``(P, 3, 32, 32)`` in [0, 1] to the quality and the positive weight of each patch, ``(P,)`` both."""
        features = self.features(2 * patches - 1)
        return self.quality(features)[:, 0], relu(self.weight(features)[:, 0]) + WEIGHT_FLOOR


class Diqam(NetworkMethod):
    """WaDIQaM-NR. ``stride`` is the step of the grid of patches at test time (32: no overlap)."""

    info = DIQAM.info
    start = "random"

    def __init__(self, recipe: str = "paper", stride: int = PATCH) -> None:
        super().__init__()
        chosen = find_recipe(RECIPES, recipe, "diqam")
        self.recipe = chosen.recipe
        self.patches = chosen.patches
        self.stride = stride
        self.network = PatchNetwork(chosen.width)

    def initialise(self, data: TrainingSet) -> None:
        """He et al.'s start; every patch begins with quality 0.5 and weight 1."""
        super().initialise(data)
        he_start(self.network)
        for head, value in ((self.network.quality, 0.5), (self.network.weight, 1.0)):
            last = head[-1]
            assert isinstance(last, nn.Linear)
            start_output_at(last, value)

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Mean absolute error of the weighted mean over the patches."""
        (patches,) = random_patches([batch.restored], PATCH, self.patches)
        return (self._weighted_mean(patches) - batch.quality).abs().mean()

    def prepare(self, reference: Tensor) -> None:
        """A no-reference method looks at no reference."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Weighted mean over the fixed grid, ``(N,)``. Raises DataError below 32 pixels."""
        check_images(self.info, restored)
        return self._weighted_mean(grid_patches(restored, PATCH, self.stride))

    def _weighted_mean(self, patches: Tensor) -> Tensor:
        quality, weight = (values.view(patches.shape[:2]) for values in self.network(patches.flatten(0, 1)))
        return (quality * weight).sum(1) / weight.sum(1)

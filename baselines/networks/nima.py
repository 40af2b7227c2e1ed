"""NIMA as a network that is trained; :mod:`baselines.no_reference.nima` says what is known of it."""

from __future__ import annotations

import urllib.request
from functools import cache
from typing import Any

import timm
import torch
from huggingface_hub import constants, try_to_load_from_cache
from torch import Tensor, nn

from baselines.no_reference.nima import NIMA, RECIPES
from baselines.shared.images import check_images
from baselines.shared.recipes import find_recipe
from iqabench._util.errors import MethodError
from iqabench.training import Batch, NetworkMethod, Stage, TrainingSet
from iqabench.weights.digest import tensor_digest

BINS = 10
PATIENCE_SECONDS = 5.0


def narrow_distribution(quality: Tensor) -> Tensor:
    """Target ``(N, 10)`` of qualities ``(N,)``: the two bins nearest to ``1 + 9 q`` hold all the mass."""
    place = quality.clamp(0, 1)[:, None] * (BINS - 1)
    bins = torch.arange(BINS, device=quality.device, dtype=place.dtype)
    return (1 - (place - bins).abs()).clamp(min=0)


def earth_movers_distance(target: Tensor, predicted: Tensor, r: int = 2) -> Tensor:
    """``1/10 Σ |CDF - CDF'|^r`` of distributions ``(N, 10)``, one per row (paper, Eq. 1, without the r-th root)."""
    return (target.cumsum(1) - predicted.cumsum(1)).abs().pow(r).mean(1)


def mean_opinion(distribution: Tensor) -> Tensor:
    """Mean of distributions ``(N, 10)`` on the quality scale [0, 1], ``(N,)``."""
    places = torch.linspace(0, 1, BINS, device=distribution.device, dtype=distribution.dtype)
    return distribution @ places


def starting_network(name: str, dropout: float) -> tuple[nn.Module, str | None]:
    """A timm network with ten outputs, pretrained if that can be had, and a note if it cannot."""
    reason = "they are neither cached nor is their hub reachable"
    if _weights_within_reach(name):
        try:
            return timm.create_model(name, pretrained=True, num_classes=BINS, drop_rate=dropout), None
        except (OSError, RuntimeError) as error:
            reason = type(error).__name__
    note = f"trained from a random start: ImageNet weights of timm's {name} cannot be had ({reason})"
    return timm.create_model(name, num_classes=BINS, drop_rate=dropout), note


@cache
def _weights_within_reach(name: str) -> bool:
    """Ask briefly first: timm itself retries an unreachable hub for most of a minute."""
    described = timm.get_pretrained_cfg(name)
    if described is None:
        return False
    files = ("model.safetensors", "pytorch_model.bin")
    if described.hf_hub_id and any(
        isinstance(try_to_load_from_cache(described.hf_hub_id, file), str) for file in files
    ):
        return True
    if constants.HF_HUB_OFFLINE:
        return False
    try:
        with urllib.request.urlopen(constants.ENDPOINT, timeout=PATIENCE_SECONDS):
            return True
    except OSError:
        return False


class Nima(NetworkMethod):
    """NIMA on a timm ``backbone``; ``pretrained=False`` never asks for ImageNet weights.

    Raises MethodError for a recipe or backbone that does not exist.
    """

    info = NIMA.info
    mean: Tensor
    deviation: Tensor

    def __init__(self, recipe: str = "paper", backbone: str = "mobilenetv3_small_100", pretrained: bool = True) -> None:
        super().__init__()
        chosen = find_recipe(RECIPES, recipe, "nima")
        if not timm.is_model(backbone):
            raise MethodError(f"method nima: timm has no backbone {backbone!r}; timm.list_models() names them")
        self.recipe = chosen.recipe
        self.backbone = backbone
        self.pretrained = pretrained
        self.dropout = chosen.dropout
        self.network: nn.Module = timm.create_model(backbone, num_classes=BINS, drop_rate=chosen.dropout)
        expected = timm.data.resolve_model_data_config(self.network)
        self.register_buffer("mean", torch.tensor(expected["mean"]).view(3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(expected["std"]).view(3, 1, 1), persistent=False)

    def starting_weights(self) -> dict[str, str | None]:
        """The ImageNet weights that ``timm`` has for the backbone, None where they cannot be had."""
        if not self.pretrained:
            return {}
        with torch.random.fork_rng(devices=[]):
            start, note = starting_network(self.backbone, self.dropout)
        # The last layer is drawn anew: it is no part of what was pretrained.
        last = tuple(name for name, module in start.named_modules() if module is start.get_classifier())  # type: ignore[operator]
        kept = {name: tensor for name, tensor in start.state_dict().items() if not name.startswith(last)}
        return {f"timm:{self.backbone}": tensor_digest(kept) if note is None else None}

    def initialise(self, data: TrainingSet) -> None:
        """ImageNet weights where they can be had; else timm's own random start, and a note."""
        if self.pretrained:
            start, note = starting_network(self.backbone, self.dropout)
        else:
            start = timm.create_model(self.backbone, num_classes=BINS, drop_rate=self.dropout)
            note = "trained from a random start: pretrained=False"
        self.network.load_state_dict(start.state_dict())
        # The new last layer begins near the even distribution: with timm's own start the first batches have logits
        # of ten and more, which grow to hundreds, and through a saturated softmax no gradient comes.
        classifier: nn.Module = self.network.get_classifier()  # type: ignore[operator]
        for layer in classifier.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                nn.init.normal_(layer.weight, std=0.01)
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)
        self.start = "imagenet" if note is None else "random"
        if note is not None:
            self.notes.append(note)

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Squared earth mover's distance to the narrow target."""
        return earth_movers_distance(narrow_distribution(batch.quality), self._distribution(batch.restored)).mean()

    def prepare(self, reference: Tensor) -> None:
        """A no-reference method looks at no reference."""

    def score(self, restored: Tensor, prepared: Any) -> Tensor:
        """Mean of the predicted distribution on [0, 1], ``(N,)``. Raises DataError below 32 pixels."""
        check_images(self.info, restored)
        return mean_opinion(self._distribution(restored))

    def _distribution(self, images: Tensor) -> Tensor:
        logits = self.network((images - self.mean) / self.deviation)
        return logits.float().softmax(1)

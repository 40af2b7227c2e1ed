"""CKDN as a method of the benchmark: it is trained, then scores."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from torch import Tensor, nn

from ckdn.fused import FusedNetwork
from ckdn.int8 import Int8Network
from ckdn.losses import distillation_loss, relative_loss, score_loss
from ckdn.model import TRAINING_ONLY, Network
from ckdn.preprocess import NATIVE
from ckdn.recipes import RECIPES, build_recipe
from ckdn.start import (
    STARTS,
    resolve_start,
    start_from_imagenet,
    start_from_package,
    start_from_shipped,
    start_randomly,
    starting_tensors,
)
from ckdn.variants import MAP_SHOWS, VARIANTS
from iqabench._util.errors import MethodError
from iqabench.methods.tiling import Tiling
from iqabench.training import Batch, NetworkMethod, Stage, TrainingSet

MINIMUM_SIZE = 32
INT8_NEARNESS = (
    "SRCC between the two within contents was .9997 on 728 restored images of 26 photographs, in RGB, and .9985 on 160 "
    "of mini, where SRCC with labels moved by -.0034"
)
"""Of the shipped weights: ``benchmarks/speed/README.md``, "int8 on a CPU"."""
WHOLE_PIXELS, TILE = 3840 * 2160, 1024
"""Largest image scored whole (it takes 3.1 GB), and the side of the tiles of larger ones."""


class CKDN(NetworkMethod):
    """Conditional Knowledge Distillation Network (Zheng et al., ICCV 2021).

    Parameters
    ----------
    variant
        One of :data:`ckdn.variants.VARIANTS`.
    recipe
        ``paper``, ``released`` or ``quick``; the parameters below replace single values of it.
    start
        ``auto`` (ImageNet weights: those on this machine, else the package's copy in half precision), ``imagenet``,
        ``packaged`` (that copy), ``random``, or ``shipped``: the trained weights of this package.
    pretraining
        ``none``, ``absolute`` or ``relative``; by default the variant's.
    pretraining_epochs, epochs
        Lengths of the two stages.
    difference
        ``paper``: reference minus restored embedding; ``released``: the opposite.
    passes
        ``joint``: in training, both restored images pass QSE in one batch, and D and H pass DTE in one;
        ``separate``: each alone, so that batch norm sees it alone.
    distillation
        ``mean`` (Eq. 4): mean squared difference of the embeddings of D and H; ``squared``: mean over images of its
        square.
    distillation_weight
        Lambda of Eq. 4.
    relative_target, relative_weight
        Target (``first`` or ``second`` image better) and factor of Eq. 5.
    learning_rate, warmup_epochs, batch_size
        Of the optimiser.

    Raises
    ------
    MethodError
        For an unknown name or a value out of range.
    """

    int8_nearness = f"{INT8_NEARNESS}, all with the weights of ckdn-shipped"
    training_only = tuple(f"network.{prefix}" for prefix in TRAINING_ONLY)
    map_shows = MAP_SHOWS
    map_signed = True

    def __init__(
        self,
        variant: str = "ckdn",
        recipe: str = "paper",
        start: str = "auto",
        pretraining: str | None = None,
        pretraining_epochs: int | None = None,
        epochs: int | None = None,
        difference: str | None = None,
        passes: str | None = None,
        distillation: str | None = None,
        distillation_weight: float | None = None,
        relative_target: str | None = None,
        relative_weight: float | None = None,
        learning_rate: float | None = None,
        warmup_epochs: float | None = None,
        batch_size: int | None = None,
    ) -> None:
        super().__init__()
        self.variant = VARIANTS[choice("variant", variant, VARIANTS)]
        chosen = RECIPES[choice("recipe", recipe, RECIPES)]
        overrides: dict[str, Any] = {
            "pretraining_epochs": at_least("pretraining_epochs", pretraining_epochs, 0, whole=True),
            "epochs": at_least("epochs", epochs, 1, whole=True),
            "difference": choice("difference", difference, ("paper", "released")),
            "passes": choice("passes", passes, ("joint", "separate")),
            "distillation": choice("distillation", distillation, ("mean", "squared")),
            "distillation_weight": at_least("distillation_weight", distillation_weight, 0),
            "relative_target": choice("relative_target", relative_target, ("first", "second")),
            "relative_weight": at_least("relative_weight", relative_weight, 0),
            "learning_rate": at_least("learning_rate", learning_rate, 0),
            "warmup_epochs": at_least("warmup_epochs", warmup_epochs, 0),
            "batch_size": at_least("batch_size", batch_size, 2, whole=True),
        }
        given = {name: value for name, value in overrides.items() if value is not None}
        self.hyperparameters = replace(chosen, **given)
        pretraining = choice("pretraining", pretraining, ("none", "absolute", "relative")) or self.variant.pretraining
        if pretraining == "absolute" and "degraded" not in self.variant.training_references:
            raise MethodError(f"{variant}: absolute pre-training needs degraded references, which it is not shown")
        asked = choice("start", start, STARTS) or "auto"
        self.start, note = resolve_start(asked, self.variant.architecture.blocks)
        self.notes = [note] if note else []
        if self.start != "random" and learning_rate is None and chosen.imagenet_learning_rate is not None:
            self.hyperparameters = replace(self.hyperparameters, learning_rate=chosen.imagenet_learning_rate)
        self.recipe = build_recipe(self.hyperparameters, pretraining)
        architecture = self.variant.architecture
        values = self.hyperparameters
        self.network = Network(replace(architecture, difference=values.difference, passes=values.passes))
        self._state_choices(pretraining, overrides)
        # Whole up to 3840x2160: parts agree less with labels (docs/notes/ckdn-weak.md). With a crop, always whole.
        native = values.preprocess == NATIVE
        self.tiling = Tiling(WHOLE_PIXELS, TILE) if native else Tiling(whole_pixels=None)
        self.eval()

    def _state_choices(self, pretraining: str, names: Iterable[str]) -> None:
        """State what was left to variant, recipe and machine: the values that hold."""
        values = asdict(self.hyperparameters)
        self.state_facts(start=self.start, pretraining=pretraining, **{name: values[name] for name in names})

    def starting_weights(self) -> dict[str, str | None]:
        """Those of the start that was chosen, and none from a random one."""
        return dict(super().starting_weights() if self.start == "imagenet" else starting_tensors(self.start))

    def initialise(self, data: TrainingSet) -> None:
        """Draw all weights; then take over those that training starts from."""
        super().initialise(data)
        start_randomly(self.network)
        begin = {"imagenet": start_from_imagenet, "packaged": start_from_package, "shipped": start_from_shipped}
        if self.start in begin:
            begin[self.start](self.network)

    def view(self, images: Tensor, role: str) -> Tensor:
        """Resize, crop and normalise as the recipe says."""
        return self.hyperparameters.preprocess(images, role)

    def references(self, stage: Stage) -> Collection[str]:
        """Pre-training looks at pairs of restored images, or at degraded ones; the second stage at all it needs."""
        return {"relative": (), "absolute": ("degraded",)}.get(stage.name, self.variant.training_references)

    def trainable_parameters(self, stage: Stage) -> Iterable[nn.Parameter]:
        """Pre-training trains embeddings and its own CSP; the second stage all but that CSP."""
        network = self.network
        own = [*network.pretraining_csp.parameters(), *network.pretraining_head.parameters()]
        if stage.name == "relative":
            return [*network.qse.parameters(), *own]
        if stage.name == "absolute":
            return [*network.qse.parameters(), *network.dte.parameters(), *own]
        skipped = {id(parameter) for parameter in own}
        return [parameter for parameter in network.parameters() if id(parameter) not in skipped]

    def loss(self, stage: Stage, batch: Batch) -> Tensor:
        """Eq. 5 (``relative``), Eq. 2 with pre-training's own CSP (``absolute``), or the variant's objective."""
        network = self.network
        if stage.name == "relative":
            first, second = network.embed_pair(batch.restored, needed(batch.partner, "partner"))
            scores = network.pretraining_score(first - second)
            other = needed(batch.partner_quality, "partner_quality")
            values = self.hyperparameters
            loss = relative_loss(scores, batch.quality, other, values.elo_scale, values.relative_target)
            return values.relative_weight * loss
        restored = network.embed_restored(batch.restored)
        if stage.name == "absolute":
            degraded = network.embed_reference(needed(batch.degraded, "degraded"))
            return score_loss(network.pretraining_score(network.difference(restored, degraded)), batch.quality)
        return self._objective(batch, restored)

    def _objective(self, batch: Batch, restored: Tensor) -> Tensor:
        network, objective, quality = self.network, self.variant.objective, batch.quality
        if objective == "none":
            return score_loss(network.score(restored, None), quality)
        if objective == "pristine":
            reference = network.embed_reference(needed(batch.pristine, "pristine"))
            return score_loss(network.score(restored, reference), quality)
        shown = needed(batch.degraded, "degraded")
        if objective == "degraded":
            return score_loss(network.score(restored, network.embed_reference(shown)), quality)
        pristine = needed(batch.pristine, "pristine")
        if objective == "hallucinated":
            generated = network.generator(shown)
            scores = network.score(restored, network.dte(generated))
            return score_loss(scores, quality) + nn.functional.mse_loss(generated.float(), pristine)
        weight, form = self.hyperparameters.distillation_weight, self.hyperparameters.distillation
        if objective == "vanilla":
            degraded, known = network.embed_reference(shown), network.teacher.dte(pristine)
            taught = network.taught_score(batch.restored, known)
            both = score_loss(network.score(restored, degraded), quality) + score_loss(taught, quality)
            return both + weight * distillation_loss(known, degraded, form)
        degraded, known = network.embed_references(shown, pristine)
        by_degraded, by_pristine = network.score_both(restored, degraded, known)
        both = score_loss(by_degraded, quality) + score_loss(by_pristine, quality)
        return both if objective == "augmented" else both + weight * distillation_loss(known, degraded, form)

    def prepare(self, reference: Tensor) -> Tensor:
        """Embed a reference ``(1, 3, H, W)``: degraded or pristine, by the same DTE."""
        if self.variant.objective == "none":
            raise MethodError(f"{self.variant.name} scores without a reference; run it with reference none")
        self._check_size(reference)
        return self.network.embed_reference(self.view(reference, "degraded"))

    def score(self, restored: Tensor, prepared: Tensor | None) -> Tensor:
        """Scores ``(N,)`` in (0, 1) of ``restored`` ``(N, 3, H, W)``; higher is better."""
        return self.network.score(self._embedded(restored, prepared), prepared)

    def map(self, restored: Tensor, prepared: Tensor | None) -> Tensor:
        """Minus what each position adds to the score before its sigmoid: ``(N, H, W)``, signed, larger is worse.

        :func:`ckdn.maps.logit_map`, enlarged to the image. A position is 8 pixels wide with the paper's blocks. What a
        recipe cuts off the image has the mean of the rest.
        """
        maps = self.network.map(self._embedded(restored, prepared), prepared)
        return self.hyperparameters.preprocess.on_image(maps, restored)

    def score_of_maps(self, maps: Tensor) -> Tensor:
        """The sigmoid of minus their mean."""
        return (-maps.mean((1, 2))).sigmoid()

    def _embedded(self, restored: Tensor, prepared: Tensor | None) -> Tensor:
        """E2 of ``restored``; MethodError if it does not fit the embedding of its reference."""
        self._check_size(restored)
        if prepared is None and self.variant.objective != "none":
            raise MethodError(f"{self.variant.name} needs a reference; ckdn-nr does without")
        embedded = self.network.embed_restored(self.view(restored, "restored"))
        if prepared is not None and prepared.shape[1:] != embedded.shape[1:]:
            raise MethodError(
                f"{self.variant.name}: restored image and reference differ in size (embeddings "
                f"{tuple(embedded.shape[2:])} and {tuple(prepared.shape[2:])}); bring them to one size"
            )
        return embedded

    def fused(self, precision: str) -> CKDN:
        """A copy for scoring alone, with norms folded (:mod:`ckdn.fused`), or in 8 bits (:mod:`ckdn.int8`)."""
        network: FusedNetwork
        if precision == "int8":
            network = Int8Network(self.network, self.view, str(self.hyperparameters.preprocess))
        else:
            network = FusedNetwork(self.network, precision)
        lean = copy(self)
        lean._modules = {"network": network}
        return lean

    def _check_size(self, images: Tensor) -> None:
        height, width = images.shape[-2:]
        if min(height, width) < MINIMUM_SIZE:
            raise MethodError(f"{self.variant.name}: image of {width}×{height} pixels; it needs 32×32")


def choice(name: str, value: str | None, known: Iterable[str]) -> Any:
    """``value`` if it is None or known; else MethodError."""
    if value is not None and value not in known:
        raise MethodError(f"ckdn: {name}={value!r}; use one of: {', '.join(known)}")
    return value


def at_least(name: str, value: float | None, least: float, *, whole: bool = False) -> float | None:
    """``value`` if it is None or a (``whole``) number of at least ``least``; else MethodError."""
    kinds = (int,) if whole else (int, float)
    if value is not None and (not isinstance(value, kinds) or not value >= least):
        raise MethodError(f"ckdn: {name}={value!r}; use a {'whole ' if whole else ''}number of at least {least}")
    return value


def needed(tensor: Tensor | None, name: str) -> Tensor:
    """``tensor``, which the training set must have put into the batch; else MethodError."""
    if tensor is None:
        raise MethodError(f"ckdn: the training batch holds no {name}; give the training set this reference")
    return tensor


ckdn_nr = partial(CKDN, variant="ckdn-nr")
ckdn_fr = partial(CKDN, variant="ckdn-fr")
ckdn_plain = partial(CKDN, variant="ckdn-plain")
ckdn_augment = partial(CKDN, variant="ckdn-augment")
ckdn_hallucinate = partial(CKDN, variant="ckdn-hallucinate")
ckdn_vanilla = partial(CKDN, variant="ckdn-vanilla")
ckdn_shared = partial(CKDN, variant="ckdn-shared")
ckdn_vgg = partial(CKDN, variant="ckdn-vgg")
ckdn_36 = partial(CKDN, variant="ckdn-36")
ckdn_18 = partial(CKDN, variant="ckdn-18")

"""What will be made: contents x algorithms, each algorithm as runnable restorers, and what has to be left out."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from iqabench._util.errors import DataError, MethodError, UserError
from iqabench._util.extras import how_to_get
from iqabench.data.splits import PARTS, TRAIN
from iqabench.synthesis.contract import RestorerEntry
from iqabench.synthesis.degradations import Degradation, lookup
from iqabench.synthesis.photographs import Content
from iqabench.synthesis.recipe import Algorithm, Step, SynthesisRecipe
from iqabench.synthesis.registry import RestorerRegistry


@dataclass(frozen=True)
class RestoredRow:
    """One restored image with its two references; paths are relative to the data folder."""

    content: Content
    algorithm: Algorithm
    suffix: str

    @property
    def image(self) -> str:
        """Path of the restored image."""
        return f"restored/{self.content.name}_{self.algorithm.code}.{self.suffix}"

    @property
    def degraded(self) -> str:
        """Path of the image that the algorithm was given, at its own resolution."""
        return f"degraded/{self.content.name}_{self.algorithm.degradation}.{self.suffix}"

    @property
    def pristine(self) -> str:
        """Path of the pristine image."""
        return f"pristine/{self.content.name}.{self.suffix}"


@dataclass(frozen=True)
class SynthesisPlan:
    """A whole data set, before it is made."""

    recipe: SynthesisRecipe
    contents: tuple[Content, ...]
    seed: int
    cross: bool
    """True: every content with every algorithm; False: only those of the same part."""

    def rows(self, content: Content) -> list[RestoredRow]:
        """Images of one content, by code."""
        return [
            RestoredRow(content, algorithm, self.recipe.format)
            for algorithm in self.recipe.algorithms
            if self.cross or algorithm.part == content.photograph.part
        ]

    def all_rows(self) -> list[RestoredRow]:
        """Images of all contents, in the order in which they are made."""
        return [row for content in self.contents for row in self.rows(content)]


def with_plugins(recipe: SynthesisRecipe, registry: RestorerRegistry) -> SynthesisRecipe:
    """Add every plugin restorer that the recipe does not name: an algorithm for each degradation that suits it.

    They join the training part, since the algorithms of one restorer must stay on one side.
    """
    named = {step.restorer for a in recipe.algorithms for step in a.all_steps}
    added = []
    for name in registry.foreign_names():
        info = registry.get(name).info
        if name in named or not info.takes:
            continue
        for degradation in (d for d in recipe.degradations().values() if info.suits(d.kinds, d.scale)):
            category = "05" if degradation.scale > 1 and len(degradation.kinds) > 1 else info.category
            variant = f"{name}-{degradation.name}"
            # Not checked: a plugin may be called what no code of a recipe can hold.
            added.append(
                Algorithm.model_construct(
                    code=f"{category}_{variant}",
                    name=variant,
                    part=TRAIN,
                    on=degradation.name,
                    steps=(Step.model_validate(name),),
                )
            )
    return recipe.model_copy(update={"algorithms": (*recipe.algorithms, *added)})


def without_unavailable(
    recipe: SynthesisRecipe, registry: RestorerRegistry, unwanted: Iterable[str] = ()
) -> tuple[SynthesisRecipe, list[str]]:
    """The recipe without algorithms whose restorers cannot run here, and a sentence about each such restorer.

    Raises
    ------
    DataError
        If an algorithm's chain makes no sense, or a part keeps fewer than two algorithms.
    MethodError
        For an unknown restorer or setting.
    """
    reasons: dict[str, str] = {}
    for name in unwanted:
        registry.get(name)
        reasons[name] = "not wanted"
    for algorithm in recipe.algorithms:
        for step in algorithm.all_steps:
            entry = registry.get(step.restorer)
            if step.restorer not in reasons and (reason := _unavailable(entry)):
                reasons[step.restorer] = reason
        if not any(step.restorer in reasons for step in algorithm.all_steps):
            _check_chains(recipe, algorithm, registry)
    kept = tuple(a for a in recipe.algorithms if not any(step.restorer in reasons for step in a.all_steps))
    for part in PARTS:
        count = sum(a.part == part for a in kept)
        if count < 2:
            raise DataError(f"{count} algorithms are left in the part {part!r}; two are needed. {_list(reasons)}")
    notes = []
    for name, reason in reasons.items():
        codes = [a.code for a in recipe.algorithms if any(step.restorer == name for step in a.all_steps)]
        notes.append(f"left out: restorer {name} ({', '.join(codes) or 'no algorithm'}): {reason}")
    return recipe.model_copy(update={"algorithms": kept}), notes


def _list(reasons: dict[str, str]) -> str:
    return "Left out: " + "; ".join(f"{name} ({reason})" for name, reason in reasons.items()) if reasons else ""


def _unavailable(entry: RestorerEntry) -> str:
    """Why a restorer cannot run here; empty if it can."""
    missing = entry.info.missing()
    if missing:
        return f"needs {' and '.join(missing)}; get it with: {how_to_get('synthesis')}"
    try:
        entry.check_files()
    except UserError as error:
        return f"its files cannot be had: {error}"
    return ""


def _check_chains(recipe: SynthesisRecipe, algorithm: Algorithm, registry: RestorerRegistry) -> None:
    degradation = lookup(algorithm.degradation, algorithm.code)
    if recipe.size % degradation.scale:
        raise DataError(f"size {recipe.size} is not a multiple of {degradation.scale}, which {degradation.name} needs")
    for chain in (algorithm.steps, algorithm.other):
        if not chain:
            continue
        entries = [registry.get(step.restorer) for step in chain]
        for entry, step in zip(entries, chain, strict=True):
            entry.check_settings(dict(step.settings))
        enlarging = [entry for entry in entries if entry.info.enlarges]
        for entry in enlarging:
            if not entry.info.fits(degradation.scale):
                raise DataError(f"{algorithm.code}: {entry.info.name} cannot enlarge by {degradation.scale}")
        if degradation.scale > 1 and len(enlarging) != 1:
            raise DataError(
                f"{algorithm.code}: {degradation.name} needs exactly one step that enlarges; "
                f"{', '.join(map(str, chain))} has {len(enlarging)}"
            )


class Runner:
    """Runs the algorithms of one content, each chain's beginnings once."""

    def __init__(self, recipe: SynthesisRecipe, registry: RestorerRegistry, seed: int, index: int) -> None:
        self._recipe, self._registry, self._seed, self._index = recipe, registry, seed, index
        self._done: dict[tuple[str, tuple[Step, ...], str], np.ndarray] = {}

    def restore(self, algorithm: Algorithm, given: np.ndarray) -> np.ndarray:
        """(h,w,3) float32 RGB in 0..1 -> float32 of the pristine size, in 0..1.

        A grey input gives a grey result (the mean of the channels): networks trained on colour would tint it slightly.
        """
        degradation = lookup(algorithm.degradation, algorithm.code)
        result = self._chain(algorithm, degradation, algorithm.steps, given)
        if algorithm.other:
            second = self._chain(algorithm, degradation, algorithm.other, given)
            result = np.clip(algorithm.share * result + (1 - algorithm.share) * second, 0, 1)
        if (given == given[:, :, :1]).all():
            result = np.repeat(result.mean(axis=2, keepdims=True), 3, axis=2)
        return result

    def _chain(
        self, algorithm: Algorithm, degradation: Degradation, steps: tuple[Step, ...], given: np.ndarray
    ) -> np.ndarray:
        if not steps:
            return given
        *before, step = steps
        entry = self._registry.get(step.restorer)
        # What is drawn at random differs between algorithms; everything else may be used again.
        owner = algorithm.code if any(self._random(s) for s in steps) else ""
        key = (degradation.name, steps, owner)
        if key not in self._done:
            image = self._chain(algorithm, degradation, tuple(before), given)
            scale = degradation.scale if entry.info.enlarges else 1
            self._done[key] = entry.run(image, scale, self._settings(entry, step), self._rng(algorithm))
        return self._done[key]

    def _random(self, step: Step) -> bool:
        return "rng" in self._registry.get(step.restorer).parameters

    def _settings(self, entry: RestorerEntry, step: Step) -> dict[str, Any]:
        general = {key: value for key, value in self._recipe.settings.items() if key in entry.parameters}
        return general | dict(step.settings)

    def _rng(self, algorithm: Algorithm) -> np.random.Generator:
        return np.random.default_rng([self._seed, self._index, zlib.crc32(algorithm.code.encode())])


def check_finite(values: dict[str, float], image: str) -> None:
    """Raise MethodError if a metric gave no number for an image."""
    strange = [name for name, value in values.items() if not np.isfinite(value)]
    if strange:
        raise MethodError(f"method {strange[0]} gave {values[strange[0]]} for {image}; leave it out of the recipe")

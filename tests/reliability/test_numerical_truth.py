"""What must be true of every metric and statistic, whatever the images and numbers are.

Tolerances: 1e-5 of a score's size for batch, order and threads (the contract's own); 1e-3 on a GPU, whose
convolutions round differently.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from fuzz_guard import INPUTS, fuzz
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import ndimage
from scipy import stats as scipy_stats
from torch import Tensor

from iqabench import stats
from iqabench.checks.samples import blurred, noisy, pristine
from iqabench.methods.contract import MethodEntry, Paradigm
from iqabench.methods.registry import Registry
from iqabench.methods.untrained import mark_trained
from iqabench.weights.resolve import locate

pytestmark = pytest.mark.timeout(3600)

REGISTRY = Registry()
ENTRIES = {entry.info.name: entry for entry in REGISTRY.entries(filter(REGISTRY.is_builtin, REGISTRY.names()))}
WITHOUT_NETWORK = {"algorithm-mean", "brisque"}
"""Trained, and nothing before that: there are no random weights to score with."""
UNTRAINED = sorted(name for name, entry in ENTRIES.items() if not entry.info.trainable and not entry.info.requires)
COMPARING = sorted(name for name in UNTRAINED if Paradigm.FR in ENTRIES[name].info.paradigms)
TRAINED = sorted(name for name, entry in ENTRIES.items() if entry.info.trainable and name not in WITHOUT_NETWORK)
SYMMETRIC = {"psnr", "psnr-y", "ssim", "ssim-y", "ms-ssim", "lpips", "lpips-vgg", "lpips-squeeze", "dists", "gmsd"}
SYMMETRIC |= {"ms-gmsd", "fsim", "vsi", "haarpsi", "sr-sim"}
"""Metrics whose formula treats both images alike."""
LEVELS = (0.02, 0.05, 0.1, 0.2, 0.4)
SEEDS = range(min(max(INPUTS // 1000, 1), 10))
TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}

HEAVY = {"dists", "lpips", "lpips-vgg", "lpips-squeeze"}

_built: dict[str, Any] = {}


def some(names: list[str], every: int) -> list[str]:
    """All names in a campaign; else each ``every``-th: the contract checks look at all of them on every test run."""
    return names if INPUTS else names[::every]


def build(name: str) -> Any:
    entry: MethodEntry = ENTRIES[name]
    missing = [weights for weights in entry.info.weights if locate(weights) is None]
    if missing and not entry.info.trainable:
        pytest.skip(f"{missing[0]} is not here: set IQABENCH_WEIGHTS")
    if name not in _built:
        offered = {"start": "random", "recipe": "quick", "pretrained": False}
        taken = entry.parameter_names()
        torch.manual_seed(1)
        method = entry.create(**{key: value for key, value in offered.items() if key in taken})
        mark_trained(method)
        _built[name] = method.eval() if hasattr(method, "eval") else method
    return _built[name]


def score(method: Any, restored: Tensor, reference: Tensor | None) -> Tensor:
    with torch.inference_mode():
        prepared = None if reference is None else method.prepare(reference.clone())
        return method.score(restored.clone(), prepared).double()


def graded(name: str, seed: int) -> tuple[Tensor, Tensor]:
    """A picture, and the picture itself and with more and more noise."""
    size = max(96, ENTRIES[name].info.minimum_size, 176 if name == "ms-ssim" else 0)
    reference = pristine(size, size + 16, seed=seed)
    return reference, torch.cat([reference, *(noisy(reference, level, seed + 50) for level in LEVELS)])


@pytest.mark.parametrize("name", COMPARING if INPUTS else [name for name in COMPARING if name not in HEAVY])
@pytest.mark.parametrize("seed", SEEDS)
def test_identical_is_best_and_more_noise_is_worse(name: str, seed: int) -> None:
    method = build(name)
    reference, restored = graded(name, seed)
    goodness = method.info.sign * score(method, restored, reference)
    assert torch.isfinite(goodness).all()
    assert (goodness.diff() < 0).all(), f"{name}: {goodness.tolist()}"
    softened = method.info.sign * score(method, blurred(reference, 4), reference)
    assert softened.item() < goodness[0].item()


@pytest.mark.parametrize("name", some(sorted(SYMMETRIC), 2))
@pytest.mark.parametrize("seed", SEEDS)
def test_symmetric_where_it_claims_to_be(name: str, seed: int) -> None:
    reference, restored = graded(name, seed)
    other = restored[3:4]
    there, back = score(build(name), other, reference), score(build(name), reference, other)
    torch.testing.assert_close(there, back, **TOLERANCE)


@contextmanager
def threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("name", some([name for name in (*UNTRAINED, *TRAINED) if name not in WITHOUT_NETWORK], 4))
def test_batch_order_and_threads_change_nothing(name: str) -> None:
    method = build(name)
    reference, restored = graded(name, 0)
    shown = None if method.info.paradigms == (Paradigm.NR,) else reference
    restored = restored[1:4]
    with threads(1):
        together = score(method, restored, shown)
        alone = torch.cat([score(method, image[None], shown) for image in restored])
        turned = score(method, restored.flip(0), shown).flip(0)
    with threads(2):
        threaded = score(method, restored, shown)
    assert torch.isfinite(together).all()
    for other in (alone, turned, threaded):
        torch.testing.assert_close(other, together, **TOLERANCE)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", [name for name in (*UNTRAINED, *TRAINED) if name not in WITHOUT_NETWORK])
def test_a_gpu_scores_alike(name: str) -> None:
    method = build(name)
    reference, restored = graded(name, 0)
    shown = None if method.info.paradigms == (Paradigm.NR,) else reference
    here = score(method, restored, shown)
    if not hasattr(method, "to"):
        there = score(method, restored.cuda(), None if shown is None else shown.cuda()).cpu()
    else:
        try:
            method.to(torch.device("cuda"))
            there = score(method, restored.cuda(), None if shown is None else shown.cuda()).cpu()
        finally:
            method.to(torch.device("cpu"))
    torch.testing.assert_close(there, here, rtol=1e-3, atol=1e-3)


def test_every_builtin_method_is_looked_at() -> None:
    needing = {name for name, entry in ENTRIES.items() if entry.info.requires}
    assert {*UNTRAINED, *TRAINED} | WITHOUT_NETWORK | needing == set(ENTRIES)
    assert len(COMPARING) >= 19
    assert len(TRAINED) >= 10
    assert set(COMPARING) >= SYMMETRIC


def ms_ssim_of_the_paper(x: np.ndarray, y: np.ndarray) -> float:
    """Wang, Simoncelli and Bovik 2003, written from its equations 3 to 7 in numpy, channels averaged."""
    weights = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
    taps = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(taps, taps) / taps.sum() ** 2
    c1, c2 = 0.01**2, 0.03**2
    values = []
    for a, b in zip(x.astype(np.float64), y.astype(np.float64), strict=True):
        product = 1.0
        for scale, weight in enumerate(weights):
            blur = lambda image: ndimage.convolve(image, window)[5:-5, 5:-5]  # noqa: E731
            mean_a, mean_b = blur(a), blur(b)
            var_a, var_b = blur(a * a) - mean_a**2, blur(b * b) - mean_b**2
            contrast = (2 * (blur(a * b) - mean_a * mean_b) + c2) / (var_a + var_b + c2)
            luminance = (2 * mean_a * mean_b + c1) / (mean_a**2 + mean_b**2 + c1)
            last = scale == len(weights) - 1
            product *= max(float(np.mean(contrast * luminance if last else contrast)), 0.0) ** weight
            a, b = (image.reshape(len(image) // 2, 2, -1, 2).mean((1, 3)) if not last else image for image in (a, b))
        values.append(product)
    return float(np.mean(values))


@pytest.mark.parametrize("level", LEVELS)
def test_ms_ssim_is_that_of_the_paper(level: float) -> None:
    reference = pristine(176, 192, seed=3)
    restored = noisy(reference, level)
    expected = ms_ssim_of_the_paper(restored[0].numpy(), reference[0].numpy())
    assert score(build("ms-ssim"), restored, reference).item() == pytest.approx(expected, abs=2e-5)


# Statistics. Whole numbers, so that a map that is monotone on paper is so in floating point.

vectors = st.integers(3, 30).flatmap(lambda n: st.tuples(*[st.lists(st.integers(-20, 20), min_size=n, max_size=n)] * 2))
MAPS = (lambda v: v**3, lambda v: np.exp(v / 10), lambda v: 5 * v - 3, np.arctan, lambda v: v**3 / 7 + v)


def same(ours: float, theirs: float) -> bool:
    return (math.isnan(ours) and math.isnan(theirs)) or ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.filterwarnings("ignore")
@fuzz(fast=200)
@given(pair=vectors)
def test_correlations_are_scipys_on_ties_and_constants(pair: tuple[list[int], list[int]]) -> None:
    x, y = (np.array(values, dtype=np.float64) for values in pair)
    assert same(stats.srcc(x, y), scipy_stats.spearmanr(x, y).statistic)
    assert same(stats.krcc(x, y), scipy_stats.kendalltau(x, y).statistic)
    assert same(stats.plcc(x, y), scipy_stats.pearsonr(x, y).statistic)
    assert same(stats.srcc(np.full_like(x, 2), y), math.nan)
    assert same(stats.krcc(x, np.zeros_like(y)), math.nan)
    assert same(stats.plcc(np.full_like(x, 0.1), y), math.nan)


@fuzz(fast=200)
@given(pair=vectors, shape=st.sampled_from(MAPS))
def test_rank_statistics_know_only_the_order(pair: tuple[list[int], list[int]], shape: Any) -> None:
    x, y = (np.array(values, dtype=np.float64) for values in pair)
    mapped = shape(x)
    content, category = np.arange(len(x)) % 3, np.zeros(len(x), dtype=int)
    assert same(stats.srcc(mapped, y), stats.srcc(x, y))
    assert same(stats.krcc(mapped, y), stats.krcc(x, y))
    assert same(stats.srcc(-x, y), -stats.srcc(x, y))
    ours = stats.pair_accuracy(x, y, content, category)
    theirs = stats.pair_accuracy(mapped, y, content, category)
    assert ours.pairs == theirs.pairs
    assert same(float(ours.accuracy), float(theirs.accuracy))
    order = np.random.default_rng(len(x)).permutation(len(x))
    turned = stats.pair_accuracy(x[order], y[order], content[order], category[order])
    assert same(float(turned.accuracy), float(ours.accuracy))
    votes = np.abs(y) + 1
    agreement = stats.vote_agreement(x, x[::-1], votes, votes[::-1], content)
    assert same(
        float(agreement.share), float(stats.vote_agreement(mapped, mapped[::-1], votes, votes[::-1], content).share)
    )
    assert float(agreement.share) <= stats.vote_ceiling(votes, votes[::-1]) + 1e-12


@fuzz(fast=200)
@given(pair=vectors, factor=st.integers(1, 50), shift=st.integers(-50, 50))
def test_plcc_knows_neither_scale_nor_origin(pair: tuple[list[int], list[int]], factor: int, shift: int) -> None:
    x, y = (np.array(values, dtype=np.float64) for values in pair)
    assert same(stats.plcc(factor * x + shift, y), stats.plcc(x, y))
    assert same(stats.plcc(-x, y), -stats.plcc(x, y))
    assert same(stats.plcc(x, x), math.nan if np.ptp(x) == 0 else 1.0)


@pytest.mark.filterwarnings("ignore")
@fuzz(fast=25)
@given(seed=st.integers(0, 2**32 - 1), factor=st.sampled_from([1e-4, 1.0, 1e4]))
def test_the_logistic_fit_knows_neither_scale_nor_origin(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    y = rng.normal(1400, 100, 40)
    x = np.tanh((y - 1400) / 150) + rng.normal(0, 0.1, 40)
    ours, scaled = stats.fit_logistic(x, y), stats.fit_logistic(factor * x + factor, y)
    assume(ours.converged and scaled.converged)
    assert scaled.plcc == pytest.approx(ours.plcc, abs=1e-4)
    assert ours.plcc >= stats.plcc(x, y) - 1e-6

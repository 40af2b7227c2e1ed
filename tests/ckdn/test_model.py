"""Size and shape of the networks, against the figures of the paper's release."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import torch
from torch import nn

from ckdn.architecture import Architecture
from ckdn.method import CKDN
from ckdn.model import Network
from ckdn.variants import VARIANTS


def count(parameters: Iterable[nn.Parameter]) -> int:
    return sum(parameter.numel() for parameter in parameters)


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(Architecture()).eval()


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("qse.stem", 9_408),
        ("dte.stem", 9_408),
        ("qse.blocks", 215_808),
        ("dte.blocks", 215_808),
        ("csp", 1_219_584),
        ("pretraining_csp", 1_219_584),
        ("head", 5_249_025),
        ("pretraining_head", 5_249_025),
    ],
)
def test_each_part_has_the_published_number_of_parameters(network: Network, part: str, expected: int) -> None:
    assert count(network.get_submodule(part).parameters()) == expected


def test_totals_in_training_and_for_inference() -> None:
    method = CKDN(start="random")
    assert count(method.parameters()) == 13_387_650
    state = method.trained_state()
    names = {name for name, _ in method.named_parameters()}
    assert sum(tensor.numel() for name, tensor in state.items() if name in names) == 6_919_041


def test_embeddings_of_a_288_pixel_image_are_72_by_72(network: Network) -> None:
    with torch.no_grad():
        embedded = network.embed_restored(torch.zeros(1, 3, 288, 288))
        assert embedded.shape == (1, 256, 72, 72)
        assert network.csp(embedded).shape == (1, 512, 36, 36)


@pytest.mark.parametrize(("pool", "side"), [(1, 24), (2, 12), (4, 6)])
def test_pooled_embeddings(pool: int, side: int) -> None:
    with torch.no_grad():
        assert Network(Architecture(pool=pool)).eval().embed_restored(torch.zeros(1, 3, 96, 96)).shape[2:] == (
            side,
            side,
        )


def test_nothing_but_pooling_stands_between_stem_and_blocks(network: Network) -> None:
    images = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        pooled = nn.functional.max_pool2d(nn.functional.conv2d(images, network.qse.stem.weight, None, 2, 3), 3, 2, 1)
        torch.testing.assert_close(network.qse(images), network.qse.blocks(pooled))
        assert pooled.min() < 0


def test_shared_embedding_is_one_module() -> None:
    network = Network(Architecture(shared=True))
    assert network.dte is network.qse
    assert count(network.parameters()) == 13_387_650 - 9_408 - 215_808


@pytest.mark.parametrize("name", sorted(VARIANTS))
def test_every_variant_scores_any_size(name: str) -> None:
    torch.manual_seed(0)
    method = CKDN(variant=name, recipe="quick", start="random")
    for size in ((32, 32), (45, 67)):
        images = torch.rand(2, 3, *size)
        with torch.no_grad():
            prepared = None if name == "ckdn-nr" else method.prepare(images[:1])
            scores = method.score(images, prepared)
        assert scores.shape == (2,)
        assert ((scores > 0) & (scores < 1)).all()


def test_difference_signs() -> None:
    restored, reference = torch.tensor([[2.0]]), torch.tensor([[5.0]])
    assert Network(Architecture(difference="paper")).difference(restored, reference) == 3
    assert Network(Architecture(difference="released")).difference(restored, reference) == -3
    assert Network(Architecture()).difference(restored, None) == 2

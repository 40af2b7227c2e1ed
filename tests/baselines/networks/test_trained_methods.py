"""What every trained method must keep: sizes, shapes, repeatability, independence of the batch, slopes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from piq.pieapp import PieAPPModel

from baselines.networks.diqam import Diqam
from baselines.networks.hall_iqa import HallIqa
from baselines.networks.lpips_tuned import LpipsTuned
from baselines.networks.meon import Meon
from baselines.networks.nima import Nima
from baselines.networks.pieapp import PieApp
from baselines.networks.swdn import Swdn
from baselines.networks.two_stream import TwoStream
from iqabench._util.errors import DataError, MethodError
from iqabench._util.papers import method_groups
from iqabench.methods.contract import MethodEntry, Paradigm
from iqabench.methods.registry import Registry
from iqabench.training import NetworkMethod

NAMES = ("diqam", "nima", "meon", "hall-iqa", "pieapp", "swdn", "lpips-tuned", "two-stream")
ENTRIES = {name: Registry().get(name) for name in NAMES}


@pytest.fixture(scope="module", params=sorted(ENTRIES))
def method(request: pytest.FixtureRequest) -> NetworkMethod:
    torch.manual_seed(0)
    built: NetworkMethod = ENTRIES[request.param].create(recipe="quick")
    return built.eval()


def score(method: NetworkMethod, restored: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    scores: torch.Tensor = method.score(restored, method.prepare(reference))
    return scores


def images_for(method: NetworkMethod, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Restored images and a reference, not square and somewhat larger than they must be."""
    height, width = method.info.minimum_size + 5, method.info.minimum_size + 18
    return torch.rand(count, 3, height, width), torch.rand(1, 3, height, width)


def parameters(method: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in method.parameters())


def test_parameter_counts() -> None:
    assert parameters(Diqam().network) == 5_238_562  # "5.2 million" in the paper
    assert parameters(Nima().network) == 1_528_106  # 927,008 to the pooled features, then 576 -> 1024 -> 10
    # Convolutions 35,152, their GDN 5,560, heads 8,320 + 16,512 + 903 and 16,640 + 65,792 + 1,799.
    assert parameters(Meon(categories=7)) == 150_678
    # The published network without its last affine map of two numbers.
    assert parameters(PieApp().network) == parameters(PieAPPModel()) - 2
    # AlexNet's convolutions, 1,152 head weights, the judge's slope.
    assert parameters(Swdn()) == parameters(LpipsTuned()) == 2_469_696 + 1_152 + 1
    assert parameters(HallIqa().generator) == 2_105_859
    # Stems 2 x 896, blocks 2 x (57,664 + 230,016 + 311,936), attention 66,048, mix 49,280, heads 2 x (16,512 + 129).
    assert parameters(TwoStream()) == 1_349_634


def test_one_score_per_image_whatever_the_shape(method: NetworkMethod) -> None:
    restored, reference = images_for(method, 3)
    with torch.no_grad():
        scores = score(method, restored, reference)
    assert scores.shape == (3,)
    assert torch.isfinite(scores).all()
    assert scores.unique().numel() == 3


def test_scores_repeat_and_do_not_depend_on_the_batch(method: NetworkMethod) -> None:
    restored, reference = images_for(method, 3)
    kept = restored.clone()
    with torch.no_grad():
        together = score(method, restored, reference)
        assert torch.equal(together, score(method, restored, reference))
        alone = torch.cat([score(method, one[None], reference) for one in restored])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)
    assert torch.equal(restored, kept)


def test_too_small_images_are_refused(method: NetworkMethod) -> None:
    least = method.info.minimum_size
    with torch.no_grad():
        assert torch.isfinite(score(method, torch.rand(1, 3, least, least), torch.rand(1, 3, least, least))).all()
    with pytest.raises(DataError, match=rf"at least {least}x{least} pixels"):
        score(method, torch.rand(1, 3, least - 1, 2 * least), torch.rand(1, 3, least - 1, 2 * least))


def test_scores_have_slopes_in_the_restored_image(method: NetworkMethod) -> None:
    restored, reference = images_for(method, 1)
    restored.requires_grad_(True)
    score(method, restored, reference).sum().backward()
    assert restored.grad is not None
    assert torch.isfinite(restored.grad).all()
    assert restored.grad.abs().max() > 0


def test_trained_state_goes_round(method: NetworkMethod) -> None:
    torch.manual_seed(1)
    other = type(method)(recipe="quick")
    other.load_trained_state(method.trained_state())
    restored, reference = images_for(method, 1)
    with torch.no_grad():
        assert torch.equal(score(method, restored, reference), score(other, restored, reference))


def test_what_training_starts_from_is_recorded_and_changes_no_id(method: NetworkMethod) -> None:
    fresh = type(method)(recipe="quick")
    settings = dict(fresh.settings)
    fresh.initialise(SimpleNamespace(categories=("x",)))  # type: ignore[arg-type]
    assert fresh.start == "random"  # no pretrained weights are within reach of these tests
    assert fresh.settings == settings
    assert "start" not in settings


def test_unknown_recipe(method: NetworkMethod) -> None:
    with pytest.raises(MethodError, match="has no recipe 'best'; it has: paper, quick"):
        type(method)(recipe="best")


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=list(ENTRIES))
def test_declaration(entry: MethodEntry) -> None:
    info = entry.info
    assert info.trainable
    assert info.citation.startswith("@")
    assert info.citation.count("{") == info.citation.count("}")
    assert set(info.training_references) <= {"degraded", "pristine"}
    # Distances; the two streams learn the quality itself.
    assert info.lower_is_better == (Paradigm.NR not in info.paradigms and info.name != "two-stream")


def test_table_2() -> None:
    chosen = set(method_groups()["table2"])
    assert chosen & set(ENTRIES) == {"diqam", "nima", "meon", "hall-iqa", "pieapp", "swdn"}
    assert len(chosen) == 10

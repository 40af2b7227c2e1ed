"""CKDN as a method: stages, contract, settings."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ckdn.losses import distillation_loss, relative_probability
from ckdn.method import CKDN
from ckdn.recipes import RECIPES
from iqabench._util.errors import MethodError
from iqabench.training import Batch


def quick(variant: str = "ckdn", **parameters: object) -> CKDN:
    torch.manual_seed(0)
    return CKDN(variant=variant, recipe="quick", start="random", **parameters)  # type: ignore[arg-type]


def mse(a: Tensor, b: Tensor) -> float:
    return float(((a - b) ** 2).mean())


def test_relative_stage_is_eq_5(batch: Batch) -> None:
    method = quick()
    net = method.network
    with torch.no_grad():
        scores = net.pretraining_score(net.qse(batch.restored) - net.qse(batch.partner))
        expected = mse(scores, relative_probability(batch.quality, batch.partner_quality, 0.4))  # type: ignore[arg-type]
        assert method.loss(method.recipe.stages[0], batch).item() == pytest.approx(expected, rel=1e-5)


def test_released_relative_stage_is_half_of_the_opposite_probability(batch: Batch) -> None:
    method = quick(relative_target="second", relative_weight=0.5)
    net = method.network
    with torch.no_grad():
        scores = net.pretraining_score(net.qse(batch.restored) - net.qse(batch.partner))
        expected = 0.5 * mse(scores, relative_probability(batch.partner_quality, batch.quality, 0.4))  # type: ignore[arg-type]
        assert method.loss(method.recipe.stages[0], batch).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("difference", "weight", "sign"), [("paper", 10.0, 1), ("released", 30.0, -1)])
def test_scores_stage_is_eq_4(batch: Batch, difference: str, weight: float, sign: int) -> None:
    method = quick(difference=difference, distillation_weight=weight)
    net = method.network
    with torch.no_grad():
        restored, degraded, pristine = net.qse(batch.restored), net.dte(batch.degraded), net.dte(batch.pristine)
        by_degraded = net.head(net.csp(sign * (degraded - restored)))
        by_pristine = net.head(net.csp(sign * (pristine - restored)))
        expected = mse(by_degraded, batch.quality) + mse(by_pristine, batch.quality) + weight * mse(pristine, degraded)
        assert method.loss(method.recipe.stages[1], batch).item() == pytest.approx(expected, rel=1e-5)


def test_ablations_drop_the_terms_they_name(batch: Batch) -> None:
    losses = {}
    for name in ("ckdn-nr", "ckdn-fr", "ckdn-plain", "ckdn-augment"):
        method = quick(name)
        net = method.network
        with torch.no_grad():
            restored = net.qse(batch.restored)
            by = {
                role: mse(net.score(restored, None if image is None else net.dte(image)), batch.quality)
                for role, image in (("none", None), ("D", batch.degraded), ("H", batch.pristine))
                if image is None or name != "ckdn-nr"
            }
            losses[name] = method.loss(method.recipe.stages[-1], batch).item()
        expected = {"ckdn-nr": "none", "ckdn-fr": "H", "ckdn-plain": "D"}.get(name)
        total = by[expected] if expected else by["D"] + by["H"]
        assert losses[name] == pytest.approx(total, rel=1e-5)


def test_vanilla_teacher_and_generator_terms(batch: Batch) -> None:
    vanilla = quick("ckdn-vanilla", distillation_weight=3.0)
    net, teacher = vanilla.network, vanilla.network.teacher
    with torch.no_grad():
        known, degraded = teacher.dte(batch.pristine), net.dte(batch.degraded)
        taught = teacher.head(teacher.csp(known - teacher.qse(batch.restored)))
        scores = net.score(net.qse(batch.restored), degraded)
        expected = (
            mse(scores, batch.quality) + mse(taught, batch.quality) + 3 * distillation_loss(known, degraded).item()
        )
        assert vanilla.loss(vanilla.recipe.stages[-1], batch).item() == pytest.approx(expected, rel=1e-5)
    hallucinate = quick("ckdn-hallucinate")
    net = hallucinate.network
    with torch.no_grad():
        generated = net.generator(batch.degraded)
        scores = net.score(net.qse(batch.restored), net.dte(generated))
        expected = mse(scores, batch.quality) + mse(generated, batch.pristine)  # type: ignore[arg-type]
        assert hallucinate.loss(hallucinate.recipe.stages[-1], batch).item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("stage_index", [0, 1])
def test_a_stage_skips_what_it_does_not_train(batch: Batch, stage_index: int) -> None:
    method = quick()
    stage, other = method.recipe.stages[stage_index], method.recipe.stages[1 - stage_index]
    trained = {id(parameter) for parameter in method.trainable_parameters(stage)}
    method.loss(stage, batch).backward()
    lean = {name: parameter.grad for name, parameter in method.named_parameters()}
    method.zero_grad(set_to_none=True)
    # The released code computes every head in every stage and multiplies the loss that is off by zero.
    (method.loss(stage, batch) + 0 * method.loss(other, batch)).backward()
    for name, parameter in method.named_parameters():
        if id(parameter) in trained:
            torch.testing.assert_close(lean[name], parameter.grad, rtol=1e-6, atol=1e-9)
        else:
            assert lean[name] is None


def test_only_the_embedding_carries_over_from_pretraining() -> None:
    method = quick()
    first, second = ({id(p) for p in method.trainable_parameters(stage)} for stage in method.recipe.stages)
    assert first & second == {id(parameter) for parameter in method.network.qse.parameters()}
    assert first | second == {id(parameter) for parameter in method.parameters()}


def test_scores_do_not_depend_on_the_batch() -> None:
    method = quick()
    images = torch.rand(5, 3, 40, 40)
    with torch.no_grad():
        prepared = method.prepare(torch.rand(1, 3, 40, 40))
        together = method.score(images, prepared)
        alone = torch.cat([method.score(image[None], prepared) for image in images])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


@pytest.mark.parametrize("recipe", sorted(RECIPES))
def test_the_score_is_differentiable_in_the_restored_image(recipe: str) -> None:
    torch.manual_seed(0)
    method = CKDN(recipe=recipe, start="random")
    image = torch.rand(1, 3, 40, 48).requires_grad_()
    method.score(image, method.prepare(torch.rand(1, 3, 40, 48))).sum().backward()
    assert image.grad is not None
    assert torch.isfinite(image.grad).all()
    assert image.grad.abs().sum() > 0


def test_inputs_stay_as_they_are() -> None:
    method = quick()
    image, reference = torch.rand(1, 3, 40, 40), torch.rand(1, 3, 40, 40)
    copies = image.clone(), reference.clone()
    method.score(image, method.prepare(reference))
    assert torch.equal(image, copies[0])
    assert torch.equal(reference, copies[1])


@pytest.mark.parametrize("name", ["ckdn", "ckdn-nr", "ckdn-vanilla", "ckdn-hallucinate"])
def test_a_trained_state_makes_another_instance_score_the_same(name: str) -> None:
    one = CKDN(variant=name, recipe="quick", start="random")
    two = CKDN(variant=name, recipe="quick", start="random")
    state = one.trained_state()
    assert not any(name.startswith(("network.pretraining", "network.teacher")) for name in state)
    two.load_trained_state(state)
    image = torch.rand(1, 3, 40, 40)
    with torch.no_grad():
        scores = [m.score(image, None if name == "ckdn-nr" else m.prepare(image.flip(3))) for m in (one, two)]
    assert torch.equal(*scores)


def test_settings_tell_apart_what_may_change_a_score() -> None:
    assert quick().settings != quick(learning_rate=0.5).settings
    assert quick().settings != quick(pretraining="none").settings
    assert quick().recipe != quick(pretraining_epochs=1).recipe
    assert len(quick(pretraining="none").recipe.stages) == 1


@pytest.mark.parametrize(("asked", "expected"), [(None, 3e-4), (0.01, 0.01)])
def test_the_quick_recipe_is_gentler_from_the_imagenet_start(asked: float | None, expected: float) -> None:
    method = CKDN(recipe="quick", start="imagenet", learning_rate=asked)
    assert {stage.optimiser.learning_rate for stage in method.recipe.stages} == {expected}
    assert CKDN(recipe="paper", start="imagenet").hyperparameters.learning_rate == 0.15


def test_a_random_start_is_noted() -> None:
    method = quick()
    assert method.start == "random"
    assert method.notes[0].startswith("trained from a random start")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"variant": "ckdn-x"}, "variant='ckdn-x'; use one of: ckdn, "),
        ({"recipe": "fast"}, "recipe='fast'"),
        ({"difference": "D-R"}, "use one of: paper, released"),
        ({"epochs": 0}, "epochs=0; use a whole number of at least 1"),
        ({"batch_size": 2.5}, "batch_size=2.5; use a whole number"),
        ({"learning_rate": "high"}, "learning_rate='high'"),
        ({"variant": "ckdn-nr", "pretraining": "absolute"}, "needs degraded references"),
    ],
)
def test_wrong_parameters_are_named(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(MethodError, match=message.replace("(", r"\(")):
        CKDN(**parameters)  # type: ignore[arg-type]


def test_wrong_images_are_named() -> None:
    method = quick()
    with pytest.raises(MethodError, match="20×40 pixels"):
        method.score(torch.rand(1, 3, 40, 20), None)
    with pytest.raises(MethodError, match="needs a reference"):
        method.score(torch.rand(1, 3, 40, 40), None)
    with pytest.raises(MethodError, match="differ in size"):
        method.score(torch.rand(1, 3, 40, 40), method.prepare(torch.rand(1, 3, 64, 64)))
    with pytest.raises(MethodError, match="without a reference"):
        quick("ckdn-nr").prepare(torch.rand(1, 3, 40, 40))


def test_images_up_to_4k_are_scored_whole_and_cropping_recipes_see_every_image_whole() -> None:
    native, cropping = (CKDN(recipe=recipe, start="random").tiling for recipe in ("quick", "paper"))
    assert not native.cuts(2160, 3840)
    assert native.cuts(2161, 3840)
    assert not cropping.cuts(10_000, 10_000)

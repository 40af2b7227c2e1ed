"""Fine-tuning on ordered pairs: what is asked is true, only what shall learn learns, and the loss falls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from benchmarks.shipped.alternating import main as alternating_command
from benchmarks.shipped.blend import main as blend_command
from benchmarks.shipped.contents import Made, TaughtContent, bicubic, plain_tensor, read_contents
from benchmarks.shipped.embedded import network_of
from benchmarks.shipped.exercises import (
    FAULTS,
    Exercise,
    error_exercise,
    fault_exercise,
    texture_exercise,
    wrong_texture,
)
from benchmarks.shipped.finetune import CONTENTS, Tuning, apart, only_anchored, store
from benchmarks.shipped.judges import Judges
from benchmarks.shipped.lessons import LABELS, STARTS, Focus, agreed_order, lesson, other_light, tensor
from benchmarks.shipped.one_term import main as one_term_command
from ckdn.checkpoint import SHIPPED, read_checkpoint, write_checkpoint
from ckdn.shipped import load_shipped
from iqabench.data.images import Pixels
from iqabench.weights import locate


def errors(pictures: Sequence[Pixels], pristine: Pixels) -> np.ndarray:
    """Mean absolute and mean squared error: two judges that need no weights."""
    apart = np.stack(pictures).astype(float) - pristine
    return np.stack([np.abs(apart).mean((1, 2, 3)), (apart**2).mean((1, 2, 3))], 1)


@pytest.mark.parametrize("kind", sorted(FAULTS))
@pytest.mark.parametrize("seed", range(3))
def test_a_stronger_fault_is_further_from_the_picture(pristine: list[Pixels], kind: str, seed: int) -> None:
    draw, low, high = FAULTS[kind]
    apply = draw(np.random.default_rng(seed), pristine[0].shape)
    picture = pristine[0].astype(float)
    errors = [((apply(picture, strength) - picture) ** 2).mean() for strength in (low, (low * high) ** 0.5, high)]
    assert errors == sorted(errors)
    assert errors[0] > 0


def test_a_pattern_of_single_pixels_begins_anywhere(pristine: list[Pixels]) -> None:
    """A network with strides sees its phase, and would learn one phase alone."""
    draw = FAULTS["checkerboard"][0]
    grey = np.full((32, 32, 3), 128.0)
    corners = {float(draw(np.random.default_rng(seed), grey.shape)(grey, 8)[0, 0, 0]) for seed in range(20)}
    assert corners == {120.0, 136.0}


def test_faults_are_asked_in_order_of_strength(pristine: list[Pixels]) -> None:
    random = np.random.default_rng(0)
    for number in range(30):
        asked = fault_exercise(sorted(FAULTS)[number % 10], pristine[1], random)
        errors = [((one.astype(float) - asked.pictures[0]) ** 2).mean() for one in asked.pictures]
        assert errors[0] == 0 < errors[1]
        assert errors[1] < errors[3]
        assert all(better < worse for better, worse in asked.pairs)
        assert len(asked.pairs) == 6


def test_wrong_texture_is_as_much_texture_in_other_places(pristine: list[Pixels]) -> None:
    fine = pristine[0].astype(float) - bicubic(pristine[0], 4)
    for seed in range(12):
        wrong = wrong_texture(fine, pristine[1], 1.5, np.random.default_rng(seed))
        assert wrong.std() == pytest.approx(fine.std(), rel=0.05)
        assert abs(np.corrcoef(wrong.ravel(), fine.ravel())[0, 1]) < 0.5


def test_the_right_amount_of_the_right_texture_is_nearest_to_the_picture(pristine: list[Pixels]) -> None:
    for seed in range(10):
        random = np.random.default_rng(seed)
        asked = texture_exercise(pristine[0], pristine[2], bicubic(pristine[0], 3), random)
        errors = [((one.astype(float) - pristine[0]) ** 2).mean() for one in asked.pictures]
        # Amounts of the right texture are ordered by their distance to all of it; wrong texture is further away.
        assert min(errors[:5]) == errors[2]
        assert all(errors[better] < errors[worse] for better, worse in asked.pairs if {better, worse} != {2, 5})


def test_a_larger_part_of_an_error_is_worse(pristine: list[Pixels]) -> None:
    restored = bicubic(pristine[0], 3)
    for seed in range(10):
        asked = error_exercise(restored, pristine[0], np.random.default_rng(seed))
        assert (np.diff(errors(asked.pictures, pristine[0]), axis=0) > 0).all()
        assert all(better < worse for better, worse in asked.pairs)


def test_labels_ask_only_where_both_metrics_agree() -> None:
    judged = np.array([[0.1, 0.1], [0.2, 0.3], [0.3, 0.2]])
    assert sorted(agreed_order(judged)) == [(0, 1), (0, 2)]
    assert agreed_order(judged[[2, 0]]) == [(1, 0)]


def test_metrics_judge_pictures_that_were_just_made(pristine: list[Pixels]) -> None:
    """Nearer to the pristine picture is better by LPIPS and by DISTS, and the picture itself is best."""
    if not all(locate(name) for name in ("alexnet-features", "vgg16-features")):
        pytest.skip("AlexNet or VGG16 is not here: set IQABENCH_WEIGHTS")
    shown = bicubic(pristine[0], 4)
    half = ((pristine[0].astype(int) + shown) // 2).astype(np.uint8)
    judged = Judges()([shown, half, pristine[0]], pristine[0])
    assert judged.shape == (3, 2)
    assert agreed_order(judged) == [(1, 0), (2, 0), (2, 1)]
    assert judged[2] == pytest.approx([0, 0], abs=1e-5)


def test_faults_that_go_wrong_are_asked_about_more_often() -> None:
    focus, random = Focus(), np.random.default_rng(0)
    for kind in FAULTS:
        for start in STARTS:
            for _ in range(60):
                focus.told(kind, start, 0.5 if (kind, start) == ("ringing", "shown") else 1.0)
    drawn = [focus.draw(random) for _ in range(400)]
    assert 0.15 < drawn.count(("ringing", "shown")) / 400 < 0.35
    assert len(set(drawn)) > 30, "the others are not forgotten"
    named = Focus(["squares"])
    share = np.mean([named.draw(random)[0] == "squares" for _ in range(400)])
    assert 0.2 < share < 0.4, "four times as often as any other of the ten"


def test_a_lesson_is_the_same_for_a_seed(contents: list[TaughtContent]) -> None:
    one, same = (lesson(contents, 2, 48, Focus(), errors, np.random.default_rng(5)) for _ in range(2))
    assert all((first == second).all() for first, second in zip(one.restored, same.restored, strict=True))
    assert one.of_row == same.of_row
    extra = sum(len(exercise.pictures) for _, exercise in one.asked if exercise.kind in ("texture", "error"))
    # Of each content one degraded image: three restorations, a blend, two failures; eight across; two faults of four
    # pictures, or one and repeated pixels.
    enlarged = sum(exercise.kind == "enlarged" for _, exercise in one.asked)
    assert len(one.of_row) == len(one.restored) == 2 * (6 + 8 + 2 * 4) - enlarged + extra
    held = only_anchored(one)
    assert len(held.restored) == len(held.of_row) == 2 * 4
    labelled = [(at, exercise) for at, exercise in one.asked if exercise.kind == LABELS]
    assert all((held.restored[place] == one.restored[labelled[0][0] + place]).all() for place in range(4))
    assert all((held.restored[4 + place] == one.restored[labelled[1][0] + place]).all() for place in range(4))


def test_two_degraded_images_of_a_content_are_asked_about_together(contents: list[TaughtContent]) -> None:
    (made,) = contents[0].made
    coarser = bicubic(contents[0].pristine, 4)
    both = TaughtContent("both", contents[0].pristine, [made, Made(coarser, made.restored[:3], made.judged[:3])])
    asked = lesson([both], 1, 48, Focus(), errors, np.random.default_rng(2))
    ((at, labelled),) = [(at, one) for at, one in asked.asked if one.kind == LABELS]
    references = asked.of_row[at : at + len(labelled.pictures)]
    assert set(references) == {0, 1}
    assert any(references[better] != references[worse] for better, worse in labelled.pairs)


def test_new_channels_see_alternating_pixels_and_leave_the_rest_alone(pristine: list[Pixels], tmp_path: Path) -> None:
    done = CliRunner().invoke(alternating_command, [str(SHIPPED), str(tmp_path / "seeing.safetensors")])
    assert done.exit_code == 0, done.output
    before, after = network_of(SHIPPED), network_of(tmp_path / "seeing.safetensors")
    signs = np.indices((96, 96)).sum(0)[..., None] % 2 * 2 - 1
    grey = np.full((96, 96, 3), 128.0)
    pictures = [(grey + amplitude * signs).astype(np.uint8) for amplitude in (0, 16, -16)]
    with torch.inference_mode():
        response = after.qse.stem(tensor(pictures, "restored"))[:, :, 20:-20, 20:-20]
        new = (after.qse.stem.weight != before.qse.stem.weight).flatten(1).any(1)
        plain, one, other = response[:, new].amax((2, 3))
        assert float(plain.abs().max()) < 1e-3
        # Either sign is positive in one of a pair of channels.
        assert float(one.max()) == pytest.approx(float(other.max()), rel=0.05)
        assert float(one.max()) > 0.5
        shown = [bicubic(picture, factor) for picture in pristine for factor in (2, 3, 4)]
        said = [
            network.head.logits(
                network.csp(
                    network.difference(
                        network.embed_restored(tensor(shown, "restored")),
                        network.embed_reference(tensor(shown[:1], "reference")).expand(len(shown), -1, -1, -1),
                    )
                )
            ).numpy()
            for network in (before, after)
        ]
    assert np.corrcoef(*said)[0, 1] > 0.99


def test_light_changes_no_order_of_brightness_and_is_the_same_for_all_pictures_of_a_content(
    contents: list[TaughtContent],
) -> None:
    curves = [other_light(np.random.default_rng(seed)) for seed in range(20)]
    for curve in curves:
        assert curve.shape == (256, 3)
        assert (np.diff(curve.astype(int), axis=0) >= 0).all()
        assert int(curve[255].min()) - int(curve[0].max()) > 100
    assert len({curve.tobytes() for curve in curves}) == 20
    asked = lesson(contents, 1, 48, Focus(), errors, np.random.default_rng(3))
    shown = asked.references[0]
    ((at, labelled),) = [(at, one) for at, one in asked.asked if one.kind == LABELS]
    # The best of the blends is nearly the pristine picture, the worst is the degraded one itself.
    distances = [np.abs(one.astype(float) - shown).max() for one in asked.restored[at : at + len(labelled.pictures)]]
    assert min(distances) == 0


def test_a_blend_lies_between_its_checkpoints(tmp_path: Path) -> None:
    state, facts = read_checkpoint(SHIPPED)
    write_checkpoint({name: tensor + 1 for name, tensor in state.items()}, tmp_path / "other.safetensors", facts)
    places = ["--before", str(SHIPPED), "--tuned", str(tmp_path / "other.safetensors")]
    places += ["--out", str(tmp_path / "blends")]
    done = CliRunner().invoke(blend_command, [*places, "--share", "0.25", "--share", "1"])
    assert done.exit_code == 0, done.output
    quarter, same_facts = read_checkpoint(tmp_path / "blends/blend-0.25.safetensors")
    assert same_facts == facts
    floating = [name for name, tensor in state.items() if tensor.is_floating_point()]
    # Checkpoints are stored in half precision.
    assert all(torch.allclose(quarter[name], state[name] + 0.25, rtol=2e-3, atol=2e-3) for name in floating)


def test_embeddings_are_apart_until_they_are_the_same(contents: list[TaughtContent]) -> None:
    network, restored = network_of(SHIPPED), contents[0].made[0].restored
    asked = Exercise(LABELS, restored, [(1, 0)], anchored=[True, True, False, True, False])
    with torch.no_grad():
        seen = network.embed_restored(tensor(restored, "restored"))
        shown = network.embed_reference(tensor(restored, "reference"))
        kept = [0, 1, 3]
        expected = ((shown - seen)[kept] ** 2).sum() / (seen[kept] ** 2).sum()
        assert float(apart(network, asked, seen)) == pytest.approx(float(expected), rel=1e-4)
        assert float(expected) > 0.01
        network.dte.load_state_dict(network.qse.state_dict())
        assert float(apart(network, asked, seen)) == pytest.approx(0, abs=1e-6)


def test_embeddings_that_are_apart_cost_what_was_asked(contents: list[TaughtContent]) -> None:
    asked = lesson(contents, 1, 48, Focus(), errors, np.random.default_rng(4))
    free, held = Tuning(SHIPPED, SHIPPED), Tuning(SHIPPED, SHIPPED, alike=2.0)
    costs = [float(one.loss(asked).detach()) for one in (free, held)]
    (distance,) = held.right["(apart)"]
    assert "(apart)" not in free.right
    assert costs[1] - costs[0] == pytest.approx(2.0 * distance / CONTENTS, rel=1e-3)


def test_one_embedding_knows_nothing_of_a_restoration_beside_itself(
    contents: list[TaughtContent], tmp_path: Path
) -> None:
    assert CliRunner().invoke(one_term_command, [str(SHIPPED), str(tmp_path / "one.safetensors")]).exit_code == 0
    tuning = Tuning(tmp_path / "one.safetensors", SHIPPED, one_embedding=True)
    tuning.steps = 50  # the warm-up is over
    tuning.step(lesson(contents, 2, 32, Focus(), errors, np.random.default_rng(4)), 0.0)
    for number, network in enumerate((tuning.network, tuning.mean)):
        store(network, tmp_path / "one.safetensors", tmp_path / f"{number}.safetensors", "a note")
        state, _ = read_checkpoint(tmp_path / f"{number}.safetensors")
        for name, tensor_ in state.items():
            if name.startswith("network.dte."):
                assert torch.equal(tensor_, state[name.replace("dte", "qse")]), name
        ckdn, restored = load_shipped(weights=str(tmp_path / f"{number}.safetensors")), contents[0].made[0].restored
        pictures = plain_tensor(restored)
        with torch.inference_mode():
            alone = ckdn.score(pictures, ckdn.prepare(pictures)).numpy()
            beside = ckdn.score(pictures, ckdn.prepare(pictures[:1])).numpy()
        assert np.ptp(alone) < 1e-5
        assert np.ptp(beside) > 1e-2


def test_without_its_second_term_a_checkpoint_orders_restorations_of_one_image_as_before(
    contents: list[TaughtContent], tmp_path: Path
) -> None:
    done = CliRunner().invoke(one_term_command, [str(SHIPPED), str(tmp_path / "one.safetensors")])
    assert done.exit_code == 0, done.output
    (made,) = contents[0].made
    shown, restored = plain_tensor([made.degraded]), plain_tensor(made.restored)
    logits = []
    with torch.inference_mode():
        for path in (SHIPPED, tmp_path / "one.safetensors"):
            ckdn = load_shipped(weights=str(path))
            logits.append(torch.logit(ckdn.score(restored, ckdn.prepare(shown))))
            assert (ckdn.network.restorability is None) == (path != SHIPPED)
    moved = (logits[1] - logits[0]).numpy()
    assert moved == pytest.approx(np.full(5, moved[0]), abs=0.02)
    assert np.ptp(logits[0].numpy()) > 0.1


def test_the_loss_falls_and_only_what_shall_learn_learns(contents: list[TaughtContent], tmp_path: Path) -> None:
    torch.manual_seed(0)
    asked = lesson(contents, 2, 32, Focus(), errors, np.random.default_rng(1))
    tuning = Tuning(SHIPPED, SHIPPED)
    tuning.steps = 50  # the warm-up is over
    before = float(tuning.loss(asked).detach())
    for _ in range(3):
        tuning.step(asked, 0.0)
    assert float(tuning.loss(asked).detach()) < before
    store(tuning.network, SHIPPED, tmp_path / "tuned.safetensors", "a note")
    state, facts = read_checkpoint(tmp_path / "tuned.safetensors")
    old, old_facts = read_checkpoint(SHIPPED)
    assert facts == {**old_facts, "note": "a note"}
    changed = {name for name, tensor in state.items() if not torch.equal(tensor, old[name])}
    assert changed
    assert not any("bn" in name or "downsample.1" in name for name in changed)
    for part in ("qse.stem", "qse.blocks", "dte.stem", "dte.blocks", "csp", "head", "restorability"):
        assert any(name.startswith(f"network.{part}.") for name in changed), part


def test_finished_contents_are_read_and_grain_is_left_out(tmp_path: Path, contents: list[TaughtContent]) -> None:
    for folder in ("pristine", "degraded", "restored", "splits"):
        (tmp_path / folder).mkdir()
    rows, measured = [], []
    for content in contents[:2]:
        Image.fromarray(content.pristine).save(tmp_path / f"pristine/{content.name}.png")
        Image.fromarray(content.made[0].degraded[::3, ::3]).save(tmp_path / f"degraded/{content.name}_d.png")
        for number, one in enumerate(content.made[0].restored):
            algorithm = "04_01" if number == 2 else f"00_0{number}"
            image = f"restored/{content.name}_{algorithm}.png"
            Image.fromarray(one).save(tmp_path / image)
            rows.append(
                (image, f"degraded/{content.name}_d.png", f"pristine/{content.name}.png", content.name, algorithm)
            )
            measured.append((image, *content.made[0].judged[number]))
    pd.DataFrame(rows, columns=["image", "degraded", "pristine", "content", "algorithm"]).to_csv(
        tmp_path / "manifest.csv", index=False
    )
    pd.DataFrame(measured, columns=["image", "lpips", "dists"]).to_csv(tmp_path / "metrics.csv", index=False)
    (tmp_path / "splits/contents.csv").write_text("content,part\nc0,train\nc1,validate\n")
    (tmp_path / "splits/algorithms.csv").write_text("algorithm,part\n00_00,train\n00_01,validate\n")
    (found,) = read_contents(tmp_path, "train")
    assert found.name == "c0"
    (made,) = found.made
    assert made.degraded.shape == (96, 96, 3)
    assert len(made.restored) == 4
    assert (made.judged == contents[0].made[0].judged[[0, 1, 3, 4]]).all()

"""The last step of the recipe: the second term is found where there is one, the rest of the checkpoint stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

import iqabench
from benchmarks.shipped import elsewhere, maps, one_term, restorability, second_term
from ckdn.blocks import Restorability, ScoreHead, channel_statistics
from ckdn.checkpoint import SHIPPED, read_checkpoint, write_checkpoint
from ckdn.method import CKDN
from ckdn.shipped import load_shipped
from iqabench.data.base import Card
from iqabench.data.mini import mini_folder
from iqabench.data.open import open_dataset
from iqabench.training import FitSession

CARD = Card(name="toy", label_kind="pseudo", mos_range=(0.0, 1.0))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


@pytest.fixture
def made() -> tuple[np.ndarray, np.ndarray, pd.DataFrame, np.ndarray]:
    """Statistics, first scores, rows with labels made of both, and what the statistics add to the labels' logits."""
    random = np.random.default_rng(0)
    of_degraded = random.normal(2, 0.3, (300, 512)).astype(np.float32)
    addition = (of_degraded[:, :4] - 2).sum(1) * 2
    place = np.repeat(np.arange(300), 4)
    first = random.normal(0, 2, 1200)
    labels = sigmoid(0.5 * first + addition[place])
    rows = pd.DataFrame({"mos": labels, "degraded": [f"d{number}" for number in place]})
    return of_degraded[place], sigmoid(first), rows, addition[place]


def test_a_second_term_is_found(made: tuple[np.ndarray, np.ndarray, pd.DataFrame, np.ndarray]) -> None:
    statistics, scores, rows, addition = made
    term = restorability.fit_restorability(statistics, scores, rows, CARD)
    with torch.no_grad():
        found = term(torch.zeros(len(rows)), torch.from_numpy(statistics)).numpy()
    assert np.corrcoef(found, addition)[0, 1] > 0.9
    assert term.scale.item() == pytest.approx(0.5, abs=0.05)
    assert found.mean() == pytest.approx(addition.mean(), abs=0.1)


def test_where_labels_fall_with_the_first_term_there_is_nothing_to_build_on(
    made: tuple[np.ndarray, np.ndarray, pd.DataFrame, np.ndarray],
) -> None:
    statistics, scores, rows, _ = made
    with pytest.raises(click.ClickException, match="do not rise with the first term"):
        restorability.fit_restorability(statistics, 1 - scores, rows, CARD)


def test_no_score_is_of_a_head_that_has_seen_the_content(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pd.DataFrame(
        [
            {"content": f"c{c}", "degraded": f"c{c}", "algorithm": f"a{a}", "mos": a / 4}
            for c in range(9)
            for a in range(4)
        ]
    )
    # A feature that names the content, so that the head's double can say which contents it was shown.
    features = np.repeat(np.arange(9, dtype=np.float32), 4)[:, None, None] * np.ones((1, 9, 512), np.float32)
    monkeypatch.setattr(restorability, "fit_head", lambda shown, *_, **__: set(shown[:, 0, 0].astype(int)))
    monkeypatch.setattr(
        restorability,
        "predict",
        lambda shown_before, own: [float(int(number) in shown_before) for number in own[:, 0, 0]],
    )
    found = restorability.held_out_scores(features, rows, CARD, FitSession(seed=1))
    assert not found.any()


@pytest.fixture
def frame(tmp_path: Path) -> pd.DataFrame:
    """Two contents with two degraded images each, at half the size, every one restored twice."""
    rows = []
    for content in "ab":
        for kind in range(2):
            pixels = np.random.default_rng(ord(content) + 2 * kind).integers(0, 256, (32, 32, 3), dtype=np.uint8)
            degraded = tmp_path / f"{content}_{kind}.png"
            Image.fromarray(pixels).save(degraded)
            for number in range(2):
                restored = tmp_path / f"{content}_{kind}_{number}.png"
                Image.fromarray(pixels).resize((64, 64), number).save(restored)
                rows.append({"image": str(restored), "degraded": str(degraded), "content": content})
    return pd.DataFrame(rows)


def test_rows_have_the_statistics_of_their_degraded_image(frame: pd.DataFrame) -> None:
    torch.manual_seed(0)
    network = CKDN(recipe="quick", start="random").network.eval()
    # Another order than that of the contents.
    frame = frame.iloc[[5, 0, 3, 6, 1, 2, 7, 4]].reset_index(drop=True)
    found = restorability.reference_statistics(frame, network)
    with torch.no_grad():
        expected = channel_statistics(network.dte(maps.images(list(frame["degraded"]), 64, 64)))
    # bfloat16 inside.
    np.testing.assert_allclose(found, expected.numpy(), rtol=0.1, atol=0.02 * float(expected.max()))
    assert np.abs(found[0] - found[1]).max() > 0.05 * np.abs(found).max()


def test_the_rest_of_the_checkpoint_stays_to_the_bit_and_scores_are_those_of_the_network(tmp_path: Path) -> None:
    torch.manual_seed(0)
    method, term = CKDN(recipe="quick", start="random"), Restorability()
    write_checkpoint(method.trained_state(), tmp_path / "before.safetensors", {"note": "toy"})
    restorability.with_restorability(tmp_path / "before.safetensors", term, tmp_path / "after.safetensors")
    (before, facts), (after, facts_after) = (
        read_checkpoint(tmp_path / f"{name}.safetensors") for name in ("before", "after")
    )
    assert facts_after == facts == {"note": "toy"}
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    assert {name.rpartition("restorability.")[2] for name in set(after) - set(before)} == set(term.state_dict())

    network = load_shipped(weights=str(tmp_path / "after.safetensors")).network
    embedded, reference = torch.rand(3, 256, 12, 12), torch.rand(1, 256, 12, 12)
    with torch.inference_mode():
        parts = maps.pooled(network.csp, network.difference(embedded, reference), parts=3).numpy()
        statistics = channel_statistics(reference).expand(3, -1).numpy()
        found = restorability.both_terms(tmp_path / "after.safetensors", parts, statistics)
        np.testing.assert_allclose(found, network.score(embedded, reference).numpy(), atol=5e-3)


@pytest.mark.parametrize("terms", [1, 2])
def test_without_a_fit_a_checkpoint_is_scored_with_the_terms_that_it_has(tmp_path: Path, terms: int) -> None:
    data, out, tuned = tmp_path / "data", tmp_path / "out", SHIPPED
    shutil.copytree(mini_folder(), data)
    card = data / "card.toml"
    card.write_text(card.read_text().replace('name = "mini"', 'name = "few"'))
    rows = pd.read_csv(data / "manifest.csv")
    for file in ("manifest.csv", "splits/contents.csv"):
        every = pd.read_csv(data / file)
        every[every["content"].isin(["A0004", "A0001"])].to_csv(data / file, index=False)
    if terms == 1:
        tuned = tmp_path / "one.safetensors"
        assert CliRunner().invoke(one_term.main, [str(SHIPPED), str(tuned)]).exit_code == 0
    words = ["--data", str(data), "--tuned", str(tuned), "--before", str(SHIPPED), "--out", str(out), "--no-fit"]
    done = CliRunner().invoke(second_term.main, words)
    assert done.exit_code == 0, done.output
    assert [one.name for one in out.iterdir()] == ["validation-scores.csv"], "there is no new checkpoint"
    found = pd.read_csv(out / "validation-scores.csv")
    assert len(found) > 4
    assert (found["ckdn-0"] == found["ckdn-before-0"]).all() == (terms == 2)
    files = rows.set_index(rows["image"].map(lambda path: Path(path).stem))
    for place in (0, len(found) - 1):
        row = files.loc[Path(found["image_id"][place]).stem]
        shown = (data / row["image"], data / row["degraded"], "ckdn-shipped")
        assert found["ckdn-0"][place] == pytest.approx(iqabench.score(*shown, weights=str(tuned)), abs=1e-5)
        assert found["ckdn-before-0"][place] == pytest.approx(iqabench.score(*shown), abs=1e-5)


def test_a_head_says_the_same_before_and_after_its_sigmoid() -> None:
    head, features = ScoreHead().eval(), torch.rand(4, 512, 3, 3)
    with torch.no_grad():
        assert torch.equal(head(features), torch.sigmoid(head.logits(features)))
        assert ((head(features) > 0) & (head(features) < 1)).all()


def test_elsewhere_a_checkpoint_scores_as_the_command_does() -> None:
    rows = open_dataset("mini", None).frame
    rows = rows[rows["content"] == "A0012"].iloc[::4].reset_index(drop=True)
    found = elsewhere.scored(SHIPPED, rows)
    assert found.shape == (1, len(rows))
    for place in (0, len(rows) - 1):
        expected = iqabench.score(rows["image"][place], rows["degraded"][place], "ckdn-shipped")
        assert found[0, place] == pytest.approx(expected, abs=1e-5)

"""The sanity ladder on real photographs, by the real command."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from manifests import Command
from PIL import Image
from skimage import data as photographs

from iqabench.checks.ladder.faults import FAULTS, LEVELS, Fault

PLUGIN = '''
import torch

from iqabench import method


@method("constant", paradigms="NR")
def constant(restored):
    """Knows nothing."""
    return restored.new_zeros(len(restored))


@method("touchy", paradigms="NR")
def touchy(restored):
    """Fails on pictures with strong colours."""
    if (restored.mean((2, 3)).max(1).values - restored.mean((2, 3)).min(1).values).max() > 0.25:
        raise ValueError("too colourful")
    return restored.mean((1, 2, 3))


@method("shown", paradigms="DR", lower_is_better=True)
def shown(restored, reference):
    """Distance to what it is shown, which must be the degraded image enlarged."""
    return (restored - reference).abs().mean((1, 2, 3))
'''


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three photographs of 96 pixels."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("astronaut", "coffee", "chelsea"):
        Image.fromarray(getattr(photographs, name)()[100:196, 100:196]).save(folder / f"{name}.png")
    return folder


def figures(text: str) -> dict[tuple[str, str, str], dict[str, float]]:
    """Rows of ``--format json`` by method, kind and start."""
    return {(row["method"], row["kind"], row["start"]): row for row in json.loads(text)}


@pytest.mark.parametrize("fault", FAULTS, ids=[one.kind for one in FAULTS])
def test_each_strength_is_further_from_the_picture_than_the_one_before(fault: Fault) -> None:
    picture = photographs.astronaut()[100:196, 100:196]
    rungs = [fault.on(picture, level, "astronaut").astype(float) for level in LEVELS]
    errors = [float(((rung - picture) ** 2).mean()) for rung in rungs]
    assert errors == sorted(set(errors))
    assert np.array_equal(rungs[0], picture)
    # The first strength can be seen: an error of a grey level and a half at least.
    assert errors[1] > 2.0


def test_a_fault_is_drawn_by_seed_content_and_kind_alone() -> None:
    picture = photographs.coffee()[:96, :96]
    noise = next(one for one in FAULTS if one.kind == "noise")
    assert np.array_equal(noise.on(picture, 2, "a", seed=1), noise.on(picture, 2, "a", seed=1))
    assert not np.array_equal(noise.on(picture, 2, "a", seed=1), noise.on(picture, 2, "b", seed=1))
    assert not np.array_equal(noise.on(picture, 2, "a", seed=1), noise.on(picture, 2, "a", seed=2))


def test_shares_follow_from_what_the_methods_measure(iqabench: Command, photos: Path, tmp_path: Path) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(PLUGIN)
    words = ["check", "--ladder", "psnr,sharpness,constant,shown", "--plugin", str(plugin), "--photos", str(photos)]
    done = iqabench(*words, "--size", "64", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = figures(done.stdout)
    # Whatever is done to the degraded image enlarged takes it away from what psnr is shown: itself.
    assert found["psnr", "all", "bicubic"]["share"] == 1.0
    assert found["shown", "all", "bicubic"]["share"] == 1.0
    # A blurred pristine picture comes nearer to the degraded one.
    assert found["psnr", "blur", "ideal"]["share"] < 0.5
    # Edges are all that sharpness counts.
    assert found["sharpness", "noise", "all"]["share"] == 0.0
    assert found["sharpness", "blur", "all"]["share"] == 1.0
    # Equal scores are no order.
    assert {row["share"] for key, row in found.items() if key[0] == "constant"} == {0.5}
    everything = found["psnr", "all", "all"]
    assert (everything["pairs"], everything["contents"]) == (3 * 3 * 9 * 10, 3)
    assert everything["low"] < everything["share"] < everything["high"]
    assert iqabench(*words, "--size", "64", "--format", "json").stdout == done.stdout


def test_page_and_plot_load_nothing_and_show_every_rung(iqabench: Command, photos: Path, tmp_path: Path) -> None:
    page, plot = tmp_path / "ladder.html", tmp_path / "ladder.svg"
    words = ["--photos", str(photos), "--contents", "2", "--size", "64", "--html", str(page), "--plot", str(plot)]
    done = iqabench("check", "--ladder", "psnr", *words)
    assert done.returncode == 0, done.stderr
    assert "all, put on half" in done.stdout
    text = page.read_text()
    assert len(re.findall(r'<img src="data:image/webp', text)) == 3 * 9 * 5
    assert 'class="number rises"' in text
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text)
    assert text.count("<svg") == plot.read_text().count("<svg") == 1
    assert plot.read_text().count("<title>") == 10


def test_what_cannot_be_scored_is_named_and_costs_nothing_else(iqabench: Command, tmp_path: Path) -> None:
    folder, plugin = tmp_path / "photos", tmp_path / "mine.py"
    folder.mkdir()
    plugin.write_text(PLUGIN)
    Image.fromarray(photographs.coffee()[:80, :80]).save(folder / "a.png")
    (folder / "broken.png").write_bytes(b"no image")
    Image.new("RGB", (40, 90)).save(folder / "narrow.png")
    words = ["--plugin", str(plugin), "--photos", str(folder), "--size", "64", "--format", "json"]
    done = iqabench("check", "--ladder", "psnr,touchy", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    told = " ".join(done.stderr.split())
    assert "broken.png" in told
    assert "narrow.png: 40x90 pixels" in told
    assert "too colourful" in told
    found = figures(done.stdout)
    assert found["psnr", "all", "bicubic"]["share"] == 1.0
    assert found["touchy", "all", "all"]["share"] is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--ladder", "nobody"], "nobody"),
        (["--ladder", ""], "--ladder names no method"),
        (["--control", " , "], "--control names no method"),
        (["--ladder", "psnr", "--plot", "plot.png"], "svg is written here, and .png says another format"),
        (["--ladder", "psnr", "--html", "page.pdf"], "html is written here, and .pdf says another format"),
        (["--ladder", "psnr", "--photos", "nowhere"], "nowhere is not a folder"),
        (["ssim", "--ladder", "psnr"], "name methods after --ladder"),
        (["--ladder", "swdn"], "must be trained before it can score"),
    ],
)
def test_bad_input_gets_one_message(iqabench: Command, words: list[str], told: str) -> None:
    done = iqabench("check", *words)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr

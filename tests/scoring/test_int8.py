"""int8: near float32 within what was measured, a row of its own, and refused where it is not offered."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from manifests import Command
from torch import nn

from ckdn.shipped import ShippedCKDN
from iqabench._util.devices import Machine
from iqabench.data.images import read_image
from iqabench.data.mini import read_mini
from iqabench.data.references import parse_reference
from iqabench.data.splits import split_of
from iqabench.methods.registry import Registry
from iqabench.runs.evaluation import EvaluationRequest, plan_evaluation
from iqabench.scoring.calibration import (
    Seen,
    calibrated,
    calibrated_sequence,
    calibration_digest,
    calibration_images,
    calibration_pairs,
    grid_of,
    rounded,
)
from iqabench.scoring.engine import score_in_memory
from iqabench.scoring.fused import FusedConv
from iqabench.scoring.int8 import AVAILABLE, Grid, framed, take_pixels
from iqabench.scoring.kept import sequence_in_int8
from iqabench.weights import locate

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="this torch has no 8-bit convolutions")
LARGEST = 0.05
"""Most that a score of CKDN may differ from fp32: the study measured .030 (benchmarks/speed/README.md)."""


def smooth(seed: int) -> torch.Tensor:
    """A batch of feature maps whose channels and neighbours go together, as those of networks do."""
    draw = torch.Generator().manual_seed(seed)
    maps = torch.randn(4, 4, 6, 6, generator=draw)
    mixed = torch.einsum("nchw,dc->ndhw", maps, torch.randn(16, 4, generator=draw)).relu()
    return nn.functional.interpolate(mixed, (24, 24), mode="bilinear").contiguous(memory_format=torch.channels_last)


def test_bytes_stand_for_the_nearest_levels() -> None:
    values = torch.linspace(-3, 5, 1001)
    grid = Grid(0.05, 60)
    levels = grid.quantize(values)
    assert levels.dtype == torch.uint8
    torch.testing.assert_close(grid.values(levels), values, atol=0.025 + 1e-5, rtol=0)
    assert grid.values(grid.quantize(torch.tensor([-9.0, 99.0]))).tolist() == pytest.approx([-3.0, 9.75])
    assert grid_of([torch.rand(2, 100)]).zero == 0


@torch.inference_mode()
def test_a_convolution_in_8_bits_is_near_and_keeps_means() -> None:
    torch.manual_seed(0)
    conv = FusedConv(nn.Conv2d(16, 32, 3, stride=2, padding=1), relu=True)
    images = [smooth(0), smooth(1)]
    ready, seen = calibrated(conv, Seen(images, images, None), to_floats=False)
    exact, found = torch.cat(list(seen.floats)), torch.cat(seen.values())
    assert ready(images[0]).dtype == torch.uint8
    assert (found - exact).square().mean().sqrt() < 0.02 * exact.std()
    assert (found.mean((0, 2, 3)) - exact.mean((0, 2, 3))).abs().max() < 0.01 * exact.std()


def test_rounding_looks_at_what_inputs_go_together() -> None:
    columns = smooth(2).permute(0, 2, 3, 1).flatten(0, 2)
    weight = torch.randn(32, 16, generator=torch.Generator().manual_seed(3))
    levels, scales = rounded(weight, columns.T @ columns / len(columns))
    nearest = (weight / scales[:, None]).round()
    assert levels.abs().max() <= 127

    def error(chosen: torch.Tensor) -> float:
        return float((columns @ (chosen * scales[:, None] - weight).T).square().mean())

    assert error(levels) < 0.5 * error(nearest)


def test_a_first_layer_takes_the_bytes_of_images() -> None:
    torch.manual_seed(0)
    conv = FusedConv(nn.Conv2d(3, 8, 5, stride=2, padding=2), relu=False)
    mean, deviation = torch.rand(3, 1, 1), 0.1 + torch.rand(3, 1, 1)
    mean = (255 * mean).round() / 255  # the frame is in bytes, too
    bytes_ = torch.randint(0, 256, (2, 3, 20, 31), dtype=torch.uint8)
    images = bytes_ / 255
    wanted = conv((images - mean) / deviation)
    width = take_pixels(conv, mean, deviation)
    given = framed(images, mean, width)
    assert torch.equal(given[:, :, width:-width, width:-width], bytes_)
    torch.testing.assert_close(conv(given / 255), wanted)


@torch.inference_mode()
def test_weights_are_in_order_for_each_shape_of_a_batch() -> None:
    """Those of one image made eight of them up to four times as slow with two threads."""
    torch.manual_seed(0)
    conv = FusedConv(nn.Conv2d(16, 8, 3, padding=1), relu=True)
    ready, _ = calibrated(conv, Seen([smooth(0)], [smooth(0)], None), to_floats=True)
    ready._packed.clear()
    whole = ready(smooth(1))
    torch.testing.assert_close(torch.cat([ready(one[None]) for one in smooth(1)]), whole)
    assert [shape[0] for shape in ready._packed] == [4, 1]


def in_8_bits(layers: nn.Sequential, asked: list[int]) -> torch.Tensor:
    """What ``layers`` in 8 bits give; ``asked`` grows where they are calibrated."""

    def seen() -> Seen:
        asked.append(1)
        return Seen([smooth(0)], [smooth(0)], None)

    result: torch.Tensor = sequence_in_int8("tested", layers, seen)(smooth(1))
    return result


@torch.inference_mode()
def test_calibration_is_kept_for_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    torch.manual_seed(0)
    convs = [FusedConv(nn.Conv2d(16, 16, 3, padding=1), relu=True) for _ in range(2)]
    layers, asked = nn.Sequential(*convs), []
    first = in_8_bits(layers, asked)
    assert torch.equal(in_8_bits(layers, asked), first)
    assert len(asked) == 1
    (file,) = tmp_path.rglob("*.safetensors")
    file.write_bytes(file.read_bytes()[:-100])  # damaged
    assert torch.equal(in_8_bits(layers, asked), first)
    assert len(asked) == 2
    convs[1].weight.mul_(2)  # of another training; exact both ways
    assert not torch.equal(in_8_bits(layers, asked), first)
    assert len(asked) == 3
    whole = file.read_bytes()
    file.write_bytes(whole[:-2000] + bytes(2000))  # still to be read, but other weights
    convs[1].weight.div_(2)
    assert torch.equal(in_8_bits(layers, asked), first)
    assert len(asked) == 4
    convs[1].weight.mul_(2)
    others = {*tmp_path.rglob("*.safetensors")} - {file}
    assert len(others) == 1
    others.pop().write_bytes(file.read_bytes())  # another's
    in_8_bits(layers, asked)
    assert len(asked) == 5
    monkeypatch.setenv("XDG_CACHE_HOME", os.devnull)  # nothing can be kept there
    in_8_bits(layers, asked)
    assert len(asked) == 6


def test_calibration_sees_nothing_that_mini_scores() -> None:
    frame = split_of(read_mini(), "unseen").apply(read_mini().frame)
    pictures = {part: {read_image(path).tobytes() for path in rows["image"]} for part, rows in frame.groupby("part")}
    seen = [image for pair in calibration_pairs() for image in pair.restored]
    bytes_seen = {(255 * image).round().byte().permute(1, 2, 0).numpy().tobytes() for image in seen}
    assert len(seen) == 72
    assert bytes_seen == pictures["train"]
    assert not bytes_seen & pictures["validate"]
    assert calibration_digest().startswith("mini/unseen/train/")


def test_ckdn_scores_as_in_float32() -> None:
    frame = read_mini().frame
    rows = frame[frame["content"].isin(["A0006", "A0010"])].iloc[::2]
    found = {}
    for precision in ("fp32", "int8"):
        scored = score_in_memory(ShippedCKDN(), rows, parse_reference("degraded"), Machine(precision=precision))
        found[precision] = np.array([scored[key].score for key in rows["image_id"]], dtype=float)
    apart = np.abs(found["int8"] - found["fp32"])
    assert 0 < apart.max() < LARGEST
    assert np.corrcoef(found["int8"], found["fp32"])[0, 1] > 0.999


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--method", "ssim"], "ssim is not offered in int8; use --precision fp32"),
        (["--method", "niqe"], "niqe is not offered in int8; use --precision fp32"),
        (["--method", "ssim", "--device", "meta"], "--precision int8 computes on CPUs"),
    ],
)
def test_where_it_is_not_offered(iqabench, manifest: Path, options: list[str], message: str) -> None:  # type: ignore[no-untyped-def]
    image = next(manifest.parent.rglob("*.png"))
    done = iqabench("score", image, image, *options, "--precision", "int8")
    assert done.returncode == 2, done.stdout
    assert message in done.stderr
    assert "Traceback" not in done.stderr


SSIM, PSNR = (f"{name} is not offered in int8; use --precision fp32" for name in ("ssim", "psnr"))


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (["run", "--methods", "lpips,ssim,psnr", "--dataset", "manifest", "--root", "MANIFEST"], [SSIM, PSNR]),
        (["run", "--methods", "ssim", "--dataset", "manifest", "--root", "MANIFEST"], [SSIM]),
        (["score", "MANIFEST", "--method", "lpips,ssim"], [SSIM]),
        (["check", "--ladder", "ssim"], [SSIM]),
        (["check", "--control", "ssim", "--dataset", "manifest", "--root", "MANIFEST"], [SSIM]),
    ],
)
def test_it_is_refused_before_anything_is_said(
    iqabench: Command, manifest: Path, tmp_path: Path, words: list[str], refused: list[str]
) -> None:
    header, *rows = manifest.read_text().splitlines()
    manifest.write_text("\n".join([header.replace("image,", "restored,") if words[0] == "score" else header, *rows]))
    given = [str(manifest) if word == "MANIFEST" else word for word in words]
    done = iqabench(*given, "--precision", "int8", "--results", tmp_path / "results")
    assert (done.returncode, done.stdout) == (2, "")
    said = [line.removeprefix("error: ") for line in done.stderr.splitlines() if ": at work" not in line]
    assert said == refused
    assert not (tmp_path / "results").exists()


def test_where_none_offers_it_nothing_is_run(iqabench: Command, manifest: Path, tmp_path: Path) -> None:
    """``formulas`` is a group of methods of another paper, as an installed distribution offers one."""
    offered = tmp_path / "offered"
    (offered / "other-1.0.dist-info").mkdir(parents=True)
    (offered / "other-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (offered / "other-1.0.dist-info/entry_points.txt").write_text("[iqabench.papers]\nother = other_paper\n")
    (offered / "other_paper.py").write_text("METHODS = {'formulas': ('psnr', 'ssim')}\n")
    words = ("run", "--methods", "formulas", "--dataset", "manifest", "--root", manifest, "--precision", "int8")
    there = {**os.environ, "PYTHONPATH": str(offered)}
    done = iqabench(*words, "--results", tmp_path / "results", environment=there)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: none is offered in int8: psnr, ssim; use --precision fp32" in done.stderr
    assert not (tmp_path / "results").exists()


def test_of_many_those_that_offer_it_are_left() -> None:
    told: list[str] = []
    for words, anchors, kept in ((("lpips",), True, {"lpips"}), (("all",), False, {"lpips", "dists", "ckdn-shipped"})):
        request = EvaluationRequest(methods=words, anchors=anchors)
        (planned,) = plan_evaluation(request, Registry(()), Machine(precision="int8"), told.append).runs
        assert {entry.info.name for entry in planned.run.entries} >= kept
        assert all(entry.info.int8 for entry in planned.run.entries)
    assert "not offered in int8, and left out: psnr, ssim" in told


def test_who_reads_the_csv_is_told(iqabench: Command, manifest: Path) -> None:
    if any(locate(name) is None for name in ("alexnet-features", "lpips-heads-alex")):
        pytest.skip("needs LPIPS's weights: set IQABENCH_WEIGHTS")
    image = next(manifest.parent.rglob("*.png"))
    done = iqabench("score", image, image, "--method", "lpips", "--precision", "int8", "--csv", "-")
    assert done.returncode == 0, done.stderr
    assert "lpips: int8: scores differ from fp32's" in done.stdout


def test_a_run_names_precision_and_calibration(iqabench, manifest: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    if any(locate(name) is None for name in ("alexnet-features", "lpips-heads-alex")):
        pytest.skip("needs LPIPS's weights: set IQABENCH_WEIGHTS")
    results = tmp_path / "results"
    common = ["run", "--methods", "lpips", "--dataset", "manifest", "--root", manifest, "--results", results]
    done = iqabench(*common, "--precision", "int8")
    assert done.returncode == 0, done.stderr
    metas = [json.loads(file.read_text()) for file in results.rglob("run.json")]
    assert len(metas) == 1  # the anchors are not offered in int8
    assert [meta["identity"]["calibration"] for meta in metas] == [calibration_digest()]
    assert "|int8|" in metas[0]["signature"]
    for words in ([*common, "--precision", "int8"], ["table", "--results", results]):  # nothing is computed now
        found = iqabench(*words)
        assert found.returncode == 0, found.stderr
        assert "lpips: int8: scores differ from fp32's" in " ".join(found.stdout.split())


@torch.inference_mode()
def test_the_number_of_threads_does_not_change_what_is_calibrated() -> None:
    """A weight near the middle between two levels would go to another one where sums have another order.

    Two of AlexNet's five convolutions: summed by as many threads as there are, some hundred levels would differ.
    """
    if locate("alexnet-features") is None:
        pytest.skip("needs LPIPS's weights: set IQABENCH_WEIGHTS")
    lpips, found, before = Registry(()).get("lpips").create().fused("fp32"), [], torch.get_num_threads()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        begun = [lpips._begun(one) for one in calibration_images()]
        found.append([*calibrated_sequence(lpips._features[:4], Seen(begun, begun, None)).values()])
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    ((one,), (other,)) = found
    for part in ("levels", "scales", "bias"):
        assert torch.equal(getattr(one, part), getattr(other, part))

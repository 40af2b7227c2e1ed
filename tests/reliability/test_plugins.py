"""Whatever a plugin does costs its own rows only, is named in the summary, and is taught by the contract checks."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import psutil
import pytest
import torch
from manifests import Command, write_manifest
from PIL import Image

from iqabench._util.devices import Machine
from iqabench._util.errors import MethodError
from iqabench.checks.isolated import check_isolated
from iqabench.checks.run import check_method
from iqabench.data.open import open_dataset
from iqabench.data.references import parse_reference
from iqabench.methods.contract import MethodInfo, Paradigm
from iqabench.methods.registry import Registry
from iqabench.scoring.batches import plan_batches
from iqabench.scoring.engine import (
    ContractBrokenError,
    MemoryFolder,
    RemoteError,
    ScoringJob,
    score_in_memory,
    score_jobs,
)
from iqabench.scoring.isolation import Isolation, StoppedError, resident_mib

pytestmark = pytest.mark.usefixtures("forked_workers")
PLUGINS = Path(__file__).parents[1] / "plugins"
HOSTILE = PLUGINS / "hostile.py"


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 images of 3 contents, one of them black."""
    manifest = write_manifest(tmp_path_factory.mktemp("data"), contents=3, algorithms=4)
    Image.new("RGB", (64, 64)).save(manifest.parent / "c2-a3.png")
    return manifest


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry((HOSTILE,))


def scores_of(results: Path, method: str) -> dict[str, str]:
    (file,) = results.glob(f"*/*/{method}/*/*/scores.csv")
    with file.open(newline="") as stream:
        return {row["image_id"]: row["score"] for row in csv.DictReader(stream)}


LIMITED = {
    "hangs-on-black": "no answer within 5 s for a batch of",
    "ends-the-process": "its process ended by itself at a batch of",
    "fills-the-memory": "more than 1,500 (--memory-limit)",
    "returns-text": "it must return a Tensor",
}
PLAIN = {
    "raises": "ZeroDivisionError: on purpose",
    "exits": "SystemExit: 3",
    "wrong-shape": "it must return",
    "returns-nan": "the method returned nan",
    "settings-of-nan": "its setting strength is nan",
    "facts-raise": "score_rows() failed",
    "cannot-be-moved": "no device for me",
    "seeds-numpy": "global generator of numpy.random",
}


@pytest.mark.parametrize("limited", [True, False])
def test_a_run_with_hostile_plugins(iqabench: Command, dataset: Path, tmp_path: Path, limited: bool) -> None:
    broken = LIMITED if limited else PLAIN
    good = ["well-behaved", "psnr"]
    words = ["run", "--methods", ",".join([*good, *broken]), "--no-anchors", "--dataset", "manifest", "--root", dataset]
    words += ["--plugin", HOSTILE, "--plugin", PLUGINS / "broken.py", "--references", "degraded", "--draws", "100"]
    words += ["--batch-size", "4", "--split", write_split(tmp_path), "--results", tmp_path / "results"]
    done = iqabench(*words, *(["--timeout", "5", "--memory-limit", "1500"] if limited else []))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for name, reason in broken.items():
        assert any(name in line and reason in line for line in done.stderr.splitlines()), (name, done.stderr)
    for name in good:
        assert len([score for score in scores_of(tmp_path / "results", name).values() if score]) == 8
    if limited:
        kept = scores_of(tmp_path / "results", "hangs-on-black")
        assert len(kept) == 4, "the batch before the one that hung is kept"
        assert kept.items() <= scores_of(tmp_path / "results", "well-behaved").items()


def write_split(folder: Path) -> Path:
    (folder / "split").mkdir()
    (folder / "split" / "contents.csv").write_text("content,part\nc0,train\nc1,validate\nc2,validate\n")
    return folder / "split"


@pytest.fixture
def isolation() -> Isolation:
    return Isolation(seconds=60, plugin_files=(HOSTILE,))


def test_an_isolated_method_scores_as_it_does_here(registry: Registry, isolation: Isolation) -> None:
    entry = registry.get("well-behaved")
    images = torch.rand(3, 3, 20, 24, generator=torch.Generator().manual_seed(0))
    here, there = entry.create(), isolation.start(entry, {})
    try:
        prepared = there.prepare(images[:1])
        for batch in (images, images[1:]):
            expected = here.score(batch, here.prepare(images[:1]))
            assert torch.equal(there.score(batch, prepared).float(), expected)
        assert (there.settings, there.weights_used, there.notes, there.parameter_count) == ({}, {}, [], None)
        with pytest.raises(MethodError, match="has no parameter 'odd'"):
            isolation.start(entry, {"odd": 1})
    finally:
        isolation.close()
    with pytest.raises(StoppedError, match="its process has ended"):
        there.score(images, None)


FUSING = """
import torch
from iqabench import Method, method

FACTORS = {"fp32": 1.0, "bf16": 2.0, "int8": 3.0}


class Fused:
    def __init__(self, factor):
        self.factor = factor

    def prepare(self, reference):
        return self.factor * reference

    def score(self, restored, prepared):
        assert not torch.is_autocast_enabled("cpu")
        return (self.factor * restored - prepared).abs().mean((1, 2, 3))


@method("fusing", lower_is_better=True, int8=True)
class Fusing(Method):
    def prepare(self, reference):
        return reference

    def score(self, restored, prepared):
        return (restored - prepared).abs().mean((1, 2, 3))

    def fused(self, precision):
        return Fused(FACTORS[precision])
"""


@pytest.mark.parametrize(("precision", "factor"), [("fp32", 1.0), ("bf16", 2.0), ("int8", 3.0)])
def test_an_isolated_method_scores_in_the_arithmetic_that_is_recorded(
    dataset: Path, tmp_path: Path, precision: str, factor: float
) -> None:
    """The fused form is the one that has it: here and in a process of its own."""
    plugin = tmp_path / "fusing.py"
    plugin.write_text(FUSING)
    entry = Registry((plugin,)).get("fusing")
    isolation = Isolation(seconds=60, plugin_files=(plugin,), precision=precision)
    rows, machine = open_dataset("manifest", dataset).frame, Machine(torch.device("cpu"), precision)
    try:
        here, there, plain = (
            score_in_memory(one, rows, parse_reference("degraded"), of)
            for one, of in (
                (entry.create(), machine),
                (isolation.start(entry, {}), machine),
                (entry.create(), Machine(torch.device("cpu"))),
            )
        )
    finally:
        isolation.close()
    assert all(row.score is not None for row in here.values())
    assert {key: row.score for key, row in there.items()} == {key: row.score for key, row in here.items()}
    for key, row in plain.items():
        assert here[key].score == pytest.approx(factor * row.score, rel=1e-5)


def test_a_trained_plugin_is_isolated_with_what_it_learnt(tmp_path: Path) -> None:
    file = Path(__file__).parents[1] / "support" / "cheap_methods.py"
    entry = Registry((file,)).get("cheap")
    isolation = Isolation(seconds=60, plugin_files=(file,))
    learnt = torch.tensor([0.5, 0.25, 2.0])
    trained = entry.create(strength=2.0)
    trained.mix = learnt
    method = isolation.start(entry, {"strength": 2.0}, trained)
    try:
        images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
        expected = -((images - 0.5).abs().mean((2, 3)) * learnt).sum(1)
        assert torch.equal(method.score(images, None).float(), expected)
        assert method.settings == {"recipe": "paper", "strength": 2.0}
        assert resident_mib(method._process.pid) > 50
    finally:
        isolation.close()


def test_isolated_methods_are_forks_of_one_process_that_has_imported_torch(
    registry: Registry, isolation: Isolation
) -> None:
    try:
        methods = [isolation.start(registry.get("well-behaved"), {}) for _ in range(2)]
        (parent,) = {psutil.Process(one._process.pid).ppid() for one in methods}
    finally:
        isolation.close()
    assert parent != os.getpid()
    assert len({one._process.pid for one in methods}) == 2


@pytest.mark.parametrize(
    ("name", "failure", "remark"),
    [
        ("changes-input", "changes its input in place", ""),
        ("changes-its-reference", "changes its input in place", ""),
        ("complex-scores", "complex numbers", ""),
        ("returns-text", "must return a Tensor", ""),
        ("cannot-be-moved", "no device for me", ""),
        ("seeds-globally", "", "global generator of torch"),
        ("seeds-numpy", "", "global generator of numpy.random"),
        ("random-score", "", "global generator of torch"),
    ],
)
def test_in_this_process_it_harms_nobody_else(dataset: Path, name: str, failure: str, remark: str) -> None:
    registry = Registry((HOSTILE, PLUGINS / "broken.py"))
    frame = open_dataset("manifest", dataset).frame
    entry, other = registry.get(name), registry.get("well-behaved")
    reference = parse_reference("none" if entry.info.paradigms == (Paradigm.NR,) else "degraded")
    if reference.kind == "none":
        other = Registry((PLUGINS / "broken.py",)).get("odd-settings")
    torch.manual_seed(5)
    before = torch.get_rng_state()
    jobs = [ScoringJob(one.create(), MemoryFolder(), set()) for one in (entry, other)]
    score_jobs(jobs, plan_batches(frame, reference, 4), reference, Machine())
    assert failure in jobs[0].failure
    assert bool(failure) == bool(jobs[0].failure)
    assert remark in " ".join(jobs[0].remarks)
    assert bool(remark) == bool(jobs[0].remarks)
    assert torch.equal(torch.get_rng_state(), before)
    alone = ScoringJob(other.create(), MemoryFolder(), set())
    score_jobs([alone], plan_batches(frame, reference, 4), reference, Machine())
    assert jobs[1].folder.found == alone.folder.found  # type: ignore[attr-defined]
    assert len(alone.folder.found) == len(frame)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("hangs", "returns one finite score per image", "no answer within 3 s (--timeout); a method that waits"),
        ("ends-the-process", "returns one finite score per image", "ended its whole process (exit code 7)"),
    ],
)
def test_checks_survive_what_stops_a_process(registry: Registry, name: str, check: str, words: str) -> None:
    results = check_isolated(registry.get(name), (HOSTILE,), 3 if name == "hangs" else 120)
    # What is checked before the method scores holds; where the process stops, the checks end.
    assert [result.passed for result in results] == [True] * (len(results) - 1) + [False]
    assert results[-1].check == check
    assert words in results[-1].message


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("leaks", "does not grow", "leaves"),
        ("seeds-numpy", "leaves the generators alone", "torch.Generator of your own"),
        ("complex-scores", "returns one finite score per image", "complex"),
        ("returns-text", "returns one finite score per image", "returned list"),
        ("changes-its-reference", "leaves its inputs alone", "in place"),
        ("settings-of-nan", "can be built", "its setting strength is nan"),
    ],
)
def test_each_check_teaches(registry: Registry, name: str, check: str, words: str) -> None:
    failures = {result.check: result.message for result in check_method(registry.get(name)) if not result.passed}
    assert words in failures[check]


def test_a_good_plugin_passes_every_check(registry: Registry) -> None:
    assert [result for result in check_method(registry.get("well-behaved")) if not result.passed] == []


def test_errors_keep_their_words() -> None:
    assert issubclass(StoppedError, ContractBrokenError)
    assert not issubclass(RemoteError, ContractBrokenError)
    assert not Isolation().covers(Registry().get("psnr"))
    assert Isolation().covers(Registry((HOSTILE,)).get("hangs"))
    assert MethodInfo("m").sign == 1


def test_a_hostile_name_is_shown_as_text(iqabench: Command, dataset: Path) -> None:
    listed = iqabench("list", "methods", "--plugin", HOSTILE)
    assert listed.returncode == 0
    assert "\x1b[31m" not in listed.stdout
    assert "\\x1b[31mname" in listed.stdout
    scored = iqabench(
        *("score", dataset.parent / "c0-a0.png", dataset.parent / "c0-degraded.png", "--format", "json"),
        *("--method", "[/bold]\x1b[31mname,raises,psnr", "--plugin", HOSTILE, "--plugin", PLUGINS / "broken.py"),
    )
    assert scored.returncode == 2
    assert "raises: ZeroDivisionError: on purpose" in scored.stderr
    (row,) = json.loads(scored.stdout)
    assert row["psnr"] > 10
    assert row["raises"] is None

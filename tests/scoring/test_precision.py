"""bf16 may change a score, so it is another run; what may not change one is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqabench._util.devices import Machine
from iqabench.cli.machine import machine_options
from iqabench.data.mini import read_mini
from iqabench.data.references import parse_reference
from iqabench.methods.contract import Method, MethodInfo, Paradigm
from iqabench.methods.registry import Registry
from iqabench.results.store import digest
from iqabench.runs.record import run_facts
from iqabench.scoring.batches import plan_batches
from iqabench.scoring.engine import MemoryFolder, ScoringJob, score_jobs
from iqabench.scoring.precision import IN_FLOAT32, has_network


def run_id(precision: str) -> str:
    method = Method()
    method.info = MethodInfo("toy")
    known = {"reference": "degraded", "dataset": "toy", "fingerprint": "f", "split": "s", "selection": "none"}
    return digest(run_facts(method, training=None, precision=precision, **known))


def test_precision_enters_the_run_id() -> None:
    assert run_id("bf16") != run_id("fp32")
    assert run_id("bf16") == run_id("bf16")


def test_every_machine_option_is_a_field_and_only_precision_is_part_of_the_id() -> None:
    @machine_options
    def command() -> None:
        pass

    options = {one.name for one in command.__click_params__}  # type: ignore[attr-defined]
    assert options == set(Machine.__dataclass_fields__)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_command_keeps_both_apart(iqabench, manifest: Path, tmp_path: Path, precision: str) -> None:  # type: ignore[no-untyped-def]
    results = tmp_path / "results"
    common = ["run", "--methods", "ssim", "--no-anchors", "--dataset", "manifest", "--root", manifest]
    for kind in ("fp32", precision):
        done = iqabench(*common, "--results", results, "--precision", kind, "--cache", tmp_path / "cache")
        assert done.returncode == 0, done.stderr
    folders = {file.parent.name for file in results.rglob("run.json")}
    assert len(folders) == (1 if precision == "fp32" else 2)
    assert list((tmp_path / "cache").glob("*/*.rgb"))


def test_bf16_leaves_every_formula_in_float32_and_says_so() -> None:
    frame = read_mini().frame
    rows = frame[frame["content"] == "A0006"].head(2)
    registry = Registry(())
    formulas = [one for one in registry.entries() if not has_network(one.info)]
    assert {"ms-ssim", "dss", "vif", "haarpsi", "psnr"} <= {one.info.name for one in formulas}
    for entry in formulas:
        reference = parse_reference("none" if entry.info.paradigms == (Paradigm.NR,) else "degraded")
        found = []
        for precision in ("fp32", "bf16"):
            job = ScoringJob(entry.create(), folder := MemoryFolder(), set())
            if job.method.scores_rows:
                break
            score_jobs([job], plan_batches(rows, reference, 8), reference, Machine(precision=precision))
            found.append([folder.found[key].score for key in rows["image_id"]])
        if found and job.scorer is job.method:  # a form of its own for bf16 is a network's
            assert found[0] == found[1], entry.info.name
            assert IN_FLOAT32 in job.remarks, entry.info.name

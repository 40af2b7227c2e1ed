"""bf16 may change a score, so it is another run; what may not change one is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqabench._util.devices import Machine
from iqabench.cli.machine import machine_options
from iqabench.methods.contract import Method, MethodInfo
from iqabench.results.store import digest
from iqabench.runs.record import run_facts


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

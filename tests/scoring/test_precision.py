"""bf16 may change a score, so it is another run; what may not change one is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from manifests import Command, write_manifest

from iqabench._util.devices import Machine
from iqabench.cli.machine import machine_options
from iqabench.data.mini import read_mini
from iqabench.data.open import open_dataset
from iqabench.data.references import parse_reference
from iqabench.methods.contract import Method, MethodInfo, Paradigm
from iqabench.methods.registry import Registry
from iqabench.results.signature import parse_signature
from iqabench.results.store import digest
from iqabench.runs.record import run_facts
from iqabench.scoring.engine import score_in_memory
from iqabench.scoring.isolation import Isolation

PLUGINS = Path(__file__).parents[1] / "plugins"


def run_id(precision: str, info: MethodInfo) -> str:
    method = Method()
    method.info = info
    known = {"reference": "degraded", "dataset": "toy", "fingerprint": "f", "split": "s", "selection": "none"}
    return digest(run_facts(method, training=None, precision=precision, **known))


def recorded(results: Path) -> dict[str, str]:
    """The precision of each run by its method, which identity, ``run.json`` and signature agree on."""
    found: dict[str, str] = {}
    for file in results.rglob("run.json"):
        meta = json.loads(file.read_text())
        name, precision = meta["method"]["name"], meta["precision"]
        assert name not in found, f"two runs of {name}"
        assert meta["identity"]["precision"] == precision == parse_signature(meta["signature"]).precision
        found[name] = precision
    return found


def test_precision_enters_the_run_id_of_a_network_alone() -> None:
    network = MethodInfo("toy", weights=("some",))
    assert run_id("bf16", network) != run_id("fp32", network)
    assert run_id("bf16", network) == run_id("bf16", network)
    assert run_id("bf16", MethodInfo("toy")) == run_id("fp32", MethodInfo("toy"))


def test_every_machine_option_is_a_field_and_only_precision_is_part_of_the_id() -> None:
    @machine_options
    def command() -> None:
        pass

    options = {one.name for one in command.__click_params__}  # type: ignore[attr-defined]
    assert options == set(Machine.__dataclass_fields__)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_command_keeps_both_of_a_network_apart(
    iqabench: Command, manifest: Path, tmp_path: Path, precision: str
) -> None:
    results = tmp_path / "results"
    common = ["run", "--methods", "in-an-attribute", "--plugin", PLUGINS / "networks.py", "--no-anchors"]
    common += ["--dataset", "manifest", "--root", manifest]
    for kind in ("fp32", precision):
        done = iqabench(*common, "--results", results, "--precision", kind, "--cache", tmp_path / "cache")
        assert done.returncode == 0, done.stderr
    folders = {file.parent.name for file in results.rglob("run.json")}
    assert len(folders) == (1 if precision == "fp32" else 2)
    assert list((tmp_path / "cache").glob("*/*.rgb"))


def test_a_formula_has_one_row_whatever_is_asked(iqabench: Command, tmp_path: Path) -> None:
    manifest, results = write_manifest(tmp_path, contents=1, size=192, algorithms=2), tmp_path / "results"
    formulas = [one.info.name for one in Registry(()).entries() if not (one.info.trainable or one.info.weights)]
    formulas.remove("ckdn-shipped")  # its network comes with it, and needs no weights of that name
    assert {"ms-ssim", "dss", "vif", "niqe", "psnr"} <= set(formulas)
    common = ["run", "--no-anchors", "--dataset", "manifest", "--root", manifest, "--results", results]
    for precision, networks in (("fp32", []), ("bf16", ["ckdn-shipped"])):
        done = iqabench(*common, "--methods", ",".join([*formulas, *networks]), "--precision", precision)
        assert done.returncode == 0, done.stderr
    assert recorded(results) == {**dict.fromkeys(formulas, "fp32"), "ckdn-shipped": "bf16"}
    assert f"1 run computed, {len(formulas)} already there" in done.stderr
    assert "note: bf16 is for networks, and none is seen in " in done.stderr


def test_score_signs_what_it_computed_in(iqabench: Command, manifest: Path) -> None:
    restored, degraded = manifest.parent / "c0-a0.png", manifest.parent / "c0-degraded.png"
    done = iqabench("score", restored, degraded, "--method", "psnr,ckdn-shipped", "--precision", "bf16")
    assert done.returncode == 0, done.stderr
    signed = [parse_signature(line) for line in done.stdout.splitlines() if "|iqabench " in line]
    assert [(one.method, one.precision) for one in signed] == [("psnr", "fp32"), ("ckdn-shipped", "bf16")]
    assert "note: bf16 is for networks, and none is seen in psnr: " in done.stderr


NETWORKS = {
    **dict.fromkeys(["in-a-variable", "in-another-function", "in-an-attribute", "in-a-list", "in-its-class"], "bf16"),
    **dict.fromkeys(["uses-a-variable", "loads-late-and-says-so"], "bf16"),
    **dict.fromkeys(["loads-late", "pools", "says-no", "plain"], "fp32"),
}
ALONE = ("in-a-variable", "loads-late", "plain")
"""Those that score in processes of their own, too: each takes a second to start."""


def test_the_network_of_a_plugin_is_seen(iqabench: Command, tmp_path: Path) -> None:
    manifest, results = write_manifest(tmp_path, contents=1, algorithms=2), tmp_path / "results"
    common = ["run", "--no-anchors", "--dataset", "manifest", "--root", manifest, "--results", results]
    common += ["--plugin", PLUGINS / "networks.py", "--precision", "bf16"]
    done = iqabench(*common, "--methods", ",".join(NETWORKS))
    assert done.returncode == 0, done.stderr
    assert recorded(results) == NETWORKS
    assert "note: bf16 is for networks, and none is seen in loads-late, pools, says-no, plain: " in done.stderr
    done = iqabench(*common, "--methods", ",".join(ALONE), "--timeout", "60")
    assert "0 runs computed, 3 already there" in done.stderr, done.stderr
    assert "note: bf16 is for networks, and none is seen in loads-late, plain: " in done.stderr


@pytest.mark.usefixtures("forked_workers")
@pytest.mark.parametrize("isolated", [False, True])
def test_a_plugin_scores_in_what_is_recorded(tmp_path: Path, isolated: bool) -> None:
    frame = open_dataset("manifest", write_manifest(tmp_path, contents=1, algorithms=2)).frame
    registry, reference = Registry((PLUGINS / "networks.py",)), parse_reference("none")
    apart = {}
    names = ALONE if isolated else tuple(NETWORKS)
    for name in names:
        found = []
        for precision in ("fp32", "bf16"):
            isolation = Isolation(60.0, None, registry.plugin_files, precision)
            entry = registry.get(name)
            method = isolation.start(entry, {}) if isolated else entry.create()
            rows = [score_in_memory(method, frame, reference, Machine(precision=precision)) for _ in range(2)]
            isolation.close()
            assert rows[0] == rows[1]
            found.append([rows[0][key].score for key in frame["image_id"]])
        apart[name] = "fp32" if found[0] == found[1] else "bf16"
    assert apart == {name: NETWORKS[name] for name in names}


def test_formulas_of_the_package_score_in_float32() -> None:
    frame = read_mini().frame
    rows = frame[frame["content"] == "A0006"].head(1)
    for entry in Registry(()).entries():
        if entry.info.trainable or entry.info.weights or entry.info.name == "ckdn-shipped":
            continue
        reference = parse_reference("none" if entry.info.paradigms == (Paradigm.NR,) else "degraded")
        found = [
            score_in_memory(entry.create(), rows, reference, Machine(precision=precision))
            for precision in ("fp32", "bf16")
        ]
        assert found[0] == found[1], entry.info.name

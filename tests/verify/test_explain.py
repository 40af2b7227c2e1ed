"""``iqabench explain``: a signature is read back, with its run and alone; what is wrong is one message, code 2."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from spoiling import RunOf
from verifying import invoke

from ckdn.trunk import trunk_digest

CHEAP = Path(__file__).parents[1] / "support" / "cheap_methods.py"
ALONE = "weighted|v1|power=3.0|code=0a0b0c0d|w=01020304|ref=lr-x4|up=bicubic|whole|bf16|tf32|iqabench 0.0.1|#0123abcd"


def facts_of(out: str) -> dict[str, str]:
    """Sentences by topic; those of one topic together."""
    (told,) = json.loads(out)
    found: dict[str, str] = {}
    for fact in told["facts"]:
        found[fact["topic"]] = f"{found.get(fact['topic'], '')} {fact['sentence']}".strip()
    return found


@pytest.mark.parametrize("method", ["psnr", "mae", "weighted", "cheap"])
def test_every_way_to_name_a_run_says_the_same(copied: Path, run_of: RunOf, method: str) -> None:
    meta = json.loads((run_of(method) / "run.json").read_text())
    options = ["--results", copied / "runs", "--plugin", copied / "plugin.py", "--plugin", CHEAP, "--format", "json"]
    words = (meta["signature"], meta["run_id"], meta["run_id"][:8], f"#{meta['run_id'][:8]}", method)
    told = [invoke("explain", word, *options) for word in (*words, f"{method}@{meta['reference']}")]
    assert {code for code, _ in told} == {0}
    assert len({out for _, out in told}) == 1
    facts = facts_of(told[0][1])
    assert facts["method"].startswith(f"{method}, version 1")
    assert "mini" in facts["data"]
    assert "PSEUDO" in facts["data"]
    assert meta["fingerprint"] in facts["data"]
    assert f"torch {meta['versions']['torch']}" in facts["software"]
    assert facts["here"] == "the same library versions."
    assert meta["run_id"] in facts["run"]
    assert "WARNING" not in facts
    plain = invoke("explain", meta["run_id"], *options[:-2])[1].splitlines()[1:]
    if method == "psnr":
        assert len(plain) <= 12
        assert len(facts["software"]) <= 160


def test_settings_weights_and_training_are_compared_with_what_is_here(copied: Path, run_of: RunOf) -> None:
    options = ["--results", copied / "runs", "--plugin", copied / "plugin.py", "--plugin", CHEAP, "--format", "json"]
    weighted = facts_of(invoke("explain", "weighted", *options)[1])
    assert weighted["setting"] == "power = 2.0 (the default)."
    assert "toy, SHA-256 " in weighted["weights"]
    assert weighted["weights"].endswith("; here are the same.")
    assert weighted["code"].endswith("the code here is the same.")
    cheap = facts_of(invoke("explain", "cheap", *options)[1])
    assert "recipe = quick (the default is paper)." in cheap["setting"]
    learned = "trained on mini, split unseen, seed 0, last epoch; 72 images with pseudo labels"
    assert cheap["training"].startswith(learned)
    assert "is in trained/" in cheap["training"]
    plugin = copied / "plugin.py"
    plugin.write_text(plugin.read_text() + "\n# edited\n")
    assert facts_of(invoke("explain", "mae", *options)[1])["code"].endswith("the code here is another.")


def test_a_signature_alone_says_what_cannot_be_known(tmp_path: Path) -> None:
    code, out = invoke("explain", ALONE, "--results", tmp_path, "--format", "json")
    assert code == 0
    facts = facts_of(out)
    assert "it is not installed here" in facts["method"]
    assert facts["setting"] == "power = 3.0 (whether it is the default cannot be known here)."
    assert "made from the pristine image" in facts["reference"]
    assert facts["arithmetic"] == "bf16, with TF32; images are scored whole."
    for topic in ("data", "pixels", "software"):
        assert "the signature alone does not say" in facts[topic]
    assert "not among the results here" in facts["run"]


def test_an_altered_signature_is_warned_of(copied: Path, run_of: RunOf) -> None:
    signature = json.loads((run_of("psnr") / "run.json").read_text())["signature"]
    altered = signature.replace("|fp32|", "|bf16|")
    code, out = invoke("explain", altered, "--results", copied / "runs")
    assert code == 0
    assert out.splitlines()[1].split(maxsplit=1) == [
        "WARNING",
        f"this is not the run's own signature, which is: {signature}.",
    ]


@pytest.mark.parametrize("word", ["psnr|v1", "no-such-method", "abcdefabcdefabcd", "psnr@pristine", "", "a|b|#1"])
def test_what_names_nothing_is_one_message_and_code_2(copied: Path, word: str) -> None:
    code, message = invoke("explain", word, "--results", copied / "runs")
    assert code == 2
    assert message


def test_without_results(tmp_path: Path) -> None:
    code, message = invoke("explain", "psnr", "--results", tmp_path)
    assert code == 2
    assert "--results names them" in message


def test_weights_of_the_package_that_a_training_began_with_are_found(tmp_path: Path) -> None:
    """Whatever the default start is here: the one that the run had is compared."""
    committed = Path(__file__).parents[2] / "results"
    run = next((committed / "mini/unseen/ckdn/degraded").iterdir())
    labels = "mini/unseen/labels"
    shutil.copytree(committed / labels, tmp_path / labels)
    folder = tmp_path / "mini/unseen/ckdn/degraded" / run.name
    shutil.copytree(run, folder)
    meta = json.loads((folder / "run.json").read_text())
    meta["parameters"]["start"] = "packaged"
    meta["identity"]["weights"] = {"ckdn-imagenet-trunk": trunk_digest()}
    (folder / "run.json").write_text(json.dumps(meta))
    told = facts_of(invoke("explain", run.name, "--results", tmp_path, "--format", "json")[1])
    assert told["weights"] == f"ckdn-imagenet-trunk, SHA-256 {trunk_digest()}; here are the same."

"""What cannot be checked is said with the reason, and is no difference."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from forking import command
from inprocess import run_here
from verifying import invoke


def reasons(done) -> str:
    return " ".join(f"{one['where']} {one['what']} {one['why']}" for one in done.unchecked)


def test_a_plugin_that_is_not_here(verify) -> None:
    done = verify(plugin=False)
    assert (done.code, done.differences) == (0, [])
    assert "there is no method mae here; --plugin" in reasons(done)
    assert next(run for run in done.runs if "/psnr/" in run["run"])["scored_again"] > 0


def test_a_trained_model_that_is_not_here(verify, copied: Path) -> None:
    shutil.rmtree(copied / "runs" / "trained")
    done = verify()
    assert (done.code, done.differences) == (0, [])
    assert "the trained model is not in trained/" in reasons(done)


def test_data_that_are_not_here(verify, copied: Path, manifest: Path) -> None:
    words = ["--methods", "psnr", "--no-anchors", "--dataset", "manifest", "--root", manifest]
    assert invoke("run", *words, "--results", copied / "runs")[0] == 0
    name = next(one.name for one in (copied / "runs").iterdir() if one.is_dir() and one.name not in ("mini", "trained"))
    done = verify()
    assert (done.code, done.differences) == (0, [])
    assert f"the data set is not here: --root {name}=PATH" in reasons(done)
    with_data = verify("--root", f"{name}={manifest}")
    assert (with_data.code, with_data.differences, with_data.unchecked) == (0, [], [])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--root", "mini"], "NAME=PATH"),
        (["--split", "nowhere"], "--split nowhere: no such folder; name the folder of a split"),
        (["--root", "toy=/nowhere/at/all"], "does not exist"),
        (["--dataset", "pipal"], "there is no run on pipal"),
        (["--sample", "many"], "many"),
    ],
)
def test_bad_input_is_one_message_and_code_2(verify, words: list[str], message: str) -> None:
    done = verify(*words)
    assert done.code == 2
    assert message in done.verdict


def test_a_folder_without_runs(tmp_path: Path) -> None:
    code, message = invoke("verify", tmp_path)
    assert code == 2
    assert "there is no run in it" in message


def test_the_command_itself(copied: Path) -> None:
    file = next((copied / "runs").glob("mini/unseen/psnr/*/*/scores.csv"))
    file.write_text(file.read_text().replace("1", "2", 1))
    done = command("verify", copied / "runs", "--sample", "0")
    assert done.returncode == 1, done.stderr
    assert "DIFFERS mini/unseen/psnr/" in done.stdout
    assert done.stdout.splitlines()[-1].endswith("found")


def test_a_plugin_in_the_place_of_a_builtin_is_named_and_no_difference(manifest: Path, tmp_path: Path) -> None:
    plugin, results = tmp_path / "ps.py", tmp_path / "r"
    code = "from iqabench import method\n\n@method('psnr')\ndef psnr(r, d):\n    return (r - d).abs().mean((1, 2, 3))\n"
    plugin.write_text(code)
    words = ("run", "--methods", "psnr", "--no-anchors", "--dataset", "manifest", "--root", manifest)
    overriding = ("--plugin", plugin, "--allow-override")
    assert run_here(*words, *overriding, "--results", results).returncode == 0
    root = ("--root", f"dataset={manifest}")
    without = run_here("verify", results, *root)
    assert without.returncode == 0, without.stdout
    assert "took the place of the built-in psnr; --plugin FILE --allow-override brings it" in without.stdout
    beside = run_here("verify", results, *root, *overriding)
    assert beside.returncode == 0, beside.stdout
    assert "scored again" in beside.stdout


def test_old_runs_alone_are_nothing_that_could_be_checked(manifest: Path, tmp_path: Path) -> None:
    words = ("run", "--methods", "psnr", "--no-anchors", "--dataset", "manifest", "--root", manifest)
    assert run_here(*words, "--results", tmp_path / "r").returncode == 0
    (file,) = (tmp_path / "r").rglob("run.json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema": 1, "identity": {}}))
    done = run_here("verify", tmp_path / "r")
    assert done.stdout.splitlines()[-1].startswith("nothing here could be checked")


def test_the_run_of_an_edited_plugin_is_an_earlier_one_and_no_difference(manifest: Path, tmp_path: Path) -> None:
    plugin, results = tmp_path / "mine.py", tmp_path / "r"
    words = (
        "run",
        "--methods",
        "mine",
        "--plugin",
        plugin,
        "--no-anchors",
        "--dataset",
        "manifest",
        "--root",
        manifest,
    )
    for factor in (1, 2):
        plugin.write_text(
            "from iqabench import method\n\n@method('mine', lower_is_better=True)\n"
            f"def mine(r, d):\n    return {factor} * (r - d).abs().mean((1, 2, 3))\n"
        )
        assert run_here(*words, "--results", results).returncode == 0
    done = run_here("verify", results, "--root", f"dataset={manifest}", "--plugin", plugin)
    assert done.returncode == 0, done.stdout
    assert "an earlier run, which no table shows; mine.py has been edited since" in done.stdout
    assert "of 1 runs, drawn" in done.stdout


@pytest.mark.parametrize("facts", [{"lower_is_better": True}, {"trained_on": ["mini"]}, {"paradigms": ["NR"]}])
def test_what_a_method_declares_is_compared_without_data(verify, run_of, facts) -> None:
    record = run_of("psnr") / "run.json"
    meta = json.loads(record.read_text())
    record.write_text(json.dumps(meta | {"method": meta["method"] | facts}))
    done = verify("--sample", "0")
    assert done.code == 1
    assert done.found("psnr/", f"method.{next(iter(facts))}")


def test_scores_without_a_record_and_labels_without_a_card_are_found(verify, copied: Path, run_of) -> None:
    (run_of("psnr") / "run.json").unlink()
    next((copied / "runs").glob("mini/unseen/labels/*/card.json")).unlink()
    done = verify("--sample", "0")
    assert done.code == 1
    assert done.found("psnr/", "run.json beside it")
    assert done.found("card.json", "card")

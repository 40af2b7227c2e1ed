"""What only data, methods and scores can tell is found by scoring again; what is honest holds."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import torch
from spoiling import RunOf, change_json, lines_of, other_digit, write_lines
from verifying import Verify

from iqabench.results.signature import signature
from iqabench.results.store import digest


def test_honest_results_hold_with_other_numbers_of_threads_and_batches(verify: Verify) -> None:
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        done = verify("--sample", "1000", "--batch-size", "3")
    finally:
        torch.set_num_threads(threads)
    assert (done.code, done.verdict, done.differences, done.unchecked) == (0, "holds", [], [])
    assert [run["holds"] for run in done.runs] == [True] * 4
    assert sum(run["scored_again"] for run in done.runs) == sum(run["rows"] for run in done.runs)


def test_digits_whose_digests_were_mended_are_found_if_their_rows_are_drawn(verify: Verify, run_of: RunOf) -> None:
    images = {}
    for place, method in enumerate(("psnr", "mae", "weighted", "cheap"), start=7):
        lines = lines_of(run_of(method))
        lines[place] = other_digit(lines[place])
        write_lines(run_of(method), lines, fix_digest=True)
        images[method] = lines[place].partition(",")[0]
    done = verify("--sample", "1000")
    for method, image in images.items():
        assert done.found(f"{method}/", "score")
        assert done.found(f"scores.csv, {image}", "score")
    assert {one["where"].split("/")[2] for one in done.differences} == set(images)


def test_a_run_that_was_changed_throughout_is_found_by_its_scores(verify: Verify, run_of: RunOf) -> None:
    run = run_of("weighted")
    meta = json.loads((run / "run.json").read_text())
    meta["parameters"] = meta["identity"]["settings"] = {"power": 1.0}
    meta["run_id"] = digest(meta["identity"])
    meta["signature"] = signature(meta)
    (run / "run.json").write_text(json.dumps(meta))
    run.rename(run.with_name(meta["run_id"]))
    done = verify()
    assert done.found("weighted/", "score")
    assert not any("psnr/" in one["where"] for one in done.differences)


def test_a_turned_direction_and_labels_that_call_themselves_human_are_found(
    verify: Verify, run_of: RunOf, copied: Path
) -> None:
    declared = json.loads((run_of("mae") / "run.json").read_text())["method"]
    change_json(run_of("mae") / "run.json", method=declared | {"lower_is_better": False})
    change_json(next((copied / "runs").glob("mini/unseen/labels/*/card.json")), label_kind="human")
    done = verify("--sample", "4")
    assert done.found("mae/", "lower_is_better")
    assert done.found("card.json", "label_kind")


def test_labels_whose_digest_was_mended_are_found_by_the_data(verify: Verify, copied: Path) -> None:
    file = next((copied / "runs").glob("mini/unseen/labels/*")) / "labels.csv"
    rows = list(csv.reader(file.open(newline="")))
    rows[4][-1] = str(float(rows[4][-1]) + 1)
    file.write_text("".join(f"{','.join(row)}\n" for row in rows))
    change_json(file.with_name("card.json"), labels_sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    assert verify("--sample", "0").found(f"labels.csv, {rows[4][0]}", "mos")


def test_other_weights_other_code_and_another_model_are_found(verify: Verify, copied: Path) -> None:
    from safetensors.torch import load_file, save_file

    (copied / "toy.weights").write_text("0.2 0.3 0.5\n")
    plugin = copied / "plugin.py"
    plugin.write_text(plugin.read_text().replace(".abs().mean(", ".abs().sum("))
    model = next((copied / "runs").glob("trained/cheap/*/model.safetensors"))
    save_file({name: tensor + 0.01 * torch.rand_like(tensor) for name, tensor in load_file(model).items()}, model)
    done = verify()
    assert done.found("weighted/", "weights.toy")
    assert done.found("mae/", "code")
    assert done.found("cheap/", "score")
    assert next(run for run in done.runs if "/psnr/" in run["run"])["holds"]

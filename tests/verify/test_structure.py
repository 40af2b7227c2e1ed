"""Records, rows and digests alone, without data and methods: every alteration is found by its place."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spoiling import RunOf, change_json, lines_of, other_digit, write_lines

from iqabench.verify.audit import Audit
from iqabench.verify.structure import check_labels, read_run

METHODS = ("psnr", "mae", "weighted", "cheap")
Found = Callable[[str, str], bool]


@pytest.fixture
def found(copied: Path) -> Found:
    """True if a difference is found at a place; with ``("", "")`` if any is."""

    def check(where: str, what: str) -> bool:
        audit = Audit(copied / "runs")
        runs = [read_run(file, audit) for file in sorted(audit.root.glob("*/*/*/*/*/run.json"))]
        check_labels(next(audit.root.glob("mini/unseen/labels/*")), [run for run in runs if run], audit)
        return any(where in one.where and what in one.what for one in audit.differences)

    return check


def test_honest_records_hold(found: Found) -> None:
    assert not found("", "")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("place", [1, 30, -1])
def test_one_digit_of_any_row_is_found(found: Found, run_of: RunOf, method: str, place: int) -> None:
    run = run_of(method)
    lines = lines_of(run)
    lines[place] = other_digit(lines[place])
    write_lines(run, lines)
    assert found(f"{method}/", "digest")


def test_two_rows_that_changed_places_are_found(found: Found, run_of: RunOf) -> None:
    run = run_of("psnr")
    lines = lines_of(run)
    lines[3], lines[4] = lines[4], lines[3]
    write_lines(run, lines, fix_digest=True)
    assert found("psnr/", "sorted")


def test_scores_that_changed_places_are_found(found: Found, run_of: RunOf) -> None:
    run = run_of("psnr")
    rows = [line.split(",", 1) for line in lines_of(run)]
    rows[3][1], rows[9][1] = rows[9][1], rows[3][1]
    write_lines(run, [",".join(row) for row in rows])
    assert found("psnr/", "digest")


@pytest.mark.parametrize("fix_digest", [False, True])
def test_a_row_that_was_removed_is_found(found: Found, run_of: RunOf, fix_digest: bool) -> None:
    run = run_of("mae")
    lines = lines_of(run)
    del lines[5]
    write_lines(run, lines, fix_digest)
    if fix_digest:
        change_json(run / "run.json", n_expected=len(lines) - 1, n_scored=len(lines) - 1)
    assert found("mae/", "rows")


def test_a_row_that_was_added_is_found(found: Found, run_of: RunOf) -> None:
    run = run_of("mae")
    lines = lines_of(run)
    write_lines(run, [*lines, "zzz,0.5,\n"], fix_digest=True)
    change_json(run / "run.json", n_expected=len(lines), n_scored=len(lines))
    assert found("mae/", "rows")


def test_rows_that_would_be_read_over_the_finished_ones_are_found(found: Found, run_of: RunOf) -> None:
    run = run_of("mae")
    (run / "scores.partial.csv").write_text(other_digit(lines_of(run)[4]))
    assert found("scores.partial.csv", "")


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": {"power": 3.0}},
        {"reference": "pristine"},
        {"weights": {"toy": "0" * 64}},
        {"precision": "bf16"},
        {"run_id": "0" * 16},
        {"signature": "weighted|v1|#00000000"},
        {"n_scored": 3},
        {"paradigm": "FR"},
        {"identity": {}},
        {"identity": None},
        {"split": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_record_is_found(found: Found, run_of: RunOf, change: dict[str, Any]) -> None:
    change_json(run_of("weighted") / "run.json", **change)
    assert found("weighted/", "")


def test_every_part_of_the_identity_is_guarded(found: Found, run_of: RunOf) -> None:
    file = run_of("weighted") / "run.json"
    whole = json.loads(file.read_text())["identity"]
    for name in whole:
        change_json(file, identity=whole | {name: "another"})
        assert found("weighted/", ""), name


def test_a_folder_under_another_name_is_found(found: Found, run_of: RunOf) -> None:
    folder = run_of("mae").parent
    folder.rename(folder.with_name("pristine"))
    assert found("mae/pristine/", "folder name")


def test_edited_labels_are_found(found: Found, copied: Path) -> None:
    file = next((copied / "runs").glob("mini/unseen/labels/*")) / "labels.csv"
    rows = list(csv.reader(file.open(newline="")))
    rows[4][-1] = str(float(rows[4][-1]) + 1)
    file.write_text("".join(f"{','.join(row)}\n" for row in rows))
    assert found("labels.csv", "digest")
    change_json(file.with_name("card.json"), labels_sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    assert not found("labels.csv", "digest")


def test_an_old_run_cannot_be_checked(copied: Path, run_of: RunOf) -> None:
    file = run_of("mae") / "run.json"
    change_json(file, schema=1, identity={})
    audit = Audit(copied / "runs")
    assert read_run(file, audit) is None
    assert "run it again" in audit.unchecked[0].why
    assert audit.differences == []


def test_a_digit_of_a_run_without_a_score_for_every_image_is_found(found: Found, run_of: RunOf) -> None:
    run = run_of("psnr")
    change_json(run / "run.json", status="partial")
    assert found("psnr/", "status")
    lines = lines_of(run)
    lines[1] = other_digit(lines[1])
    write_lines(run, lines)
    assert found("psnr/", "digest")


def test_what_the_record_says_of_the_training_data_is_that_of_its_card(found: Found, run_of: RunOf) -> None:
    record = run_of("cheap") / "run.json"
    training = json.loads(record.read_text())["training"]
    change_json(record, training=training | {"label_kind": "human"})
    assert found("cheap/", "training.label_kind")
    change_json(record, training=training | {"seed": 7})
    assert found("cheap/", "seed")


@pytest.mark.parametrize("schema", [3, "2", None, 2.5])
def test_a_schema_that_contradicts_the_identity_is_found(found: Found, run_of: RunOf, schema: Any) -> None:
    change_json(run_of("psnr") / "run.json", schema=schema)
    assert found("psnr/", "schema")


def test_a_digest_that_was_taken_away_is_found(found: Found, run_of: RunOf) -> None:
    change_json(run_of("psnr") / "run.json", scores_sha256=None)
    assert found("psnr/", "digest")


def test_a_training_that_was_made_up_is_found(found: Found, run_of: RunOf) -> None:
    training = {"seed": 0, "label_kind": "human", "dataset": "pipal"}
    change_json(run_of("psnr") / "run.json", training=training)
    assert found("psnr/", "training")


@pytest.mark.parametrize("changed", [{"fingerprint": "0" * 64}, {"split": "0" * 64}])
def test_training_data_that_contradict_the_run_are_found(found: Found, run_of: RunOf, changed: dict[str, str]) -> None:
    file = run_of("cheap") / "run.json"
    training = json.loads(file.read_text())["training"]
    change_json(file, training=training | changed)
    assert found("cheap/", f"training.{next(iter(changed))}")

"""Rows on disk: whole lines only, sorted at the end, the same bytes however they got there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iqabench._util.errors import DataError
from iqabench._util.files import write_atomically
from iqabench.data.base import VOTE_COLUMNS
from iqabench.results.model import LABEL_COLUMNS
from iqabench.results.store import Judgements, RunFolder, ScoreRow, digest, folder_name, write_labels

META: dict[str, Any] = {
    "schema": 2,
    "method": {"name": "m", "lower_is_better": False},
    "reference": "none",
    "status": "complete",
}


def test_finished_file_is_sorted_and_independent_of_the_order(tmp_path: Path) -> None:
    rows = [ScoreRow(f"image{i:02}", i / 7) for i in range(20)]
    texts = []
    for name, order in (("a", rows), ("b", rows[::-1]), ("c", rows[10:] + rows[:10] + rows[5:8])):
        folder = RunFolder(tmp_path / name)
        for row in order:
            folder.append([row])
        folder.finish(META)
        texts.append(folder.scores.read_bytes())
        assert not folder.partial.exists()
    assert texts[0] == texts[1] == texts[2]


def test_cut_off_line_is_dropped(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.append([ScoreRow("a", 0.1), ScoreRow("b", 0.2)])
    with folder.partial.open("a") as file:
        file.write("c,0.3")
    assert set(folder.rows()) == {"a", "b"}
    folder.append([ScoreRow("c", 0.25)])
    assert folder.rows()["c"].score == 0.25


printable = st.text(min_size=1).filter(str.isprintable)  # what a Dataset accepts as image id


@given(printable, st.floats(allow_nan=False, allow_infinity=False) | st.none(), st.text())
def test_any_row_survives_the_disk(name: str, score: float | None, error: str) -> None:
    line = ScoreRow(name, score, error).as_csv()
    import csv
    import io

    cells = next(csv.reader(io.StringIO(line, newline="")))
    assert cells[0] == name
    assert (float(cells[1]) if cells[1] else None) == score


@pytest.mark.parametrize(
    ("line", "message"),
    [("a,b\n", "2 cells instead of 3"), ("a,notanumber,\n", "'notanumber' is not a number")],
)
def test_damaged_row_is_named(tmp_path: Path, line: str, message: str) -> None:
    folder = RunFolder(tmp_path)
    folder.partial.write_text("x,1.0,\n" + line)
    with pytest.raises(DataError, match=message) as caught:
        folder.rows()
    assert "line 2" in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a": 1}', json.dumps({**META, "schema": 99})])
def test_damaged_run_json_is_named(tmp_path: Path, text: str) -> None:
    folder = RunFolder(tmp_path)
    folder.meta.write_text(text)
    with pytest.raises(DataError, match=r"run\.json"):
        folder.read_meta()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("status", None, "status is missing"),
        ("seed", "x", "seed must be a whole number, not 'x'"),
        ("seed", True, "seed must be a whole number, not True"),
        ("n_scored", 1e3, "n_scored must be a whole number, not 1000.0"),
        ("n_scored", 2**60, "n_scored must be 9007199254740992 or less, not 1152921504606846976"),
        ("gflops", "3", "gflops must be a number, not '3'"),
        ("method", ["m"], "method must be a table, not ['m']"),
        ("method", {"name": "m", "lower_is_better": 0}, "method.lower_is_better must be true or false, not 0"),
        ("method", {**META["method"], "summary": None}, "method.summary is missing"),
        ("notes", ["a", 3], "note 2 must be text, not 3"),
        ("identity", {"method": "m"}, "identity.version is missing"),
        ("git", {"dirty": "no"}, "git.dirty must be true or false, not 'no'"),
    ],
)
def test_a_wrong_field_of_run_json_is_named_with_what_to_do(tmp_path: Path, field: str, value: Any, told: str) -> None:
    folder = RunFolder(tmp_path)
    folder.write_meta({**META, field: value})
    with pytest.raises(DataError) as caught:
        folder.read_meta()
    assert str(caught.value) == f"{folder.meta}: {told}; delete the folder to run again"


def test_digest_is_stable_and_sensitive() -> None:
    facts = {"a": 1, "b": {"c": [1, 2]}}
    assert digest(facts) == digest({"b": {"c": [1, 2]}, "a": 1})
    assert digest(facts) != digest({"a": 1, "b": {"c": [2, 1]}})


@given(st.text())
def test_folder_names_stay_inside_and_apart(name: str) -> None:
    safe = folder_name(name)
    assert safe
    assert safe not in (".", "..")
    assert "/" not in safe
    assert "\\" not in safe
    if safe != name:
        assert folder_name(name + "x") != safe


def test_atomic_write_leaves_no_temporary_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "deep" / "file.txt", "content")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file.txt"]


def test_results_are_as_readable_as_other_files(tmp_path: Path) -> None:
    write_atomically(tmp_path / "ours", "content")
    (tmp_path / "plain").write_text("content")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_an_image_that_was_mended_gets_its_score(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.append([ScoreRow("a", 0.1), ScoreRow("b", None, "truncated")])
    folder.finish({**META, "status": "partial"})
    folder.append([ScoreRow("b", 0.2)])
    assert folder.rows()["b"].score == 0.2
    folder.finish(META)
    assert folder.scores.read_text() == "image_id,score,error\na,0.1,\nb,0.2,\n"


def test_looking_on_changes_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.append([ScoreRow("a", 0.1)])
    with folder.partial.open("ab") as file:
        file.write("b,0.5,ä".encode()[:-1])
    content, changed = folder.partial.read_bytes(), folder.partial.stat().st_mtime_ns
    assert set(folder.rows()) == {"a"}
    # Not the time of the last access: that is the file system's.
    assert (folder.partial.read_bytes(), folder.partial.stat().st_mtime_ns) == (content, changed)


def test_scores_that_were_lost_since_are_not_complete(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.append([ScoreRow("a", 0.1), ScoreRow("b", 0.2)])
    folder.finish({**META, "n_scored": 2})
    assert folder.is_complete()
    folder.scores.write_bytes(folder.scores.read_bytes()[:-3])
    assert not folder.is_complete()
    folder.scores.write_bytes(b"image_id,score,error\n\xff\xfe,1,\n")
    with pytest.raises(DataError, match=r"scores\.csv"):
        folder.rows()


def test_a_finished_run_says_the_digest_of_its_scores(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.append([ScoreRow("b", 0.2), ScoreRow("a", 0.1)])
    folder.finish(META)
    assert folder.read_meta()["scores_sha256"] == hashlib.sha256(folder.scores.read_bytes()).hexdigest()


def test_the_card_says_the_digests_of_labels_and_votes(tmp_path: Path) -> None:
    labels = pd.DataFrame([["a", "", "c", "x", "", "", 1.5]], columns=list(LABEL_COLUMNS))
    votes = pd.DataFrame([["c", "a", "b", 1, 2]], columns=list(VOTE_COLUMNS))
    write_labels(tmp_path, "f", Judgements(labels, votes), {"name": "toy", "split": "all"})
    folder = tmp_path / "labels" / "f"
    card = json.loads((folder / "card.json").read_text())
    for name in ("labels", "votes"):
        assert card[f"{name}_sha256"] == hashlib.sha256((folder / f"{name}.csv").read_bytes()).hexdigest()

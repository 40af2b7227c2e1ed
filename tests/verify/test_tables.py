"""A table or a report beside the runs that was edited by hand is found, in every format."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

from inprocess import run_here
from spoiling import RunOf
from verifying import Verify

WITH_SENTENCES = ("board.md", "board.tex", "board.txt", "page.html", "table2.md", "table2.tex")
FIGURES = (*WITH_SENTENCES, "board.csv", "board.json", "table2.csv")


def test_a_table_alone_says_where_it_is_verified(tmp_path: Path) -> None:
    (table := tmp_path / "board.tex").write_text("\\begin{table}\n")
    done = run_here("verify", table)
    assert done.returncode == 2
    said = done.stderr.strip().splitlines()[-1]
    assert said.startswith(f"error: {table}: a table or page is verified beside its runs")
    assert said.endswith("iqabench verify runs")


def edit_figure(text: str, name: str) -> str:
    """``text`` with another digit in the SRCC of the row of psnr."""
    if name.endswith(".json"):
        rows = json.loads(text)
        row = next(one for one in rows if one["method"] == "psnr")
        row["srcc"] += 0.01
        return json.dumps(rows)
    if name.endswith(".csv"):
        rows = list(csv.DictReader(text.splitlines()))
        row = next(one for one in rows if one["method"] == "psnr")
        figure = row["srcc"] if "srcc" in row else row["ours"]
        return text.replace(figure, repr(float(figure) + 0.01))
    if name.endswith(".html"):
        found = re.search(r'data-value="psnr".*?data-name="srcc" data-value="([^"]+)"', text, re.DOTALL)
        assert found is not None
        return text.replace(f'data-value="{found[1]}"', f'data-value="{float(found[1]) + 0.01!r}"')
    lines = text.splitlines(keepends=True)
    number = next(i for i, line in enumerate(lines) if re.search(r"psnr.*\d\.\d{4}", line, re.IGNORECASE))
    digits = re.search(r"0\.\d(\d)\d\d", lines[number])
    assert digits is not None
    place = digits.start(1)
    lines[number] = f"{lines[number][:place]}{(int(digits[1]) + 1) % 10}{lines[number][place + 1 :]}"
    return "".join(lines)


def test_honest_tables_hold(verify: Verify, tables: Path) -> None:
    done = verify("--sample", "0")
    assert (done.code, done.differences) == (0, [])
    assert sorted(name.partition(",")[0] for name in done.tables) == sorted(FIGURES)


def test_the_last_bit_of_a_figure_is_no_difference(verify: Verify, tables: Path) -> None:
    """Another processor sums in another order: what a report embeds moves in its sixteenth digit."""
    before = (tables / "page.html").read_text()
    page, script, data = before.partition('id="data">')
    moved = re.sub(r"(0\.\d{15})(\d)\b", lambda found: f"{found[1]}{(int(found[2]) + 1) % 10}", data)
    assert moved != data
    (tables / "page.html").write_text(page + script + moved)
    done = verify("--sample", "0")
    assert (done.code, done.differences) == (0, [])


def test_figures_edited_by_hand_are_found(verify: Verify, tables: Path) -> None:
    for name in FIGURES:
        before = (tables / name).read_text()
        (tables / name).write_text(edit_figure(before, name))
        assert (tables / name).read_text() != before
    done = verify("--sample", "0")
    assert [name for name in FIGURES if not done.found(name)] == []


def test_a_table_is_known_by_its_content_whatever_its_ending(verify: Verify, tables: Path) -> None:
    endings = ("", ".markdown", ".MD", ".latex", ".log", ".htm", ".tsv", ".csv", ".txt")
    renamed = {}
    for name, ending in zip(FIGURES, endings, strict=True):
        other = f"{name.replace('.', '-')}{ending}"
        (tables / other).write_text(edit_figure((tables / name).read_text(), name))
        (tables / name).unlink()
        renamed[name] = other
    done = verify("--sample", "0")
    assert [other for other in renamed.values() if not done.found(other)] == []


def test_a_row_without_a_signature_is_found(verify: Verify, tables: Path) -> None:
    rows = json.loads((tables / "board.json").read_text())
    added = {name: value for name, value in rows[0].items() if name != "signature"}
    (tables / "board.json").write_text(json.dumps([*rows, added]))
    assert verify("--sample", "0").found("board.json", "signature")


def test_an_edited_sentence_on_labels_is_found(verify: Verify, tables: Path) -> None:
    for name in WITH_SENTENCES:
        before = (tables / name).read_text()
        (tables / name).write_text(before.replace("PSEUDO", "human"))
        assert (tables / name).read_text() != before
    done = verify("--sample", "0")
    assert [name for name in WITH_SENTENCES if not done.found(name)] == []


def test_tables_of_a_run_that_is_not_there_are_found(verify: Verify, tables: Path, run_of: RunOf) -> None:
    shutil.rmtree(run_of("psnr"))
    done = verify("--sample", "0")
    assert [name for name in WITH_SENTENCES if not done.found(name, "signature")] == []


def test_an_added_sentence_and_a_turned_arrow_are_found(verify: Verify, tables: Path) -> None:
    for ending in ("md", "txt"):
        before = (tables / f"board.{ending}").read_text()
        mark = next(line for line in before.splitlines() if "reads one back" in line)
        added = before.replace(mark, f"All differences to psnr are significant.\n{mark}")
        (tables / f"added.{ending}").write_text(added)
        (tables / f"turned.{ending}").write_text(before.replace("SRCC ↑", "SRCC ↓"))
    done = verify("--sample", "0")
    assert all(done.found(f"added.{ending}", "sentence") for ending in ("md", "txt"))
    assert all(done.found(f"turned.{ending}", "header") for ending in ("md", "txt"))

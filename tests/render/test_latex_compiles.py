"""The LaTeX of a leaderboard as TeX sets it: alone, and input into a paper."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from texing import compiled

import iqabench.results.store
from iqabench.cli.table import table
from iqabench.render.citations import bibliography

HOSTILE = r"\input{/etc/passwd} $x$ %_^&# ~ <b>|[*] ÐÞðþł é λ 中 -- ``q'' \end{document}"
CITED = r"""@article{one,
  author = {Ann {\'E}tude},
  title = {A {Metric} of 100\%},
  journal = {Journal},
  year = {2020}
}"""


@pytest.fixture
def hostile_sets(labels, run, results, noisy, monkeypatch):
    runs = [run(HOSTILE, labels, noisy(40), notes=[HOSTILE]), run("plain_one", labels, noisy(300, 7))]
    runs.append(run("third", labels, -noisy(900, 8)))
    for one, text in zip(runs, ("not BibTeX: \\undefined {", CITED, CITED + "\n\n" + CITED), strict=True):
        one.meta["method"]["citation"] = text
    found = replace(results(labels, runs), dataset="toy_set", split="50% & more")
    monkeypatch.setattr(iqabench.results.store, "load_results", lambda *_: [found, found])
    return found


def _write(tmp_path, name="my table.tex"):
    path = tmp_path / name
    words = ["--format", "latex", "--draws", "50", "--output", str(path)]
    assert CliRunner().invoke(table, words, catch_exceptions=False).exit_code == 0
    return path


def test_it_compiles_as_it_stands(hostile_sets, tmp_path):
    path = _write(tmp_path)
    (tmp_path / "alone.bib").write_text((tmp_path / "my-table.bib").read_text())
    (tmp_path / "alone.tex").write_text(path.read_text().replace("{my-table}", "{alone}"))
    log, text = compiled(tmp_path / "alone.tex")
    assert "undefined" not in log.lower()
    for word in (
        "\\input{/etc/passwd}",
        "$x$",
        "%_^&#",
        "<b>|[*]",
        "[U+4E2D]",
        "--",
        "\\end{document}",
        "plain_one [1]",
    ):
        assert word in text
    assert "Labels: human judgements" in text
    assert "A Metric of 100%" in text
    assert text.count("Ann Étude") == 1, "an entry that two methods share stands there once"


def test_a_paper_can_input_it(hostile_sets, tmp_path):
    _write(tmp_path, "board.tex")
    paper = tmp_path / "paper.tex"
    lines = [
        r"\documentclass[twocolumn]{article}\usepackage[T1]{fontenc}\usepackage{booktabs,graphicx}",
        r"\begin{document}Before.\input{board.tex}\input{board.tex}After.\end{document}",
    ]
    paper.write_text("\n".join(lines))
    log, text = compiled(paper)
    assert "Overfull \\hbox" not in log, "a table wider than the column is scaled down"
    assert text.index("Before.") < text.index("After.")
    assert text.count("plain_one") >= 4


def test_numbers_have_a_minus(hostile_sets, tmp_path):
    source = _write(tmp_path).read_text()
    row = next(line for line in source.splitlines() if line.startswith("3 & third"))
    assert "$-$0." in row
    assert " -0." not in row


def test_entries_of_one_key_are_told_apart():
    other = CITED.replace("2020", "2021")
    found = bibliography("refs", {"a": CITED, "b": other, "c": CITED, "d": "", "e_f": "see the web & ask"})
    assert list(found.entries) == ["one", "one-2", "e-f"]
    assert found.cite(["a", "b"]) == r"~\cite{one,one-2}"
    assert found.cite(["c", "a"]) == r"~\cite{one}"
    assert found.cite(["d"]) == ""
    assert r"see the web \& ask" not in found.text  # nobody cited it yet
    assert found.cite(["e_f"]) == r"~\cite{e-f}"
    assert r"see the web \& ask" in found.text
    assert found.entries["one-2"].startswith("@article{one-2,")


def test_fewer_than_two_values_have_no_best(labels, run, results, noisy, tmp_path, monkeypatch):
    monkeypatch.setattr(
        iqabench.results.store, "load_results", lambda *_: [results(labels, [run("m", labels, np.asarray(noisy(40)))])]
    )
    assert r"\textbf" not in _write(tmp_path).read_text()

"""A paper's table and a scatter plot show each method with its own reference, unless others are asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from inprocess import run_here
from latex_read import rows_of, words
from stored import write_set

from iqabench.data.references import parse_reference
from iqabench.results.model import RunResult

SHOWN = ("lr-x2", "jpeg-30", "degraded", "pristine", "noise-25")


@pytest.fixture
def stored(labels, run, results, noisy, tmp_path: Path) -> Path:
    """A network shown five references, its pristine twin, one that sees nothing, one shown a made reference alone."""

    def shown(method: str, paradigms: str, reference: str, seed: int) -> RunResult:
        paradigm = parse_reference(reference).paradigm.value
        made = run(method, labels, noisy(30 + 9 * seed, seed), reference=reference, paradigm=paradigm)
        made.meta["method"]["paradigms"] = paradigms.split()
        return made

    runs = [shown("net", "DR FR", reference, seed) for seed, reference in enumerate(SHOWN)]
    runs += [shown("net-fr", "FR DR", "pristine", 6), shown("net-fr", "FR DR", "degraded", 7)]
    runs += [shown("blind", "NR", "none", 8), shown("made", "DR FR", "lr-x4", 9)]
    for number, one in enumerate(runs):
        one.meta["run_id"] = f"run{number}"
    write_set(tmp_path / "runs", results(labels, runs))
    return tmp_path / "runs"


def plain(text: str) -> str:
    """In one line, as wide as it may be."""
    return " ".join(text.split())


def names(source: str) -> list[str]:
    """What the rows of a paper's table are called."""
    return [words(row[0]) for row in rows_of(source)[1:] if len(row) > 1]


def test_a_papers_table_has_one_row_for_each_name(stored: Path) -> None:
    done = run_here("table", "--results", stored, "--paper")
    assert done.returncode == 0, done.stderr
    assert names(done.stdout) == ["blind", "net", "made, lr-x4", "net-fr"]
    said = plain(done.stderr)
    assert "left out: net shown jpeg-30, lr-x2, noise-25, pristine; net-fr shown degraded (--references all" in said
    assert "ablation" not in said


def test_other_references_are_shown_to_who_asks_and_named(stored: Path) -> None:
    done = run_here("table", "--results", stored, "--paper", "two-column", "--references", "all", "--methods", "net")
    assert done.returncode == 0, done.stderr
    assert set(names(done.stdout)) == {
        f"net, {one}" for one in ("lr-x2", "jpeg-30", "degraded", "pristine", "noise-25")
    }
    assert "reference made from the pristine image" in done.stdout
    assert "left out" not in done.stderr
    some = run_here(
        "table", "--results", stored, "--references", "degraded,none", "--format", "csv", "--columns", "method"
    )
    assert sorted(some.stdout.split()) == ["blind", "method", "net", "net-fr"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [("lr-x8", "no row was shown it; there are: degraded, jpeg-30"), ("degrade", "did you mean 'degraded'")],
)
def test_a_reference_that_no_row_has_is_refused(stored: Path, asked: str, message: str) -> None:
    done = run_here("table", "--results", stored, "--references", asked)
    assert (done.returncode, message in plain(done.stderr)) == (2, True)


def test_a_scatter_plot_has_one_panel_for_each_name(stored: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "scatter.svg"
    options = ("figure", "--results", stored, "--kind", "scatter", "--output", file)
    for more, panels in (((), 4), (("--references", "all"), 9)):
        done = run_here(*options, *more)
        assert done.returncode == 0, done.stderr
        assert ("left out: net shown" in plain(done.stderr)) is (panels == 4)
        assert len(re.findall(r"<text[^>]*>[^<]*: SRCC ", file.read_text())) == panels


def test_a_reference_that_is_named_with_its_method_is_shown(stored: Path) -> None:
    done = run_here("table", "--results", stored, "--paper", "--methods", "net@lr-x2,blind")
    assert done.returncode == 0, done.stderr
    assert names(done.stdout) == ["blind", "net, lr-x2"]
    assert "left out" not in done.stderr

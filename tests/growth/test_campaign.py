"""The benchmark of growth runs whole in its smallest form; no figure of time is looked at."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from forked_program import interpreter, module

from benchmarks.growth.__main__ import PARTS, READERS, main
from benchmarks.growth.made_data import write_pictures, write_results
from benchmarks.growth.plot import write_plot
from benchmarks.growth.series import SERIES, slope
from iqabench.data.open import open_dataset
from iqabench.results.store import load_results

MEASURED = SERIES[0].name


def test_made_data_are_what_the_tool_reads(tmp_path: Path) -> None:
    frame = open_dataset("manifest", write_pictures(tmp_path / "pictures", 230)).frame
    assert len(frame) == 230
    assert frame["content"].nunique() == frame["pristine"].nunique() == 3
    assert frame["mos"].isna().all()
    (found,) = load_results(write_results(tmp_path / "results", 230, 3))
    assert [len(run.scores) for run in found.runs] == [230] * 3
    assert found.labels["content"].nunique() == 3


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the whole of it writes in its smallest form."""
    folder = tmp_path_factory.mktemp("growth")
    words = ("benchmarks.growth", "--small", "--out", folder / "out", "--data", folder / "data", "--parts")
    # The first command begins as a user's, and is measured; of the others it is enough that they run.
    done = module(Path(sys.executable), *words, MEASURED)
    assert done.returncode == 0, done.stdout + done.stderr
    done = module(interpreter(folder / "bin"), *words, ",".join({*PARTS} - {MEASURED}))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


def test_all_of_it_runs_small(out: Path) -> None:
    figures = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert set(figures["series"]) == {one.name for one in SERIES}
    for found in (one for sizes in figures["series"].values() for one in sizes.values()):
        assert found["seconds"] > 0
        assert found["cpu_seconds"] > 0
    # Of the command alone: what starts it holds more than a Python that has imported nothing, and is not counted.
    (first,) = figures["series"][MEASURED].values()
    assert 20 < first["peak_mib"] < 2000
    assert "data check" in (out / "growth.svg").read_text(encoding="utf-8")


def test_the_plot_names_slopes_and_shows_what_was_before(tmp_path: Path) -> None:
    def figures(exponent: int) -> dict[str, object]:
        taken = {str(n): {"cpu_seconds": n**exponent / 1e4, "peak_mib": 100 + n / 100} for n in (2000, 20_000, 200_000)}
        return {"series": {"table": taken, "table by methods": taken}}

    for file in ("one.svg", "two.svg"):
        write_plot(tmp_path / file, figures(1), figures(2))
    drawn = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert drawn == (tmp_path / "two.svg").read_text(encoding="utf-8")
    for sentence in ("table: slope 1.00", "table: slope 0.85", "dashed: before", "memory (MiB)", "methods"):
        assert sentence in drawn
    assert slope([2000, 200_000], [1, 10_000]) == pytest.approx(2)


def test_many_workers_are_kept_busy(out: Path) -> None:
    for by_workers in json.loads((out / "figures.json").read_text(encoding="utf-8"))[READERS].values():
        assert by_workers["2"]["busy"] > 1.3
        # A machine with other work wakes sleepers late; reading three batches ahead keeps three of one image each busy.
        assert by_workers["16"]["busy"] > 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--parts", "nonsense"], "no part 'nonsense'; there are: data check"),
        (["--sizes", "few"], "--sizes few: give whole numbers"),
    ],
)
def test_bad_input_is_told_in_one_message(words: list[str], told: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, [*words, "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert told in " ".join(done.output.split())

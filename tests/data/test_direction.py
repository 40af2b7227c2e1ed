"""Which way labels go is declared, never guessed; every number computed from them goes that way."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from inprocess import run_here
from manifests import write_manifest

from iqabench._util.errors import DataError, UserError
from iqabench.data.open import open_dataset

Turn = Callable[[float], float]


def turned(manifest: Path, column: str, turn: Turn = lambda mos: 2000 - mos) -> Path:
    """The manifest with its labels turned, under another name."""
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row[column] = str(turn(float(row.pop("mos"))))
    with manifest.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return manifest


def higher(manifest: Path, **options: str) -> bool:
    return open_dataset("manifest", manifest, **options).card.mos_higher_is_better


def test_names_of_columns_declare_the_direction(tmp_path: Path, paint: Callable[..., Path]) -> None:
    paint(tmp_path / "a.png")
    paint(tmp_path / "b.png")
    path = tmp_path / "m.csv"
    for column, expected in (("mos", True), ("MOS", True), ("dmos", False), ("DMOS", False)):
        path.write_text(f"image,{column}\na.png,1\nb.png,2\n")
        dataset = open_dataset("manifest", path)
        assert dataset.card.mos_higher_is_better is expected
        assert dataset.frame["mos"].tolist() == [1, 2]
        assert not any("did you mean" in note for note in dataset.notes)
        assert any("lower is better" in note and "KADID" in note for note in dataset.notes) is not expected
    path.write_text("image,mos,dmos\na.png,1,9\nb.png,2,8\n")
    assert open_dataset("manifest", path).notes == ("m.csv: column 'dmos' is ignored, since there is a column 'mos'",)


@pytest.mark.parametrize(
    "name", ["score", "Quality", "rating", "mean_opinion_score", "elo", "JOD", "mos_z", "MOS mean"]
)
def test_other_names_are_asked_for(tmp_path: Path, paint: Callable[..., Path], name: str) -> None:
    paint(tmp_path / "a.png")
    paint(tmp_path / "b.png")
    path = tmp_path / "m.csv"
    path.write_text(f"image,{name}\na.png,1\nb.png,2\n")
    with pytest.raises(DataError, match="may hold labels, and the name does not say which way they go"):
        open_dataset("manifest", path)
    assert higher(path, mos_direction="higher")
    assert not higher(path, mos_direction="lower")
    path.write_text(f"image,mos,{name}\na.png,1,3\nb.png,2,3\n")
    assert open_dataset("manifest", path).frame["mos"].tolist() == [1, 2]


def test_card_goes_before_the_column_and_the_option_before_both(tmp_path: Path, paint: Callable[..., Path]) -> None:
    paint(tmp_path / "a.png")
    paint(tmp_path / "b.png")
    path, card = tmp_path / "m.csv", tmp_path / "card.toml"
    path.write_text("image,dmos\na.png,1\nb.png,2\n")
    card.write_text("mos_higher_is_better = true\n")
    dataset = open_dataset("manifest", path)
    assert dataset.card.mos_higher_is_better
    assert dataset.notes == ()
    assert not higher(path, mos_direction="lower")
    card.write_text("mos_higher_is_better = false\n")
    assert not higher(path)
    dataset = open_dataset("manifest", path, mos_direction="higher")
    assert dataset.card.mos_higher_is_better
    assert dataset.notes == ("--mos-direction higher goes before the direction that card.toml gives",)
    card.write_text('mos_direction = "lower"\n')
    with pytest.raises(DataError, match=r"card\.toml: unknown key 'mos_direction'; .* mos_higher_is_better"):
        open_dataset("manifest", path)
    card.unlink()
    path.write_text("image\na.png\nb.png\n")
    with pytest.raises(DataError, match="no column holds labels"):
        higher(path, mos_direction="lower")
    with pytest.raises(UserError, match="say higher or lower"):
        higher(path, mos_direction="down")


def srcc(*words: object) -> dict[str, float]:
    done = run_here(*words)
    assert done.returncode == 0, done.stderr
    return {row["method"]: float(row["srcc"]) for row in json.loads(done.stdout)}


def test_every_command_turns_the_labels(tmp_path: Path) -> None:
    (tmp_path / "up").mkdir()
    (tmp_path / "down").mkdir()
    up = write_manifest(tmp_path / "up")
    down = turned(write_manifest(tmp_path / "down"), "dmos")
    words = ("--methods", "psnr,ssim", "--dataset", "manifest", "--no-anchors", "--draws", 100)
    first = srcc("run", *words, "--root", up, "--results", tmp_path / "r", "--format", "json")
    second = srcc("run", *words, "--root", down, "--results", tmp_path / "s", "--format", "json")
    assert first == pytest.approx(second)
    assert srcc("table", "--results", tmp_path / "s", "--format", "json", "--draws", 100) == pytest.approx(first)
    note = "Lower labels mean better images: figures are turned accordingly."
    shown = [" ".join(run_here("table", "--results", tmp_path / name).stdout.split()) for name in ("r", "s")]
    assert [note in text for text in shown] == [False, True]
    (card,) = (tmp_path / "s").rglob("card.json")
    assert json.loads(card.read_text())["mos_higher_is_better"] is False
    other = srcc(
        *("run", *words, "--root", down, "--results", tmp_path / "t", "--format", "json", "--mos-direction", "higher")
    )
    assert other["psnr"] == pytest.approx(-first["psnr"])
    tables = []
    for root, results in ((up, "r"), (down, "s")):
        done = run_here(
            *("reproduce", "table2", "--dataset", "manifest", "--root", root, "--methods", "psnr", "--format", "json"),
            *("--results", tmp_path / results, "--draws", 100),
        )
        assert done.returncode == 0, done.stderr
        tables.append([row["ours"] for row in json.loads(done.stdout) if row["ours"] is not None])
        words = ("reproduce", "table2", "--dataset", "manifest", "--root", root, "--methods", "psnr", "--only-table")
        page = " ".join(run_here(*words, "--results", tmp_path / results).stdout.split())
        assert (note in page) == (results == "s")
        compared = run_here("compare", "psnr", "ssim", "--results", tmp_path / results)
        assert ("lower is better" in compared.stdout) == (results == "s")
    assert tables[0]
    assert tables[0] == pytest.approx(tables[1])


def test_data_commands_take_and_show_the_direction(tmp_path: Path) -> None:
    root = turned(write_manifest(tmp_path, contents=2, algorithms=2), "score")
    refused = run_here("data", "check", "--dataset", "manifest", "--root", root)
    assert refused.returncode == 2
    assert "--mos-direction" in " ".join(refused.stdout.split())
    shown = run_here("data", "card", "--dataset", "manifest", "--root", root, "--mos-direction", "lower")
    assert "mos higher is better False" in " ".join(shown.stdout.split())
    assert (
        run_here("data", "check", "--dataset", "manifest", "--root", root, "--mos-direction", "lower").returncode == 0
    )
    wrong = run_here("data", "card", "--dataset", "mini", "--mos-direction", "lower")
    assert wrong.returncode == 2
    assert "leave it out for --dataset mini" in wrong.stderr


def test_training_learns_the_right_way(tmp_path: Path) -> None:
    """A method that repeats the training's mean of each category ranks turned labels as it ranks the others."""
    found = []
    for name in ("up", "down"):
        (tmp_path / name).mkdir()
        root = write_manifest(tmp_path / name)
        root = turned(root, "dmos") if name == "down" else root
        words = ("--methods", "algorithm-mean", "--dataset", "manifest", "--no-anchors", "--draws", 100)
        found.append(srcc("run", *words, "--root", root, "--results", tmp_path / f"r-{name}", "--format", "json"))
    assert found[0] == pytest.approx(found[1])

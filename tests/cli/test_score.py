"""``iqabench score``: from folders to a table, a CSV and a page, whatever lies in them.

The first test and that of real images start the real command; the others call it in this process, to save its start.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from manifests import Command, write_manifest

from iqabench._util.errors import UserError
from iqabench.cli.score import score_command
from iqabench.results.signature import parse_signature

PLUGINS = Path(__file__).parents[1] / "plugins"
ALGORITHMS = ("a0", "a3", "a5")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``restored/ALGORITHM/CONTENT.png`` of two contents and ``degraded/CONTENT.png``, four times smaller."""
    folder, made = tmp_path_factory.mktemp("images"), tmp_path_factory.mktemp("manifest")
    write_manifest(made, contents=2)
    (folder / "degraded").mkdir()
    for content in ("c0", "c1"):
        shutil.copy(made / f"{content}-degraded.png", folder / "degraded" / f"{content}.png")
        for algorithm in ALGORITHMS:
            (folder / "restored" / algorithm).mkdir(parents=True, exist_ok=True)
            shutil.copy(made / f"{content}-{algorithm}.png", folder / "restored" / algorithm / f"{content}.png")
    return folder


class Asked:
    """What the command came to; bad input that stops it is its message and exit code 2, as in the real one."""

    def __init__(self, *words: str | Path) -> None:
        done = CliRunner().invoke(score_command, [str(word) for word in words], standalone_mode=False)
        if done.exception is not None and not isinstance(done.exception, UserError):
            raise done.exception
        self.code = 2 if done.exception is not None else done.return_value
        self.out, self.err = done.stdout, f"{done.stderr}{done.exception or ''}"


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_folders_to_table_csv_and_page(iqabench: Command, images: Path, tmp_path: Path) -> None:
    table, page = tmp_path / "scores.csv", tmp_path / "scores.html"
    words = ("score", "--method", "psnr,sharpness", images / "restored", images / "degraded")
    done = iqabench(*words, "--csv", table, "--html", page)
    assert done.returncode == 0, done.stderr
    rows = rows_of(table.read_text())
    assert len(rows) == 6
    assert set(rows[0]) == {
        *("image", "content", "algorithm", "psnr", "psnr_rank", "sharpness", "sharpness_rank"),
        *("restored", "degraded", "notes", "error", "psnr_signature", "sharpness_signature"),
    }
    for name, shown in (("psnr", "degraded"), ("sharpness", "none")):
        (signature,) = {row[f"{name}_signature"] for row in rows}
        assert (parse_signature(signature).method, parse_signature(signature).reference) == (name, shown)
        assert signature in done.stdout
        assert f">{signature}</code>" in page.read_text()
    scores = [float(row["psnr"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    for content in ("c0", "c1"):
        here = [row for row in rows if row["content"] == content]
        assert [float(row["psnr_rank"]) for row in here] == [1, 2, 3]
        assert {row["algorithm"] for row in here} == set(ALGORITHMS)
    assert "mean rank by psnr" in done.stdout
    assert all(f"{row['algorithm']}/{row['content']}.png" in done.stdout for row in rows)
    assert page.read_text().count('<li class="card"') == 6
    assert f"wrote {page}" in done.stderr


def test_formats_agree(images: Path, tmp_path: Path) -> None:
    words = ("--method", "psnr", images / "restored" / "*" / "c0.png", images / "degraded" / "c0.png")
    from_csv = rows_of(Asked(*words, "--format", "csv").out)
    file = tmp_path / "scores.json"
    done = Asked(*words, "--format", "json", "--output", file)
    assert done.out == ""
    from_json = json.loads(file.read_text())
    assert [row["psnr"] for row in from_json] == [float(row["psnr"]) for row in from_csv]
    assert [row["image"] for row in from_json] == [row["image"] for row in from_csv]


def test_a_bad_image_costs_only_itself(images: Path, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    shutil.copytree(images, folder)
    bad = folder / "restored" / "a3" / "c1.png"
    bad.write_bytes(bad.read_bytes()[:300])
    shutil.copy(folder / "restored" / "a3" / "c0.png", folder / "restored" / "a3" / "nobody.png")
    table = tmp_path / "scores.csv"
    page = tmp_path / "scores.html"
    words = ("--method", "psnr", folder / "restored", folder / "degraded", "--csv", table, "--html", page)
    done = Asked(*words)
    assert done.code == 2
    assert "a3/nobody.png" in done.err
    assert "a3/c1.png" in done.err
    rows = rows_of(table.read_text())
    assert sum(bool(row["psnr"]) for row in rows) == 5
    assert "truncated" in next(row["error"] for row in rows if row["image"] == "a3/c1.png")
    assert "a3/c1.png" in page.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("DEGRADED", "RESTORED/a0"), "are they swapped"),
        (("nowhere", "DEGRADED"), "no such restored file, folder or pattern"),
        (("EMPTY", "DEGRADED"), "no restored image there"),
        (("RESTORED",), "name the degraded image as second argument"),
        (("RESTORED", "DEGRADED", "RESTORED"), "put a pattern in quotes"),
        (("RESTORED", "DEGRADED", "--tiles", "tiny"), "use auto, off, or a side"),
        (("RESTORED", "DEGRADED", "--method", "pnsr"), "Did you mean psnr"),
        (("RESTORED", "DEGRADED", "--method", "diqam"), "--train-on mini"),
        (("RESTORED", "DEGRADED", "--method", ","), "names no method"),
        (("RESTORED", "DEGRADED", "--csv", "RESTORED/a0/c0.png/scores.csv"), "cannot be written"),
    ],
)
def test_bad_input_is_one_message(images: Path, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    places = {"RESTORED": images / "restored", "DEGRADED": images / "degraded", "EMPTY": tmp_path}
    given = [next((str(p) + w.removeprefix(n) for n, p in places.items() if w.startswith(n)), w) for w in words]
    done = Asked("--method", "psnr", *given)
    assert done.code == 2
    assert message in done.err


def test_training_happens_only_when_asked(images: Path, tmp_path: Path) -> None:
    plugin = PLUGINS / "tiny_network.py"
    words = ("--method", "tiny-network,sharpness", "--plugin", plugin, images / "restored")
    refused = Asked(*words, "--results", tmp_path, "--format", "csv")
    assert refused.code == 2
    assert "tiny-network must be trained before it can score" in refused.err
    assert all(row["sharpness"] for row in rows_of(refused.out))
    manifest = write_manifest(tmp_path)
    (tmp_path / "card.toml").write_text('name = "tiny"\nmos_range = [1000, 1900]\n')
    asked = Asked(*words, "--results", tmp_path / "runs", "--format", "csv", "--train-on", f"manifest:{manifest}")
    assert asked.code == 0, asked.err
    assert "tiny-network: trained on" in asked.err
    assert all(row["tiny-network"] for row in rows_of(asked.out))


def test_hostile_names_stay_text(images: Path, tmp_path: Path) -> None:
    name = "=1+1<script>alert(1)</script>.png".replace("/", "-")
    (tmp_path / "in").mkdir()
    shutil.copy(images / "restored" / "a0" / "c0.png", tmp_path / "in" / name)
    page = tmp_path / "page.html"
    done = Asked("--method", "sharpness", tmp_path / "in", "--format", "csv", "--html", page)
    assert done.code == 0, done.err
    assert rows_of(done.out)[0]["image"] == f"'{name}"
    assert "<script>alert" not in page.read_text()
    assert "&lt;script&gt;alert" in page.read_text()


def test_help_has_examples() -> None:
    text = Asked("--help").out
    assert "iqabench score restored.png degraded.png" in text
    assert "Exit code 0" in text


def test_people_and_lpips_on_real_images(iqabench: Command, test_data: Path) -> None:
    if not os.environ.get("IQABENCH_WEIGHTS"):
        pytest.skip("needs AlexNet: set IQABENCH_WEIGHTS")
    place = test_data / "sr-votes" / "images"
    words = ("score", "--method", "lpips,psnr", place / "*" / "0862.png", place / "LR", "--format", "csv")
    done = iqabench(*words)
    assert done.returncode == 0, done.stderr
    rows = rows_of(done.stdout)
    assert {row["algorithm"] for row in rows} == {"BSRGAN", "RealESRGAN", "ResShift", "SwinIR"}
    assert sorted(float(row["lpips_rank"]) for row in rows) == [1, 2, 3, 4]
    psnr = {row["algorithm"]: float(row["psnr"]) for row in rows}
    assert psnr["SwinIR"] == pytest.approx(31.948, abs=0.001)

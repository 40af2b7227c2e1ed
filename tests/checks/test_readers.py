"""Checks of readers: those that come with iqabench pass, and each mistake gets a message that teaches."""

from __future__ import annotations

from pathlib import Path

import pytest
import releases
from inprocess import run_here
from manifests import write_manifest
from promised import blocks
from releases import Pictures

from iqabench.checks.readers import CHECKS, check_reader
from iqabench.data.open import DatasetRegistry

READER = """
import random

from iqabench import Card, Dataset, UserError, dataset, manifest_frame


@dataset("mine", root="a folder of images")
def read(root):
    {doc}
    files = sorted(root.glob("*.png"))
    if not files:
        {empty}
    rows = [
        {{"image_id": {name}, "image": {path}, "pristine": str(files[0]), "content": {content}, "mos": {mos}}}
        for n, file in enumerate(files)
    ]
    return Dataset(Card({called}, label_kind={kind}, mos_range={range}), root, manifest_frame(rows))
"""
RIGHT = {
    "doc": '"""Images of a folder."""',
    "empty": 'raise UserError(f"{root}: no PNG file; put images there")',
    "name": "file.stem",
    "path": "str(file)",
    "content": '"one"',
    "mos": "float(n)",
    "kind": '"human"',
    "range": "(0, 9)",
    "called": '"mine"',
}


def outcomes(tmp_path: Path, **changed: str) -> dict[str, str]:
    """What came of each check of a reader that differs from the right one, by check; passed ones are left out."""
    (tmp_path / "plugin.py").write_text(READER.format(**(RIGHT | changed)))
    folder = tmp_path / "data"
    for n in range(3):
        if not (folder / f"{n}.png").exists():
            Pictures(tmp_path / f"pictures{n}").put(folder / f"{n}.png", n)
    found = check_reader(DatasetRegistry([tmp_path / "plugin.py"]), "mine", folder)
    return {one.check: one.message for one in found if not one.passed}


def test_a_right_reader_passes(tmp_path: Path) -> None:
    assert outcomes(tmp_path) == {}


@pytest.mark.parametrize(
    ("changed", "check", "said"),
    [
        ({"doc": "pass"}, "says what it reads", "give the function a docstring"),
        ({"mos": "random.random()"}, "reads the same twice", "draw nothing at random"),
        ({"name": "str(file)"}, "names rows alike wherever the folder lies", "make image_id of names below the folder"),
        ({"path": "file.name"}, "gives absolute paths of files", "image is '0.png'; give an absolute path as text"),
        ({"path": 'str(file) + "x"'}, "gives absolute paths of files", "is not there; leave the row out"),
        ({"content": "None"}, "fills its columns with text and numbers", "content holds None; use text"),
        ({"mos": 'n or float("nan")'}, "fills its columns with text and numbers", "row 0 has no mos, though others"),
        ({"kind": '"none"'}, "says what its labels are", "it has labels, but its card says label_kind='none'"),
        ({"range": "None"}, "says what its labels are", "its card states no mos_range"),
        ({"range": "(0, 1)"}, "says what its labels are", "row 2: mos 2 is outside mos_range 0 to 1"),
        ({"content": "str(n)"}, "names contents where images share one", "have several contents; give images of one"),
        ({"content": '""'}, "names contents where images share one", "have no content; give images of one scene"),
        ({"empty": "files[0]"}, "tells people what another folder lacks", "on an empty folder it raised IndexError"),
        ({"called": '"other"'}, "names its card as itself", "card is called 'other' and the reader 'mine'"),
        ({"called": '"tid2013"'}, "can read it", "'tid2013', which is another data set"),
        ({"name": "file.gone"}, "can read it", "AttributeError"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(tmp_path: Path, changed: dict[str, str], check: str, said: str) -> None:
    found = outcomes(tmp_path, **changed)
    assert said in found[check]


def test_readers_that_come_along_pass(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path / "pictures")
    releases.write_sriqa_bench(tmp_path / "sriqa-bench", pictures, contents=2, judges="AB")
    for name, writer in (
        ("qads", releases.write_qads),
        ("csiq", releases.write_csiq),
        ("live", releases.write_live),
        ("tid2013", releases.write_tid2013),
        ("live-challenge", releases.write_live_challenge),
        ("realsrq", releases.write_realsrq),
        ("pieapp", releases.write_pieapp),
    ):
        (tmp_path / name).mkdir()
        writer(tmp_path / name, pictures)
    (tmp_path / "manifest").mkdir()
    write_manifest(tmp_path / "manifest")
    names = ["sriqa-bench", "qads", "csiq", "live", "tid2013", "live-challenge", "realsrq", "pieapp", "manifest"]
    done = run_here("check", *(word for name in names for word in ("--reader", f"{name}:{tmp_path / name}")))
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(f"({len(CHECKS) + 1} of {len(CHECKS) + 1} checks)") == len(names)
    assert run_here("check", "--reader", "mini").stdout.startswith("pass  mini")


def test_the_command_checks_a_plugins_reader(tmp_path: Path) -> None:
    file = tmp_path / "pairs.py"
    file.write_text(blocks("docs/data.md")[0])
    for kind in ("restored", "degraded"):
        Pictures(tmp_path / f"pictures-{kind}").put(tmp_path / "set" / kind / "1.png")
    skipped = run_here("check", "--plugin", file)
    assert "skip  pairs (a data set: --reader pairs:FOLDER checks its reader" in skipped.stdout
    done = run_here("check", "--plugin", file, "--reader", f"pairs:{tmp_path / 'set'}")
    assert (done.returncode, done.stdout) == (0, f"pass  pairs ({len(CHECKS) + 1} of {len(CHECKS) + 1} checks)\n")
    (tmp_path / "set" / "degraded" / "1.png").unlink()
    broken = run_here("check", "--plugin", file, "--reader", f"pairs:{tmp_path / 'set'}")
    assert broken.returncode == 2
    assert "degraded/1.png is not there; leave the row out" in broken.stdout
    unknown = run_here("check", "--reader", "paris:.")
    assert unknown.returncode == 2
    assert "there is no data set 'paris'" in unknown.stderr

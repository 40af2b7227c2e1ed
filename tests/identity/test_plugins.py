"""Plugins through the command: an edit is another run, neighbours are a plugin's own, no name is taken in silence."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from inprocess import run_here
from manifests import write_manifest

METHOD = "from iqabench import method\n@method({name!r}, paradigms='NR', version='1')\n"
FUNCTION = METHOD + "def score(r):\n    return {gain} * r.mean((1, 2, 3))\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_manifest(tmp_path_factory.mktemp("data"), contents=2, algorithms=3)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def scored(plugin: Path, name: str, data: Path) -> float:
    done = run_here("score", data.parent / "c0-a0.png", "--method", name, "--plugin", plugin, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)[0][name]


def run(data: Path, results: Path, name: str, plugin: Path, *more: object) -> tuple[str, dict[str, Any]]:
    """What the command said, and the ``run.json`` of the row that it printed."""
    words = ("run", "--methods", name, "--plugin", plugin, "--no-anchors", "--dataset", "manifest", "--root", data)
    done = run_here(*words, "--references", "none", "--results", results, "--format", "json", *more)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    (file,) = results.glob(f"*/*/*/*/{row['run_id']}/run.json")
    return done.stderr, json.loads(file.read_text())


LATE = "def score(r):\n    import late\n    return late.GAIN * r.mean((1, 2, 3))\n"
EDITS = {
    "the plugin": ("p.py", FUNCTION.format(name="mine", gain=2), FUNCTION.format(name="mine", gain=-2)),
    "a neighbour": ("helpers.py", "GAIN = 2\n", "GAIN = 4\n"),
    "a neighbour of a neighbour": ("pack/deep.py", "GAIN = 2\n", "GAIN = 4\n"),
    "a neighbour imported late": ("late.py", "GAIN = 2\n", "GAIN = 4\n"),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_is_another_run(what: str, data: Path, tmp_path: Path) -> None:
    plugin = write(tmp_path / "p.py", FUNCTION.format(name="mine", gain="GAIN"))
    if what == "a neighbour":
        write(plugin, "from helpers import GAIN\n" + plugin.read_text())
    if what == "a neighbour of a neighbour":
        write(tmp_path / "pack/__init__.py", "from .inner import GAIN\n")
        write(tmp_path / "pack/inner.py", "from pack.deep import GAIN\n")
        write(plugin, "from pack import GAIN\n" + plugin.read_text())
    if what == "a neighbour imported late":
        write(
            plugin,
            METHOD.format(name="mine") + "def score(r):\n    import late\n    return late.GAIN * r.mean((1, 2, 3))\n",
        )
    file, before, after = EDITS[what]
    write(tmp_path / file, before)
    _, first = run(data, tmp_path / "r", "mine", plugin)
    said, again = run(data, tmp_path / "r", "mine", plugin)
    assert "0 runs computed, 1 already there" in said
    write(tmp_path / file, after)
    said, second = run(data, tmp_path / "r", "mine", plugin)
    assert "1 run computed, 0 already there" in said
    assert first["identity"]["code"]["source"] == second["identity"]["code"]["source"] == "p.py"
    assert first["run_id"] == again["run_id"] != second["run_id"]
    table = run_here("table", "--results", tmp_path / "r", "--format", "json")
    assert [row["run_id"] for row in json.loads(table.stdout)] == [second["run_id"]], (
        "the edit replaces what was before"
    )


def test_the_setting_of_a_class_is_part_of_the_run(data: Path, tmp_path: Path) -> None:
    body = (
        "class Mine:\n    def __init__(self, gain=1.0):\n        self.gain = gain\n"
        "    def score(self, r, prepared):\n        return self.gain * r.mean((1, 2, 3))\n"
    )
    plugin = write(tmp_path / "p.py", METHOD.format(name="mine") + body)
    _, one = run(data, tmp_path / "r", "mine", plugin)
    said, two = run(data, tmp_path / "r", "mine", plugin, "--set", "mine.gain=-1")
    assert "1 run computed" in said
    assert (one["parameters"], two["parameters"]) == ({"gain": 1.0}, {"gain": -1.0})
    assert one["signature"] != two["signature"]


def test_tensors_that_a_plugin_loads_itself_are_part_of_the_run(data: Path, tmp_path: Path) -> None:
    body = (
        "class Mine:\n    def __init__(self):\n        import json, pathlib, torch\n"
        "        self.gain = torch.tensor(json.loads((pathlib.Path(__file__).parent / 'w.json').read_text()))\n"
        "    def score(self, r, prepared):\n        return self.gain * r.mean((1, 2, 3))\n"
    )
    plugin = write(tmp_path / "p.py", METHOD.format(name="mine") + body)
    write(tmp_path / "w.json", "2.0")
    _, first = run(data, tmp_path / "r", "mine", plugin)
    write(tmp_path / "w.json", "3.0")
    said, second = run(data, tmp_path / "r", "mine", plugin)
    assert "1 run computed" in said
    assert first["weights"].keys() == second["weights"].keys() == {"mine (tensors)", "w.json (read)"}


def test_neighbours_are_a_plugins_own(data: Path, tmp_path: Path) -> None:
    for folder, gain in (("a", 2.0), ("b", 3.0)):
        write(tmp_path / folder / "helper_mod.py", f"K = {gain}\n")
        write(tmp_path / folder / "late.py", "import helper_mod\nL = 10 * helper_mod.K\n")
        write(tmp_path / folder / "named.py", "from helper_mod import K\nM = 100 * K\n")
        body = (
            "from helper_mod import K\n@method({name!r}, paradigms='NR')\ndef score(r):\n"
            "    import late\n    from importlib import import_module\n"
            "    return (K + late.L + import_module('named').M) * r.mean((1, 2, 3)) ** 0\n"
        )
        write(tmp_path / folder / "p.py", "from iqabench import method\n" + body.format(name=f"in-{folder}"))
    image = data.parent / "c0-a0.png"
    plugins = ["--plugin", tmp_path / "a/p.py", "--plugin", tmp_path / "b/p.py"]
    done = run_here("score", image, "--method", "in-a,in-b,in-a", *plugins, "--format", "json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["in-a"], row["in-b"]) == (222.0, 333.0)
    assert not {"helper_mod", "late", "named"} & set(sys.modules)
    assert str(tmp_path / "a") not in sys.path


def test_a_neighbour_takes_no_librarys_place(data: Path, tmp_path: Path) -> None:
    write(tmp_path / "json.py", "raise SystemExit('not the library')\n")
    write(tmp_path / "iqabench/__init__.py", "raise SystemExit('not the library')\n")
    write(tmp_path / "scipy.py", "K = 5.0\n")
    plugin = "import json\nimport scipy\nimport scipy.stats\n" + FUNCTION.format(name="mine", gain="scipy.K")
    done = run_here(
        *("score", data.parent / "c0-a0.png", "--method", "mine"),
        *("--plugin", write(tmp_path / "p.py", plugin)),
    )
    assert "scipy" in done.stderr, "it has no stats: it is the neighbour, as for a script"
    assert scored(write(tmp_path / "p.py", plugin.replace("import scipy.stats\n", "")), "mine", data) > 0
    import scipy.stats

    assert scipy.stats.norm is not None


TAKEN = {
    "a built-in method": ("psnr", "iqabench"),
    "another name of one": ("lpips-alex", "iqabench"),
    "a member of a family": ("piq:ssim", "iqabench"),
}


@pytest.mark.parametrize("what", TAKEN)
def test_a_name_is_not_taken_in_silence(what: str, data: Path, tmp_path: Path) -> None:
    name, owner = TAKEN[what]
    plugin = write(tmp_path / "p.py", FUNCTION.format(name=name, gain=2))
    image = data.parent / "c0-a0.png"
    for words in (
        ("score", image, "--method", name),
        ("run", "--methods", name, "--results", tmp_path / "r"),
        ("check", name),
        ("list", "methods"),
        ("list", "restorers"),
        ("reproduce", "table2", "--results", tmp_path / "r"),
        ("synthesize", "--photos", image, "--out", tmp_path / "out"),
    ):
        done = run_here(*words, "--plugin", plugin)
        if words[:2] == ("list", "restorers"):
            continue
        assert done.returncode == 2, (words, done.stdout, done.stderr)
        assert f"its method calls itself {name!r}" in done.stderr
        assert owner in done.stderr
        assert "--allow-override" in done.stderr
        assert "Traceback" not in done.stderr


def test_two_plugins_of_one_name(data: Path, tmp_path: Path) -> None:
    one = write(tmp_path / "one.py", FUNCTION.format(name="mine", gain=2))
    two = write(tmp_path / "two.py", FUNCTION.format(name="mine", gain=3))
    words = ("score", data.parent / "c0-a0.png", "--method", "mine", "--plugin", one, "--plugin", two)
    done = run_here(*words, "--format", "json")
    assert done.returncode == 2
    assert "two.py" in done.stderr
    assert "one.py" in done.stderr
    allowed = run_here(*words, "--allow-override", "--format", "json")
    assert json.loads(allowed.stdout)[0]["mine"] == pytest.approx(scored(two, "mine", data))
    assert "mine is that of" in allowed.stderr
    same = run_here(*words[:-1], one, "--format", "json")
    assert same.returncode == 0, "one file named twice"


def test_an_allowed_override_is_said_in_its_row(data: Path, tmp_path: Path) -> None:
    plugin = write(tmp_path / "p.py", FUNCTION.format(name="psnr", gain=2))
    results = tmp_path / "r"
    done = run_here(
        *("run", "--methods", "psnr", "--no-anchors", "--dataset", "manifest", "--root", data, "--results", results)
    )
    assert done.returncode == 0, done.stderr
    said, meta = run(data, results, "psnr", plugin, "--allow-override")
    assert "1 run computed" in said
    assert meta["identity"]["code"]["source"] == "p.py"
    assert any("psnr is that of" in note and "not of iqabench" in note for note in meta["notes"])
    table = run_here("table", "--results", results, "--format", "json")
    assert len({row["signature"] for row in json.loads(table.stdout)}) == 2


@pytest.mark.parametrize("command", ["run", "score"])
def test_a_setting_of_a_method_that_is_not_there_is_refused(command: str, data: Path, tmp_path: Path) -> None:
    words = {
        "run": ("run", "--methods", "psnr", "--dataset", "manifest", "--root", data, "--results", tmp_path),
        "score": ("score", data.parent / "c0-a0.png", data.parent / "c0-degraded.png", "--method", "psnr"),
    }[command]
    done = run_here(*words, "--set", "ssimm.downsample=false")
    assert done.returncode == 2
    assert "ssimm is not among the methods here" in done.stderr


READERS = {
    "at import": "GAIN = load()\n" + FUNCTION.format(name="mine", gain="GAIN"),
    "when built": METHOD.format(name="mine") + "class Mine:\n    def __init__(self):\n        self.held = [load()]\n"
    "    def score(self, r, prepared):\n        return self.held[0] * r.mean((1, 2, 3))\n",
}


@pytest.mark.parametrize("when", READERS)
def test_a_file_that_a_plugin_reads_beside_itself_is_part_of_the_run(when: str, data: Path, tmp_path: Path) -> None:
    load = "import pathlib\ndef load():\n    return float((pathlib.Path(__file__).parent / 'g.txt').read_text())\n"
    plugin = write(tmp_path / "p.py", load + READERS[when])
    write(tmp_path / "g.txt", "2.0")
    _, first = run(data, tmp_path / "r", "mine", plugin)
    assert "0 runs computed" in run(data, tmp_path / "r", "mine", plugin)[0]
    write(tmp_path / "g.txt", "-2.0")
    said, second = run(data, tmp_path / "r", "mine", plugin)
    assert "1 run computed" in said
    assert first["signature"] != second["signature"]
    table = run_here("table", "--results", tmp_path / "r", "--format", "json")
    assert [row["run_id"] for row in json.loads(table.stdout)] == [second["run_id"]]


def test_words_that_are_names_of_equal_files_are_two_settings(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (
        "class Mine:\n    def __init__(self, mode=''):\n        self.mode = mode\n"
        "    def score(self, r, prepared):\n        return (1 if self.mode == 'a' else -1) * r.mean((1, 2, 3))\n"
    )
    plugin = write(tmp_path / "p.py", METHOD.format(name="mine") + body)
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        write(tmp_path / name, "the same")
    _, one = run(data, tmp_path / "r", "mine", plugin, "--set", "mine.mode=a")
    said, two = run(data, tmp_path / "r", "mine", plugin, "--set", "mine.mode=b")
    assert "1 run computed" in said
    assert one["signature"] != two["signature"]

"""Data sets of plugin files: found, read, refused, and named when they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqabench._util.errors import DataError, UserError
from iqabench._util.plugins import PluginFiles
from iqabench.data.contract import dataset, declare_dataset
from iqabench.data.open import DatasetRegistry
from iqabench.methods.registry import Registry
from iqabench.synthesis.registry import RestorerRegistry

FLAT = """
from iqabench import Card, Dataset, dataset, manifest_frame


@dataset("{name}", root="a folder of images")
def read(root, suffix=".png"):
    '''Every image of a folder.'''
    rows = [{{"image_id": file.name, "image": str(file)}} for file in root.glob("*" + suffix)]
    return Dataset(Card("flat", label_kind="none"), root, manifest_frame(rows))
"""


def plugin(folder: Path, text: str, name: str = "plugin.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plugin_file_brings_a_reader(tmp_path: Path) -> None:
    file = plugin(tmp_path, FLAT.format(name="flat"))
    registry = DatasetRegistry((file,))
    (tmp_path / "a.png").touch()
    assert registry.get("flat").info.summary == "Every image of a folder."
    assert registry.file_names() == ["flat"]
    assert registry.open("flat", tmp_path).frame["image_id"].tolist() == ["a.png"]
    assert registry.open("flat", tmp_path, require_images=False, suffix=".jpg").frame.empty
    with pytest.raises(UserError, match=r"dataset flat has no option 'color'; it has: suffix"):
        registry.open("flat", tmp_path, color=1)
    with pytest.raises(UserError, match="flat needs --root: a folder of images"):
        registry.open("flat")
    with pytest.raises(UserError, match="there is no data set 'flat'"):
        DatasetRegistry().open("flat", tmp_path)


def test_a_file_serves_all_kinds_and_is_imported_once(tmp_path: Path) -> None:
    text = (
        FLAT.format(name="flat")
        + """
from iqabench import method, restorer

with open(__file__ + ".log", "a") as log:
    log.write("imported")


@method("flat-mean", paradigms="NR")
def flat_mean(restored):
    return restored.mean((1, 2, 3))


@restorer("flat-same")
def flat_same(image, scale):
    return image
"""
    )
    files = PluginFiles([plugin(tmp_path, text)])
    names = [kind(files).file_names() for kind in (Registry, RestorerRegistry, DatasetRegistry)]
    assert names == [["flat-mean"], ["flat-same"], ["flat"]]
    assert (tmp_path / "plugin.py.log").read_text() == "imported"


@pytest.mark.parametrize("kind", [Registry, RestorerRegistry, DatasetRegistry])
def test_a_file_without_anything_says_what_to_write(tmp_path: Path, kind: type) -> None:
    with pytest.raises(UserError, match=rf"plugin\.py: no {kind.word} in it; put @{kind.kind}\('name'\) above"):
        kind((plugin(tmp_path, "x = 1"),))


def test_a_name_that_is_taken_is_refused_unless_that_is_allowed(tmp_path: Path) -> None:
    file = plugin(tmp_path, FLAT.format(name="pipal"))
    with pytest.raises(UserError, match="calls itself 'pipal', which is the name of a data set of iqabench"):
        DatasetRegistry((file,))
    allowed = DatasetRegistry(PluginFiles([file], allow_override=True))
    (note,) = allowed.open("pipal", tmp_path).notes
    assert note.startswith(f"data set pipal is that of {file}, not of iqabench")
    twice = [plugin(tmp_path, FLAT.format(name="flat"), f"{word}.py") for word in ("one", "two")]
    with pytest.raises(UserError, match=r"two\.py: its data set calls itself 'flat', .* of a data set of .*one\.py"):
        DatasetRegistry(twice)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('odd folder')", "data set bad of .*plugin.py cannot be read: ValueError: odd folder"),
        ("raise SystemExit(3)", "cannot be read: SystemExit: 3"),
        ("return [1]", "its reader returns a list; let it return an iqabench.Dataset"),
    ],
)
def test_a_reader_that_fails_costs_itself_only(tmp_path: Path, body: str, said: str) -> None:
    text = f"from iqabench import dataset\n\n@dataset('bad', root='any')\ndef read(root):\n    {body}\n"
    registry = DatasetRegistry((plugin(tmp_path, text),))
    with pytest.raises(DataError, match=said):
        registry.open("bad", tmp_path)
    assert len(registry.open("mini").frame)


def test_a_declaration_imports_its_reader_on_first_use() -> None:
    entry = declare_dataset("later", "no_such_module_at_all:read", "Later.")
    with pytest.raises(ModuleNotFoundError):
        _ = entry.reader


def test_a_name_that_is_no_word_is_refused() -> None:
    with pytest.raises(UserError, match="use small letters"):
        dataset("My Data")(lambda root: root)


def test_a_card_may_not_take_the_name_of_another_reader(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(
        "from iqabench import Card, Dataset, dataset, manifest_frame\n"
        "@dataset('mine', root='a folder')\n"
        "def read(root):\n"
        "    rows = [{'image_id': file.stem, 'image': str(file)} for file in root.glob('*.png')]\n"
        "    return Dataset(Card('tid2013', label_kind='none'), root, manifest_frame(rows))\n"
    )
    (tmp_path / "1.png").touch()
    with pytest.raises(DataError, match=r"'tid2013', which is another data set .*; name the card as the reader: Card"):
        DatasetRegistry([tmp_path / "plugin.py"]).open("mine", tmp_path)


def test_a_reader_that_takes_a_folder_must_declare_it(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(
        "from iqabench import dataset\n@dataset('bad')\ndef read(root):\n    raise AssertionError\n"
    )
    for root in (None, tmp_path):
        with pytest.raises(DataError, match=r"declared without one; .* @dataset\('bad', root=\"the folder"):
            DatasetRegistry([tmp_path / "plugin.py"]).open("bad", root)

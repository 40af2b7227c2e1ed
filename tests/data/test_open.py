from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from iqabench._util.errors import DataError, UserError
from iqabench.data.base import Card
from iqabench.data.cards import read_card
from iqabench.data.open import DatasetRegistry, open_dataset


@pytest.mark.parametrize(
    ("name", "root", "options", "said"),
    [
        ("pipl", ".", {}, "there is no data set 'pipl'. Did you mean pipal?"),
        ("PIPAL", ".", {}, "Did you mean pipal?"),
        ("zzz", ".", {}, "there is no data set 'zzz'. 'iqabench list datasets' shows all"),
        ("pipal", None, {}, "dataset pipal needs --root: the folder that holds Train_Label"),
        ("manifest", "/nowhere/at/all.csv", {}, "no such file or folder; it must be the CSV file"),
        ("manifest", "a" * 5000, {}, "is no usable path"),
        ("manifest", "nul\0", {}, "no"),
        ("mini", ".", {}, "mini brings its files along; leave out --root"),
        ("pipal", ".", {"categoris": "03"}, "has no option 'categoris'; it has: categories"),
    ],
)
def test_wrong_calls(name: str, root: str | None, options: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        open_dataset(name, root, **options)


def test_a_fetch_that_has_not_finished_is_told(tmp_path: Path) -> None:
    (tmp_path / ".set.fetching").mkdir()
    with pytest.raises(UserError, match=f"'iqabench data fetch csiq --root {tmp_path}/set' goes on"):
        open_dataset("csiq", tmp_path / "set")


def test_every_layout_has_a_reader_and_a_line_of_description() -> None:
    for entry in DatasetRegistry().entries():
        assert entry.info.summary
        if entry.info.root is not None:
            with pytest.raises(UserError, match=f"{entry.info.name} needs --root"):
                open_dataset(entry.info.name)


def test_data_rooms_do_not_import_torch() -> None:
    rooms = (
        "iqabench.data.splits, iqabench.data.references, iqabench.data.images, iqabench.data.check, iqabench.cli.data"
    )
    layouts = ", ".join(entry.reader.__module__ for entry in DatasetRegistry().entries())
    code = f"import sys, {rooms}, {layouts}, iqabench.data.fingerprint; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_listing_imports_no_reader() -> None:
    code = (
        "import sys; from iqabench.cli.main import cli; cli(['list', 'datasets'], standalone_mode=False);"
        "sys.exit(bool({'torch', 'pandas', 'numpy', 'PIL'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_card_is_read_and_unknown_keys_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "card.toml").write_text(
        'name = "mine"\nversion = 2\nlabel_kind = "pseudo"\nmos_higher_is_better = false\nmos_range = [0, 5]\n'
        'licence = "CC0"\n[[photographs]]\nname = "x"\n'
    )
    card = read_card(tmp_path, Card(name="folder"))
    assert (card.name, card.version, card.label_kind, card.licence) == ("mine", "2", "pseudo", "CC0")
    assert (card.mos_higher_is_better, card.mos_range) == (False, (0.0, 5.0))
    assert read_card(tmp_path / "none", Card(name="folder")) == Card(name="folder")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name = ", "not a TOML file"),
        ('name = "../x"', "use letters"),
        ('label_kind = "robot"', "label_kind must be 'human', 'pseudo' or 'none', not 'robot'"),
        ("mos_range = [5, 0]", "mos_range: must be two numbers, the lower one first"),
        ("mos_range = [0, nan]", "mos_range 2 must be a finite number, not nan"),
        ("mos_range = 5", "mos_range must be a list, not 5"),
        ("mos_range = [0]", "mos_range 2 is missing"),
        ("mos_range = [0, 1, 2]", "mos_range must be at most 2 values"),
        (f"mos_range = [0, 1{'0' * 400}]", "mos_range 2 must be"),
        (f"version = 0x{'F' * 5000}", "a number of thousands of digits"),
        ('mos_higher_is_better = "yes"', "must be true or false"),
        ("licence = []", "licence must be text"),
    ],
)
def test_wrong_cards_are_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "card.toml").write_text(text)
    with pytest.raises(DataError, match=said) as caught:
        read_card(tmp_path, Card(name="folder"))
    assert "card.toml" in str(caught.value)

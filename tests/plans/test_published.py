"""The printed figures, held to the paper as typed here a second time."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqabench._util.errors import UserError
from iqabench.reproduce.plans import read_published

TABLE2 = """
DIQaM 0.6255 0.6019 NIMA 0.6330 0.6540 Hall-IQA 0.6390 0.6167 MEON 0.6436 0.6610 PSNR 0.3231 0.3516
SSIM 0.3573 0.3509 PieAPP 0.6563 0.5937 LPIPS 0.6650 0.5872 SWDN 0.6729 0.6052 CKDN~(Ours) 0.7669 0.7514
"""
TABLE12 = """
NR~baseline 0.6513 0.6312 LR~images,~2× 0.7859 0.8286 LR~images,~4× 0.7639 0.7806 LR~images,~8× 0.7104 0.7251
Gauss.~noise,~Level:~25 0.7888 0.8291 Gauss.~noise,~Level:~50 0.7802 0.8190 JPEG,~Q:~30 0.7911 0.8239
JPEG,~Q:~10 0.7844 0.8288 IR~inputs~(our~DR~setting) 0.7669 0.7514 FR~upper~bound 0.7922 0.8233
"""
SPOTS = {
    "table3": {("CKDN + CKD", "PLCC"): "0.7473", ("FR upper bound", "SRCC"): "0.7922"},
    "table4": {("CKDN (Ours), VGG", "SRCC"): "0.7006", ("CKDN (Ours), Residual", "PLCC"): "0.6606"},
    "table5": {("Unshared, 18×18", "PLCC"): "0.7176", ("Shared, 72×72", "SRCC"): "0.7311"},
    "table6": {("Knowledge distillation", "SRCC"): "0.7338", ("Hallucinated reference", "PLCC"): "0.7087"},
    "table7": {("L_a Pret.", "10"): "0.7536", ("L_r Pret.", "15"): "0.7643", ("ImageNet Pret.", "5"): "0.7549"},
    "table8": {("54 train + 35 val", "Ours"): "0.7794", ("59 train + 30 val", "Baseline"): "0.6561"},
    "table9": {("Baseline + CKDN", "LPIPS"): "0.4957"},
    "table10": {("FR-IQA (LPIPS)", "2AFC"): "69.80", ("L50 noise", "2AFC"): "67.63"},
    "table11": {("SRGAN", "Set14 PI"): "3.08", ("SPSR", "BSD100 1-CKDN"): "0.40", ("Bicubic", "Set5 LPIPS"): "0.34"},
}
SIZES = {"table2": 20, "table3": 10, "table4": 6, "table5": 8, "table6": 10, "table7": 12, "table8": 9}
SIZES |= {"table9": 3, "table10": 6, "table11": 27, "table12": 20, "table13": 6, "figure5": 4}


def _typed(text: str) -> dict[tuple[str, str], str]:
    words = [word.replace("~", " ") for word in text.split()]
    return {
        (words[i], name): words[i + k] for i in range(0, len(words), 3) for k, name in enumerate(("SRCC", "PLCC"), 1)
    }


@pytest.mark.parametrize(("name", "text"), [("table2", TABLE2), ("table12", TABLE12)])
def test_every_cell_of_tables_2_and_12(name: str, text: str) -> None:
    assert {key: figure.text for key, figure in read_published(name).items()} == _typed(text)


def test_every_cell_of_table_13() -> None:
    typed = {"SRCC": ("0.4081", "0.7182", "0.7560"), "Accuracy": ("0.6853", "0.8507", "0.8580")}
    expected = {
        (row, column): text
        for row, texts in typed.items()
        for column, text in zip(("NR-IQA", "DR-IQA", "FR-IQA"), texts, strict=True)
    }
    assert {key: figure.text for key, figure in read_published("table13").items()} == expected


@pytest.mark.parametrize("name", SIZES)
def test_size_and_spots_of_every_table(name: str) -> None:
    published = read_published(name)
    assert len(published) == SIZES[name]
    for key, text in SPOTS.get(name, {}).items():
        assert published[key].text == text
    lower = {figure.direction for figure in published.values()} == {"lower"}
    assert lower == (name in ("table9", "table11"))


def test_figure_5_is_the_difference_of_table_12() -> None:
    table = {row: figure.value for (row, column), figure in read_published("table12").items() if column == "SRCC"}
    for (row, _), figure in read_published("figure5").items():
        assert figure.value == pytest.approx(table[row] - table["NR baseline"], abs=5e-5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n", "the first line must be"),
        ("table,row,column,value,direction\nt,r,c,high,higher\n", "line 2: value 'high' is not a number"),
        ("table,row,column,value,direction\nt,r,c,1,up\n", "line 2: expected"),
        ("table,row,column,value,direction\nt,r,c,1,higher\nt,r,c,2,higher\n", "line 3: 'r', 'c' stands there twice"),
    ],
)
def test_a_wrong_file_names_the_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(UserError) as caught:
        read_published("mine", tmp_path)
    assert told in str(caught.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mine\.csv: cannot be read"):
        read_published("mine", tmp_path)

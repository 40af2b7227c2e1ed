from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.splits import by_content, generate
from iqabench._util.errors import SplitError
from iqabench.data.frames import manifest_frame
from iqabench.data.open import open_dataset
from iqabench.data.splits import Split, available_splits, draw_split, load_split, write_split

PUBLISHED = Path(generate.__file__).parent / "pipal"


def frame_of(contents: int, algorithms: dict[str, str]) -> pd.DataFrame:
    return manifest_frame(
        {
            "image_id": f"c{i:02d}_{a}",
            "image": f"/c{i:02d}_{a}.png",
            "content": f"c{i:02d}",
            "algorithm": a,
            "category": c,
        }
        for i in range(contents)
        for a, c in algorithms.items()
    )


FRAME = frame_of(8, {"a1": "A", "a2": "A", "a3": "A", "a4": "A", "b1": "B", "b2": "B"})
PARTS = {"c00": "train", "c01": "train", "c02": "validate"}
ALGORITHMS = {"a1": "train", "a2": "train", "b1": "validate"}


def test_crossings_are_unused() -> None:
    part = Split("s", PARTS, ALGORITHMS).apply(FRAME).set_index("image_id")["part"]
    assert part["c00_a1"] == "train"
    assert part["c02_b1"] == "validate"
    assert part["c00_b1"] == part["c02_a1"] == part["c07_a1"] == part["c00_b2"] == "unused"
    assert (part == "train").sum() == 4
    assert (part == "validate").sum() == 1
    assert "part" not in FRAME.columns


def test_without_algorithms_only_contents_are_split() -> None:
    counts = Split("s", PARTS, {}).apply(FRAME, for_training=True)["part"].value_counts()
    assert counts.to_dict() == {"train": 12, "validate": 6, "unused": 30}


def test_digest_ignores_name_and_order_but_not_parts() -> None:
    split = Split("s", PARTS, ALGORITHMS)
    same = Split("t", dict(reversed(PARTS.items())), ALGORITHMS, seed=4, note="x")
    assert split.digest == same.digest
    assert split.digest != Split("s", PARTS | {"c03": "train"}, ALGORITHMS).digest
    assert split.digest != Split("s", PARTS, ALGORITHMS | {"a2": "validate"}).digest


def write(
    folder: Path, contents: str, algorithms: str | None = "algorithm,part\na1,train\na2,train\nb1,validate\n"
) -> Path:
    (folder / "contents.csv").write_text(contents)
    if algorithms is not None:
        (folder / "algorithms.csv").write_text(algorithms)
    return folder


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ("content,part\nc00,train\nc02,validate\nc00,validate\n", r"contents\.csv, line 4: content 'c00' leaks"),
        ("content,part\nc00,train\nc02,validate\nC00,validate\n", "line 4: content 'C00' leaks: .* 'c00' in 'train'"),
        ("content,part\nc 00,train\nc02,validate\nc  00,validate\n", "line 4: .* leaks"),
        ("content,part\nc00,train\n c00 ,validate\n", "line 3: content 'c00' leaks"),
        ("content,part\nc00,train\nc00,train\nc02,validate\n", "line 3: content 'c00' repeats"),
        ("content,part\nc00,train\nc02,valid\n", "line 3: part 'valid' of content 'c02'"),
        ("content,part\nc00,train\nc02,Validate\n", "line 3: part 'Validate'"),
        ("content,part\nc00,train\n", "no content is in the part 'validate'"),
        ("content,part\n,train\nc02,validate\n", "line 2: the content has no name"),
        ("content\nc00\n", "lacks the column part"),
        ("", "the file is empty"),
    ],
)
def test_wrong_files_are_refused(tmp_path: Path, contents: str, said: str) -> None:
    with pytest.raises(SplitError, match=said) as caught:
        load_split("manifest", write(tmp_path, contents))
    assert "contents.csv" in str(caught.value)


def test_algorithm_leak_is_refused(tmp_path: Path) -> None:
    leak = "algorithm,part\nESRGAN,train\nb1,validate\nesrgan,validate\n"
    with pytest.raises(SplitError, match=r"algorithms\.csv, line 4: algorithm 'esrgan' leaks"):
        load_split("manifest", write(tmp_path, "content,part\nc00,train\nc02,validate\n", leak))


def test_names_that_the_dataset_lacks() -> None:
    with pytest.raises(SplitError, match=r"split s: content 'zz' is not in the dataset \(1 of 4"):
        Split("s", PARTS | {"zz": "train"}, ALGORITHMS).apply(FRAME)
    with pytest.raises(SplitError, match="algorithm 'zz'"):
        Split("s", PARTS, ALGORITHMS | {"zz": "train"}).apply(FRAME)


def test_empty_crossing_and_single_training_names() -> None:
    hole = FRAME[FRAME["image_id"] != "c02_b1"]
    with pytest.raises(SplitError, match="no image of the dataset falls in the part 'validate'"):
        Split("s", PARTS, ALGORITHMS).apply(hole)
    one = Split("s", {"c00": "train", "c02": "validate"}, ALGORITHMS)
    assert len(one.apply(FRAME)) == len(FRAME)
    with pytest.raises(SplitError, match="single content 'c00'"):
        one.apply(FRAME, for_training=True)
    with pytest.raises(SplitError, match="single algorithm 'a1'"):
        Split("s", PARTS, {"a1": "train", "b1": "validate"}).apply(FRAME, for_training=True)


def test_one_scene_under_two_content_names_is_a_leak() -> None:
    shared = FRAME.assign(pristine="/scene.png")
    with pytest.raises(SplitError, match=r"pristine file /scene\.png belongs to training and to validation"):
        Split("s", PARTS, ALGORITHMS).apply(shared)


def test_write_and_load(tmp_path: Path) -> None:
    split = draw_split(FRAME, seed=3, content_share=0.25, name="mine")
    write_split(split, tmp_path / "mine")
    assert load_split("manifest", tmp_path / "mine") == split
    with pytest.raises(SplitError, match="exists already"):
        write_split(split, tmp_path / "mine")


@settings(deadline=None)  # a loaded machine is no failure
@given(seed=st.integers(0, 999), contents=st.integers(2, 12), a=st.integers(1, 9), b=st.integers(1, 9))
def test_a_draw_is_stratified_repeatable_and_ignores_row_order(seed: int, contents: int, a: int, b: int) -> None:
    frame = frame_of(contents, {f"a{i}": "A" for i in range(a)} | {f"b{i}": "B" for i in range(b)})
    split = draw_split(frame, seed, content_share=0.4, algorithm_share=0.4)
    assert split == draw_split(frame.sample(frac=1, random_state=1), seed, content_share=0.4, algorithm_share=0.4)
    validation = [name for name, part in split.algorithms.items() if part == "validate"]
    assert len(validation) == round(0.4 * (a + b))
    of_a = sum(name.startswith("a") for name in validation)
    assert abs(of_a - len(validation) * a / (a + b)) < 1
    assert set(split.apply(frame)["part"]) >= {"train", "validate"}


def test_draws_that_cannot_be_made() -> None:
    with pytest.raises(SplitError, match="1 contents cannot be split"):
        draw_split(frame_of(1, {"a1": "A", "a2": "A"}), 0)
    with pytest.raises(SplitError, match="0 algorithms cannot be split"):
        draw_split(frame_of(8, {"": ""}), 0)
    with pytest.raises(SplitError, match="must lie between 0 and 1"):
        draw_split(FRAME, 0, content_share=1.5)
    assert draw_split(frame_of(8, {"": ""}), 0, algorithm_share=0).algorithms == {}


def test_unknown_names() -> None:
    with pytest.raises(SplitError, match="Did you mean '50-39-draw0'"):
        load_split("pipal", "50-39-drw0")
    with pytest.raises(SplitError, match="none is published for manifest"):
        load_split("manifest", "nowhere")
    assert available_splits("votes") == ()


def test_published_files_are_what_the_generator_makes() -> None:
    contents = load_split("pipal", "50-39-draw0").contents
    made = generate.generate(contents)
    assert {name: (PUBLISHED / name).read_text() for name in made} == made
    assert {file.name for file in PUBLISHED.iterdir()} == {*made, "README.md"}


@pytest.mark.parametrize("data_set", by_content.CONTENTS)
def test_published_draws_by_content_are_what_the_generator_makes(data_set: str) -> None:
    contents = by_content.CONTENTS[data_set]
    folder = Path(by_content.__file__).parent / data_set
    made = by_content.generate(contents)
    assert {file.name: file.read_text() for file in folder.iterdir()} == made
    assert available_splits(data_set) == tuple(f"draw{n}" for n in range(10))
    split = load_split(data_set, "draw3")
    assert (split.seed, split.algorithms, set(split.contents)) == (2024, {}, set(contents))
    assert list(split.contents.values()).count("validate") == round(0.2 * len(contents))


def test_published_algorithm_splits_are_nested_and_of_the_stated_sizes() -> None:
    assert len(available_splits("pipal")) == 15
    training = []
    for name, size in (("50-39", 50), ("54-35", 54), ("59-30", 59)):
        algorithms = load_split("pipal", f"{name}-draw0").algorithms
        assert len(algorithms) == 89
        training.append({a for a, part in algorithms.items() if part == "train"})
        assert len(training[-1]) == size
    assert training[0] < training[1] < training[2]
    assert not any(
        a.startswith("02") and p == "validate" for a, p in load_split("pipal", "50-39-draw0").algorithms.items()
    )


def test_published_content_draws_differ() -> None:
    validation = []
    for draw in range(5):
        split = load_split("pipal", f"50-39-draw{draw}")
        assert split.seed == 2021 + draw
        validation.append({c for c, part in split.contents.items() if part == "validate"})
        assert (len(split.contents), len(validation[-1])) == (200, 25)
    assert len({frozenset(v) for v in validation}) == 5


@pytest.mark.skipif("IQABENCH_TEST_DATA" not in os.environ, reason="needs IQABENCH_TEST_DATA with pipal-labels")
def test_paper_counts_on_the_real_labels() -> None:
    root = Path(os.environ["IQABENCH_TEST_DATA"]) / "pipal-labels"
    dataset = open_dataset("pipal", root, require_images=False)
    assert len(dataset.frame) == 17_800
    for name in available_splits("pipal")[:5]:
        counts = load_split("pipal", name).apply(dataset.frame, for_training=True)["part"].value_counts()
        assert (counts["train"], counts["validate"]) == (8750, 975)
    every = open_dataset("pipal", root, require_images=False, categories=("03", "06"))
    assert len(every.frame) == 200 * (24 + 27)

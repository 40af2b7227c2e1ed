"""Images of one scene are found at another size, in another file and as a crop; those of other scenes are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import imagehash
import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image, ImageOps
from skimage import data as photographs

from iqabench._util.errors import DataError, UserError
from iqabench.cli.data import data
from iqabench.data.scenes import ALIKE, BITS, SIDE, Scene, hashes, same_scenes, scenes_below

PHOTOGRAPHS = {
    "astronaut": photographs.astronaut,
    "coffee": photographs.coffee,
    "cat": photographs.chelsea,
    "rocket": photographs.rocket,
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    for name, photograph in PHOTOGRAPHS.items():
        Image.fromarray(photograph()).save(folder / f"{name}.png")
    return folder


def changed(whole: Path, folder: Path, change: Callable[[Image.Image], Image.Image], ending: str = "png") -> Path:
    folder.mkdir()
    for name in PHOTOGRAPHS:
        change(Image.open(whole / f"{name}.png")).save(folder / f"{name}.{ending}")
    return folder


def half(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)


def cut(image: Image.Image) -> Image.Image:
    """Two thirds by three quarters, as the pictures of TID2013 are cut from Kodak's."""
    width, height = image.width * 2 // 3, image.height * 3 // 4
    left, top = (image.width - width) // 3, (image.height - height) * 3 // 5
    return image.crop((left, top, left + width, top + height))


def call(*arguments: object) -> Result:
    return CliRunner().invoke(data, [str(a) for a in arguments], terminal_width=200, env={"COLUMNS": "200"})


@pytest.mark.parametrize(("change", "ending"), [(half, "png"), (cut, "jpg")])
def test_one_scene_is_found(
    whole: Path, tmp_path: Path, change: Callable[[Image.Image], Image.Image], ending: str
) -> None:
    other = changed(whole, tmp_path / "other", change, ending)
    for ours, theirs in ((whole, other), (other, whole)):
        pairs = same_scenes(scenes_below(ours), scenes_below(theirs))
        found = [(pair.ours.content.partition(".")[0], pair.theirs.content.partition(".")[0]) for pair in pairs]
        assert sorted(found) == [(name, name) for name in sorted(PHOTOGRAPHS)]
        assert all(pair.distance <= ALIKE for pair in pairs)
        assert [pair.distance for pair in pairs] == sorted(pair.distance for pair in pairs)


def test_without_crops_a_crop_is_not_looked_for(whole: Path, tmp_path: Path) -> None:
    other = scenes_below(changed(whole, tmp_path / "other", cut))
    assert same_scenes(scenes_below(whole), other, crops=False) == []
    assert len(same_scenes(scenes_below(whole), scenes_below(whole), crops=False)) == len(PHOTOGRAPHS)


def test_the_hash_is_that_of_the_library(whole: Path) -> None:
    grey = Image.open(whole / "cat.png").convert("L")
    boxes = [(0.0, 0.0, 200.0, 150.0), (31.5, 8.25, 300.0, 290.0), (100.0, 100.0, 148.0, 148.0)]
    for box, ours in zip(boxes, hashes(grey, boxes), strict=True):
        window = grey.resize((4 * SIDE, 4 * SIDE), Image.Resampling.BILINEAR, box=box)
        library = imagehash.phash(window, hash_size=SIDE, highfreq_factor=4).hash
        assert np.unpackbits(ours).reshape(SIDE, SIDE).astype(bool).tolist() == library.tolist()


def test_flat_images_show_no_scene(tmp_path: Path) -> None:
    for name, grey in (("a", 90), ("b", 91)):
        Image.new("RGB", (64, 64), (grey, grey, grey)).save(tmp_path / f"{name}.png")
    assert same_scenes(scenes_below(tmp_path), scenes_below(tmp_path)) == []


def test_progress_ends_at_all_of_it(whole: Path) -> None:
    seen: list[tuple[int, int]] = []
    same_scenes(scenes_below(whole), scenes_below(whole), lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3 * len(PHOTOGRAPHS), 3 * len(PHOTOGRAPHS))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_file_that_cannot_be_read(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no image")
    broken = [*scenes_below(whole), Scene("broken", str(tmp_path / "broken.png"))]
    with pytest.raises(DataError, match=r"broken\.png"):
        same_scenes(broken, scenes_below(whole))
    found = same_scenes(broken, scenes_below(whole), crops=False, skip_unreadable=True)
    assert len(found) == len(PHOTOGRAPHS)


@pytest.fixture
def manifest_of(tmp_path: Path, whole: Path) -> Callable[[str, list[str]], Path]:
    def write(name: str, contents: list[str]) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        lines = ["image,pristine,content,algorithm,mos\n"]
        for content in contents:
            pristine = half(Image.open(whole / f"{content}.png"))
            pristine.save(folder / f"{content}-pristine.png")
            for level in range(3):
                ImageOps.posterize(pristine, 3 + level).save(folder / f"{content}-{level}.png")
                lines.append(f"{content}-{level}.png,{content}-pristine.png,{name}-{content},a{level},{level}\n")
        (folder / "manifest.csv").write_text("".join(lines))
        return folder / "manifest.csv"

    return write


def test_check_against_a_folder(manifest_of: Callable[..., Path], whole: Path, tmp_path: Path) -> None:
    mine = manifest_of("mine", ["cat", "rocket"])
    other = tmp_path / "photographs"
    other.mkdir()
    cut(Image.open(whole / "cat.png")).save(other / "pet.jpg")
    cut(Image.open(whole / "coffee.png")).save(other / "cup.jpg")
    result = call("check", "--dataset", "manifest", "--root", mine, "--against", other, "--csv", tmp_path / "all.csv")
    assert result.exit_code == 0, result.output
    assert "0 errors, 1 warning" in result.output
    written = (tmp_path / "all.csv").read_text()
    assert "content mine-cat shows the same scene as pet.jpg of photographs" in written
    assert f"of {BITS} bits of their hashes differ" in written


def test_check_against_a_data_set_and_itself(manifest_of: Callable[..., Path]) -> None:
    mine, other = manifest_of("mine", ["cat", "rocket"]), manifest_of("other", ["coffee", "cat"])
    words = ("check", "--dataset", "manifest", "--root", mine, "--against")
    found = call(*words, f"manifest:{other}")
    assert "0 errors, 1 warning" in found.output
    assert "mine-cat" in found.output
    assert "other-cat" in found.output
    assert "0 errors, 0 warnings" in call(*words, f"manifest:{mine}").output


@pytest.mark.parametrize("against", ["nowhere", "tid2013", "manifest:nowhere"])
def test_what_is_neither_folder_nor_data_set(manifest_of: Callable[..., Path], against: str) -> None:
    result = call("check", "--dataset", "manifest", "--root", manifest_of("mine", ["cat"]), "--against", against)
    assert isinstance(result.exception, UserError)
    assert against.partition(":")[0] in str(result.exception)


def test_an_empty_folder_is_said(manifest_of: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = call(
        "check", "--dataset", "manifest", "--root", manifest_of("mine", ["cat"]), "--against", tmp_path / "empty"
    )
    assert isinstance(result.exception, UserError)
    assert "no image in it" in str(result.exception)


def test_kodak_in_crops_of_kodak_and_not_in_other_photographs(test_data: Path, tmp_path: Path) -> None:
    kodak = scenes_below(test_data / "pristine" / "kodak24")[:2]
    for scene in kodak:
        cut(Image.open(scene.path)).save(tmp_path / scene.content)
    pairs = same_scenes(kodak, scenes_below(tmp_path))
    assert sorted(pair.ours.content for pair in pairs) == [scene.content for scene in kodak]
    assert all(pair.ours.content == pair.theirs.content for pair in pairs)
    others = scenes_below(test_data / "pristine" / "set14")[:3]
    assert same_scenes(kodak, others) == []

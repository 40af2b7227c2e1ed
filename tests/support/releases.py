"""Made copies of released data sets: their layouts and label files at full count, with tiny images of a few kinds.

Images are hard links to few files, so that a copy of ten thousand costs little. Labels fall with the level of a
distortion.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat

from benchmarks.splits.by_content import CONTENTS
from iqabench.data.readers import csiq, live, realsrq

SR_ALGORITHMS = ("BSRGAN", "DASR", "HGGT", "LDL", "RealESRGAN", "SeeSR", "StableSR", "SwinIR", "SUPIR", "PASD")


class Pictures:
    """Tiny pictures by level: 0 is pristine, higher levels are noisier; one file of each is linked to many places."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True)
        self._made: dict[tuple[str, int, int], Path] = {}

    def put(self, path: Path, level: int = 0, side: int = 16) -> None:
        """Lay a picture of ``side`` x ``side`` where ``path`` says, in the format of its name."""
        kind = path.suffix.lower()
        source = self._made.get((kind, level, side))
        if source is None:
            source = self._folder / f"{level}-{side}{kind}"
            pixels = np.random.default_rng(1).integers(60, 190, (side, side, 3))
            noise = np.random.default_rng(2).integers(-9, 10, (side, side, 3)) * level
            Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8)).save(source)
            self._made[kind, level, side] = source
        try:
            os.link(source, path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, path)


def write_tid2013(root: Path, pictures: Pictures) -> None:
    """25 x 24 x 5; names mix upper and lower case, as those of the release do."""
    lines = []
    for n, kind, level in itertools.product(range(1, 26), range(1, 25), range(1, 6)):
        letter, ending = ("I", "BMP") if n % 3 == 0 else ("i", "bmp")
        pictures.put(root / "distorted_images" / f"{letter}{n:02d}_{kind:02d}_{level}.{ending}", level)
        lines.append(f"{7 - level + 0.01 * n:.5f} I{n:02d}_{kind:02d}_{level}.bmp\n")
    for n in range(1, 26):
        pictures.put(root / "reference_images" / ("i25.bmp" if n == 25 else f"I{n:02d}.BMP"))
    (root / "mos_with_names.txt").write_text("".join(lines))
    (root / "mos_std.txt").write_text("0.13000\n" * len(lines))


def write_kadid10k(root: Path, pictures: Pictures, contents: int = 81) -> None:
    """81 x 25 x 5; what is called DMOS falls with the level."""
    lines = ["dist_img,ref_img,dmos,var\n"]
    for n in range(1, contents + 1):
        pictures.put(root / "images" / f"I{n:02d}.png")
        for kind, level in itertools.product(range(1, 26), range(1, 6)):
            name = f"I{n:02d}_{kind:02d}_{level:02d}.png"
            pictures.put(root / "images" / name, level)
            lines.append(f"{name},I{n:02d}.png,{5 - 0.7 * level + 0.005 * n:.3f},0.496\n")
    (root / "dmos.csv").write_text("".join(lines))


def write_qads(root: Path, pictures: Pictures) -> None:
    """20 pictures x 49 results: 21, 15 and 13 algorithms at two, three and four times."""
    lines = []
    for n in range(1, 21):
        pictures.put(root / "source_images" / f"img{n:02d}.bmp")
        for factor, algorithms in ((2, 21), (3, 15), (4, 13)):
            for algorithm in range(1, algorithms + 1):
                name = f"img{n:02d}_{factor:02d}_{algorithm:02d}.bmp"
                pictures.put(root / "super-resolved_images" / name, 1 + algorithm % 5)
                lines.append(f"{1 - 0.15 * (1 + algorithm % 5) - 0.001 * n:.4f}  {name}\n")
    (root / "mos_with_names.txt").write_text("".join(lines))


def _csiq_images() -> list[tuple[str, str, int]]:
    """866 of picture, type and level: four levels of contrast and five of the others; one picture has no contrast."""
    kinds = dict.fromkeys(csiq.TYPES.values())
    every = [
        (picture, kind, level)
        for picture in CONTENTS["csiq"]
        for kind in kinds
        for level in range(1, 5 if kind == "contrast" else 6)
    ]
    return [one for one in every if not (one[0] == "woman" and one[1:] in {("contrast", n) for n in (1, 2, 3, 4)})]


def write_csiq(root: Path, pictures: Pictures, *, sheet: bool = True, flat: bool = False) -> None:
    """30 pictures, 866 images; labels as the released spreadsheet or as lines."""
    images = _csiq_images()
    for picture in CONTENTS["csiq"]:
        pictures.put(root / "src_imgs" / f"{picture}.png")
    for picture, kind, level in images:
        folder = root / "dst_imgs" if flat else root / "dst_imgs" / kind.lower()
        pictures.put(folder / f"{picture}.{kind}.{level}.png", level)
    if not sheet:
        lines = [f"{picture}.{kind}.{level}.png {0.15 * level:.3f}\n" for picture, kind, level in images]
        (root / "csiq_label.txt").write_text("".join(lines))
        return
    import openpyxl

    called = {"AWGN": "noise", "JPEG": "jpeg", "jpeg2000": "jpeg 2000", "BLUR": "blur"}
    book = openpyxl.Workbook()
    page = book.active
    page.title = "all_by_image"
    page.append(["CSIQ DMOS"])
    page.append([])
    page.append([None, None, None, "image", "dst_idx", "dst_type", "dst_lev", "dmos_std", "dmos"])
    for at, (picture, kind, level) in enumerate(images):
        name = 1600 if picture == "1600" else picture
        page.append([None, None, None, name, at, called.get(kind, kind), level, 0.05, round(0.15 * level, 3)])
    book.save(root / "csiq.DMOS.xlsx")


def write_live(root: Path, pictures: Pictures, *, realigned: bool = True) -> None:
    """29 pictures, 982 rated images, of which 203 are the pristine ones."""
    for picture in CONTENTS["live"]:
        pictures.put(root / "refimgs" / f"{picture}.bmp")
    names, labels, pristine = [], [], []
    for kind, count in live.FOLDERS.items():
        for n in range(count):
            level = n % 6 if len(pristine) - sum(pristine) < 779 or sum(pristine) >= 203 else 0
            level = level if sum(pristine) < 203 else 1 + n % 5
            names.append(f"{CONTENTS['live'][n % 29]}.bmp")
            pristine.append(int(level == 0))
            labels.append(0.0 if level == 0 else 15.0 * level + n % 29 / 10)
            pictures.put(root / kind / f"img{n + 1}.bmp", level)
    flags = np.array([pristine], dtype=np.uint8)
    cells = np.empty((1, len(names)), dtype=object)
    cells[0, :] = names
    savemat(root / "refnames_all.mat", {"refnames_all": cells})
    savemat(root / "dmos.mat", {"dmos": np.array([labels]) + 1, "orgs": flags})
    if realigned:
        spread = np.full((1, len(names)), 6.5)
        savemat(root / "dmos_realigned.mat", {"dmos_new": np.array([labels]), "dmos_std": spread, "orgs": flags})


def write_koniq10k(root: Path, pictures: Pictures, photographs: int = 10073) -> None:
    """10,073 photographs with the official parts: 7,058, 1,000 and 2,015."""
    lines = ["image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,set\n"]
    for n in range(photographs):
        part = "training" if n < 7058 else "validation" if n < 8058 else "test"
        pictures.put(root / "512x384" / f"{n:07d}.jpg", n % 6)
        lines.append(f"{n:07d}.jpg,1,2,30,60,12,105,{80 - 12 * (n % 6) + n % 97 / 10:.3f},11.5,{part}\n")
    (root / "koniq10k_distributions_sets.csv").write_text("".join(lines))


def write_spaq(root: Path, pictures: Pictures, photographs: int = 11125) -> None:
    """11,125 photographs and the spreadsheet of their scores."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Sheet1")
    page.append(["Image name", "MOS", "Brightness"])
    (root / "Annotations").mkdir(parents=True)
    for n in range(1, photographs + 1):
        pictures.put(root / "TestImage" / f"{n:05d}.jpg", n % 6)
        page.append([f"{n:05d}.jpg", 90 - 14 * (n % 6) + n % 9 / 10, 50])
    book.save(root / "Annotations" / "MOS and Image attribute scores.xlsx")


def write_live_challenge(root: Path, pictures: Pictures) -> None:
    """1,169 photographs, of which the first seven lie in a folder of their own."""
    names = [f"t{n}.bmp" for n in range(1, 8)] + [f"{n}.bmp" for n in range(3, 1165)]
    for n, name in enumerate(names):
        folder = root / "Images" / "trainingImages" if n < 7 else root / "Images"
        pictures.put(folder / name, n % 6)
    cells = np.empty((len(names), 1), dtype=object)
    cells[:, 0] = names
    labels = np.array([[90.0 - 14 * (n % 6) + n % 10 / 10 for n in range(len(names))]])
    (root / "Data").mkdir()
    savemat(root / "Data" / "AllImages_release.mat", {"AllImages_release": cells})
    savemat(root / "Data" / "AllMOS_release.mat", {"AllMOS_release": labels})
    savemat(root / "Data" / "AllStdDev_release.mat", {"AllStdDev_release": np.full_like(labels, 18.5)})


def write_realsrq(root: Path, pictures: Pictures) -> None:
    """60 pictures at three factors, 27 results each."""
    scores = np.zeros((60, 27))
    for row, (scene, n) in enumerate(itertools.product(realsrq.SCENES, range(1, 11))):
        name, place = f"{scene}_{n:03d}", root / "HR_LR_pairs" / scene
        pictures.put(place / f"{scene}_HR" / f"{name}_HR.png")
        column = 0
        for factor, algorithms in realsrq.ALGORITHMS.items():
            pictures.put(place / f"{scene}_LR{factor}" / f"{name}_LR{factor}.png", 1, 48 // (3 * factor))
            results = root / "SR_results" / f"{scene}_SR" / f"{scene}_LR{factor}_SR" / f"{n:03d}"
            for at, algorithm in enumerate(algorithms):
                pictures.put(results / f"{name}_LR{factor}_{algorithm}.png", 1 + at % 5)
                scores[row, column] = 1.5 - 0.5 * (at % 5) + 0.001 * column
                column += 1
    savemat(root / "subj_BT_score.mat", {"score_matrix": scores})


def write_sriqa_bench(root: Path, pictures: Pictures, contents: int = 100, judges: str = "ABCDEFGHIJ") -> None:
    """100 contents x (10 results and the original), and the choices of each judge between any two: 55,000."""
    for n in range(contents):
        name = f"online{n + 1}"
        pictures.put(root / "LRImages" / f"{name}_Original.png", 1, 4)
        levels = {"Original": 0, **{f"{one}x4": 1 + at % 5 for at, one in enumerate(SR_ALGORITHMS)}}
        for algorithm, level in levels.items():
            pictures.put(root / "images" / algorithm.removesuffix("x4") / f"{name}_{algorithm}.png", level)
        lines = [f"{name}_{one}.png,{name}_Original.png,{100 - 20 * level:.3f}\n" for one, level in levels.items()]
        for folder in ("MOS", "MOS_Reg", "MOS_Gen"):
            (root / folder).mkdir(exist_ok=True)
            (root / folder / f"{name}.txt").write_text("".join(lines))
        for judge in judges:
            place = root / "labels" / judge / name
            place.mkdir(parents=True)
            for first, second in itertools.combinations(levels, 2):
                gap = levels[second] - levels[first]
                said = ("Similar", "Similar") if gap == 0 else ("Positive", "Negative")[:: 1 if gap > 0 else -1]
                choice = {
                    f"Picture_0{at}": {"Name": f"{name}_{one}.png", "Label": label}
                    for at, (one, label) in enumerate(zip((first, second), said, strict=True), start=1)
                }
                (place / f"{name}_{first}_{second}.json").write_text(json.dumps(choice))


def write_pieapp(root: Path, pictures: Pictures) -> None:
    """The test part: 40 pictures x 15 distortions, 4,200 pairs."""
    labels = root / "labels" / "test"
    labels.mkdir(parents=True)
    for n in range(161, 201):
        reference = f"ref_{n}"
        pictures.put(root / "reference_images" / "test" / f"{reference}.png")
        names = [f"distort_{n}_noise{at}_inter_{at}.png" for at in range(15)]
        for at, name in enumerate(names):
            pictures.put(root / "distorted_images" / "test" / reference / name, 1 + at % 5)
        pairs = io.StringIO()
        table = csv.writer(pairs, lineterminator="\n")
        table.writerow(["ref", " dist A", " dist B", " preference for A"])
        for a, b in itertools.combinations(range(15), 2):
            table.writerow([f"{reference}.png", names[a], names[b], 0.5 - 0.1 * (a % 5 - b % 5)])
        table.writerow([f"{reference}.png", f"{reference}.png", names[0], 0.9])
        (labels / f"{reference}_pairwise_labels.csv").write_text(pairs.getvalue())
        scores = [f"{reference}.png,{name},{0.5 + at % 5}\n" for at, name in enumerate(names)]
        text = "ref, distorted image, score for distorted image\n" + "".join(scores)
        (labels / f"{reference}_per_image_score.csv").write_text(text)


WRITERS: dict[str, Callable[[Path, Pictures], None]] = {
    "sriqa-bench": write_sriqa_bench,
    "qads": write_qads,
    "realsrq": write_realsrq,
    "tid2013": write_tid2013,
    "kadid10k": write_kadid10k,
    "csiq": write_csiq,
    "live": write_live,
    "koniq10k": write_koniq10k,
    "spaq": write_spaq,
    "live-challenge": write_live_challenge,
    "pieapp": write_pieapp,
}

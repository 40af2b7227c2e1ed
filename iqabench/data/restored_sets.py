"""Reader of a folder of restored sets, as papers on super-resolution keep them.

``ROOT/SET/ALGORITHM/NAME.png`` are restored images, ``ROOT/SET/LR/NAME.png`` what the algorithms were given,
``ROOT/SET/GT/NAME.png`` the pristine images; ``LR`` or ``GT`` may be absent. There are no labels.
"""

from __future__ import annotations

from pathlib import Path

from iqabench._util.errors import DataError
from iqabench.data.base import Card, Dataset
from iqabench.data.frames import manifest_frame
from iqabench.data.images import passed_over
from iqabench.data.walk import is_image, is_passed_over

NAME = "sets"
DEGRADED, PRISTINE = "LR", "GT"
LAYOUT = f"ROOT/SET/ALGORITHM/NAME.png, ROOT/SET/{DEGRADED}/NAME.png, ROOT/SET/{PRISTINE}/NAME.png"


def read_restored_sets(root: Path) -> Dataset:
    """Every restored image below ``root``; ``category`` is the set, ``algorithm`` the folder, ``content`` SET/NAME.

    Raises
    ------
    DataError
        If there is no restored image, or an image's LR or GT is missing although its set has that folder.
    """
    rows = []
    for one in _folders(root):
        references = {name: _images(one / name) for name in (DEGRADED, PRISTINE) if (one / name).is_dir()}
        for algorithm in _folders(one):
            if algorithm.name in (DEGRADED, PRISTINE):
                continue
            for stem, image in _images(algorithm).items():
                found = {name: _reference(files, stem, image, one / name) for name, files in references.items()}
                rows.append(
                    {
                        "image_id": f"{one.name}/{algorithm.name}/{stem}",
                        "image": str(image),
                        "degraded": found.get(DEGRADED),
                        "pristine": found.get(PRISTINE),
                        "content": f"{one.name}/{stem}",
                        "algorithm": algorithm.name,
                        "category": one.name,
                    }
                )
    if not rows:
        raise DataError(f"{root}: no restored image; lay them out as {LAYOUT}")
    card = Card(name=NAME, label_kind="none", description="Restored images by set and algorithm, without labels.")
    files = [file for one in _folders(root) for folder in _folders(one) for file in folder.iterdir() if file.is_file()]
    passed = passed_over(sorted(str(file.relative_to(root)) for file in files if is_passed_over(file)), str(root))
    return Dataset(card=card, root=root, frame=manifest_frame(rows), notes=(passed,) if passed else ())


def _folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise DataError(f"{root}: no such folder; lay restored sets out as {LAYOUT}")
    return sorted(entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))


def _images(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if not is_image(path):
            continue
        if path.stem in found:
            raise DataError(f"{folder}: {found[path.stem].name} and {path.name} have one name; remove one")
        found[path.stem] = path.absolute()
    return found


def _reference(files: dict[str, Path], stem: str, image: Path, folder: Path) -> str:
    if stem not in files:
        raise DataError(f"{image}: there is no image of that name in {folder}; add it, or remove the folder")
    return str(files[stem])
